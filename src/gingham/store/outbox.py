"""Webhooks that are owed: written in the transaction of the fact they report."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class OutboxRow(Struct, frozen=True, kw_only=True):
    webhook_id: str
    client_id: str
    environment: str
    item_id: str | None
    url: str
    type: str
    code: str
    body: bytes
    created_at: int
    sealed: bool | None = None
    """True: `body` carries tokens and is sealed, with the webhook_id as associated data."""


_ROWS = Rows(OutboxRow, "outbox")

ADD = _ROWS.insert()
OWED = _ROWS.select("ORDER BY created_at, arrival LIMIT ?")
OWED_OF_ITEM = _ROWS.select("WHERE item_id = ? ORDER BY created_at, arrival LIMIT ?")


async def owe(writer: Writer, webhook: OutboxRow) -> None:
    """Raises `ConflictError` when the webhook_id is taken."""
    await writer.run(ADD, *_ROWS.row(webhook))


async def owed(reader: Reader, *, item_id: str | None = None, limit: int = 1000) -> list[OutboxRow]:
    """Oldest first; of one instant, in the order they came."""
    rows = await (reader.all(OWED, limit) if item_id is None else reader.all(OWED_OF_ITEM, item_id, limit))
    return [_ROWS.read(row) for row in rows]
