"""TLS for Plaid's hosts: hands each request on to the server, under the server's own name.

So whatever address the server gives out (of a script, a hosted page, the bank) is one that a browser anywhere on
this machine can open, without being told about names or certificates.
"""

import ssl
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from gingham import logs

Message = MutableMapping[str, Any]

# RFC 9110, 7.6.1: of one connection, not of the message. The host becomes the server's.
OF_A_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
KEPT_SECONDS = 2
"""The server closes connections that rest for 5; one must not be closed while a request is on its way."""


class Front:
    """The ASGI application."""

    def __init__(self, server: str, client: httpx.AsyncClient) -> None:
        self._server = httpx.URL(server)
        self._client = client

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body = bytearray()
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        else:
            return  # nobody is there any more
        path = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        asked = httpx.Request(
            scope["method"],
            self._server.copy_with(raw_path=path),
            headers=_whole(scope["headers"], {b"host", b"content-length", b"expect"}),
            content=bytes(body),
        )
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.HTTPError as problem:
            logs.error("server does not answer", problem)
            await _tell(send, 502, b"The server that stands for Plaid here does not answer.\n")
            return
        try:
            headers = _whole(answer.headers.raw, set())
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


def client(server: str) -> httpx.AsyncClient:
    """How the server is reached: by way of a proxy if the environment says so, but never on this machine."""
    outside = urlsplit(server).hostname not in ("127.0.0.1", "::1", "localhost")
    limits = httpx.Limits(max_connections=None, keepalive_expiry=KEPT_SECONDS)
    # Some answers wait for news; whoever asked decides how long.
    return httpx.AsyncClient(trust_env=outside, limits=limits, timeout=None)  # noqa: S113


class Uvicorn(uvicorn.Server):
    """uvicorn on TLS, in a process whose signals are somebody else's."""

    def __init__(self, app: Front, tls: ssl.SSLContext, ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
        config.load()
        config.ssl = tls
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _whole(headers: Any, besides: set[bytes]) -> list[tuple[bytes, bytes]]:
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in OF_A_CONNECTION and name.lower() not in besides
    ]


async def _tell(send: Callable[[Message], Awaitable[None]], status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
