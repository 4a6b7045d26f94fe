"""One request to a receiver's address, which may be anybody's and anywhere.

What could go wrong here is somebody who makes this server ask an address that only this server can reach (a
cloud's metadata service, a database's admin page). So a name is resolved once, the addresses are judged, and
the connection goes to the judged address and no other: a name that answers differently the second time
changes nothing. Redirects are not followed, and of an answer only the first bytes are read.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore
from msgspec import Struct

from gingham.store.outbox import receiver_of

TIMEOUT_SECONDS = 10.0
"""From the first packet to the last byte of the answer (Plaid docs: Webhooks)."""
ANSWER_BYTES = 1024
"""So much of an answer's body is read and kept."""
CONNECTIONS = 8
"""To one receiver."""
POOLS = 32
"""Receivers to whom connections are kept while nothing is sent."""
IDLE_SECONDS = 30.0

Host = ipaddress.IPv4Address | ipaddress.IPv6Address


class Answer(Struct, frozen=True, kw_only=True):
    """`failure`: why there is no status, in a few words."""

    status: int | None
    failure: str | None
    took_ms: int
    body: bytes = b""


class AddressRefusedError(Exception):
    """The receiver's address is not one that this server may ask."""


def refusal(url: str) -> str | None:
    """What is wrong with an address before anything is resolved; None when nothing is."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what refuses a port that is not a number
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not an http or https URL"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password"
    return None


def is_public(host: Host) -> bool:
    """An address that any machine on the internet could ask. An IPv4 address in IPv6's clothes is judged as
    what it is."""
    if isinstance(host, ipaddress.IPv6Address):
        inner = host.ipv4_mapped or host.sixtofour
        if inner is not None:
            return is_public(inner)
        if host in _NAT64:
            return is_public(ipaddress.IPv4Address(int(host) & 0xFFFFFFFF))
    return host.is_global and not host.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Transport:
    """Sends. `private`: also to addresses inside this network. Must be closed."""

    def __init__(self, *, private: bool, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls or ssl.create_default_context()
        self._network = _Judging(private)
        self._pools: dict[str, _Pool] = {}
        """By receiver, the one that was used last at the end."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Never raises for what a receiver or the network does."""
        began = time.perf_counter()
        status, failure, read = await self._post(url, body, headers)
        return Answer(
            status=status, failure=failure, took_ms=round(1000 * (time.perf_counter() - began)), body=read
        )

    async def _post(
        self, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int | None, str | None, bytes]:
        wrong = refusal(url)
        if wrong is not None:
            return None, f"the address {wrong}", b""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with (
                    self._connections(url) as connections,
                    connections.stream("POST", url, headers=_headers(headers), content=body) as answer,
                ):
                    return answer.status, None, await _first_bytes(answer)
        except TimeoutError:
            return None, f"no answer within {TIMEOUT_SECONDS:.0f} s", b""
        except AddressRefusedError as problem:
            return None, str(problem), b""
        except (httpcore.ConnectError, httpcore.ConnectTimeout, OSError) as problem:
            return None, _told(problem), b""
        except (httpcore.TimeoutException, httpcore.NetworkError):
            return None, "the connection broke", b""
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, UnicodeError, ValueError):
            return None, "the answer is not HTTP", b""

    @asynccontextmanager
    async def _connections(self, url: str) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        """Those to the receiver of an address: a pool looks through all of its connections several times for every
        request, so there is one for each receiver."""
        receiver = receiver_of(url)
        pool = self._pools.pop(receiver, None) or _Pool(self._tls, self._network)
        self._pools[receiver] = pool
        pool.used_by += 1
        try:
            yield pool.connections
        finally:
            pool.used_by -= 1
            await self._forget_oldest()

    async def _forget_oldest(self) -> None:
        idle = [receiver for receiver, pool in self._pools.items() if not pool.used_by]
        for receiver in idle[: max(0, len(self._pools) - POOLS)]:
            await self._pools.pop(receiver).connections.aclose()

    async def close(self) -> None:
        while self._pools:
            await self._pools.popitem()[1].connections.aclose()


class _Pool:
    """The connections to one receiver, and how many send there now."""

    def __init__(self, tls: ssl.SSLContext, network: httpcore.AsyncNetworkBackend) -> None:
        self.used_by = 0
        self.connections = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=network,
        )


def _headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), text.encode("ascii")) for name, text in headers.items()]


async def _first_bytes(answer: httpcore.Response) -> bytes:
    read = bytearray()
    async for chunk in answer.aiter_stream():
        read += chunk
        if len(read) >= ANSWER_BYTES:
            # The rest is not waited for; leaving the block closes the connection.
            break
    return bytes(read[:ANSWER_BYTES])


def _told(problem: Exception) -> str:
    """In words, without the addresses that a receiver's owner has no business knowing."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "TLS could not be set up"
        if isinstance(cause, socket.gaierror):
            return "its name does not resolve"
        cause = cause.__cause__ or cause.__context__
    return "no connection"


class _Judging(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses alone."""

    def __init__(self, private: bool) -> None:
        self._private = private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        problem: Exception = OSError("no address")
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                problem = failed
        raise problem

    async def _addresses(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if self._private:
            return addresses
        public = [
            address for address in addresses if is_public(ipaddress.ip_address(address.partition("%")[0]))
        ]
        if not public:
            raise AddressRefusedError("the address is inside a private network")
        return public

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
