"""A receiver of webhooks that notes when each came: a thread on the load generator's core, and several ports, each
a receiver of its own to whoever delivers.
"""

import asyncio
import threading
import time
from types import TracebackType
from typing import cast

import uvloop

from bench import cores

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiving:
    """`came`: the instant (`time.perf_counter`) of every request, in order."""

    def __init__(self, ports: int) -> None:
        self.came: list[float] = []
        self.ports: list[int] = []
        self._count = ports
        self._enough = threading.Event()
        self._wanted = 0
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Receiving":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def wait(self, count: int, seconds: float) -> bool:
        """Until so many have come in all; False when they have not in time."""
        self._wanted = count
        self._enough.clear()
        return len(self.came) >= count or self._enough.wait(seconds)

    def _run(self) -> None:
        with cores.pinned(cores.CLIENT):
            self._loop.run_until_complete(self._listen())
            self._ready.set()
            self._loop.run_forever()

    async def _listen(self) -> None:
        for _ in range(self._count):
            server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
            self.ports.append(server.sockets[0].getsockname()[1])

    def take(self) -> None:
        self.came.append(time.perf_counter())
        if len(self.came) >= self._wanted:
            self._enough.set()


class _Connection(asyncio.Protocol):
    """Webhooks are small and come one after the other, so a request ends where its length says and no later."""

    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self._read = b""
            self._receiving.take()
            self._transport.write(OK)
