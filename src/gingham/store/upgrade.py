"""Brings a database to the schema this version needs.

A fresh database is made from `schema.<dialect>.sql`, which needs neither SQLAlchemy nor Alembic. One that
is at `HEAD` is recognised by a look at `alembic_version`. Only an older one costs the import of Alembic,
which then writes the missing migrations as SQL (its offline mode), and the store runs them in one
transaction of its own: so a migration is all or nothing on both engines, and no second database driver is
needed.

However many processes start at once, one of them does the work: SQLite's write lock, or an advisory lock
of PostgreSQL, keeps the others waiting, and they look again once they have it.
"""

import io
import re
from pathlib import Path

from gingham.store import Reader, Store, StoreError

HEAD = "0006"
"""The newest revision in migrations/versions."""

_HERE = Path(__file__).parent
_MIGRATIONS = _HERE / "migrations"

_EXISTS = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'",
    # Not to_regclass: whoever waited for the lock would be answered from a cache of before.
    "postgresql": "SELECT relname::text FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relname = 'alembic_version'",
}
_REVISION = "SELECT version_num FROM alembic_version"

# Any number will do that nothing else in the same database uses for its advisory locks: "gingham" in ASCII.
_LOCK = int.from_bytes(b"gingham")


class UnknownRevisionError(StoreError):
    """The database was made by a newer version."""


def schema_file(dialect: str) -> Path:
    """What a fresh database is made from."""
    return _HERE / f"schema.{dialect}.sql"


async def upgrade(store: Store, dialect: str) -> None:
    """Raises `UnknownRevisionError` when the database is at a revision this version has never heard of."""
    if await _revision(store, dialect) == HEAD:
        return
    async with store.writing() as writer:
        if dialect == "postgresql":
            await writer.one("SELECT pg_advisory_xact_lock(?)", _LOCK)
        revision = await _revision(writer, dialect)
        if revision == HEAD:
            return
        script = migrations(dialect, revision) if revision else schema_file(dialect).read_text("utf-8")
        for statement in statements(script):
            await writer.run(statement)


def migrations(dialect: str, revision: str) -> str:
    """The SQL that leads from `revision` ("base": from nothing) to `HEAD`."""
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    script = io.StringIO()
    config = Config(output_buffer=script)
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["dialect"] = dialect
    if revision != "base":
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError:
            raise UnknownRevisionError(
                f"the database is at revision {revision!r}, which this version of Gingham does not know"
                f" (it knows up to {HEAD!r}): start the version that made it, or a newer one"
            ) from None
    upgrade(config, f"{revision}:head", sql=True)
    return script.getvalue()


def statements(script: str) -> list[str]:
    """Parts a script at every semicolon that ends a line."""
    return [statement for statement in re.split(r";[ \t]*(?:\n|$)", script) if statement.strip()]


async def _revision(reader: Reader, dialect: str) -> str | None:
    """None for a database without a schema."""
    if await reader.one(_EXISTS[dialect]) is None:
        return None
    row = await reader.one(_REVISION)
    return None if row is None else str(row[0])
