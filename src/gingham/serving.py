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
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import uvicorn
import uvloop

from gingham import logs
from gingham.provision import Made
from gingham.server import Server, build
from gingham.settings import SettingError, Settings
from gingham.store import StoreError
from gingham.vault import VaultError

DRAIN_SECONDS = 10
"""How long the requests that are there may take once the process has been told to end."""

BACKLOG = 2048
"""Connections that wait to be accepted; the system may hold fewer (net.core.somaxconn)."""


class CannotServe(Exception):  # noqa: N818  what the operator reads, not a fault in here
    """The server cannot start. The message says why, in an operator's words."""


def serve(settings: Settings) -> int:
    """Serves until told to end; returns the exit code. Raises `SettingError` and `CannotServe`."""
    listener = bind(settings.host, settings.port)
    if settings.workers > 1:
        from gingham.supervisor import supervise

        return supervise(settings, listener)
    return run(settings, listener, lambda server: announce(listener, server.made))


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
    settings: Settings, listener: socket.socket, ready: Callable[[Server], None], lifeline: int | None = None
) -> int:
    """Serves on a socket in this process; returns the exit code.

    `ready` is called once requests are answered. When the other end of the file descriptor `lifeline` closes,
    the process drains as if told to.
    """

    async def serving() -> int:
        server = await built(settings)
        drained = _Uvicorn(server, settings, ready)
        if lifeline is not None:
            asyncio.get_running_loop().add_reader(lifeline, drained.drain)
        await drained.serve(sockets=[listener])
        return 0 if drained.started else 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serving())


async def built(settings: Settings) -> Server:
    """`server.build` with its failures in an operator's words."""
    try:
        return await build(settings)
    except SettingError:
        raise
    except (StoreError, VaultError, ValueError) as error:
        raise CannotServe(str(error)) from None


def announce(listener: socket.socket, made: Made | None) -> None:
    """Says on standard output that the server is ready, and shows keys that can be shown only now."""
    say("".join([keys_block(made) if made else "", f"Gingham listens on {address(listener)}\n"]))


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


def say(text: str) -> None:
    """Writes to standard output, where somebody may have stopped reading."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text)
        sys.stdout.flush()


class _Uvicorn(uvicorn.Server):
    """uvicorn, ending as this house promises: with exit code 0 rather than by the signal it was sent."""

    def __init__(self, server: Server, settings: Settings, ready: Callable[[Server], None]) -> None:
        super().__init__(
            uvicorn.Config(
                server,
                http="httptools",
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

    def drain(self) -> None:
        """Ends once the requests that are there are answered."""
        self._server.draining = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready(self._server)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
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
