"""The load generator: one process, N connections that stay open, each asking again as soon as it has its answer.

It writes prepared bytes and reads no more of an answer than where it ends, so on a core of its own it outruns every
server here; `Load.busy` tells how much of that core it took, and a value near 1 would mean that the generator was
measured instead of the server. No pipelining: servers meet clients that wait for their answer.

`python -m bench.load` reads jobs, a line of JSON each, from standard input and answers each with a line.
"""

import asyncio
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import IO, cast

import msgspec
import uvloop
from msgspec import Struct

from bench import cores
from bench.scripts import Script, again, link_sessions

WARM_UP_SECONDS = 0.2
"""At the start of a job, not counted: connections are made, caches fill, a core may wake up."""


class Job(Struct, frozen=True, kw_only=True):
    """`requests` are asked in turn, over and over; without any, whole Link sessions are run.

    `timed`: of requests that begin so, how long each answer took is told. `pause`: the shortest and the longest time,
    in seconds, that a connection waits before it asks again.
    """

    port: int
    connections: int
    seconds: float
    requests: list[bytes] = []
    timed: bytes | None = None
    pause: tuple[float, float] = (0, 0)


class Load(Struct, frozen=True, kw_only=True):
    """What came of a job.

    `rounds`: finished turns or sessions. `answers_in_all`: with those of the warm-up. `busy`: the share of a core
    that the generator took. `latencies`: of the timed requests, in seconds.
    """

    answers: int
    rounds: int
    answers_in_all: int
    seconds: float
    busy: float
    latencies: list[float] = []


class Generating:
    """The load generator's process, for as long as the block lasts."""

    def __init__(self) -> None:
        with cores.pinned(cores.CLIENT):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )

    def __enter__(self) -> "Generating":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, job: Job) -> Load:
        """Raises `RuntimeError` when an answer was not a success; the generator has said which."""
        jobs, loads = _open(self._process.stdin), _open(self._process.stdout)
        jobs.write(msgspec.json.encode(job) + b"\n")
        jobs.flush()
        line = loads.readline()
        if not line:
            raise RuntimeError("the load generator stopped; its reason stands above")
        return msgspec.json.decode(line, type=Load)


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


class _Counts:
    """What the connections of a job have seen since it began to count."""

    def __init__(self) -> None:
        self.answers = self.rounds = 0
        self.latencies: list[float] = []

    def finish_round(self) -> None:
        self.rounds += 1


_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class _Connection(asyncio.Protocol):
    """Drives a script over a socket. `failed` is told why when it cannot go on."""

    _transport: asyncio.Transport

    def __init__(self, script: Script, job: Job, counts: _Counts, failed: Callable[[str], None]) -> None:
        self._script = script
        self._timed = job.timed
        self._pause = job.pause if job.pause[1] else None
        self._counts = counts
        self._failed = failed
        self._got = b""
        self._asked_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask_after_pause(next(self._script))

    def _ask_after_pause(self, request: bytes) -> None:
        if self._pause is None:
            self._ask(request)
        else:
            seconds = random.uniform(*self._pause)
            asyncio.get_running_loop().call_later(seconds, self._ask, request)

    def _ask(self, request: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._timed is not None:
            self._asked_at = time.perf_counter() if request.startswith(self._timed) else None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        start = got.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(got, 0, start)
        if start < 4 or length is None or len(got) < start + int(length[1]):
            self._got = got
            return
        self._got = b""
        if got[9:12] != b"200":
            self._failed(got[:1000].decode(errors="replace"))
            return
        self._counts.answers += 1
        if self._asked_at is not None:
            self._counts.latencies.append(time.perf_counter() - self._asked_at)
        self._ask_after_pause(self._script.send(got[start:]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._failed(f"the server closed a connection ({exc})")


async def generate(job: Job) -> Load:
    """Runs a job in this process."""
    loop = asyncio.get_running_loop()
    counts = _Counts()
    failure: asyncio.Future[str] = loop.create_future()

    def failed(reason: str) -> None:
        if not failure.done():
            failure.set_result(reason)

    loop.set_exception_handler(lambda _, context: failed(str(context.get("exception") or context["message"])))

    def connection() -> _Connection:
        if job.requests:
            return _Connection(again(job.requests, counts.finish_round), job, counts, failed)
        return _Connection(link_sessions(job.port, counts.finish_round), job, counts, failed)

    made = [await loop.create_connection(connection, "127.0.0.1", job.port) for _ in range(job.connections)]
    await asyncio.wait([failure], timeout=WARM_UP_SECONDS)
    answers, rounds, early = counts.answers, counts.rounds, len(counts.latencies)
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.wait([failure], timeout=job.seconds)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    load = Load(
        answers=counts.answers - answers,
        rounds=counts.rounds - rounds,
        answers_in_all=counts.answers,
        seconds=seconds,
        busy=cpu / seconds,
        latencies=counts.latencies[early:],
    )
    if failure.done():
        raise RuntimeError(f"port {job.port}: {failure.result()}")
    for transport, _ in made:
        transport.abort()
    return load


def main() -> None:
    """Serves jobs until standard input closes."""
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            load = runner.run(generate(job))
        sys.stdout.buffer.write(msgspec.json.encode(load) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
