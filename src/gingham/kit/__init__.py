"""The test kit's inside: a clock that can be put anywhere, states that are kept and put back, and news.

One process, one SQLite database; `check` refuses anything else. The composition root gives it the work that the
clock starts (`due.py`), so that whatever is due by a new time has happened before the clock's mover goes on.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from gingham.clock import MovableClock
from gingham.faults import Fault, Faults
from gingham.ids import Ids, Mark
from gingham.settings import SettingError, Settings
from gingham.store.sqlite import SqliteStore

SNAPSHOTS = 100
"""Kept at most: each holds a whole database in memory."""


class Work(Protocol):
    """What the clock starts."""

    async def begin(self) -> int:
        """Does what is due, or begins to; says how much that was."""
        ...

    async def finish(self) -> int:
        """Does what is due until nothing is, and waits for its end; says how much that was."""
        ...

    async def next_due(self) -> int | None: ...

    async def abandon(self) -> None:
        """Breaks off what is under way."""
        ...


class Snapshot(Struct, frozen=True, kw_only=True):
    """Everything there is at one moment."""

    snapshot_id: str
    name: str
    database: sqlite3.Connection
    now: int
    running: bool
    faults: list[Fault]
    ids: Mark | None


class Kit:
    """What a test holds in its hands."""

    def __init__(self, clock: MovableClock, store: SqliteStore, ids: Ids, faults: Faults) -> None:
        self.clock = clock
        self.snapshots: dict[str, Snapshot] = {}
        self._made = 0
        self._store = store
        self._ids = ids
        self._faults = faults
        self._working = asyncio.Lock()
        self._news = asyncio.Event()
        self._work: Work | None = None

    def give(self, work: Work) -> None:
        """The composition root's part."""
        self._work = work

    async def run_due(self) -> int:
        """The background's part: does what is due by now, and waits for no receiver."""
        async with self._working:
            return 0 if self._work is None else await self._work.begin()

    async def next_due(self) -> int | None:
        return None if self._work is None else await self._work.next_due()

    async def move(self, to: int, *, running: bool | None = None) -> None:
        """Goes to `to`, through every instant on the way at which something is due, and does it there."""
        async with self._working:
            runs = self.clock.running if running is None else running
            self.clock.put(self.clock.now(), running=False)
            try:
                await self._do()
                while (due := await self.next_due()) is not None and due <= to:
                    late = due <= self.clock.now()
                    self.clock.put(max(due, self.clock.now()))
                    if not await self._do() and late:
                        break  # it is somebody else's, who will see to it
                self.clock.put(max(to, self.clock.now()))
            finally:
                self.clock.put(self.clock.now(), running=runs)

    async def _do(self) -> int:
        return 0 if self._work is None else await self._work.finish()

    async def keep(self, name: str) -> Snapshot:
        """Raises `OverflowError` when there are too many."""
        if len(self.snapshots) >= SNAPSHOTS:
            raise OverflowError(f"there are {SNAPSHOTS} snapshots already")
        async with self._working:
            self._made += 1
            kept = Snapshot(
                # Not one of the ids that are put back.
                snapshot_id=f"snapshot-{self._made}",
                name=name,
                database=self._store.copy(),
                now=self.clock.now(),
                running=self.clock.running,
                faults=self._faults.all(),
                ids=self._ids.mark(),
            )
        self.snapshots[kept.snapshot_id] = kept
        return kept

    async def put_back(self, kept: Snapshot) -> None:
        """Everything is as it was then: data, time, faults, and with a seed the ids that come next."""
        async with self._working:
            if self._work is not None:
                await self._work.abandon()
            await self._store.become(kept.database)
            self.clock.put(kept.now, running=kept.running)
            self._faults.replace(kept.faults)
            self._ids.back_to(kept.ids)
        self.tell()

    def forget(self, snapshot_id: str) -> None:
        kept = self.snapshots.pop(snapshot_id, None)
        if kept is not None:
            kept.database.close()

    def tell(self) -> None:
        """Something has moved: whoever waits looks again."""
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, found: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Looks whenever something has moved; False when it is not found in time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    news = self._news
                    if await found():
                        return True
                    await news.wait()
        except TimeoutError:
            return False


def check(settings: Settings) -> None:
    """Raises `SettingError` where the kit's promises could not be kept."""
    if settings.workers != 1:
        raise SettingError(
            f"GINGHAM_TEST_KIT keeps its clock in one process: GINGHAM_WORKERS must be 1, not {settings.workers}"
        )
    if not settings.database_url.startswith("sqlite:"):
        raise SettingError(
            "GINGHAM_TEST_KIT keeps its snapshots with SQLite: GINGHAM_DATABASE_URL must be sqlite:///path"
        )


def check_beside(settings: Settings) -> None:
    """For processes beside the server. Raises `SettingError`: the clock there would be another."""
    if settings.test_kit:
        raise SettingError("GINGHAM_TEST_KIT keeps its clock in one process, and `gingham serve` is that one")
