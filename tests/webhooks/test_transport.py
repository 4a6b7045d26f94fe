"""One request to a receiver that may be anybody: bounded time, bounded memory, a clear word for what went wrong."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from tests.webhooks.receivers import endless, garbage, receiving, silence, status

from gingham.store.outbox import receiver_of
from gingham.webhooks import transport
from gingham.webhooks.transport import Transport, is_public, refusal


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

    async def connect(self: Any, host: str, *_: Any) -> None:
        connected.append(host)
        raise transport.httpcore.ConnectError("closed")

    monkeypatch.setattr(transport, "is_public", lambda host: str(host) == "203.0.113.9")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    monkeypatch.setattr(transport.httpcore.AnyIOBackend, "connect_tcp", connect)

    await post("http://rebinding.example/", private=False)

    assert asked == ["rebinding.example"]
    assert connected == ["203.0.113.9"]


async def test_connections_are_kept_to_the_receivers_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "POOLS", 1)
    sender = Transport(private=True)
    async with receiving(status(200)) as first, receiving(status(200)) as second:
        for receiver in (first, second, first, second):
            assert (await sender.post(receiver.url(), b"{}", {})).status == 200
        assert [list(sender._pools), second.connections] == [[receiver_of(second.url())], 2]
        for _ in range(3):
            await sender.post(second.url(), b"{}", {})
        assert second.connections == 2
        await sender.close()
