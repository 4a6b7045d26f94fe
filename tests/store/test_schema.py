"""One schema, told four times: the metadata, the SQL files, the migrations and the row Structs agree."""

import asyncio
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Table
from tests.store import processes

from gingham.store import (
    Reader,
    Row,
    Store,
    Value,
    accounts,
    clients,
    customizations,
    health,
    issues,
    items,
    jobs,
    links,
    meta,
    oauth_bank,
    outbox,
    redirect_uris,
    remembered,
    schema,
    transactions,
    upgrade,
    users,
    webhook_keys,
)
from gingham.store.open import open_store
from gingham.store.rows import Rows

AGGREGATES = [
    accounts,
    clients,
    customizations,
    health,
    issues,
    items,
    jobs,
    links,
    meta,
    oauth_bank,
    outbox,
    redirect_uris,
    remembered,
    transactions,
    users,
    webhook_keys,
]


def rows_of(module: ModuleType) -> list[Rows]:
    return [member for member in vars(module).values() if isinstance(member, Rows)]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_sql_files_are_the_metadata(dialect: str) -> None:
    """If not: `python -m gingham.store.schema`, and a migration."""
    assert upgrade.schema_file(dialect).read_text(encoding="utf-8") == schema.sql(dialect)


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_heads() == [upgrade.HEAD]


@pytest.mark.parametrize(
    "rows", [rows for module in AGGREGATES for rows in rows_of(module)], ids=lambda rows: rows.table
)
def test_a_table_has_the_columns_of_its_struct(rows: Rows) -> None:
    columns = [column.name for column in schema.metadata.tables[rows.table].columns]

    assert [name for name in columns if name not in ("arrival", "revoked_at")] == list(rows.columns)


@pytest.mark.parametrize(
    "rows", [rows for module in AGGREGATES for rows in rows_of(module)], ids=lambda rows: rows.table
)
def test_a_column_is_null_where_its_member_may_be_none(rows: Rows) -> None:
    table = schema.metadata.tables[rows.table]
    optional = {name for name in rows.columns if "None" in str(rows.struct.__annotations__[name])}

    assert {name for name in rows.columns if table.c[name].nullable} == optional


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_text_is_ordered_by_code_point_in_postgresql_too(table: Table) -> None:
    """Whatever the locale of the database: only then do pages of changes part alike on both engines."""
    types = [column.type.compile(dialect=schema.DIALECTS["postgresql"]) for column in table.columns]

    assert set(types) <= {'TEXT COLLATE "C"', "BIGINT", "BYTEA"}


# --- migrations
# -------------------------------------------------------------------------------------------------------

SQLITE_CATALOG = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
POSTGRES_CATALOG = (
    # columns
    "SELECT table_name || '.' || column_name || ' ' || ordinal_position, data_type, is_nullable,"
    " coalesce(collation_name, '') || is_identity || coalesce(column_default, '')"
    " FROM information_schema.columns WHERE table_schema = current_schema()",
    # keys
    "SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'",
    # indexes
    "SELECT tablename, indexname, replace(indexdef, schemaname, ''), '' FROM pg_indexes"
    " WHERE schemaname = current_schema()",
)


async def catalog(store: Store, engine: str) -> set[Row]:
    if engine == "postgresql":
        return {row for statement in POSTGRES_CATALOG for row in await store.all(statement)}
    # SQLite keeps the statement as it was written; blanks and quotes are the writer's taste.
    return {
        tuple("".join(str(value).split()).replace('"', "") for value in row)
        for row in await store.all(SQLITE_CATALOG)
    }


async def test_migrations_from_zero_make_the_schema_of_the_sql_files(
    store_url: str, engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = await open_store(store_url)
    expected = await catalog(opened, engine)
    async with opened.writing() as writer:
        for table in reversed(schema.metadata.sorted_tables):
            await writer.run(f"DROP TABLE {table.name}")
        await writer.run("DROP TABLE alembic_version")
    assert await catalog(opened, engine) == set()

    async with opened.writing() as writer:
        for statement in upgrade.statements(upgrade.migrations(engine, "base")):
            await writer.run(statement)

    assert await catalog(opened, engine) == expected
    assert len(expected) > len(schema.metadata.tables)
    await opened.close()


@pytest.fixture
def one_revision_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A version of Gingham that knows one migration more."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(upgrade.__file__).parent / "migrations", folder)
    (folder / "versions" / "9998_later.py").write_text(
        f'from alembic import op\nimport sqlalchemy as sa\nrevision = "9998"\ndown_revision = "{upgrade.HEAD}"\n'
        'def upgrade() -> None:\n    op.add_column("meta", sa.Column("note", sa.Text()))\n'
        "    op.execute(\"UPDATE meta SET note = 'old; but gold'\")\n"
    )
    monkeypatch.setattr(upgrade, "_MIGRATIONS", folder)
    monkeypatch.setattr(upgrade, "HEAD", "9998")


async def test_an_older_database_is_brought_up_and_keeps_its_rows(
    store_url: str, request: pytest.FixtureRequest
) -> None:
    old = await open_store(store_url)
    async with old.writing() as writer:
        await meta.put(writer, "color", "red")
    await old.close()

    request.getfixturevalue("one_revision_later")
    new = await asyncio.gather(*(open_store(store_url) for _ in range(3)))

    assert await new[0].all("SELECT name, value, note FROM meta") == [("color", "red", "old; but gold")]
    assert await new[0].all("SELECT version_num FROM alembic_version") == [("9998",)]
    for opened in new:
        await opened.close()


async def test_a_newer_database_is_refused(store_url: str) -> None:
    opened = await open_store(store_url)
    async with opened.writing() as writer:
        await writer.run("UPDATE alembic_version SET version_num = '9999'")
    await opened.close()

    with pytest.raises(upgrade.UnknownRevisionError, match="'9999'"):
        await open_store(store_url)


START = """
import asyncio, sys
from gingham.store import meta
from gingham.store.open import open_store

async def start():
    store = await open_store(sys.argv[1])
    async with store.writing() as writer:
        print(await meta.next_boot(writer))
    await store.close()
    print(*({"sqlalchemy", "alembic"} & set(sys.modules)))

asyncio.run(start())
"""


async def test_processes_that_start_at_once_make_one_database(store_url: str) -> None:
    started = [processes.start(START, store_url) for _ in range(5)]
    answers = [process.communicate(timeout=60)[0].split("\n") for process in started]

    assert sorted(answer[0] for answer in answers) == ["1", "2", "3", "4", "5"]


async def test_a_start_imports_neither_sqlalchemy_nor_alembic(store_url: str) -> None:
    """Their import alone would cost the whole second half of the start's budget of 0.5 s."""
    for _ in ("fresh", "at head"):
        answer = processes.start(START, store_url).communicate(timeout=60)[0]
        assert answer.split("\n")[1] == ""


# --- plans ------------------------------------------------------------------------------------------------
# ------------


class Overheard:
    """A Reader that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def one(self, sql: str, *values: Value) -> Row | None:
        self.asked.append(sql)
        return (0,)

    async def all(self, sql: str, *values: Value) -> list[Row]:
        self.asked.append(sql)
        return []


async def every_statement() -> list[str]:
    """All but INSERTs and the list of keys, which is read whole and only at the start."""
    found = [
        value
        for module in AGGREGATES
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and value.startswith(("SELECT", "UPDATE", "DELETE"))
    ]
    found = [statement for statement in found if statement not in (clients.ALL, transactions.CHANGES)]
    reader: Reader = (overheard := Overheard())
    await transactions.page(reader, "i", start="", end="", account_ids=("a", "b"), limit=1, offset=1)
    found += overheard.asked
    assert len(found) > 25
    return found


async def test_every_statement_finds_its_rows_by_an_index(store: Store, engine: str) -> None:
    async with store.writing() as writer:
        if engine == "postgresql":
            # On empty tables these would always win.
            await writer.run("SET LOCAL enable_seqscan = off")
            await writer.run("SET LOCAL enable_bitmapscan = off")
            await writer.run("SET LOCAL plan_cache_mode = force_generic_plan")
        for statement in await every_statement():
            if engine == "sqlite":
                parameters = [None] * statement.count("?")
                rows = await writer.all(f"EXPLAIN QUERY PLAN {statement}", *parameters)
                steps = [str(row[3]) for row in rows]
                bad = [step for step in steps if step.startswith("SCAN") and " USING " not in step]
                # One Item's rows may be sorted; a whole table never.
                bad += [step for step in steps if step == "USE TEMP B-TREE FOR ORDER BY"]
            else:
                await writer.run(f"PREPARE statement AS {statement}")
                nulls = ", ".join(["NULL"] * statement.count("?"))
                rows = await writer.all(f"EXPLAIN EXECUTE statement {nulls and f'({nulls})'}")
                await writer.run("DEALLOCATE statement")
                steps = [str(row[0]) for row in rows]
                bad = [step for step in steps if "Seq Scan" in step]
                bad += [step for step in steps if "Sort Key" in step and "DISTINCT" not in statement]
            assert not bad, (statement, steps)
