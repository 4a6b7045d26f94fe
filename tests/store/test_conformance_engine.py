"""What both engines promise of transactions, snapshots and values (`gingham.store`)."""

# ruff: noqa: PT012 (a transaction fails as a whole)

import asyncio

import pytest
from tests.store import make

from gingham.store import (
    ConflictError,
    Store,
    StoreBusyError,
    StoreUnreachableError,
    UnstorableError,
    items,
    meta,
    postgres,
    sqlite,
)
from gingham.store.open import open_store


async def test_what_a_block_wrote_is_there_after_it(store: Store, other: Store) -> None:
    async with store.writing() as writer:
        await meta.put(writer, "color", "red")

    assert await meta.get(store, "color") == "red"
    assert await meta.get(other, "color") == "red"


async def test_an_exception_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as writer:
            await meta.put(writer, "color", "red")
            raise ZeroDivisionError

    assert await meta.get(store, "color") is None


async def test_a_cancelled_task_leaves_nothing_and_keeps_nobody_out(store: Store) -> None:
    wrote = asyncio.Event()

    async def write_and_hang() -> None:
        async with store.writing() as writer:
            await meta.put(writer, "color", "red")
            wrote.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_hang())
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with store.writing() as writer:
        assert await meta.get(writer, "color") is None
        await meta.put(writer, "color", "blue")


async def test_a_writer_sees_its_own_writes_and_nobody_else_does(store: Store) -> None:
    async with store.writing() as writer:
        await meta.put(writer, "color", "red")

        assert await meta.get(writer, "color") == "red"
        assert await meta.get(store, "color") is None
        async with store.reading() as reader:
            assert await meta.get(reader, "color") is None


async def test_a_snapshot_stays_what_it_was(store: Store, other: Store) -> None:
    async with store.writing() as writer:
        await meta.put(writer, "color", "red")

    async with store.reading() as reader:
        assert await meta.get(reader, "color") == "red"
        async with store.writing() as writer:
            await meta.put(writer, "color", "blue")
        async with other.writing() as writer:
            await meta.put(writer, "shape", "round")

        assert await meta.get(reader, "color") == "red"
        assert await meta.get(reader, "shape") is None

    async with store.reading() as reader:
        assert await meta.get(reader, "color") == "blue"
        assert await meta.get(reader, "shape") == "round"


async def test_snapshots_of_several_tasks_do_not_mix(store: Store) -> None:
    async with store.reading() as before:
        assert await meta.get(before, "color") is None
        async with store.writing() as writer:
            await meta.put(writer, "color", "red")
        async with store.reading() as after:
            assert await meta.get(after, "color") == "red"
            assert await meta.get(before, "color") is None


async def test_statements_outside_a_block_see_the_latest(store: Store, other: Store) -> None:
    for color in ("red", "blue"):
        async with other.writing() as writer:
            await meta.put(writer, "color", color)
        assert await store.one("SELECT value FROM meta WHERE name = ?", "color") == (color,)
        assert await store.all("SELECT name, value FROM meta") == [("color", color)]


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"read-?only|readonly"):
        async with store.reading() as reader:
            await reader.all("DELETE FROM meta")


async def test_a_reader_or_writer_is_over_with_its_block(store: Store) -> None:
    async with store.writing() as writer:
        pass
    with pytest.raises(AttributeError):
        await meta.put(writer, "color", "red")


async def test_writing_inside_writing_is_an_error_and_not_a_standstill(store: Store) -> None:
    async with store.writing():
        with pytest.raises(RuntimeError, match="inside writing"):
            async with store.writing():
                pass


async def test_waiting_for_another_writer_does_not_stop_the_loop(store: Store, other: Store) -> None:
    async def write_too() -> None:
        async with other.writing() as writer:
            await items.update_item(writer, "item-1", sequence=2)

    async with store.writing() as writer:
        await items.add_item(writer, make.item())
    async with store.writing() as writer:
        await items.update_item(writer, "item-1", sequence=1)
        task = asyncio.create_task(write_too())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
    await task

    found = await items.item(store, "item-1")
    assert found is not None
    assert found.sequence == 2


async def test_waiting_ends_in_a_clear_error(
    store_url: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.writing() as writer:
        await items.add_item(writer, make.item())
    monkeypatch.setattr(sqlite, "PATIENCE", 0.02)
    monkeypatch.setitem(postgres._SETTINGS, "lock_timeout", "20ms")
    impatient = await open_store(store_url)
    try:
        async with store.writing() as writer:
            await items.lock_item(writer, "item-1")
            with pytest.raises(StoreBusyError):
                async with impatient.writing() as second:
                    await items.lock_item(second, "item-1")
        async with impatient.writing() as second:
            assert await items.lock_item(second, "item-1") is not None
    finally:
        await impatient.close()


async def test_a_repeated_key_is_a_conflict_that_quotes_no_value(store: Store) -> None:
    async with store.writing() as writer:
        await items.add_item(writer, make.item("item-secret"))

    with pytest.raises(ConflictError, match="items") as caught:
        async with store.writing() as writer:
            await meta.put(writer, "color", "red")
            await items.add_item(writer, make.item("item-secret"))

    assert "item-secret" not in str(caught.value)
    assert await meta.get(store, "color") is None


async def test_a_row_must_point_at_something(store: Store) -> None:
    with pytest.raises(ConflictError):
        async with store.writing() as writer:
            await items.add_access_token(writer, b"token", "no such item", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Müller & Søn",
        "日本語",
        "👩‍👧‍👦 emoji",
        "e\u0301",
        "\ufeff\u200b",
        "quote ' \" \\ % ?",
        "\x01\x7f\r\n",
        "\U0010ffff",
    ],
)
async def test_text_comes_back_as_it_went(store: Store, text: str) -> None:
    async with store.writing() as writer:
        await meta.put(writer, "text", text)
        await meta.put(writer, f"name {text}", "value")

    assert await meta.get(store, "text") == text
    assert await meta.get(store, f"name {text}") == "value"


@pytest.mark.parametrize("text", ["nul \0 inside", "lone \ud800 surrogate"])
async def test_text_that_one_engine_cannot_hold_is_refused_by_both(store: Store, text: str) -> None:
    with pytest.raises(UnstorableError) as caught:
        async with store.writing() as writer:
            await meta.put(writer, "text", text)
    assert "inside" not in str(caught.value)

    with pytest.raises(UnstorableError):
        async with store.writing() as writer:
            await writer.run_many(meta.PUT, [("text", text)])
    with pytest.raises(UnstorableError):
        await meta.get(store, text)
    with pytest.raises(UnstorableError):
        await store.all(meta.GET, text)


@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63)])
async def test_numbers_have_64_bits(store: Store, number: int) -> None:
    async with store.writing() as writer:
        await items.add_item(writer, make.item(created_at=number))

    found = await items.item(store, "item-1")
    assert found is not None
    assert found.created_at == number


async def test_a_larger_number_is_refused(store: Store) -> None:
    with pytest.raises(UnstorableError):
        async with store.writing() as writer:
            await items.add_item(writer, make.item(created_at=2**63))


async def test_bytes_come_back_as_they_went(store: Store) -> None:
    grant = bytes(range(256)) * 1000
    async with store.writing() as writer:
        await items.add_item(writer, make.item(grant=grant))

    found = await items.item(store, "item-1")
    assert found is not None
    assert found.grant == grant


async def test_a_statement_tells_how_many_rows_it_touched(store: Store) -> None:
    async with store.writing() as writer:
        await writer.run_many(meta.PUT, [("a", "1"), ("b", "2"), ("c", "3")])
        assert await writer.run("UPDATE meta SET value = ? WHERE name > ?", "x", "a") == 2
        assert await writer.run("DELETE FROM meta WHERE name = ?", "nothing") == 0


async def test_text_sorts_by_code_point(store: Store) -> None:
    names = ["a", "B", "ä", "Z", "_", "b", "1", "-"]
    async with store.writing() as writer:
        await writer.run_many(meta.PUT, [(name, "") for name in names])

    assert [row[0] for row in await store.all("SELECT name FROM meta ORDER BY name")] == sorted(names)


async def test_the_version_moves_with_every_commit_whoever_makes_it(
    store: Store, other: Store, engine: str
) -> None:
    if engine == "postgresql":
        assert store.version() is None  # there is no such number there
        return
    seen = {store.version()}
    for writing in (store, other, store):
        async with writing.writing() as writer:
            await meta.next_boot(writer)
        if writing is other:
            await asyncio.sleep(0)  # what others commit is seen from the next turn of the event loop on
        assert store.version() not in seen
        seen.add(store.version())

    still = store.version()
    await meta.get(store, "boot")
    assert store.version() == still


async def test_a_restart_keeps_everything(store_url: str) -> None:
    first = await open_store(store_url)
    async with first.writing() as writer:
        await items.add_item(writer, make.item(products=("auth", "transactions"), synced=True))
        await items.add_access_token(writer, b"token", "item-1", 1)
    before = await items.item(first, "item-1")
    await first.close()

    second = await open_store(store_url)
    try:
        assert await items.item_by_access_token(second, b"token") == before
    finally:
        await second.close()


async def test_a_closed_store_says_so(store_url: str) -> None:
    closed = await open_store(store_url)
    async with closed.reading() as reader:
        await meta.get(reader, "color")
    await closed.close()

    with pytest.raises(StoreUnreachableError):
        await meta.get(closed, "color")
    for block in (closed.reading(), closed.writing()):
        with pytest.raises(StoreUnreachableError):
            await block.__aenter__()
    await closed.close()


async def test_a_block_that_outlives_its_store_fails(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_FAREWELL", 0.02)
    closed = await open_store(store_url)
    with pytest.raises(StoreUnreachableError):
        async with closed.writing() as writer:
            await meta.put(writer, "color", "red")
            await closed.close()

    opened = await open_store(store_url)
    assert await meta.get(opened, "color") is None
    await opened.close()


async def test_starts_are_counted(store_url: str) -> None:
    counts = []
    for _ in range(3):
        opened = await open_store(store_url)
        async with opened.writing() as writer:
            counts.append(await meta.next_boot(writer))
        await opened.close()

    assert counts == [1, 2, 3]


async def test_a_fact_can_be_replaced(store: Store) -> None:
    async with store.writing() as writer:
        await meta.put(writer, "color", "red")
        await meta.put(writer, "color", "blue")

    assert await meta.get(store, "color") == "blue"


async def _write(store: Store, key: str, value: str, *, failing: bool = False) -> None:
    async with store.writing() as writer:
        await meta.put(writer, key, value)
        if failing:
            raise ZeroDivisionError


async def test_of_blocks_that_end_together_each_is_whole_or_not_at_all(store: Store, other: Store) -> None:
    ends = await asyncio.gather(
        *(_write(store, str(number), "there", failing=number in (1, 3)) for number in range(5)),
        return_exceptions=True,
    )
    assert [type(end) for end in ends] == [
        type(None),
        ZeroDivisionError,
        type(None),
        ZeroDivisionError,
        type(None),
    ]
    assert [await meta.get(other, str(number)) for number in range(5)] == ["there", None] * 2 + ["there"]


async def test_who_stops_waiting_for_the_commit_leaves_the_others_theirs(store: Store, other: Store) -> None:
    gone = asyncio.create_task(_write(store, "a", "there"))
    stays = asyncio.create_task(_write(store, "b", "there"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await stays
    assert await meta.get(other, "b") == "there"
