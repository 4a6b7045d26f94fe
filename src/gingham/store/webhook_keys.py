"""Keys that sign webhooks: one signs for an environment at a time, and the old ones stay readable."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class WebhookKeyRow(Struct, frozen=True, kw_only=True):
    kid: str
    environment: str
    sealed: bytes
    """The private key as a JWK, sealed with the kid as associated data."""
    created_at: int
    expired_at: int | None


_KEYS = Rows(WebhookKeyRow, "webhook_keys")

ADD = _KEYS.insert()
KEY = _KEYS.select("WHERE kid = ?")
CURRENT = _KEYS.select("WHERE environment = ? AND expired_at IS NULL ORDER BY created_at DESC LIMIT 1")
EXPIRE = "UPDATE webhook_keys SET expired_at = ? WHERE environment = ? AND expired_at IS NULL"


async def add(writer: Writer, key: WebhookKeyRow) -> None:
    await writer.run(ADD, *_KEYS.row(key))


async def key(reader: Reader, kid: str) -> WebhookKeyRow | None:
    row = await reader.one(KEY, kid)
    return None if row is None else _KEYS.read(row)


async def current(reader: Reader, environment: str) -> WebhookKeyRow | None:
    """The key that signs now."""
    row = await reader.one(CURRENT, environment)
    return None if row is None else _KEYS.read(row)


async def expire(writer: Writer, environment: str, now: int) -> None:
    """Ends the signing of whatever key signs."""
    await writer.run(EXPIRE, now, environment)
