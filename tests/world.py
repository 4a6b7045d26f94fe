"""A whole platform in memory, for tests.

Its clock stands still until told, its ids follow a seed, and its network is a function call.
"""

from typing import Any

import httpx
from msgspec import Struct

from gingham.clock import SECOND, ManualClock
from gingham.items import pulls
from gingham.link import abandoned
from gingham.platform import Platform
from gingham.server import Server, build
from gingham.settings import Settings
from gingham.vault import Vault

START = "2026-05-04T12:00:00Z"
CLIENT_ID = "client0000000000000000aa"
SANDBOX_SECRET = "sandbox-secret-of-the-tests"
PRODUCTION_SECRET = "production-secret-of-the-tests"
SECRETS = {"sandbox": SANDBOX_SECRET, "production": PRODUCTION_SECRET}
BANK = "ins_109508"
VAULT = Vault.ephemeral()
"""One ring for all: to make one takes longer than everything else that a platform does when it starts."""


class Reply(Struct):
    """An answer of the API."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str | None:
        return self.body.get("error_code")

    @property
    def message(self) -> str:
        return str(self.body.get("error_message"))

    def __getitem__(self, name: str) -> Any:
        assert self.status == 200, self.body
        return self.body[name]


class World:
    """`post` calls the API as the test client; `later` moves the clock and does what falls due."""

    def __init__(self, server: Server, clock: ManualClock, http: httpx.AsyncClient) -> None:
        self.server = server
        self.clock = clock
        self.http = http

    @property
    def platform(self) -> Platform:
        return self.server.platform

    async def post(self, path: str, _environment: str = "sandbox", **body: Any) -> Reply:
        headers = {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": SECRETS[_environment]}
        answer = await self.http.post(path, json=body, headers=headers)
        return Reply(answer.status_code, answer.json())

    async def later(self, seconds: float) -> None:
        self.clock.advance(int(seconds * SECOND))
        await pulls.run_due(self.platform)
        await abandoned.run_due(self.platform)

    async def public_token(self, *products: str, institution_id: str = BANK, **options: Any) -> str:
        """Of a new Item made without Link."""
        reply = await self.post(
            "/sandbox/public_token/create",
            institution_id=institution_id,
            initial_products=list(products) or ["transactions", "auth"],
            options=options,
        )
        return str(reply["public_token"])

    async def item(self, *products: str, **options: Any) -> str:
        """The access_token of a new Item made without Link."""
        public_token = await self.public_token(*products, **options)
        return str(
            (await self.post("/item/public_token/exchange", public_token=public_token))["access_token"]
        )

    async def pulled(self, *products: str, **options: Any) -> str:
        """The access_token of an Item whose whole history is there."""
        token = await self.item(*(products or ("transactions",)), **options)
        await self.later(60)
        return token


async def make_world(database_url: str) -> World:
    clock = ManualClock.at(START)
    settings = Settings(
        database_url=database_url,
        client_id=CLIENT_ID,
        sandbox_secret=SANDBOX_SECRET,
        production_secret=PRODUCTION_SECRET,
        seed="tests",
    )
    server = await build(settings, clock=clock, vault=VAULT)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=server), base_url="http://gingham.test")
    return World(server, clock, http)
