"""Visits of people to a bank's own pages (OAuth), from Link and back."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class VisitRow(Struct, frozen=True, kw_only=True):
    handle_digest: bytes
    """Of the text the bank gives back with the person (OAuth `state`), which nobody else knows."""
    oauth_state_id: str
    """What the host page gets to see of the visit when the person came back by a redirect."""
    link_session_id: str
    token_digest: bytes
    """Of the link_token."""
    created_at: int
    returned_at: int | None
    """When the bank sent the person back; once."""
    resumed_at: int | None
    """When the host page opened Link again with the oauth_state_id; once."""


_VISITS = Rows(VisitRow, "bank_visits")

ADD = _VISITS.insert()
BY_HANDLE = _VISITS.select("WHERE handle_digest = ?")
BY_STATE = _VISITS.select("WHERE oauth_state_id = ?")
RETURN = _VISITS.update(("returned_at",), "WHERE handle_digest = ? AND returned_at IS NULL")
RESUME = _VISITS.update(("resumed_at",), "WHERE oauth_state_id = ? AND resumed_at IS NULL")


async def add_visit(writer: Writer, visit: VisitRow) -> None:
    """Raises `ConflictError` when its Link session is not there, or its handle or id is taken."""
    await writer.run(ADD, *_VISITS.row(visit))


async def visit_by_handle(reader: Reader, digest: bytes) -> VisitRow | None:
    row = await reader.one(BY_HANDLE, digest)
    return None if row is None else _VISITS.read(row)


async def visit_by_state(reader: Reader, oauth_state_id: str) -> VisitRow | None:
    row = await reader.one(BY_STATE, oauth_state_id)
    return None if row is None else _VISITS.read(row)


async def mark_returned(writer: Writer, digest: bytes, at: int) -> bool:
    """True for exactly one of any number of callers."""
    return await writer.run(RETURN, at, digest) == 1


async def mark_resumed(writer: Writer, oauth_state_id: str, at: int) -> bool:
    """True for exactly one of any number of callers."""
    return await writer.run(RESUME, at, oauth_state_id) == 1
