"""Runs what is due, when it is due.

One loop per kind of work: it asks when something is due next, sleeps until then by the platform's clock, and
does it. It never sleeps longer than `look_seconds`, because another process may have scheduled something
meanwhile; work that this process schedules itself can wake it at once. Work that fails is logged and tried
again after a pause; the loop itself ends only when it is told to.
"""

import asyncio
from collections.abc import Awaitable, Callable

from gingham import logs
from gingham.clock import SECOND, Clock

LOOK_SECONDS = 0.2
"""A look costs one indexed read, about 20 µs."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class Runner:
    """One loop.

    `run_due` does everything that is due and says how much that was; any number of processes may call it at
    once. `next_due` tells the earliest instant anything is due (microseconds since the epoch), None when
    nothing is scheduled. `look_seconds`: how long work that another process scheduled may wait unseen.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        run_due: Callable[[], Awaitable[int]],
        next_due: Callable[[], Awaitable[int | None]],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.name = name
        self._clock = clock
        self._run_due = run_due
        self._next_due = next_due
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, on the running event loop."""
        self._task = asyncio.create_task(self._run(), name=f"gingham {self.name}")

    def wake(self) -> None:
        """Something was scheduled."""
        self._woken.set()

    async def stop(self, patience: float = 5.0) -> None:
        """Lets what is being done be finished for `patience` seconds; what is not done by then is cut off."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            _, unfinished = await asyncio.wait([self._task], timeout=patience)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping:
            self._woken.clear()
            try:
                due_at = await self._next_due()
                left = self._look_seconds if due_at is None else (due_at - self._clock.now()) / SECOND
                if left <= 0:
                    # Due and yet nothing done: somebody else is at it, and asking at once again would be rude.
                    left = 0 if await self._run_due() else self._look_seconds
                pause = _FIRST_PAUSE
                if left > 0:
                    await self._sleep(min(left, self._look_seconds))
            except Exception as error:
                logs.error("background work failed", error, work=self.name, retry_seconds=pause)
                await self._sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
