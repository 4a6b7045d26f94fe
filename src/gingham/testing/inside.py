"""A server in a thread: the one place of this room that knows the platform from within."""

import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Any

import uvloop
from msgspec.structs import replace

from gingham import logs
from gingham.clock import MovableClock, instant
from gingham.kit import Snapshot
from gingham.server import Server, build
from gingham.serving import Listeners, Uvicorn, address, bind
from gingham.settings import Settings
from gingham.store.sqlite import SqliteStore
from gingham.vault import Vault

CLIENT_ID = "000000000000000000000000"
SECRET = "5ec2e70000000000000000000000"
PRODUCTION_SECRET = "5ec2e70000000000000000000001"
HOST = "127.0.0.1"

Build = Callable[[Settings, str], Awaitable[Server]]


class Inside:
    """Serves from the moment it is made."""

    def __init__(self, settings: Settings, vault: Vault, make: Build) -> None:
        self._settings = settings
        self._vault = vault
        self._listeners = Listeners(bind(HOST, settings.port), bind(HOST, 0))
        self._ready: Future[Server] = Future()
        self._uvicorn: Uvicorn | None = None
        self._thread = threading.Thread(target=self._run, args=(make,), name="gingham", daemon=True)
        self._thread.start()
        try:
            self._server = self._ready.result()
        except BaseException:
            self.stop()
            raise
        assert self._listeners.platform is not None  # noqa: S101  it was bound above
        self.url = address(self._listeners.platform)
        self.client_id = str(settings.client_id)
        self.secret = str(settings.sandbox_secret)

    @classmethod
    def fresh(
        cls, *, clock: datetime | str | None, running: bool, seed: str | None, settings: Mapping[str, Any]
    ) -> "Inside":
        """Raises `TypeError` for a setting that does not exist."""
        begins = datetime.fromisoformat(clock) if isinstance(clock, str) else clock
        usual = {
            "port": 0,
            "database_url": "sqlite:///:memory:",
            "client_id": CLIENT_ID,
            "sandbox_secret": SECRET,
            "production_secret": PRODUCTION_SECRET,
            "log_level": "error",
        }
        chosen = Settings(**{**usual, **settings, "seed": seed, "test_kit": True})
        logs.limit(chosen.log_level)
        vault = Vault.ephemeral()
        time = MovableClock(None if begins is None else instant(begins), running=running)
        return cls(chosen, vault, lambda s, bank: build(s, clock=time, vault=vault, bank_at=bank))

    def fork(self, snapshot_id: str) -> "Inside":
        """Raises `KeyError` for a snapshot that is not there."""
        kit = self._server.platform.kit
        assert kit is not None  # noqa: S101  every server here is built with it
        return Inside(replace(self._settings, port=0), self._vault, self._from(kit.snapshots[snapshot_id]))

    def _from(self, kept: Snapshot) -> Build:
        async def make(settings: Settings, bank: str) -> Server:
            store = await SqliteStore.vanishing(kept.database)
            clock = MovableClock(kept.now, running=kept.running)
            server = await build(settings, clock=clock, store=store, vault=self._vault, bank_at=bank)
            server.platform.faults.replace(kept.faults)
            return server

        return make

    def stop(self) -> None:
        """Ends it; returns when everything is gone."""
        if self._uvicorn is not None and self._thread.is_alive():
            self._uvicorn.drain_soon()
        self._thread.join()
        for listener in self._listeners.there():
            listener.close()

    def _run(self, make: Build) -> None:
        async def serving() -> None:
            assert self._listeners.bank is not None  # noqa: S101
            server = await make(self._settings, address(self._listeners.bank))
            self._uvicorn = Uvicorn(server, self._settings, self._ready.set_result)
            await self._uvicorn.serve(sockets=self._listeners.there())

        try:
            loop = uvloop.new_event_loop()
            try:
                loop.run_until_complete(serving())
            finally:
                loop.close()
        except BaseException as problem:
            if self._ready.done():
                raise
            self._ready.set_exception(problem)
