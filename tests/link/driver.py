"""Link driven over JSON, as a person would: by what the panes offer."""

from typing import Any

from tests.world import BANK, Reply, World

PRODUCTS = ("transactions",)


async def link_token(world: World, **changes: Any) -> str:
    request: dict[str, Any] = {
        "client_name": "Test App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": list(PRODUCTS),
    }
    return str((await world.post("/link/token/create", **{**request, **changes}))["link_token"])


class Driver:
    """One Link session. Every answer's events are gathered in `events`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[dict[str, Any]] = []
        self.picture: dict[str, Any] = {}
        self.session_token = ""

    @classmethod
    async def open(cls, world: World, token: str | None = None) -> "Driver":
        driver = cls(world)
        reply = await world.post(
            "/gingham/v1/link/session/start", link_token=token or await link_token(world)
        )
        driver.session_token = reply["session_token"]
        driver._take(reply)
        return driver

    async def act(self, kind: str, **members: Any) -> "Driver":
        reply = await self.send(kind, **members)
        assert reply.status == 200, reply.body
        self._take(reply)
        return self

    async def send(self, kind: str, **members: Any) -> Reply:
        return await self.world.post(
            "/gingham/v1/link/session/act",
            session_token=self.session_token,
            revision=self.picture["revision"],
            action={"type": kind, **members},
        )

    def _take(self, reply: Reply) -> None:
        self.picture = reply.body
        self.events += reply.body["events"]

    async def sign_in(self, password: str = "pass_good", institution_id: str = BANK) -> "Driver":
        await self.act("continue")
        await self.act("select_institution", institution_id=institution_id)
        return await self.act("submit_credentials", values={"username": "user_good", "password": password})

    async def connect(self, *accounts: str) -> "Driver":
        await self.sign_in()
        await self.act("submit_accounts", accounts=list(accounts or ("0", "1")))
        return await self.act("finish")

    @property
    def pane(self) -> str | None:
        pane = self.picture["pane"]
        return pane and str(pane["name"])

    @property
    def result(self) -> dict[str, Any]:
        assert self.picture["result"] is not None, self.picture["pane"]
        return dict(self.picture["result"])

    @property
    def story(self) -> list[str]:
        """The events in order, transitions with their views."""
        return [
            f"TRANSITION_VIEW {event['metadata']['view_name']}"
            if event["event_name"] == "TRANSITION_VIEW"
            else str(event["event_name"])
            for event in self.events
        ]
