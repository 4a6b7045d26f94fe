"""Several serving processes behind the same sockets.

The parent binds the sockets, prepares the database, shows the keys, and keeps N workers alive: one that dies is
replaced, and since all accept from the same sockets, connections that wait go to another. Workers are started
afresh (`python -m gingham.supervisor`), not forked, so that none inherits an event loop, a connection or a lock.

Parent and worker hold the two ends of a pair of sockets. The worker sends a byte when it is ready; when the
parent is gone, however it ended, the worker sees its end close and drains.
"""

import asyncio
import os
import signal
import socket
import sys
import time

from gingham import logs, settings
from gingham.provision import Made
from gingham.serving import CannotServe, Listeners, announce, built, run
from gingham.settings import SettingError, Settings

GRACE_SECONDS = 15
"""From asking a worker to end until it is killed: more than it takes itself for draining."""

_FIRST_PAUSE, _LONGEST_PAUSE, _LIVED = 0.1, 5.0, 5.0
"""Seconds before a dead worker is replaced, growing while replacements live shorter than `_LIVED`."""


def supervise(chosen: Settings, listeners: Listeners) -> int:
    """Keeps `chosen.workers` workers serving on the sockets until told to end; returns the exit code."""
    return asyncio.run(_Supervisor(chosen, listeners).run())


class _Supervisor:
    def __init__(self, chosen: Settings, listeners: Listeners) -> None:
        self._settings = chosen
        self._listeners = listeners
        self._environment = os.environ | settings.environment(chosen)
        self._workers: set[asyncio.subprocess.Process] = set()
        self._ending = asyncio.Event()
        self._failed = False

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        prepared = await built(self._settings, self._listeners.bank)
        await prepared.stop()
        first_ready = [asyncio.Event() for _ in range(self._settings.workers)]
        keepers = [asyncio.create_task(self._keep(ready)) for ready in first_ready]
        announcing = asyncio.create_task(self._announce(first_ready, prepared.made))
        await self._ending.wait()
        announcing.cancel()
        for listener in self._listeners.there():
            listener.close()
        await self._end_workers()
        await asyncio.gather(announcing, *keepers, return_exceptions=True)
        return 1 if self._failed else 0

    async def _announce(self, first_ready: list[asyncio.Event], made: Made | None) -> None:
        for ready in first_ready:
            await ready.wait()
        announce(self._listeners, made)

    def _end(self) -> None:
        self._ending.set()

    async def _keep(self, ready: asyncio.Event) -> None:
        """Keeps one worker alive. The first one has to become ready: what it cannot do, none can."""
        pause = _FIRST_PAUSE
        while not self._ending.is_set():
            began = time.monotonic()
            code = await self._work(ready)
            if self._ending.is_set():
                return
            if not ready.is_set():
                self._failed = True
                self._end()
                return
            pause = _FIRST_PAUSE if time.monotonic() - began > _LIVED else min(2 * pause, _LONGEST_PAUSE)
            logs.warning("worker died", exit_code=code, replaced_in_seconds=pause)
            await asyncio.wait([asyncio.create_task(self._ending.wait())], timeout=pause)

    async def _work(self, ready: asyncio.Event) -> int:
        """One worker's life; returns its exit code (negative: the signal that ended it)."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        with ours:
            with its:
                files = (its.fileno(), *(listener.fileno() for listener in self._listeners.there()))
                worker = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "gingham.supervisor",
                    *map(str, files),
                    pass_fds=files,
                    env=self._environment,
                )
            self._workers.add(worker)
            try:
                if await asyncio.get_running_loop().sock_recv(ours, 1):
                    ready.set()
                return await worker.wait()
            except ConnectionError:
                return await worker.wait()
            finally:
                self._workers.discard(worker)

    async def _end_workers(self) -> None:
        for worker in self._workers:
            worker.terminate()
        if self._workers:
            waits = [asyncio.create_task(worker.wait()) for worker in self._workers]
            await asyncio.wait(waits, timeout=GRACE_SECONDS)
        for worker in list(self._workers):
            if worker.returncode is None:
                worker.kill()


def work(lifeline: int, listening: int, bank: int | None = None) -> int:
    """A worker's main: serves on the inherited file descriptors."""
    chosen = settings.load()
    logs.configure(chosen.log_level, chosen.log_format)
    parent = socket.socket(fileno=lifeline)
    parent.setblocking(False)
    listeners = Listeners(socket.socket(fileno=listening), socket.socket(fileno=bank) if bank else None)
    for listener in listeners.there():
        listener.setblocking(False)
    return run(chosen, listeners, lambda _: _tell(parent), lifeline)


def _tell(parent: socket.socket) -> None:
    try:
        parent.send(b"r")
    except OSError:
        # Nobody is there any more to be told; the closed lifeline ends this worker.
        return


if __name__ == "__main__":
    try:
        sys.exit(work(*map(int, sys.argv[1:])))
    except (CannotServe, SettingError) as problem:
        logs.error("worker cannot start", reason=str(problem))
        sys.exit(1)
