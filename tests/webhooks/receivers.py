"""Receivers of webhooks on loopback, good and bad ones."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Heard(Struct):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(self.json["webhook_code"])

    @property
    def json(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])


class Receiver:
    """Hears every request and answers as `reply` says."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.heard: list[Heard] = []
        self.news = asyncio.Event()
        self.port = 0
        self.connections = 0
        self.talking: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def codes(self) -> list[str]:
        return [heard.code for heard in self.heard]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.talking.add(task)
        task.add_done_callback(self.talking.discard)
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                headers = {}
                while (line := await reader.readline()) not in (b"\r\n", b""):
                    name, _, text = line.decode().partition(":")
                    headers[name.strip().lower()] = text.strip()
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.heard.append(Heard(path=path, headers=headers, body=body))
                self.news.set()
                await self.reply(writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def status(code: int, *headers: str, body: bytes = b"ok") -> Reply:
    """Answers with a status."""
    head = "\r\n".join([f"HTTP/1.1 {code} X", f"Content-Length: {len(body)}", *headers])

    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + b"\r\n\r\n" + body)

    return reply


async def silence(writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
    writer.close()


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body that goes on and on."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(10_000):
        writer.write(b"x" * 65536)
        await writer.drain()


@asynccontextmanager
async def receiving(reply: Reply):
    receiver = Receiver(reply)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        # Whoever is silent for ever would leave its connection to the garbage collector.
        talking = list(receiver.talking)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        await asyncio.sleep(0)  # for the sockets to be closed
