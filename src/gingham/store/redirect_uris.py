"""The redirect URIs that a client has allowed."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class RedirectUriRow(Struct, frozen=True, kw_only=True):
    client_id: str
    uri: str
    created_at: int


_URIS = Rows(RedirectUriRow, "redirect_uris")

ADD = _URIS.insert("ON CONFLICT (client_id, uri) DO NOTHING")
OF_CLIENT = _URIS.select("WHERE client_id = ? ORDER BY uri")
REMOVE = "DELETE FROM redirect_uris WHERE client_id = ? AND uri = ?"


async def add(writer: Writer, row: RedirectUriRow) -> None:
    """Adding what is there already changes nothing."""
    await writer.run(ADD, *_URIS.row(row))


async def remove(writer: Writer, client_id: str, uri: str) -> bool:
    """False when it was not there."""
    return await writer.run(REMOVE, client_id, uri) == 1


async def of_client(reader: Reader, client_id: str) -> list[RedirectUriRow]:
    return [_URIS.read(row) for row in await reader.all(OF_CLIENT, client_id)]
