"""A forward proxy that knows one method, CONNECT (RFC 9110, 9.3.6): Plaid's hosts lead to the front, all others to
where they are, by way of the proxy that the command had been given before, if any.
"""

import asyncio
import base64
import socket
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from gingham.run.names import HTTPS, NAMES

CHUNK = 1 << 16
HEAD_SECONDS = 30

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy(NamedTuple):
    """The proxy that was there before."""

    host: str
    port: int
    tls: bool
    authorization: str

    @classmethod
    def of(cls, url: str | None) -> "Proxy | None":
        """Raises `ValueError` for one that cannot be gone through."""
        if not url:
            return None
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(url)
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        basic = base64.b64encode(login.encode()).decode()
        tls = parts.scheme == "https"
        return cls(
            parts.hostname,
            parts.port or (443 if tls else 80),
            tls,
            f"Proxy-Authorization: Basic {basic}\r\n" if parts.username else "",
        )


class Tunnel:
    """`front`: host and port that stand for Plaid's hosts."""

    def __init__(self, front: tuple[str, int], before: Proxy | None) -> None:
        self._front = front
        self._before = before

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        return await asyncio.start_server(self._connection, sock=listener)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            target = _target(head)
            if target is None:
                writer.write(
                    b"HTTP/1.1 405 Method Not Allowed\r\nallow: CONNECT\r\ncontent-length: 0\r\n\r\n"
                )
                return
            try:
                away = await self._reach(*target)
            except (OSError, asyncio.IncompleteReadError):
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
                return
            try:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pour(reader, away[1]), _pour(away[0], writer))
            finally:
                away[1].close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked is gone, or never said what it wants
        finally:
            writer.close()

    async def _reach(self, host: str, port: int) -> Streams:
        if host.lower() in NAMES and port == HTTPS:
            return await asyncio.open_connection(*self._front)
        if self._before is None:
            return await asyncio.open_connection(host, port)
        before = self._before
        away = await asyncio.open_connection(before.host, before.port, ssl=before.tls or None)
        at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        away[1].write(f"CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n{before.authorization}\r\n".encode())
        status = (await away[0].readuntil(b"\r\n\r\n")).split(b" ", 2)
        if len(status) < 2 or status[1] != b"200":
            away[1].close()
            raise ConnectionRefusedError
        return away


def _target(head: bytes) -> tuple[str, int] | None:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    host, _, port = words[1].rpartition(":") if len(words) == 3 else ("", "", "")
    if words[0] != "CONNECT" or not host or not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        return None
    return host.strip("[]"), int(port)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(CHUNK):
            writer.write(part)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
