"""Customizations of Link, by client and name, and the logos they show."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class CustomizationRow(Struct, frozen=True, kw_only=True):
    client_id: str
    name: str
    draft: bytes
    """What is being edited, JSON."""
    published: bytes | None
    """What Link shows, JSON; None: never published."""
    created_at: int
    updated_at: int
    published_at: int | None


_ROWS = Rows(CustomizationRow, "link_customizations")

ADD = _ROWS.insert("ON CONFLICT DO NOTHING")
BY_NAME = _ROWS.select("WHERE client_id = ? AND name = ?")
LOCK = _ROWS.select("WHERE client_id = ? AND name = ? /* FOR UPDATE */")
OF_CLIENT = _ROWS.select("WHERE client_id = ? ORDER BY name")
REPLACE = _ROWS.update(
    ("name", "draft", "published", "updated_at", "published_at"), "WHERE client_id = ? AND name = ?"
)
DELETE = "DELETE FROM link_customizations WHERE client_id = ? AND name = ?"


async def add_customization(writer: Writer, row: CustomizationRow) -> bool:
    """False when the name is taken."""
    return await writer.run(ADD, *_ROWS.row(row)) == 1


async def customization(reader: Reader, client_id: str, name: str) -> CustomizationRow | None:
    row = await reader.one(BY_NAME, client_id, name)
    return None if row is None else _ROWS.read(row)


async def lock_customization(writer: Writer, client_id: str, name: str) -> CustomizationRow | None:
    """Reads it and keeps other writers of it out until the transaction ends."""
    row = await writer.one(LOCK, client_id, name)
    return None if row is None else _ROWS.read(row)


async def customizations(reader: Reader, client_id: str) -> list[CustomizationRow]:
    """By name."""
    return [_ROWS.read(row) for row in await reader.all(OF_CLIENT, client_id)]


async def replace_customization(writer: Writer, name: str, row: CustomizationRow) -> None:
    """Writes `row` over the one called `name`. Raises `ConflictError` when the row's new name is taken."""
    values = (row.name, row.draft, row.published, row.updated_at, row.published_at)
    await writer.run(REPLACE, *values, row.client_id, name)


async def delete_customization(writer: Writer, client_id: str, name: str) -> bool:
    """False when there was none."""
    return await writer.run(DELETE, client_id, name) == 1


class LogoRow(Struct, frozen=True, kw_only=True):
    digest: str
    """SHA-256 of the picture, hexadecimal: its name wherever it is shown."""
    png: bytes


_LOGOS = Rows(LogoRow, "link_logos")

ADD_LOGO = _LOGOS.insert("ON CONFLICT DO NOTHING")
LOGO = _LOGOS.select("WHERE digest = ?")


async def add_logo(writer: Writer, logo: LogoRow) -> None:
    """The same picture is kept once."""
    await writer.run(ADD_LOGO, *_LOGOS.row(logo))


async def logo(reader: Reader, digest: str) -> LogoRow | None:
    row = await reader.one(LOGO, digest)
    return None if row is None else _LOGOS.read(row)
