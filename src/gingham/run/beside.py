"""The process beside the command: the server, if it is the command's own, the front, and the tunnel.

It has no terminal and is nobody's child, so that the command meets neither its signals nor its end. It watches the
command's process and ends when that has ended, however that happened.
"""

import asyncio
import os
import select
import shutil
import signal
import socket
import ssl
import sys
from pathlib import Path

import httpx
import msgspec
import uvloop

from gingham import logs, serving, settings
from gingham.run import front, own
from gingham.run.authority import Authority, BadAuthority, authority, fingerprint, new_key
from gingham.run.failures import CannotRun
from gingham.run.plan import Plan, Ready, Refused
from gingham.run.tunnel import Proxy, Tunnel
from gingham.server import Server
from gingham.settings import SettingError

HEALTH_SECONDS = 10
DAY = 24 * 60 * 60


class Beside:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._proxy = _proxy() if plan.tunnel is not None else None
        self._authority: Authority = authority(settings.state_folder() / "authority")
        self._key = new_key()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.set_alpn_protocols(["http/1.1"])
        self._certify()

    def run(self) -> None:
        """Serves until the command has ended."""
        if self._plan.server is not None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._before(self._plan.server))
            return
        state = Path(self._plan.folder) / "state"
        state.mkdir(mode=0o700)
        chosen, keys = own.settings_and_keys(state, self._plan.database)
        listeners = serving.Listeners(serving.bind(chosen.host, chosen.port), serving.bind_bank(chosen))
        address = serving.reachable(listeners.there()[0])
        standing: list[asyncio.Task[None]] = []

        async def stand(server: Server) -> None:
            try:
                told = await own.with_client_id(keys, server)
                await self._stand_before(address, front.client(address), told)
            except Exception as error:
                # Whoever waits for this has to be told.
                tell(_refused(error))
                os.kill(os.getpid(), signal.SIGTERM)

        def ready(server: Server) -> None:
            standing.append(asyncio.create_task(stand(server)))

        if serving.run(chosen, listeners, ready, lifeline=end_of(self._plan.pid)) != 0:
            raise CannotRun("the server beside the command did not start")

    async def _before(self, server: str) -> None:
        client = front.client(server)
        await _check(client, server)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(end_of(self._plan.pid), ended.set)
        standing = asyncio.create_task(self._stand_before(server, client, {}))
        await asyncio.wait({standing, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if standing.done():
            standing.result()

    async def _stand_before(self, server: str, client: httpx.AsyncClient, keys: dict[str, str]) -> None:
        listener = socket.socket(fileno=self._plan.front)
        if self._plan.tunnel is not None:
            tunnel = Tunnel(listener.getsockname(), self._proxy)
            await tunnel.serve(socket.socket(fileno=self._plan.tunnel))
        ready = Ready(server, keys, self._authority.pem(), fingerprint(self._key))
        asyncio.get_running_loop().call_later(DAY, self._certify_again)
        await front.Uvicorn(front.Front(server, client), self._tls, lambda: tell(ready)).serve([listener])

    def _certify_again(self) -> None:
        self._certify()
        asyncio.get_running_loop().call_later(DAY, self._certify_again)

    def _certify(self) -> None:
        # ssl reads files only. Connections from now on get the new certificate.
        file = Path(self._plan.folder) / "front.pem"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(self._authority.leaf(self._key))
        self._tls.load_cert_chain(file)
        file.unlink()


async def _check(client: httpx.AsyncClient, server: str) -> None:
    try:
        answer = await client.get(f"{server}/health", timeout=HEALTH_SECONDS)
    except httpx.HTTPError as error:
        raise CannotRun(f"no server answers at {server}: {str(error) or type(error).__name__}") from None
    if answer.status_code != 200 or b'"status"' not in answer.content:
        raise CannotRun(f"{server} answers, but is no Gingham that is ready")


def end_of(pid: int) -> int:
    """A file descriptor that can be read from once the process has ended."""
    if sys.platform == "linux":
        return os.pidfd_open(pid)
    else:  # macOS: kqueue(2)
        queue = select.kqueue()
        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        queue.control([event], 0)
        return os.dup(queue.fileno())


def tell(answer: Ready | Refused) -> None:
    """Says it to `start`, which waits for the end of what is said."""
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


FAILURES = (CannotRun, BadAuthority, SettingError, serving.CannotServe, OSError)


def _refused(error: BaseException) -> Refused:
    code = 2 if isinstance(error, SettingError) else getattr(error, "code", 1)
    return Refused(str(error), code)


def _proxy() -> Proxy | None:
    try:
        return Proxy.of(os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY"))
    except ValueError:
        # It may hold a password.
        raise CannotRun("HTTPS_PROXY names no HTTP proxy, and it cannot be gone through", 2) from None


def main() -> None:
    """What `plan.start` starts."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    logs.configure("warning")
    try:
        Beside(plan).run()
    except FAILURES as error:
        tell(_refused(error))
    finally:
        shutil.rmtree(plan.folder, ignore_errors=True)
