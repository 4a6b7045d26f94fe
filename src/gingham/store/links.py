"""Link tokens, Link sessions and their events."""

from typing import cast

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class LinkTokenRow(Struct, frozen=True, kw_only=True):
    digest: bytes
    client_id: str
    environment: str
    created_at: int
    expires_at: int
    request: bytes
    """The body of /link/token/create as far as Link needs it, JSON; no credentials."""
    item_id: str | None
    """Update mode: the Item it is for."""
    used_at: int | None
    burnt_at: int | None
    hosted_digest: bytes | None = None
    """Of the end of its hosted page's address, if it has such a page."""
    hosted_until: int | None = None
    sealed: bytes | None = None
    """What must be told again although only digests are kept, sealed with the digest as associated data."""
    delivered_at: int | None = None
    """When /link_delivery/create was called for it."""


_TOKENS = Rows(LinkTokenRow, "link_tokens")

ADD_TOKEN = _TOKENS.insert()
TOKEN = _TOKENS.select("WHERE digest = ?")
TOKEN_HOSTED = _TOKENS.select("WHERE hosted_digest = ?")


async def add_link_token(writer: Writer, token: LinkTokenRow) -> None:
    await writer.run(ADD_TOKEN, *_TOKENS.row(token))


async def link_token(reader: Reader, digest: bytes) -> LinkTokenRow | None:
    row = await reader.one(TOKEN, digest)
    return None if row is None else _TOKENS.read(row)


async def hosted_link_token(reader: Reader, hosted_digest: bytes) -> LinkTokenRow | None:
    row = await reader.one(TOKEN_HOSTED, hosted_digest)
    return None if row is None else _TOKENS.read(row)


async def mark_link_token(
    writer: Writer, digest: bytes, *, used_at: int | None = None, burnt_at: int | None = None
) -> None:
    """Sets the instants that are given. Raises `LookupError` when there is no such token."""
    given = {name: at for name, at in (("used_at", used_at), ("burnt_at", burnt_at)) if at is not None}
    if given and not await writer.run(
        _TOKENS.update(tuple(given), "WHERE digest = ?"), *given.values(), digest
    ):
        raise LookupError("no such link_token")


async def deliver_link_token(writer: Writer, token: LinkTokenRow) -> None:
    """Writes what a hosted page needs, and when delivery was asked for."""
    columns = ("hosted_digest", "hosted_until", "sealed", "delivered_at")
    values = [getattr(token, column) for column in columns]
    await writer.run(_TOKENS.update(columns, "WHERE digest = ?"), *values, token.digest)


class LinkSessionRow(Struct, frozen=True, kw_only=True):
    link_session_id: str
    token_digest: bytes
    """Of the link_token."""
    secret_digest: bytes
    """Of the session_token, which the browser holds in memory."""
    revision: int
    state: bytes
    """The flow's session, JSON; holds no credential."""
    sealed: bytes | None
    """What the bank must get back (challenge state, or the grant after login), sealed with the session id
    as associated data.
    """
    started_at: int
    touched_at: int
    finished_at: int | None
    outcome: bytes | None
    """How it ended, JSON, for /link/token/get; a public token in it is sealed."""
    item_id: str | None
    due_at: int | None = None
    """When the clock looks at the session, if nobody does before."""


_SESSIONS = Rows(LinkSessionRow, "link_sessions")
_ADVANCED = ("revision", "state", "sealed", "touched_at", "finished_at", "outcome", "item_id", "due_at")

ADD_SESSION = _SESSIONS.insert()
DRIVEN_BY = (
    f"SELECT {_SESSIONS.names()}, {_TOKENS.names()},"  # noqa: S608
    " (SELECT count(*) FROM link_events WHERE link_events.link_session_id = link_sessions.link_session_id)"
    " FROM link_sessions JOIN link_tokens ON link_tokens.digest = link_sessions.token_digest"
    " WHERE secret_digest = ?"
)
REKEY = _SESSIONS.update(("secret_digest",), "WHERE link_session_id = ?")
BY_ID = _SESSIONS.select("WHERE link_session_id = ?")
CLAIM = "SELECT 1 FROM link_sessions WHERE link_session_id = ? AND revision = ? /* FOR UPDATE */"
OF_TOKEN = _SESSIONS.select("WHERE token_digest = ? ORDER BY started_at, link_session_id")
ADVANCE = _SESSIONS.update(_ADVANCED, "WHERE link_session_id = ? AND revision = ?")


DUE = _SESSIONS.select("WHERE due_at <= ? ORDER BY due_at LIMIT 100")
NEXT_DUE = "SELECT due_at FROM link_sessions WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"
REMIND = _SESSIONS.update(("due_at",), "WHERE link_session_id = ? AND due_at = ?")


async def add_session(writer: Writer, session: LinkSessionRow) -> None:
    """Raises `ConflictError` when its link_token is not there, or its id or secret is taken."""
    await writer.run(ADD_SESSION, *_SESSIONS.row(session))


async def driven_by(reader: Reader, digest: bytes) -> tuple[LinkSessionRow, LinkTokenRow, int] | None:
    """The session of a session_token, its link_token, and how many events it has had: what a turn begins with, in
    one question."""
    row = await reader.one(DRIVEN_BY, digest)
    if row is None:
        return None
    tokens_at = len(_SESSIONS.columns)
    return _SESSIONS.read(row[:tokens_at]), _TOKENS.read(row[tokens_at:-1]), cast("int", row[-1])


async def session(reader: Reader, link_session_id: str) -> LinkSessionRow | None:
    row = await reader.one(BY_ID, link_session_id)
    return None if row is None else _SESSIONS.read(row)


async def claim_session(writer: Writer, link_session_id: str, revision: int) -> bool:
    """Keeps other writers of the session out until the transaction ends; False if its revision is another."""
    return await writer.one(CLAIM, link_session_id, revision) is not None


async def rekey_session(writer: Writer, link_session_id: str, secret_digest: bytes) -> None:
    """Gives the session a new session_token; the old one drives nothing any more."""
    await writer.run(REKEY, secret_digest, link_session_id)


async def sessions_of_token(reader: Reader, token_digest: bytes) -> list[LinkSessionRow]:
    """Oldest first."""
    return [_SESSIONS.read(row) for row in await reader.all(OF_TOKEN, token_digest)]


async def advance_session(writer: Writer, session: LinkSessionRow, expected_revision: int) -> bool:
    """Replaces revision, state, sealed, touched_at, finished_at, outcome, item_id and due_at if the stored
    revision is still `expected_revision`; False if not: somebody else has advanced the session.
    """
    values = [getattr(session, column) for column in _ADVANCED]
    return await writer.run(ADVANCE, *values, session.link_session_id, expected_revision) == 1


async def due_sessions(reader: Reader, now: int) -> list[LinkSessionRow]:
    """Those the clock must look at, earliest first."""
    return [_SESSIONS.read(row) for row in await reader.all(DUE, now)]


async def next_due_session(reader: Reader) -> int | None:
    row = await reader.one(NEXT_DUE)
    return None if row is None else cast("int", row[0])


async def remind_session(writer: Writer, link_session_id: str, due_at: int, later: int | None) -> bool:
    """Moves the clock's next look from `due_at`; True for exactly one of any number of racing callers."""
    return await writer.run(REMIND, later, link_session_id, due_at) == 1


class LinkEventRow(Struct, frozen=True, kw_only=True):
    event_id: str
    link_session_id: str
    position: int
    name: str
    metadata: bytes
    at: int


_EVENTS = Rows(LinkEventRow, "link_events")

ADD_EVENT = _EVENTS.insert()
EVENTS = _EVENTS.select("WHERE link_session_id = ? ORDER BY position")
COUNT_EVENTS = "SELECT count(*) FROM link_events WHERE link_session_id = ?"


async def add_events(writer: Writer, events: list[LinkEventRow]) -> None:
    await writer.run_many(ADD_EVENT, [_EVENTS.row(event) for event in events])


async def events(reader: Reader, link_session_id: str) -> list[LinkEventRow]:
    """In the order they happened."""
    return [_EVENTS.read(row) for row in await reader.all(EVENTS, link_session_id)]


async def count_events(reader: Reader, link_session_id: str) -> int:
    return cast("tuple[int]", await reader.one(COUNT_EVENTS, link_session_id))[0]
