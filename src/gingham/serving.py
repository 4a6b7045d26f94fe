"""Behind a port: one process, or several that share one listening socket.

The socket is bound first, so an address that is taken is known before a database is touched. One process
serves by itself. For several, see `supervisor.py`: the parent binds, and each worker serves on the socket it
inherits, so that a worker that dies takes no waiting connection with it.

SIGTERM and SIGINT drain: no new connections, answers to the requests that are there, then exit code 0.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import NamedTuple, cast

import msgspec
import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gingham import logs
from gingham.errors import envelope, error
from gingham.kit import check_beside
from gingham.provision import Made
from gingham.server import Server, build
from gingham.settings import SettingError, Settings
from gingham.store import StoreError
from gingham.vault import VaultError

DRAIN_SECONDS = 10
"""How long the requests that are there may take once the process has been told to end."""

BACKLOG = 2048
"""Connections that wait to be accepted; the system may hold fewer (net.core.somaxconn)."""


MAX_HEAD = 1 << 18
"""Bytes of a request's line and headers: far more than anybody needs, but not all there is."""


class CannotServe(Exception):  # noqa: N818  what the operator reads, not a fault in here
    """The server cannot start. The message says why, in an operator's words."""


def serve(settings: Settings) -> int:
    """Serves until told to end; returns the exit code. Raises `SettingError` and `CannotServe`."""
    listeners = Listeners(bind(settings.host, settings.port), bind_bank(settings))
    if settings.workers > 1:
        from gingham.supervisor import supervise

        return supervise(settings, listeners)
    return run(settings, listeners, lambda server: announce(listeners, server.made))


def serve_bank(settings: Settings) -> int:
    """Serves the sandbox's OAuth banks and nothing else, for a platform elsewhere on the same database."""
    check_beside(settings)
    bank = bind_bank(settings)
    if bank is None:
        raise CannotServe("GINGHAM_OAUTH_BANK_PORT is off")
    listeners = Listeners(None, bank)
    return run(settings, listeners, lambda server: announce(listeners, server.made))


def work(settings: Settings) -> None:
    """Does what falls due, serving nobody, until told to end. Raises `SettingError` and `CannotServe`."""

    check_beside(settings)

    async def working() -> None:
        server = await built(msgspec.structs.replace(settings, background=True))
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
        await server.start()
        say("Gingham works\n")
        await told.wait()
        await server.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(working())


class Listeners(NamedTuple):
    """The listening sockets: the platform's, and that of the sandbox's OAuth banks."""

    platform: socket.socket | None
    bank: socket.socket | None

    def there(self) -> list[socket.socket]:
        return [listener for listener in self if listener is not None]


USUAL_BANK_PORT = 8001


def bind_bank(settings: Settings) -> socket.socket | None:
    """The socket of the OAuth banks; None where they are off.

    A port that was asked for is taken or nothing; the usual one gives way, since nobody has it written down.
    """
    asked = settings.oauth_bank_port
    if asked == "off":
        return None
    if asked is not None:
        return bind(settings.host, int(asked))
    try:
        return bind(settings.host, USUAL_BANK_PORT if settings.port else 0)
    except CannotServe:
        return bind(settings.host, 0)


def bind(host: str, port: int) -> socket.socket:
    """The listening socket. Raises `CannotServe` when the address is not to be had."""
    where = f"{host} port {port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no such host"
        raise CannotServe(f"cannot listen on {where}: {reason}") from None
    listener.setblocking(False)
    return listener


def run(
    settings: Settings, listeners: Listeners, ready: Callable[[Server], None], lifeline: int | None = None
) -> int:
    """Serves on the sockets in this process; returns the exit code.

    `ready` is called once requests are answered. When the other end of the file descriptor `lifeline` closes,
    the process drains as if told to.
    """

    async def serving() -> int:
        server = await built(settings, listeners.bank)
        if listeners.platform is None:
            # The platform does its own work, wherever it is.
            server.runners.clear()
        drained = Uvicorn(server, settings, ready)
        if lifeline is not None:
            asyncio.get_running_loop().add_reader(lifeline, drained.drain)
        await drained.serve(sockets=listeners.there())
        return 0 if drained.started else 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serving())


async def built(settings: Settings, bank: socket.socket | None = None) -> Server:
    """`server.build` with its failures in an operator's words."""
    try:
        return await build(settings, bank_at=None if bank is None else reachable(bank))
    except SettingError:
        raise
    except (StoreError, VaultError, ValueError) as error:
        raise CannotServe(str(error)) from None


def announce(listeners: Listeners, made: Made | None) -> None:
    """Says on standard output that the server is ready, and shows keys that can be shown only now."""
    lines = [keys_block(made)] if made else []
    if listeners.platform is not None:
        lines.append(f"Gingham listens on {address(listeners.platform)}\n")
    if listeners.bank is not None:
        lines.append(f"The sandbox's OAuth banks listen on {address(listeners.bank)}\n")
    say("".join(lines))


def keys_block(made: Made) -> str:
    """Keys that were just made, to be read once."""
    rows = [("client_id", made.client_id), *made.keys]
    width = max(len(label) for label, _ in rows)
    lines = [f"  {label:<{width}}  {key}" for label, key in rows]
    return "\n".join(["Keys (shown once; only their digests are kept):", *lines, "", ""])


def address(listener: socket.socket) -> str:
    """The origin of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def reachable(listener: socket.socket) -> str:
    """The origin under which this machine reaches a listening socket, be it bound to every address."""
    return address(listener).replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def say(text: str) -> None:
    """Writes to standard output, where somebody may have stopped reading."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text)
        sys.stdout.flush()


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with the API's error object for what is not HTTP, and with an end to headers."""

    _head = 0
    """Bytes of a request whose headers are not complete."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn begins a scope with a request's first byte and notes the method when its headers are complete.
        scope = cast(
            "dict[str, object] | None", self.scope
        )  # none before the first request, whatever its type says
        if scope and "method" in scope:
            self._head = 0
            return
        self._head += len(data)
        if self._head > MAX_HEAD:
            self.send_400_response(f"headers must not be longer than {MAX_HEAD} bytes")

    def send_400_response(self, msg: str) -> None:
        problem = error("INVALID_HEADERS", message=msg)
        server = cast(Server, self.config.app)
        body = msgspec.json.encode(envelope(problem, server.platform.ids.request_id()))
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body)
        )
        self.transport.close()


class Uvicorn(uvicorn.Server):
    """uvicorn, ending as this house promises: with exit code 0 rather than by the signal it was sent."""

    def __init__(self, server: Server, settings: Settings, ready: Callable[[Server], None]) -> None:
        super().__init__(
            uvicorn.Config(
                server,
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=settings.trust_proxy,
                forwarded_allow_ips="*",
                backlog=BACKLOG,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self._server = server
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None

    def drain(self) -> None:
        """Ends once the requests that are there are answered."""
        self._server.drain()
        self.should_exit = True

    def drain_soon(self) -> None:
        """`drain`, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.drain)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        if self.started:
            self._ready(self._server)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            # Somebody else's process: its signals are its own.
            yield
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _told(self, number: signal.Signals) -> None:
        if self.should_exit and number == signal.SIGINT:
            # The second Ctrl-C: whoever waits at the terminal has waited long enough.
            logs.flush()
            os._exit(130)
        self.drain()
