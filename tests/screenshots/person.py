"""A person with a browser, who finds the way by ids alone and so in every language."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import FrameLocator, Locator, Page, Route
from tests.browser.shop import call, link_token
from tests.server.process import Process

Json = dict[str, Any]

BANK, OAUTH_BANK = "ins_109508", "ins_127287"


@dataclass
class Person:
    """Opens Link over the sample app's welcome page, with a link_token of our own wish."""

    page: Page
    live: Process
    app: str
    language: str = "en"
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nobody looks at the page any more."""

    @property
    def link(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    async def opens_app(self, shown: str = "#welcome") -> "Person":
        await self.page.goto(self.app)
        await self.page.locator(shown).wait_for()
        return self

    async def opens(self, *, wait: bool = True, **request: Any) -> "Person":
        """Opens Link; `request` changes /link/token/create."""
        await self.opens_app()
        wish = {"language": self.language, "client_name": "Quickstart", **request}
        token = await asyncio.to_thread(link_token, self.live, **wish)
        await self.page.evaluate("(token) => Plaid.create({ token }).open()", token)
        return await self.sees("consent") if wait else self

    async def sees(self, pane: str) -> "Person":
        await self.link.locator(f"[data-pane={pane}]").wait_for()
        return self

    async def sees_error(self) -> "Person":
        """Waits until something said is wrong stands at its field."""
        await self.link.locator(".error:visible").first.wait_for()
        return self

    def main_button(self) -> Locator:
        return self.link.locator("#aut-button")

    async def goes_on(self) -> "Person":
        await self.main_button().click()
        return self

    async def searches(self, query: str) -> "Person":
        """Types into the search and waits for what it finds."""
        await self.link.locator("#search-input-input").fill(query)
        await self.link.locator(".listing").wait_for()
        return self

    async def lists(self, **request: Any) -> "Person":
        return await (await (await self.opens(**request)).goes_on()).sees("select_institution")

    async def chooses(
        self, institution_id: str, query: str, pane: str = "credentials", **request: Any
    ) -> "Person":
        await (await self.lists(**request)).searches(query)
        await self.link.locator(f"#aut-{institution_id}").click()
        return await self.sees(pane)

    async def types(self, *values: str) -> "Person":
        """Fills in the fields of the pane, in order."""
        for place, value in enumerate(values):
            await self.link.locator(f"#aut-input-{place}-input").fill(value)
        return self

    async def signs_in(
        self, password: str = "pass_good", pane: str = "select_accounts", **request: Any
    ) -> "Person":
        await self.chooses(BANK, "First Platypus Bank", **request)
        await (await self.types("user_good", password)).goes_on()
        return await self.sees(pane)

    async def goes_to_bank(self) -> Page:
        """Opens the pages of a bank that has its own; gives their window."""
        await self.chooses(OAUTH_BANK, "Platypus OAuth Bank", "oauth")
        async with self.page.expect_popup() as popup:
            await self.goes_on()
        window = await popup.value
        await window.locator("button.primary").wait_for()
        await self.link.locator(".weaving").wait_for()
        return window

    async def ticks(self, *places: int) -> "Person":
        for place in places:
            await self.link.locator("input[type=radio], input[type=checkbox]").nth(place).check()
        return self

    # --- a server that takes its time -------------------------------------------------------------------------

    async def is_kept_waiting(self, path: str) -> "Person":
        """From now on nobody answers requests to this path."""

        async def hold(route: Route) -> None:
            await self.gone.wait()
            await route.abort()

        await self.page.route(f"**{path}", hold)
        return self

    async def is_answered(self, path: str, change: Any) -> "Person":
        """From now on `change` may rewrite the JSON of this path's answers."""

        async def rewrite(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(response=answer, json=change(await answer.json()))

        await self.page.route(f"**{path}", rewrite)
        return self

    # --- the sample app ---------------------------------------------------------------------------------------

    async def connects(self, public_token: str) -> "Person":
        """Hands the app the public token of an Item, as Link does after a success, and looks at its page."""
        await self.opens_app()
        answer = await self.page.request.post(f"{self.app}/api/exchange", data={"public_token": public_token})
        assert answer.ok, await answer.text()
        return await self.opens_app("#bank")

    def new_item(self) -> str:
        """The public token of a fresh Item."""
        answer = call(
            self.live,
            "/sandbox/public_token/create",
            institution_id=BANK,
            initial_products=["transactions"],
        )
        return str(answer["public_token"])

    def access_token(self) -> str:
        """Of a fresh Item."""
        answer = call(self.live, "/item/public_token/exchange", public_token=self.new_item())
        return str(answer["access_token"])

    def shared_item(self) -> tuple[str, str]:
        """The access token of an Item, and a public token of the same Item: what update mode ends with."""
        access_token = self.access_token()
        token = link_token(self.live, access_token=access_token, products=[])
        session = "/gingham/v1/link/session/"
        now = call(self.live, session + "start", link_token=token)
        key = now["session_token"]
        for action in (
            {"type": "continue"},
            {"type": "submit_credentials", "values": {"username": "user_good", "password": "pass_good"}},
            {"type": "finish"},
        ):
            now = call(self.live, session + "act", session_token=key, revision=now["revision"], action=action)
        return access_token, str(now["result"]["public_token"])
