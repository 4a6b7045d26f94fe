"""Keys of the clients (teams): one client_id, any number of active secrets per environment. Only hashes
are kept.
"""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class Key(Struct, frozen=True, kw_only=True):
    """`kind`: secret, public or hub. `digest`: SHA-256 of the key: keys are long and random, so no salt
    is needed.
    """

    client_id: str
    environment: str
    kind: str
    digest: bytes
    created_at: int


_ROWS = Rows(Key, "client_keys")

ALL = _ROWS.select("ORDER BY client_id, environment, kind, digest")
ADD = _ROWS.insert("ON CONFLICT DO NOTHING")


async def keys(reader: Reader) -> list[Key]:
    """Every key of every client: read at the start, not per request."""
    return [_ROWS.read(row) for row in await reader.all(ALL)]


async def add_key(writer: Writer, key: Key) -> None:
    """A key that is there already stays as it is, so that keys from the environment may be added at every
    start.
    """
    await writer.run(ADD, *_ROWS.row(key))
