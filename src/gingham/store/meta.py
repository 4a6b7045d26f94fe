"""Small facts about the database itself."""

from typing import cast

from gingham.store import Reader, Writer

GET = "SELECT value FROM meta WHERE name = ?"
PUT = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
NEXT_BOOT = (
    "INSERT INTO meta (name, value) VALUES ('boot', '1')"
    " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING value"
)


async def get(reader: Reader, name: str) -> str | None:
    row = await reader.one(GET, name)
    return None if row is None else cast("str", row[0])


async def put(writer: Writer, name: str, value: str) -> None:
    """Sets the fact, known or not."""
    await writer.run(PUT, name, value)


async def next_boot(writer: Writer) -> int:
    """Counts starts: 1 for the first on a fresh database. Seeded ids mix it in so that a restart never
    repeats one.
    """
    row = await writer.one(NEXT_BOOT)
    return int(cast("tuple[str]", row)[0])
