"""Issues: an institution that works badly or not at all, who met it, and who waits for its end."""

from collections.abc import Collection

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class IssueRow(Struct, frozen=True, kw_only=True):
    issue_id: str
    institution_id: str
    cause: str
    """DEGRADED or DOWN, as the institution's health says; FAILING: it looks healthy, and yet somebody was
    refused."""
    created_at: int
    resolved_at: int | None


class IssueSightingRow(Struct, frozen=True, kw_only=True):
    """A Link session met the issue, in the request that the sighting is of."""

    link_session_id: str
    request_id: str
    issue_id: str
    client_id: str
    environment: str


class IssueSubscriberRow(Struct, frozen=True, kw_only=True):
    issue_id: str
    client_id: str
    environment: str
    url: str
    follower: bytes
    """Keyed digest of the e-mail address a person has left; empty for the client itself."""
    created_at: int


_ISSUES = Rows(IssueRow, "issues")
_SIGHTINGS = Rows(IssueSightingRow, "issue_sightings")
_SUBSCRIBERS = Rows(IssueSubscriberRow, "issue_subscribers")

OPEN = _ISSUES.insert("ON CONFLICT DO NOTHING")
OPEN_AT = _ISSUES.select("WHERE institution_id = ? AND resolved_at IS NULL")
BY_ID = _ISSUES.select("WHERE issue_id = ?")
SET_CAUSE = _ISSUES.update(("cause",), "WHERE issue_id = ?")
RESOLVE = _ISSUES.update(("resolved_at",), "WHERE issue_id = ? AND resolved_at IS NULL")
SIGHT = _SIGHTINGS.insert("ON CONFLICT DO NOTHING")
OF_SESSION = _SIGHTINGS.select(
    "WHERE client_id = ? AND environment = ? AND link_session_id = ? ORDER BY request_id, issue_id"
)
OF_REQUEST = _SIGHTINGS.select("WHERE client_id = ? AND environment = ? AND request_id = ? ORDER BY issue_id")
SUBSCRIBE = _SUBSCRIBERS.insert("ON CONFLICT DO NOTHING")
SUBSCRIBERS = _SUBSCRIBERS.select("WHERE issue_id = ? ORDER BY client_id, environment, url, follower")


async def open_issue(writer: Writer, issue: IssueRow) -> IssueRow:
    """The issue that is open at the institution: this one, unless there is one already."""
    await writer.run(OPEN, *_ISSUES.row(issue))
    there = await open_at(writer, issue.institution_id)
    if there is None:  # one was open when ours was refused, and was resolved in between
        await writer.run(OPEN, *_ISSUES.row(issue))
    return there or issue


async def open_at(reader: Reader, institution_id: str) -> IssueRow | None:
    row = await reader.one(OPEN_AT, institution_id)
    return None if row is None else _ISSUES.read(row)


async def issue(reader: Reader, issue_id: str) -> IssueRow | None:
    row = await reader.one(BY_ID, issue_id)
    return None if row is None else _ISSUES.read(row)


async def issues(reader: Reader, issue_ids: Collection[str]) -> list[IssueRow]:
    """Those that exist, each once, the oldest first."""
    found = [await issue(reader, issue_id) for issue_id in sorted(set(issue_ids))]
    return sorted((each for each in found if each is not None), key=lambda each: each.created_at)


async def set_cause(writer: Writer, issue_id: str, cause: str) -> None:
    await writer.run(SET_CAUSE, cause, issue_id)


async def resolve(writer: Writer, issue_id: str, at: int) -> bool:
    """True for exactly one of any number of racing callers."""
    return await writer.run(RESOLVE, at, issue_id) == 1


async def add_sighting(writer: Writer, sighting: IssueSightingRow) -> None:
    await writer.run(SIGHT, *_SIGHTINGS.row(sighting))


async def of_session(
    reader: Reader, client_id: str, environment: str, link_session_id: str
) -> list[IssueSightingRow]:
    rows = await reader.all(OF_SESSION, client_id, environment, link_session_id)
    return [_SIGHTINGS.read(row) for row in rows]


async def of_request(
    reader: Reader, client_id: str, environment: str, request_id: str
) -> list[IssueSightingRow]:
    rows = await reader.all(OF_REQUEST, client_id, environment, request_id)
    return [_SIGHTINGS.read(row) for row in rows]


async def subscribe(writer: Writer, subscriber: IssueSubscriberRow) -> None:
    """Subscribing again changes nothing."""
    await writer.run(SUBSCRIBE, *_SUBSCRIBERS.row(subscriber))


async def subscribers(reader: Reader, issue_id: str) -> list[IssueSubscriberRow]:
    return [_SUBSCRIBERS.read(row) for row in await reader.all(SUBSCRIBERS, issue_id)]
