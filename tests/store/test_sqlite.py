"""What is SQLite's own: the file, its options, and a database that vanishes."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gingham.store import Store, StoreError, StoreUnreachableError, meta, sqlite
from gingham.store.open import open_store
from gingham.store.sqlite import SqliteStore


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_the_file_and_its_folder_are_the_owner_s_alone(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a/b/gingham.db")
    async with store.writing() as writer:
        await meta.put(writer, "color", "red")

    folder = tmp_path / "a" / "b"
    assert names(folder) == ["gingham.db", "gingham.db-shm", "gingham.db-wal"]
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in names(folder)} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await store.close()


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/gingham.db")
    async with store.reading() as reader:
        await meta.get(reader, "color")
    await store.close()

    assert names(tmp_path) == ["gingham.db"]


async def test_a_path_may_be_relative_and_hold_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store("sqlite:///data%20here/w%C3%BCrfel%3F%23.db")
    await store.close()

    assert (tmp_path / "data here" / "würfel?#.db").exists()


@pytest.mark.parametrize(
    ("option", "number"), [("", 1), ("?synchronous=normal", 1), ("?synchronous=full", 2)]
)
async def test_synchronous_is_an_option(tmp_path: Path, option: str, number: int) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/gingham.db{option}")
    async with store.writing() as writer:
        assert await writer.one("PRAGMA synchronous") == (number,)
        assert await writer.one("PRAGMA journal_mode") == ("wal",)
        assert await writer.one("PRAGMA foreign_keys") == (1,)
    await store.close()


async def test_a_database_in_memory_is_alone_and_vanishes() -> None:
    first, second = await open_store("sqlite:///:memory:"), await open_store("sqlite:///:memory:")
    assert isinstance(first, sqlite.SqliteStore)
    async with first.writing() as writer:
        await meta.put(writer, "color", "red")
        async with first.reading() as reader:
            assert await meta.get(reader, "color") is None

    assert await meta.get(first, "color") == "red"
    assert await meta.get(second, "color") is None
    folder = first._path.parent
    assert folder.exists()
    await first.close()
    await second.close()
    assert not folder.exists()


async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary, today I was taken for a database. " * 100)

    with pytest.raises(StoreUnreachableError, match=r"notes\.txt cannot be opened: file is not a database"):
        await open_store(f"sqlite:///{file}")


async def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnreachableError, match="cannot be opened"):
        await open_store(f"sqlite:///{tmp_path}/file/gingham.db")


async def test_an_old_sqlite_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(StoreUnreachableError, match="or newer is needed"):
        await open_store(f"sqlite:///{tmp_path}/gingham.db")


async def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    """As PostgreSQL would: tables are STRICT."""
    store = await open_store(f"sqlite:///{tmp_path}/gingham.db")
    with pytest.raises(StoreError):
        async with store.writing() as writer:
            await writer.run("INSERT INTO meta (name, value) VALUES (?, ?)", "color", b"bytes")
    await store.close()


async def test_more_snapshots_at_once_than_are_kept(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/gingham.db")
    blocks = [store.reading() for _ in range(sqlite._IDLE + 3)]
    readers = [await block.__aenter__() for block in blocks]
    assert [await meta.get(reader, "color") for reader in readers] == [None] * len(readers)
    for block in blocks:
        await block.__aexit__(None, None, None)
    async with store.reading() as reader:
        assert await meta.get(reader, "color") is None
    await store.close()


async def test_transactions_that_end_together_are_committed_together(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as (store, said):
        await asyncio.gather(*(_put(store, str(number)) for number in range(10)))
        assert said.count("COMMIT") == 1


async def test_each_sees_what_ended_before_it_though_that_is_not_committed(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as (store, _):

        async def add_one() -> None:
            async with store.writing() as writer:
                await meta.put(writer, "count", str(int(await meta.get(writer, "count") or "0") + 1))

        await asyncio.gather(*(add_one() for _ in range(20)))
        assert await meta.get(store, "count") == "20"


async def test_one_after_another_each_has_its_own_commit(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as (store, said):
        for number in range(3):
            await _put(store, str(number))
        assert said.count("COMMIT") == 3


async def test_a_commit_that_fails_is_everybody_s_failure_and_the_next_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite_store(tmp_path) as (store, _):

        async def full(attempt: object) -> None:
            raise StoreError("the disk is full")

        with monkeypatch.context() as broken:
            writes = [asyncio.create_task(_put(store, str(number))) for number in range(2)]
            await asyncio.sleep(0)  # both are written, and wait for their commit
            broken.setattr(sqlite, "_patiently", full)
            ends = await asyncio.gather(*writes, return_exceptions=True)
        assert [str(end) for end in ends] == ["the disk is full"] * 2
        await _put(store, "2")
        assert [await meta.get(store, str(number)) for number in range(3)] == [None, None, "there"]


async def _put(store: Store, key: str) -> None:
    async with store.writing() as writer:
        await meta.put(writer, key, "there")


@asynccontextmanager
async def sqlite_store(folder: Path) -> AsyncIterator[tuple[Store, list[str]]]:
    """A store, and what it says to SQLite to write."""
    store = await open_store(f"sqlite:///{folder}/gingham.db")
    assert isinstance(store, sqlite.SqliteStore)
    said: list[str] = []
    store._writer.set_trace_callback(said.append)
    yield store, said
    await store.close()


async def test_a_copy_is_put_back_while_others_write() -> None:
    store = await SqliteStore.vanishing()
    async with store.writing() as writer:
        await writer.run("CREATE TABLE notes (text TEXT)")
        await writer.run("INSERT INTO notes VALUES ('first')")
    kept = store.copy()

    async def write(text: str) -> None:
        async with store.writing() as writer:
            await writer.run("INSERT INTO notes VALUES (?)", text)

    await asyncio.gather(write("second"), store.become(kept), write("third"), store.become(kept))
    assert await store.all("SELECT text FROM notes") == [("first",)]

    version = store.version()
    await store.become(kept)
    assert store.version() == version  # nobody had written, so nothing was copied
    await write("fourth")
    await store.become(kept)
    assert store.version() != version
    assert await store.all("SELECT text FROM notes") == [("first",)]
    other = await SqliteStore.vanishing(kept)
    await write("fifth")
    assert await other.all("SELECT text FROM notes") == [("first",)]
    await other.close()
    await store.close()
    kept.close()
