"""One request to a receiver, which may be anybody's and anywhere: bounded in time and memory, whatever comes back.

HTTP/1.1 over asyncio, read by httptools, which uvicorn needs anyway: a general client takes five times as long for a
request as everything else about a delivery together. Redirects are not followed, and of an answer only the first
bytes are read. Where a connection goes is judged in `addresses`.
"""

import asyncio
import socket
import ssl
import time
from typing import cast
from urllib.parse import quote, urlsplit

import httptools
from msgspec import Struct

from gingham.webhooks import addresses
from gingham.webhooks.addresses import AddressRefusedError

TIMEOUT_SECONDS = 10.0
"""From the first packet to the last byte of the answer (Plaid docs: Webhooks)."""
ANSWER_BYTES = 1024
"""So much of an answer's body is read and kept."""
HEAD_BYTES = 65_536
"""So long may the headers of an answer be."""
IDLE_CONNECTIONS = 100
IDLE_SECONDS = 30.0
PORTS = {"http": 80, "https": 443}
AS_THEY_ARE = "%/:=&?~+!$,;'@()*[]"
"""Characters of a path and query that are sent as they were given; the rest is percent-encoded."""


class Answer(Struct, frozen=True, kw_only=True):
    """`failure`: why there is no status, in a few words."""

    status: int | None
    failure: str | None
    took_ms: int
    body: bytes = b""


class Target(Struct, frozen=True, kw_only=True):
    """An address taken apart. `authority`: what the header Host says; `path`: with the query."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Raises `ValueError` for a name that is none."""
        parts = urlsplit(url)
        if not parts.hostname or "%" in parts.hostname:
            raise ValueError("a zone is this machine's business")
        host = parts.hostname.encode("idna").decode()
        port = parts.port or PORTS[parts.scheme]
        shown = f"[{host}]" if ":" in host else host
        return cls(
            scheme=parts.scheme,
            host=host,
            port=port,
            authority=shown if port == PORTS[parts.scheme] else f"{shown}:{port}",
            path=quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=AS_THEY_ARE),
        )

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


class Transport:
    """Sends. `private`: also to addresses inside this network. Must be closed."""

    def __init__(self, *, private: bool, tls: ssl.SSLContext | None = None) -> None:
        self._private = private
        self._tls = tls or ssl.create_default_context()
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}

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
        wrong = addresses.refusal(url)
        if wrong is not None:
            return None, f"the address {wrong}", b""
        try:
            target = Target.of(url)
        except ValueError:
            return None, "the address is not a URL", b""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, read = await self._exchanged(target, _request(target, body, headers))
                return status, None, read
        except TimeoutError:
            return None, f"no answer within {TIMEOUT_SECONDS:.0f} s", b""
        except (AddressRefusedError, _FailedError) as problem:
            return None, str(problem), b""
        except OSError as problem:
            return None, _told(problem), b""

    async def _exchanged(self, target: Target, request: bytes) -> tuple[int, bytes]:
        while (idle := self._take(target.origin)) is not None:
            try:
                answer = await idle.exchange(request)
            except _BrokeError:
                if idle.heard:
                    raise
                continue  # the receiver had closed it meanwhile
            self._keep(target.origin, idle)
            return answer
        connection = await self._connect(target)
        answer = await connection.exchange(request)
        self._keep(target.origin, connection)
        return answer

    async def _connect(self, target: Target) -> "_Connection":
        tls, name = (self._tls, target.host) if target.scheme == "https" else (None, None)
        problem = OSError("no address")
        for address in await addresses.resolved(target.host, target.port, private=self._private):
            try:
                _, made = await asyncio.get_running_loop().create_connection(
                    _Connection, address, target.port, ssl=tls, server_hostname=name
                )
                return made
            except OSError as failed:
                problem = failed
        raise problem

    def _take(self, origin: tuple[str, str, int]) -> "_Connection | None":
        waiting = self._idle.get(origin, [])
        while waiting:
            connection = waiting.pop()
            if connection.is_good:
                return connection
            connection.close()
        self._idle.pop(origin, None)
        return None

    def _keep(self, origin: tuple[str, str, int], connection: "_Connection") -> None:
        if not connection.stays:
            connection.close()
            return
        connection.idle_since = time.monotonic()
        # Receivers stand in the order in which they were last used, and the one that was not for longest gives way.
        self._idle[origin] = [*self._idle.pop(origin, []), connection]
        if sum(map(len, self._idle.values())) > IDLE_CONNECTIONS:
            eldest = next(iter(self._idle))
            self._idle[eldest].pop(0).close()
            if not self._idle[eldest]:
                del self._idle[eldest]

    async def close(self) -> None:
        while self._idle:
            for connection in self._idle.popitem()[1]:
                connection.close()
        await asyncio.sleep(0)  # for the sockets to be closed


class _FailedError(Exception):
    """There is no answer. The message says why."""


class _BrokeError(_FailedError):
    pass


class _Connection(asyncio.Protocol):
    """A connection to a receiver: one request after another, each with its answer."""

    def __init__(self) -> None:
        self.heard = False
        """Whether anything came back for the last request."""
        self.stays = False
        """Whether the last answer leaves the connection open."""
        self.idle_since = 0.0
        self._gone = False
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    @property
    def is_good(self) -> bool:
        return not self._gone and time.monotonic() - self.idle_since < IDLE_SECONDS

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """The status and the first bytes of the answer. Raises `_FailedError`."""
        self.heard = self.stays = False
        self._parser = httptools.HttpResponseParser(self)
        self._head = 0
        self._in_body = self._has_length = False
        self._body = bytearray()
        if self._gone:
            raise _BrokeError("the connection broke")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            return await self._waiting
        finally:
            self._waiting = None
            if not self.stays:
                self.close()

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            # It speaks without being asked, so what it says next is no answer either.
            self._gone = True
            self.close()
            return
        self.heard = True
        if not self._in_body:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(_FailedError("the answer is not HTTP"))
        if not self._in_body and self._head > HEAD_BYTES:
            self._fail(_FailedError("the answer is not HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        if self._waiting is None or self._waiting.done():
            return
        if self._in_body and not self._has_length and exc is None:
            self._answered()  # its end is the end of the body
        else:
            self._fail(_BrokeError("the connection broke"))

    def on_header(self, name: bytes, _: bytes) -> None:
        self._has_length |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, data: bytes) -> None:
        self._body += data
        if len(self._body) >= ANSWER_BYTES:
            self._answered()  # the rest is not waited for

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._in_body = self._has_length = False  # an interim answer: the one that counts follows
            return
        self.stays = self._parser.should_keep_alive() and not self._gone
        self._answered()

    def _answered(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((self._parser.get_status_code(), bytes(self._body[:ANSWER_BYTES])))

    def _fail(self, failure: _FailedError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(failure)


def _request(target: Target, body: bytes, headers: dict[str, str]) -> bytes:
    fields = {"Host": target.authority, **headers, "Accept": "*/*", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _told(problem: OSError) -> str:
    """In words, without the addresses that a receiver's owner has no business knowing."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return "TLS could not be set up"
    if isinstance(problem, socket.gaierror):
        return "its name does not resolve"
    return "no connection"
