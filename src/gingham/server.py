"""The composition root: makes every room's part, puts them together, and is the ASGI application.

`build` is the one place that knows all rooms. It opens no socket, so a test can drive the whole platform in
memory; `serving.py` puts it behind a port. What a first request does not need is imported by the first request
that needs it: the pages' framework is loaded in a thread right after the start.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from gingham import __version__, logs
from gingham.api import registry
from gingham.api.kernel import Kernel
from gingham.banks.catalogue import Catalogue
from gingham.banks.oauth import OAuthBank
from gingham.banks.oauth.provider import Provider
from gingham.banks.oauth.registration import CLIENT_ID, client_secret
from gingham.banks.registry import Banks
from gingham.clock import Clock, MovableClock, SystemClock
from gingham.due import background
from gingham.errors import envelope, error
from gingham.faults import Faults
from gingham.ids import Ids
from gingham.kit import Kit, check
from gingham.platform import Platform
from gingham.provision import Made, check_ring, provision, vault_for
from gingham.settings import Settings
from gingham.store import Store, StoreError, meta
from gingham.store.open import open_store
from gingham.store.sqlite import SqliteStore
from gingham.vault import Vault
from gingham.webhooks import inbox
from gingham.webhooks.deliverer import Deliverer
from gingham.webhooks.inbox import Inbox

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Health(Struct, frozen=True):
    """The answer of `GET /health` while this process takes requests and its database answers."""

    status: str = "ok"
    version: str = __version__


class Server:
    """The ASGI application of one process.

    `made`: keys that were made by this start, to be shown once. `bank_at`: the origin of the socket, if there is one,
    whose requests are for the sandbox's OAuth banks.
    """

    def __init__(self, platform: Platform, made: Made | None = None, bank_at: str | None = None) -> None:
        self.platform = platform
        self.made = made
        self.deliverer = Deliverer(platform)
        self.runners = background(platform, self.deliverer)
        self._endpoints = registry.load().served(test_kit=platform.kit is not None)
        self.kernel = Kernel(platform, self._endpoints, health=self._health, observe=_observed)
        self._inbox = None if platform.kit is None else Inbox(platform)
        self._faces = {prefix: Face(partial(make, platform), platform.ids) for prefix, make in FACES.items()}
        self._bank_port = urlsplit(bank_at).port if bank_at else None
        # Few ever ask for it, so it is not warmed up either.
        self._bank = Face(partial(_oauth_bank, platform, bank_at or ""), platform.ids)
        self._warming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins the work in the background."""
        if self.platform.settings.background:
            for runner in self.runners:
                runner.start()
        self._warming = asyncio.create_task(self._warm())

    def drain(self) -> None:
        """The process is about to end: `GET /health` says so to load balancers, and nobody waits for news."""
        self.platform.ending.set()

    async def stop(self) -> None:
        """Ends the work in the background and closes the database. To be called once requests are answered."""
        self.drain()
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        await asyncio.gather(*(runner.stop() for runner in self.runners))
        await self.deliverer.stop()
        await self.platform.banks.close()
        await self.platform.store.close()
        logs.flush()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if self._bank_port is not None and (scope.get("server") or (None, None))[1] == self._bank_port:
                await self._bank(scope, receive, send)
                return
            # The first segment tells whose the path is, but the API's own paths come first: /link/token/create.
            path: str = scope["path"]
            if path == inbox.PATH and self._inbox is not None:
                await self._inbox(scope, receive, send)
                return
            face = None if path in self._endpoints else self._faces.get(path[1:].partition("/")[0])
            await (self.kernel if face is None else face)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self.kernel(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _health(self) -> Health:
        if self.platform.ending.is_set():
            raise error("PLANNED_MAINTENANCE", message="the server is shutting down")
        try:
            await self.platform.store.one("SELECT 1")
        except StoreError as problem:
            logs.error("database unreachable", problem)
            raise error("PLANNED_MAINTENANCE", message="the database is not reachable") from None
        return Health()

    async def _warm(self) -> None:
        """Loads what the first person in Link would otherwise wait for."""
        await asyncio.sleep(WARM_AFTER_SECONDS)
        try:
            for face in self._faces.values():
                await face.load()
            await asyncio.to_thread(self.platform.vault.warm)
        except Exception as problem:
            # It will be tried again by whoever needs it, and fail where it is seen.
            logs.error("warming up failed", problem)


WARM_AFTER_SECONDS = 0.05
"""So that a load balancer's first question is not answered behind half a second of imports."""


async def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    store: Store | None = None,
    vault: Vault | None = None,
    bank_at: str | None = None,
) -> Server:
    """Puts a server together, on a database at the right schema with a full set of keys.

    A given `store` is closed with the server. `bank_at`: where this process itself serves the OAuth bank, such as
    `http://127.0.0.1:8001`. Raises `SettingError` for settings that do not fit the database,
    and what `open_store` and `Vault` raise.
    """
    if settings.test_kit:
        check(settings)
    clock = clock or (MovableClock() if settings.test_kit else SystemClock())
    store = store or await open_store(settings.database_url)
    try:
        vault = vault or vault_for(settings)
        ids = await seeded_ids(settings, store)
        if not vault.is_ephemeral:
            await check_ring(store, vault, clock)
        made = await provision(settings, store, ids, clock)
        faults = Faults()
        platform = Platform(
            settings=settings,
            clock=clock,
            ids=ids,
            vault=vault,
            store=store,
            banks=Banks(Catalogue.builtin(), oauth=oauth_bank(settings, vault, ids, bank_at)),
            faults=faults,
            kit=test_kit(clock, store, ids, faults) if settings.test_kit else None,
        )
        return Server(platform, made, bank_at)
    except BaseException:
        await store.close()
        raise


def test_kit(clock: Clock, store: Store, ids: Ids, faults: Faults) -> Kit:
    """Raises `TypeError` for a clock or a store that it cannot put back."""
    if not isinstance(clock, MovableClock) or not isinstance(store, SqliteStore):
        raise TypeError("the test kit needs a MovableClock and SQLite")
    return Kit(clock, store, ids, faults)


def oauth_bank(settings: Settings, vault: Vault, ids: Ids, bank_at: str | None) -> OAuthBank | None:
    """The connector to the OAuth bank, wherever that is served; None where there is none."""
    origin = settings.oauth_bank_url or bank_at
    if origin is None:
        return None
    return OAuthBank(Provider(origin, CLIENT_ID, lambda: client_secret(vault), reach=bank_at), ids)


async def seeded_ids(settings: Settings, store: Store) -> Ids:
    """A source of ids. With a seed, every start of a process has a stream of its own: none repeats an id."""
    if settings.seed is None:
        return Ids()
    async with store.writing() as writer:
        boot = await meta.next_boot(writer)
    return Ids(settings.seed, stream=str(boot))


class Face:
    """Pages that are loaded when somebody asks for the first one."""

    def __init__(self, make: Callable[[], App], ids: Ids) -> None:
        self._make = make
        self._ids = ids
        self._app: App | None = None
        self._loading = asyncio.Lock()

    async def load(self) -> App:
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.to_thread(self._make)
        return self._app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = self._ids.request_id()
        status, is_there = 0, True

        async def noting(message: Message) -> None:
            nonlocal status, is_there
            if message["type"] == "http.response.start":
                status = message["status"]
                # A misspelt path of the API comes here too, and its client reads nothing but JSON.
                is_there = status not in (404, 405) or _is_html(message)
            if is_there:
                await send(message)

        try:
            app = self._app or await self.load()
            await app(scope, receive, noting)
            if not is_there:
                status = await _refuse(send, request_id, "NOT_FOUND")
        except Exception as problem:
            logs.error("page failed", problem, request_id=request_id, path=scope["path"])
            if status == 0:
                status = await _refuse(send, request_id, "INTERNAL_SERVER_ERROR")
        logs.access(scope["method"], scope["path"], status, time.perf_counter() - began, request_id)


def _link(platform: Platform) -> App:
    from gingham.banks import logo
    from gingham.link import hosted, returns
    from gingham.link.hosted import Invitation
    from gingham.link.returns import Landing
    from gingham.link.web import phone
    from gingham.link.web.pages import page_over, pages
    from gingham.store import customizations

    def drawn(institution_id: str) -> str | None:
        institution = platform.banks.catalogue.get(institution_id)
        return None if institution is None else logo.svg(institution)

    async def land(answer: Mapping[str, str], origin: str | None) -> Landing:
        return await returns.land(platform, answer, origin, platform.ids.request_id())

    async def invitation(address: str) -> Invitation:
        return await hosted.invitation(platform, address)

    async def picture(digest: str) -> bytes | None:
        found = await customizations.logo(platform.store, digest)
        return None if found is None else found.png

    async def address_of(handle: str) -> str | None:
        return await returns.phone_address(platform, handle)

    async def to_bank(handle: str) -> str | None:
        return await returns.to_bank(platform, handle, platform.ids.request_id())

    phones = phone.routes(address_of, to_bank, page_over)
    return pages(platform.settings, drawn, land, invitation, picture, phones)


def _oauth_bank(platform: Platform, bank_at: str) -> App:
    from gingham.oauthbank.app import bank

    return bank(platform, platform.settings.oauth_bank_url or bank_at)


FACES: dict[str, Callable[[Platform], App]] = {"link": _link}
"""By the first segment of their paths."""


def _is_html(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
    )


async def _refuse(send: Send, request_id: str, error_code: str) -> int:
    """Answers with the API's error object; returns the status."""
    problem = error(error_code)
    body = msgspec.json.encode(envelope(problem, request_id))
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": problem.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return problem.http_status


def _observed(*, path: str, status: int, request_id: str, duration_us: int, method: str, **_: object) -> None:
    if path != "/health" or status != 200:
        # A load balancer asks every few seconds, and only another answer than the usual one is news.
        logs.access(method, path, status, duration_us / 1e6, request_id)
