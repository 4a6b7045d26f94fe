"""Work in the background: done when it is due by the clock."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gingham.clock import HOUR, ManualClock
from gingham.runner import Runner


class Work:
    """One thing that is due at an instant."""

    def __init__(self, clock: ManualClock, due_at: int | None) -> None:
        self.clock = clock
        self.due_at = due_at
        self.failures = 0
        self.done: list[int] = []
        self.happened = asyncio.Event()
        self.looked = asyncio.Event()
        self.going_on = asyncio.Event()
        self.going_on.set()
        self.runner = Runner("work", clock, self.run_due, self.next_due)

    async def next_due(self) -> int | None:
        self.looked.set()
        return self.due_at

    async def run_due(self) -> int:
        self.happened.set()
        await self.going_on.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("the bank is on fire")
        self.done.append(self.clock.now())
        self.due_at = None
        return 1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock.at("2026-05-04T12:00:00Z")


@pytest.fixture
async def work(clock: ManualClock) -> AsyncIterator[Work]:
    work = Work(clock, clock.now() + HOUR)
    yield work
    await work.runner.stop()


async def test_what_is_due_is_done(work: Work, clock: ManualClock) -> None:
    work.due_at = clock.now()

    work.runner.start()
    await work.happened.wait()

    assert work.done == [clock.now()]


async def test_what_is_due_later_waits_for_the_clock(work: Work, clock: ManualClock) -> None:
    work.runner.start()
    await work.looked.wait()
    assert work.done == []

    clock.advance(HOUR)
    work.runner.wake()
    await work.happened.wait()

    assert work.done == [clock.now()]


async def test_what_another_process_schedules_is_found_without_waking(work: Work, clock: ManualClock) -> None:
    work.due_at = None
    work.runner.start()
    await work.looked.wait()

    work.due_at = clock.now()
    await work.happened.wait()

    assert work.done == [clock.now()]


async def test_work_that_fails_is_logged_and_tried_again(
    work: Work, clock: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    work.due_at = clock.now()
    work.failures = 1

    work.runner.start()
    await work.happened.wait()
    work.happened.clear()
    work.runner.wake()
    await work.happened.wait()

    assert work.done == [clock.now()]
    assert "the bank is on fire" in capfd.readouterr().err


async def test_what_has_begun_is_finished_before_the_end(work: Work, clock: ManualClock) -> None:
    work.due_at = clock.now()
    work.going_on.clear()
    work.runner.start()
    await work.happened.wait()

    stopping = asyncio.create_task(work.runner.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    work.going_on.set()
    await stopping

    assert work.done == [clock.now()]


async def test_what_does_not_finish_is_cut_off(work: Work, clock: ManualClock) -> None:
    work.due_at = clock.now()
    work.going_on.clear()
    work.runner.start()
    await work.happened.wait()

    await work.runner.stop(patience=0.01)

    assert work.done == []


async def test_one_that_never_began_can_be_stopped(work: Work) -> None:
    await work.runner.stop()
