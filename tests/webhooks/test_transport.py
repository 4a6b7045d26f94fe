"""One request to a receiver that may be anybody: bounded time, bounded memory, a clear word for what went wrong."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.webhooks.receivers import endless, garbage, receiving, silence, status

from gingham.webhooks import addresses, transport
from gingham.webhooks.addresses import is_public, refusal
from gingham.webhooks.transport import Target, Transport


async def post(url: str, *, private: bool = True) -> transport.Answer:
    sender = Transport(private=private)
    try:
        return await sender.post(url, b"{}", {"Content-Type": "application/json"})
    finally:
        await sender.close()


async def test_an_answer_is_its_status_and_its_first_bytes() -> None:
    async with receiving(status(202, body=b"thanks")) as receiver:
        answer = await post(receiver.url())

    assert (answer.status, answer.failure, answer.body) == (202, None, b"thanks")


async def test_a_redirect_is_not_followed() -> None:
    async with (
        receiving(status(200)) as inside,
        receiving(status(302, f"Location: {inside.url()}")) as receiver,
    ):
        answer = await post(receiver.url())

    assert answer.status == 302
    assert inside.heard == []


async def test_of_an_endless_answer_the_first_bytes_are_read() -> None:
    async with receiving(endless) as receiver:
        answer = await post(receiver.url())

    assert answer.status == 200
    assert len(answer.body) == transport.ANSWER_BYTES


async def test_a_receiver_that_says_nothing_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", 0.05)
    async with receiving(silence) as receiver:
        answer = await post(receiver.url())

    assert answer.status is None
    assert answer.failure == "no answer within 0 s"


async def test_garbage_is_told_as_such() -> None:
    async with receiving(garbage) as receiver:
        answer = await post(receiver.url())

    assert (answer.status, answer.failure) == (None, "the answer is not HTTP")


async def test_a_closed_port_is_no_connection() -> None:
    async with receiving(status(200)) as receiver:
        url = receiver.url()

    assert (await post(url)).failure == "no connection"


async def test_plain_http_behind_an_https_address_is_a_failure_of_tls() -> None:
    async def answers_in_the_clear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)  # of the greeting, which has no lines
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            await reader.read()  # until the other side hangs up: closing first could overtake the answer
        finally:
            writer.close()
            hung_up.set()

    hung_up = asyncio.Event()
    async with await asyncio.start_server(answers_in_the_clear, "127.0.0.1", 0) as server:
        answer = await post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await hung_up.wait()

    assert answer.status is None
    assert answer.failure == "TLS could not be set up"


# --- connections ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def speaking(*answers: bytes) -> AsyncIterator[tuple[str, list[int]]]:
    """A receiver that gives each request the next of these answers, byte for byte, and closes after an empty one; also
    how many requests came over each connection."""
    left = list(answers)
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(connections)
        connections.append(0)
        while left and await reader.readuntil(b"{}"):
            connections[number] += 1
            answer = left.pop(0)
            writer.write(answer)
            await writer.drain()
            if b"Content-Length" not in answer:
                break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", connections


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def posts(url: str, times: int) -> list[transport.Answer]:
    sender = Transport(private=True)
    answers = [await sender.post(url, b"{}", {}) for _ in range(times)]
    await sender.close()
    return answers


async def test_one_connection_serves_several_requests() -> None:
    async with speaking(OK, OK, OK) as (url, connections):
        answers = await posts(url, 3)
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"ok")] * 3
    assert connections == [3]


async def test_a_connection_that_the_receiver_closed_meanwhile_is_replaced() -> None:
    async with speaking(OK, b"", OK) as (url, connections):
        answers = await posts(url, 2)
    assert [answer.status for answer in answers] == [200, 200]
    assert connections == [2, 1]


async def test_connections_are_kept_to_the_receivers_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "IDLE_CONNECTIONS", 1)
    sender = Transport(private=True)
    async with receiving(status(200)) as first, receiving(status(200)) as second:
        for receiver in (first, second, first, second, second, second):
            assert (await sender.post(receiver.url(), b"{}", {})).status == 200
        assert (first.connections, second.connections) == (2, 2)
        await sender.close()


@pytest.mark.parametrize(
    ("said", "status", "failure"),
    [
        (b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK, 200, None),
        (b"HTTP/1.0 202 Accepted\r\n\r\nuntil the end", 202, None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        (b"", None, "the connection broke"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nok", None, "the connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", None, "the answer is not HTTP"),
        (b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", None, "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, None, "the answer is not HTTP"),
    ],
)  # fmt: skip
async def test_whatever_comes_back_is_an_answer_or_a_reason(
    said: bytes, status: int | None, failure: str | None
) -> None:
    async with speaking(said) as (url, _):
        (answer,) = await posts(url, 1)
    assert (answer.status, answer.failure) == (status, failure)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://Shop.example", "shop.example", "/"),
        ("https://shop.example:443/a?b=c&d=%20", "shop.example", "/a?b=c&d=%20"),
        ("http://shop.example:8080/a b/é", "shop.example:8080", "/a%20b/%C3%A9"),
        ("http://münchen.example/", "xn--mnchen-3ya.example", "/"),
        ("http://[::1]:3000/#part", "[::1]:3000", "/"),
        ("http://a.example/x\r\nEvil: y", "a.example", "/xEvil:%20y"),
    ],
)
def test_an_address_is_taken_apart_for_the_request(url: str, authority: str, path: str) -> None:
    target = Target.of(url)
    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    "url", ["http://a..example/", f"http://{'a' * 64}.example/", "http://[fe80::1%25eth0]/"]
)
async def test_a_name_that_is_none_is_a_clear_failure(url: str) -> None:
    assert (await post(url)).failure == "the address is not a URL"


# --- where it may go --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "is not an http or https URL"),
        ("localhost:3000", "is not an http or https URL"),
        ("http:///path", "is not an http or https URL"),
        ("http://user:word@example.com/", "holds a user name or password"),
        ("http://example.com:99999/", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("https://example.com/hook?x=1", None),
    ],
)
def test_what_is_wrong_with_an_address_is_said_in_words(url: str, why: str | None) -> None:
    assert refusal(url) == why


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
    ],
)
def test_an_address_is_public_or_not_whatever_it_wears(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


async def test_an_inside_address_is_refused_where_only_public_ones_may_be_asked() -> None:
    async with receiving(status(200)) as receiver:
        answer = await post(receiver.url(), private=False)

    assert answer.failure == "the address is inside a private network"
    assert receiver.heard == []


async def test_the_judged_address_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers a public address first and an inside one later gains nothing: it is asked once."""
    answers = [["203.0.113.9", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []
    connected: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers.pop(0)]

    async def create_connection(_: Any, host: str, *__: Any, **___: Any) -> None:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(addresses, "is_public", lambda host: str(host) == "203.0.113.9")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", create_connection, raising=False)

    await post("http://rebinding.example/", private=False)

    assert asked == ["rebinding.example"]
    assert connected == ["203.0.113.9"]
