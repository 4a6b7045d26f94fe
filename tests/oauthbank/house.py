"""A platform with its OAuth banks behind real sockets of the loopback, by a clock in the test's hands."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from tests.world import CLIENT_ID, PRODUCTION_SECRET, SANDBOX_SECRET, VAULT

from gingham.clock import ManualClock
from gingham.server import Server, build
from gingham.serving import address, bind
from gingham.settings import Settings
from gingham.vault import Vault

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP to the loopback: to read all the world's authorities takes each of them 35 ms."""

START = "2026-05-04T12:00:00Z"


class House:
    """`bank`: the banks' origin."""

    def __init__(self, server: Server, clock: ManualClock, main: str, bank: str) -> None:
        self.server, self.clock, self.main, self.bank = server, clock, main, bank
        self.platform = server.platform

    def issuer(self, institution_id: str = "ins_127287") -> str:
        return f"{self.bank}/{institution_id}"


@asynccontextmanager
async def house(database_url: str = "sqlite:///:memory:", vault: Vault | None = None) -> AsyncIterator[House]:
    clock = ManualClock.at(START)
    listeners = [bind("127.0.0.1", 0), bind("127.0.0.1", 0)]
    main, bank = (address(listener) for listener in listeners)
    settings = Settings(
        database_url=database_url,
        client_id=CLIENT_ID,
        sandbox_secret=SANDBOX_SECRET,
        production_secret=PRODUCTION_SECRET,
    )
    server = await build(settings, clock=clock, vault=vault or VAULT, bank_at=bank)
    async with serving(server, listeners):
        yield House(server, clock, main, bank)


@asynccontextmanager
async def serving(server: Server, listeners: list[socket.socket]) -> AsyncIterator[None]:
    config = uvicorn.Config(
        server, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    http = _Quiet(config)
    task = asyncio.create_task(http.serve(sockets=listeners))
    await http.ready.wait()
    try:
        yield
    finally:
        http.leave.set()
        await task


class _Quiet(uvicorn.Server):
    """Leaves the signals to the tests, and ends when it is told rather than at the next tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leave = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # for connections that were idle to be gone
        await self._wait_tasks_to_complete()
        await self.lifespan.shutdown()
