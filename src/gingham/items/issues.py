"""Issues: institutions that work badly, from the first who is told to the last who hears that it is over.

An issue belongs to an institution and to all clients. It opens when the institution's health is set to
something bad, or when somebody in Link meets an institution that is ill by nature or fails although it looks
healthy. It is resolved when the health is set to something good; ISSUE_RESOLVED is owed in that transaction.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from gingham import network
from gingham.banks.protocol import Institution
from gingham.clock import iso_seconds
from gingham.errors import error
from gingham.items import facts
from gingham.platform import Platform
from gingham.store import Writer, issues, items, outbox
from gingham.store.issues import IssueRow, IssueSubscriberRow
from gingham.store.outbox import OutboxRow

FAILING = "FAILING"

SUMMARIES: Mapping[str, str] = {
    "DEGRADED": "Connecting to {name} fails more often than usual.",
    "DOWN": "{name} cannot be connected at the moment.",
    FAILING: "{name} did not answer when somebody connected it.",
}
DETAILS: Mapping[str, str] = {
    "DEGRADED": "The health of {name} is DEGRADED: Link warns of it, and logins may fail.",
    "DOWN": "The health of {name} is DOWN: Link ends with INSTITUTION_DOWN there.",
    FAILING: "A Link session ended with an error of {name}, whose health is not known to be bad.",
}


def summary(platform: Platform, issue: IssueRow) -> str:
    return SUMMARIES[issue.cause].format(name=name(platform, issue))


def details(platform: Platform, issue: IssueRow) -> str:
    return DETAILS[issue.cause].format(name=name(platform, issue))


def name(platform: Platform, issue: IssueRow) -> str:
    """Of the institution."""
    institution = platform.banks.institution(issue.institution_id)
    return institution.name if institution is not None else issue.institution_id


def status(issue: IssueRow) -> str:
    """What somebody has met is reported; what the health says is known and waits for the institution."""
    if issue.resolved_at is not None:
        return "RESOLVED"
    return "REPORTED" if issue.cause == FAILING else "AWAITING_RESOLUTION"


async def set_health(platform: Platform, institution_id: str, to: str | None) -> Institution:
    """Sets an institution's health (None: the catalogue's), and opens or resolves its issue.

    Raises `PlaidError` INVALID_INSTITUTION.
    """
    known = platform.banks.institution(institution_id)
    if known is None:
        raise error("INVALID_INSTITUTION")
    now = known if to is None else replace(known, health=to)
    async with platform.store.writing() as writer:
        await network.set_health(platform, writer, known.institution_id, to)
        if now.health == "HEALTHY":
            await _resolve(platform, writer, now)
        else:
            await opened(platform, writer, now)
    return now


async def opened(platform: Platform, writer: Writer, institution: Institution) -> IssueRow:
    """The institution's open issue, which may begin with this. What its health says counts more than what
    somebody has met."""
    known = await network.institution(platform, institution.institution_id, writer) or institution
    cause = known.health if known.health != "HEALTHY" else FAILING
    issue = await issues.open_issue(
        writer,
        IssueRow(
            issue_id=platform.ids.opaque(),
            institution_id=known.institution_id,
            cause=cause,
            created_at=platform.clock.now(),
            resolved_at=None,
        ),
    )
    if issue.cause != cause != FAILING:
        await issues.set_cause(writer, issue.issue_id, cause)
        issue = replace(issue, cause=cause)
    return issue


async def _resolve(platform: Platform, writer: Writer, institution: Institution) -> None:
    issue = await issues.open_at(writer, institution.institution_id)
    now = platform.clock.now()
    if issue is None or not await issues.resolve(writer, issue.issue_id, now):
        return
    members = {
        "issue_id": issue.issue_id,
        "issue_description": summary(platform, issue),
        "issue_resolved_at": iso_seconds(now),
        "institution_id": institution.institution_id,
        "institution_name": institution.name,
    }
    waiting = await issues.subscribers(writer, issue.issue_id)
    # However many people follow the issue, their app is told once.
    for client_id, environment, url in sorted(
        {(each.client_id, each.environment, each.url) for each in waiting}
    ):
        await outbox.owe(
            writer,
            OutboxRow(
                webhook_id=platform.ids.uuid(),
                client_id=client_id,
                environment=environment,
                item_id=None,
                url=url,
                type="ISSUES",
                code="ISSUE_RESOLVED",
                body=facts.body("ISSUES", "ISSUE_RESOLVED", environment, members),
                created_at=now,
            ),
        )


async def get(platform: Platform, issue_id: str) -> IssueRow:
    """Raises `PlaidError` INVALID_FIELD."""
    found = await issues.issue(platform.store, issue_id)
    if found is None:
        raise error("INVALID_FIELD", message="issue_id is not an issue of this server")
    return found


async def subscribe(platform: Platform, client_id: str, environment: str, issue_id: str, url: str) -> None:
    """Raises `PlaidError` INVALID_FIELD, also for an issue that is over: nothing would ever be told of it."""
    issue = await get(platform, issue_id)
    if issue.resolved_at is not None:
        raise error("INVALID_FIELD", message="issue_id must be of an issue that is not resolved")
    async with platform.store.writing() as writer:
        await _wait(platform, writer, issue, client_id, environment, url)


async def follow(
    platform: Platform,
    writer: Writer,
    issue: IssueRow,
    *,
    client_id: str,
    environment: str,
    url: str,
    email: str,
) -> None:
    """A person waits for the end of the issue. Their address is told to nobody, and cannot be read again."""
    follower = platform.vault.keyed_digest(email.casefold(), "email")
    await _wait(platform, writer, issue, client_id, environment, url, follower)


async def _wait(
    platform: Platform,
    writer: Writer,
    issue: IssueRow,
    client_id: str,
    environment: str,
    url: str,
    follower: bytes = b"",
) -> None:
    await issues.subscribe(
        writer,
        IssueSubscriberRow(
            issue_id=issue.issue_id,
            client_id=client_id,
            environment=environment,
            url=url,
            follower=follower,
            created_at=platform.clock.now(),
        ),
    )


async def of_item(platform: Platform, client_id: str, environment: str, item_id: str) -> list[IssueRow]:
    """What its institution suffers from now. Raises `PlaidError` ITEM_NOT_FOUND."""
    item = await items.item(platform.store, item_id)
    if (
        item is None
        or item.removed_at is not None
        or (item.client_id, item.environment) != (client_id, environment)
    ):
        raise error("ITEM_NOT_FOUND")
    institution = await network.institution(platform, item.institution_id)
    if institution is None:
        return []
    if institution.health == "HEALTHY":
        issue = await issues.open_at(platform.store, institution.institution_id)
        return [issue] if issue is not None else []
    async with platform.store.writing() as writer:
        return [await opened(platform, writer, institution)]


async def of_session(
    platform: Platform, client_id: str, environment: str, link_session_id: str
) -> list[IssueRow]:
    """What a Link session has met, resolved or not."""
    async with platform.store.reading() as reader:
        seen = await issues.of_session(reader, client_id, environment, link_session_id)
        return await issues.issues(reader, [each.issue_id for each in seen])


async def of_request(platform: Platform, client_id: str, environment: str, request_id: str) -> list[IssueRow]:
    async with platform.store.reading() as reader:
        seen = await issues.of_request(reader, client_id, environment, request_id)
        return await issues.issues(reader, [each.issue_id for each in seen])
