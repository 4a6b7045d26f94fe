"""What is still to be done: jobs and owed webhooks."""

# ruff: noqa: PT012 (a transaction fails as a whole)

import asyncio

import pytest
from tests.store import make

from gingham.store import ConflictError, Store, jobs, outbox


async def schedule(store: Store, *rows: jobs.JobRow) -> None:
    async with store.writing() as writer:
        for row in rows:
            await jobs.schedule(writer, row)


async def test_jobs_are_due_earliest_first_and_then_as_scheduled(store: Store) -> None:
    late, second, first = make.job("a", due_at=30), make.job("z", due_at=20), make.job("y", due_at=10)
    same = make.job("b", due_at=20)
    await schedule(store, late, second, first, same)

    assert await jobs.due(store, 9) == []
    assert await jobs.due(store, 10) == [first]
    assert await jobs.due(store, 29) == [first, second, same]
    assert await jobs.due(store, 99) == [first, second, same, late]
    assert await jobs.due(store, 99, limit=2) == [first, second]


async def test_jobs_of_one_item(store: Store) -> None:
    mine, foreign, later = make.job("a"), make.job("b", item_id="item-2"), make.job("c", due_at=50)
    await schedule(store, foreign, mine, later)

    assert await jobs.due(store, 10, item_id="item-1") == [mine]
    assert await jobs.due(store, 50, item_id="item-1") == [mine, later]
    assert await jobs.due(store, 50, item_id="item-1", limit=1) == [mine]
    assert await jobs.due(store, 50, item_id="nothing") == []


async def test_next_due_is_the_earliest(store: Store) -> None:
    assert await jobs.next_due(store) is None
    await schedule(store, make.job("a", due_at=30), make.job("b", due_at=20))
    assert await jobs.next_due(store) == 20


async def test_of_many_that_race_for_a_job_one_takes_it(store: Store, other: Store) -> None:
    await schedule(store, make.job())

    async def take(by: Store) -> bool:
        async with by.writing() as writer:
            taken = await jobs.take(writer, "job-1")
            await asyncio.sleep(0)
            return taken

    assert sum(await asyncio.gather(*(take(by) for by in (store, other) * 20))) == 1
    assert await jobs.due(store, 99) == []


async def test_a_job_whose_taker_fails_is_there_again(store: Store) -> None:
    await schedule(store, make.job())
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as writer:
            assert await jobs.take(writer, "job-1")
            raise ZeroDivisionError

    assert await jobs.due(store, 99) == [make.job()]


async def test_cancel_drops_the_jobs_of_the_item_only(store: Store) -> None:
    await schedule(store, make.job("a"), make.job("b", item_id="item-2"), make.job("c"))
    async with store.writing() as writer:
        await jobs.cancel(writer, "item-1")

    assert [job.job_id for job in await jobs.due(store, 99)] == ["b"]


async def test_a_job_is_scheduled_once(store: Store) -> None:
    with pytest.raises(ConflictError):
        await schedule(store, make.job(), make.job(due_at=20))


async def test_webhooks_are_owed_oldest_first_and_then_as_they_came(store: Store) -> None:
    rows = [
        make.webhook("z", created_at=5, code="INITIAL_UPDATE"),
        make.webhook("a", created_at=5, code="HISTORICAL_UPDATE", item_id=None),
        make.webhook("m", created_at=1, item_id="item-2", body='{"é":1}'.encode()),
    ]
    async with store.writing() as writer:
        for row in rows:
            await outbox.owe(writer, row)

    assert await outbox.owed(store) == [rows[2], rows[0], rows[1]]
    assert await outbox.owed(store, limit=2) == [rows[2], rows[0]]
    assert await outbox.owed(store, item_id="item-1") == [rows[0]]
    assert await outbox.owed(store, item_id="item-2", limit=1) == [rows[2]]


async def test_a_webhook_is_owed_only_with_the_fact_it_reports(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as writer:
            await outbox.owe(writer, make.webhook())
            raise ZeroDivisionError

    assert await outbox.owed(store) == []
