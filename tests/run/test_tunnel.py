"""The forward proxy, for commands that cannot have names of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gingham.run.tunnel import Proxy, Tunnel

REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"


@pytest_asyncio.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that says what it is told, once."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1000))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def through(front: int, head: str, before: Proxy | None = None, says: bytes = b"hello") -> bytes:
    """What comes back from a tunnel whose front is at the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with await Tunnel(("127.0.0.1", front), before).serve(listener):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(head.encode() + says)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer


async def test_plaids_hosts_lead_to_the_front(echo: int) -> None:
    answer = await through(echo, "CONNECT Sandbox.plaid.com:443 HTTP/1.1\r\nhost: x\r\n\r\n")

    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\nhello"


async def test_all_others_lead_to_where_they_are(echo: int) -> None:
    answer = await through(1, f"CONNECT 127.0.0.1:{echo} HTTP/1.1\r\n\r\n")

    assert answer.endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\n\r\n", REFUSED])
async def test_all_others_lead_through_the_proxy_that_was_there(said: bytes) -> None:
    asked = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(said)
        writer.write(await reader.read(1000))
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        before = Proxy.of(f"http://user:p%40ss@127.0.0.1:{port}")
        answer = await through(1, "CONNECT bank.test:443 HTTP/1.1\r\n\r\n", before)

    assert asked == [
        "CONNECT bank.test:443 HTTP/1.1\r\nHost: bank.test:443\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n"
    ]
    assert answer == (
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
        if said == REFUSED
        else b"HTTP/1.1 200 Connection established\r\n\r\nhello"
    )


@pytest.mark.parametrize(
    "line", ["GET http://bank.test/ HTTP/1.1", "CONNECT bank.test HTTP/1.1", "CONNECT", "x"]
)
async def test_what_is_no_tunnel_is_refused(line: str, echo: int) -> None:
    assert (await through(echo, f"{line}\r\n\r\n")).startswith(b"HTTP/1.1 405 ")


async def test_a_host_that_does_not_answer_is_said_to_be_a_bad_gateway() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = await through(1, f"CONNECT 127.0.0.1:{taken.getsockname()[1]} HTTP/1.1\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "http://", "http://host:port"])
def test_a_proxy_that_cannot_be_gone_through_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Proxy.of(url)
