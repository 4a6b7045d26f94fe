"""The hosted page in a real browser: a whole login, several banks, a bank's own pages, a reload, and every end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from tests.browser.shop import Shopper, at_the_bank, call, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

OAUTH_BANK = "Platypus OAuth Bank"


def made(live: Process, **changes: Any) -> dict[str, Any]:
    request = {
        "client_name": "The Shop",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["transactions"],
        "hosted_link": {},
        **changes,
    }
    return call(live, "/link/token/create", **request)


def results(live: Process, token: dict[str, Any]) -> list[dict[str, Any]]:
    (session,) = call(live, "/link/token/get", link_token=token["link_token"])["link_sessions"]
    return list(session["results"]["item_add_results"])


class Visitor(Shopper):
    """A person on the hosted page."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.link = page  # type: ignore[assignment]

    async def arrive(self, token: dict[str, Any]) -> "Visitor":
        await self.page.goto(token["hosted_link_url"])
        await self.title("Connect your bank to The Shop")
        return self


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(context: BrowserContext) -> AsyncIterator[Visitor]:
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Visitor(page)
    assert errors == []


async def test_a_login_ends_where_the_app_said(visitor: Visitor, live: Process) -> None:
    with serving("<!doctype html><title>Thanks</title>") as shop:
        token = made(live, hosted_link={"completion_redirect_uri": f"{shop}complete?order=7"})
        await (await (await (await visitor.arrive(token)).choose()).sign_in()).share()
        await visitor.press("Return to The Shop")
        await visitor.page.wait_for_url(f"{shop}complete?order=7")
    (added,) = results(live, token)
    exchanged = call(live, "/item/public_token/exchange", public_token=added["public_token"])
    assert exchanged["access_token"].startswith("access-sandbox-")


async def test_leaving_ends_there_as_well(visitor: Visitor, live: Process) -> None:
    with serving("<!doctype html><title>Thanks</title>") as shop:
        await visitor.arrive(made(live, hosted_link={"completion_redirect_uri": shop}))
        await visitor.press("Close")
        await visitor.page.wait_for_url(shop)


async def test_without_an_address_the_page_says_that_it_is_done(visitor: Visitor, live: Process) -> None:
    await visitor.arrive(made(live))
    await visitor.press("Close")
    await visitor.title("You have left")
    await expect(visitor.page.get_by_text("go back to The Shop")).to_be_visible()
    await expect(visitor.page.get_by_role("button")).to_have_count(0)


async def test_several_banks_are_added_one_after_the_other(visitor: Visitor, live: Process) -> None:
    user_id = call(live, "/user/create", client_user_id="several")["user_id"]
    token = made(live, enable_multi_item_link=True, user_id=user_id)
    await (await (await visitor.arrive(token)).choose()).sign_in()
    for bank, following in (
        ("First Platypus Bank", "Tattersall Federal Credit Union"),
        ("Tattersall Federal Credit Union", ""),
    ):
        await visitor.link.get_by_label("Plaid Checking").check()
        await visitor.press("Share with The Shop")
        await visitor.title(f"{bank} is connected")
        if following:
            await visitor.press("Add another bank")
            await visitor.search(following)
            await visitor.link.get_by_role("button", name=following, exact=True).click()
            await visitor.title(f"Sign in to {following}")
            await visitor.sign_in()
    await visitor.press("Return to The Shop")
    await visitor.title("All done")
    assert [each["institution"]["institution_id"] for each in results(live, token)] == [
        "ins_109508",
        "ins_109510",
    ]


async def test_a_bank_with_pages_of_its_own_takes_the_page_there_and_back(
    visitor: Visitor, live: Process
) -> None:
    token = made(live)
    await visitor.arrive(token)
    await visitor.press("Continue")
    await visitor.search(OAUTH_BANK)
    await visitor.link.get_by_role("button", name=OAUTH_BANK, exact=True).click()
    await visitor.press(f"Continue to {OAUTH_BANK}")
    await at_the_bank(visitor.page)
    await visitor.title("Your accounts are connected")
    assert visitor.page.url.endswith(token["hosted_link_url"].rpartition("/")[2])
    await visitor.press("Return to The Shop")
    await visitor.title("All done")
    assert len(results(live, token)) == 1


async def test_a_reload_goes_on_where_the_person_was(visitor: Visitor, live: Process) -> None:
    await (await (await visitor.arrive(made(live))).choose()).sign_in()
    await visitor.title("Choose the accounts to share")
    await visitor.page.reload()
    await visitor.share()


async def test_an_address_that_leads_nowhere_says_so(visitor: Visitor, live: Process) -> None:
    await visitor.page.goto(f"http://127.0.0.1:{live.port}/link/hosted/lpnothing")
    await visitor.title("This page has expired")
