"""What happened in the Link sessions of a period, for their statistics."""

from msgspec import Struct

from gingham.store import Reader

NAMES = ("OPEN", "SELECT_INSTITUTION", "SUBMIT_CREDENTIALS", "OPEN_OAUTH", "SUBMIT_MFA", "HANDOFF", "ERROR")
"""The events that statistics are made of."""

_EVENTS = (
    "SELECT link_sessions.link_session_id, link_tokens.request, link_events.name, link_events.at,"
    " link_events.metadata FROM link_sessions"
    " JOIN link_tokens ON link_tokens.digest = link_sessions.token_digest"
    " JOIN link_events ON link_events.link_session_id = link_sessions.link_session_id"
    " WHERE link_sessions.started_at >= ? AND link_sessions.started_at < ?"
    " AND link_tokens.client_id = ? AND link_tokens.environment = ?"
    " AND link_events.name IN (?, ?, ?, ?, ?, ?, ?)"
    " ORDER BY link_sessions.started_at, link_sessions.link_session_id, link_events.position LIMIT ?"
)


class Happened(Struct, frozen=True):
    """An event, with the request of its link_token."""

    link_session_id: str
    request: bytes
    name: str
    at: int
    metadata: bytes


async def events(
    reader: Reader, client_id: str, environment: str, start: int, end: int, limit: int
) -> list[Happened]:
    """Of the client's sessions that began from `start` on and before `end`, session by session; the first
    `limit`."""
    rows = await reader.all(_EVENTS, start, end, client_id, environment, *NAMES, limit)
    return [Happened(*row) for row in rows]  # type: ignore[arg-type]
