"""The API over HTTP: a plain ASGI callable.

One dict look-up finds the endpoint, msgspec reads the body, a digest finds the caller, the endpoint answers
with an object, and the request_id is put into its bytes. Nothing else happens on the way of a good request;
everything slow belongs to bad ones.

Promises: every answer is JSON with a `request_id` (or bytes with a `Plaid-Request-ID`), no input gives a
5xx, no error tells about the inside, and of a body that is too long no more is read than the limit.

The order of checks is the protocol's: path, headers, JSON, keys, fields (see `decode`), then whatever the
endpoint checks.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import UNSET, Struct

from gingham.api.authenticate import Keys
from gingham.api.call import VERSION, Answer, Call
from gingham.api.decode import Request, Schema, Unread, parse
from gingham.api.registry import Endpoint
from gingham.errors import PlaidError, envelope, error

if TYPE_CHECKING:
    from gingham.platform import Platform

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

MAX_BODY = 1 << 20  # bytes
# Bytes from which an answer is compressed for a client that asks: what is shorter fits the ten segments
# that a fresh connection may send at once, so compressing it (65 µs, more than everything else together)
# would save no round trip.
GZIP_FROM = 14_000
GZIP_LEVEL = 1

_log = logging.getLogger(__name__)

_JSON_TYPE = b"application/json; charset=utf-8"
_VERSION = VERSION.encode()
_HEADERS: list[Header] = [
    (b"plaid-version", _VERSION),
    (b"vary", b"Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-xss-protection", b"1; mode=block"),
]
# Only where TLS is: browsers must ignore it elsewhere (RFC 6797, 8.1).
_TLS_HEADERS: list[Header] = [
    *_HEADERS,
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
]


# What an endpoint without required fields takes for `{}`.
_NOTHING = frozenset({b"", b"null"})
_NEVER = frozenset({b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"})


class Observe(Protocol):
    """Told of every answer once it is sent. `path` is the client's and may be anything; `error_code` is
    empty on success.
    """

    def __call__(
        self,
        *,
        method: str,
        path: str,
        status: int,
        request_id: str,
        client_id: str,
        environment: str,
        duration_us: int,
        error_code: str,
    ) -> None: ...


class Health(Struct, frozen=True, kw_only=True):
    """The answer of `GET /health`."""

    status: str = "ok"


async def healthy() -> Health:
    """The health of a process that has nothing to check."""
    return Health()


class Disconnected(Exception):  # noqa: N818 - nobody's fault
    """The client went away before it had sent its whole request."""


class Kernel:
    """The ASGI application of the API.

    `health` answers `GET /health`; it raises a `PlaidError` of status 503 while the server is not ready.
    `keys` may be shared with other faces of the API.
    """

    def __init__(
        self,
        platform: "Platform",
        endpoints: Mapping[str, Endpoint],
        *,
        keys: Keys | None = None,
        health: Callable[[], Awaitable[Struct | Answer]] = healthy,
        observe: Observe | None = None,
    ) -> None:
        self.keys = keys or Keys(platform.store, platform.clock)
        self._platform = platform
        self._endpoints = endpoints
        self._health = health
        self._observe = observe
        self._request_id = platform.ids.request_id
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        self._routes = {path: _Route(endpoint) for path, endpoint in endpoints.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        started = time.perf_counter_ns()
        call = Call(request_id=self._request_id(), platform=self._platform, path=scope["path"], scope=scope)
        # Servers of ASGI give the names of headers in lower case.
        headers: dict[bytes, bytes] = dict(scope["headers"])
        error_code = ""
        try:
            answer = self._encoded(
                await self._answer(call, scope["method"], headers, receive), call.request_id
            )
        except PlaidError as problem:
            error_code = problem.error_code
            answer = self._refusal(problem, call.request_id)
        except Disconnected:
            return
        except Exception:
            # The log has the details; the client learns the request_id under which they stand.
            _log.exception("request %s to %s failed", call.request_id, call.path)
            error_code = "INTERNAL_SERVER_ERROR"
            answer = self._refusal(error(error_code), call.request_id)
        status, content_type, body, further = answer

        head = [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            (b"plaid-request-id", call.request_id.encode()),
            *(_TLS_HEADERS if scope.get("scheme") == "https" else _HEADERS),
            *further,
        ]
        if len(body) >= GZIP_FROM and _takes_gzip(headers.get(b"accept-encoding", b"")):
            # A window of 31 bits is zlib's way to write the gzip format; its header holds no time, so equal
            # answers stay equal.
            body = zlib.compress(body, GZIP_LEVEL, 31)
            head[1] = (b"content-length", b"%d" % len(body))
            head.append((b"content-encoding", b"gzip"))
        try:
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})
        except OSError:
            # The client went away; what it asked for has been done, and the log should say so.
            pass
        if self._observe is not None:
            self._observe(
                method=scope["method"],
                path=call.path,
                status=status,
                request_id=call.request_id,
                client_id=call.client_id,
                environment=call.environment,
                duration_us=(time.perf_counter_ns() - started) // 1000,
                error_code=error_code,
            )

    async def _answer(
        self, call: Call, method: str, headers: Mapping[bytes, bytes], receive: Receive
    ) -> Struct | Answer:
        route = self._routes.get(call.path)
        if route is None or method != "POST":
            return await self._page(call.path, method)
        if headers.get(b"plaid-version", _VERSION) != _VERSION:
            raise error(
                "INVALID_HEADERS",
                message=f"the Plaid-Version header must be {VERSION}, the version served here",
            )
        body = await _read(receive)
        if self._platform.faults:
            await self._meet_faults(call.path)
        if route.accepts_empty_body and body in _NOTHING:
            body = b"{}"
        elif (content_type := headers.get(b"content-type")) != b"application/json":
            _check_content_type(content_type)
        try:
            request = route.schema.decode(body)
        except Unread:
            fields = parse(body)
            if route.takes_keys:
                if "public_key" in fields and b"plaid-client-id" not in headers and "client_id" not in fields:
                    raise error("INCOMPATIBLE_API_VERSION", version=VERSION) from None
                await self._admit(
                    call, route, headers, fields.get("client_id", UNSET), fields.get("secret", UNSET)
                )
            request = route.schema.explain(fields)
        else:
            if route.takes_keys:
                await self._admit(call, route, headers, request.client_id, request.secret)
        return await route.function(call, request)

    async def _meet_faults(self, path: str) -> None:
        """What a test wants to go wrong, does."""
        seconds, problem = self._platform.faults.of_call(path, self._platform.clock.now())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if seconds:
                    await self._platform.ending.wait()
        if problem is not None:
            raise problem

    async def _admit(
        self, call: Call, route: "_Route", headers: Mapping[bytes, bytes], client_id: object, secret: object
    ) -> None:
        call.client_id, call.environment = await self.keys.client(headers, client_id, secret)
        if route.sandbox_only and call.environment != "sandbox":
            raise error("SANDBOX_ONLY", route=call.path)

    async def _page(self, path: str, method: str) -> Struct | Answer:
        """What browsers and load balancers fetch: the only answers to GET."""
        if method in {"GET", "HEAD"}:
            if path == "/health":
                return await self._health()
            if path == "/openapi.json":
                return self._openapi
        raise error("NOT_FOUND")

    @cached_property
    def _openapi(self) -> Answer:
        # Imported when somebody asks: a server that nobody asks starts without it.
        from gingham.api.openapi import document

        return Answer(body=document(self._endpoints), content_type=_JSON_TYPE.decode())

    def _encoded(self, answer: Struct | Answer, request_id: str) -> "_Encoded":
        status = 200
        further: tuple[Header, ...] = ()
        if isinstance(answer, Answer):
            status, further = answer.status, answer.headers
            if isinstance(answer.body, bytes):
                return status, answer.content_type.encode(), answer.body, further
            answer = answer.body
        return status, _JSON_TYPE, _with_request_id(self._encode(answer), request_id), further

    def _refusal(self, problem: PlaidError, request_id: str) -> "_Encoded":
        # The connection stays open after a body that is too long, too: most clients read only once they have
        # sent all, and closing it on what they still send would take the answer away from them.
        return problem.http_status, _JSON_TYPE, self._encode(envelope(problem, request_id)), ()


# Status, content type, body, further headers.
_Encoded = tuple[int, bytes, bytes, tuple[Header, ...]]


class _Route:
    """An endpoint, ready to be called. Its schema is made by its first call: a process needs few of them,
    and soon.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.function = endpoint.function
        self.takes_keys = endpoint.auth == "keys"
        self.sandbox_only = endpoint.sandbox_only
        self.accepts_empty_body = endpoint.accepts_empty_body
        self._request = endpoint.request

    @cached_property
    def schema(self) -> Schema[Request]:
        return Schema(self._request)


async def _read(receive: Receive) -> bytes:
    """The whole body. Raises INVALID_BODY with status 413 as soon as more than the limit has come."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise PlaidError(
                "INVALID_REQUEST", "INVALID_BODY", 413, f"body must not be longer than {MAX_BODY} bytes"
            )
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


def _check_content_type(value: bytes | None) -> None:
    if not value:
        raise error("INVALID_HEADERS", header="Content-Type")
    if value.partition(b";")[0].strip().lower() != b"application/json":
        raise error("INVALID_BODY")


def _takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding names gzip, and not to refuse it (`gzip;q=0`)."""
    for each in accepted.lower().split(b","):
        coding, _, weight = each.partition(b";")
        if coding.strip() == b"gzip":
            return weight.replace(b" ", b"") not in _NEVER
    return False


def _with_request_id(body: bytes, request_id: str) -> bytes:
    """`body` with the request_id as its last member, so that no response object has to carry it."""
    if body == b"{}":
        return b'{"request_id":"%b"}' % request_id.encode()
    # One copy, not two: a page of transactions has hundreds of kilobytes.
    return b"".join((memoryview(body)[:-1], b',"request_id":"', request_id.encode(), b'"}'))
