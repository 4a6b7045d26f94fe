"""The embedded search in a real browser: banks inside the host's element, and Link over the page at a choice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, FrameLocator, Page, expect
from tests.browser.shop import Shopper, call, link_token, origin, serve_cdn_from, serving
from tests.browser.test_wrappers import PAGE as WRAPPER_PAGE
from tests.browser.test_wrappers import Wrapper, build
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

BANK = "First Platypus Bank"
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title></head><body>
<div id="banks" style="width: {width}px; height: {height}px"></div>
<script src="{origin}/link/v2/stable/link-initialize.js"></script>
<script>
  window.told = [];
  window.make = () => Plaid.createEmbedded({{
    token: "{token}",
    onSuccess: (public_token, metadata) => told.push(["success", public_token, metadata]),
    onExit: (error, metadata) => told.push(["exit", error, metadata]),
    onEvent: (name, metadata) => told.push(["event", name, metadata]),
    onLoad: () => told.push(["load"]),
  }}, document.getElementById("banks"));
  window.made = make();
</script></body></html>"""


def banks(page: Page) -> FrameLocator:
    return page.frame_locator(".plaid-embedded-link-iframe")


async def shown(page: Page) -> int:
    """How many tiles a person sees, once they are there."""
    await expect(banks(page).get_by_role("button", name=BANK, exact=True)).to_be_visible()
    return await banks(page).locator(".tile:visible").count()


async def visit(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    return page


def page_for(live: Process, token: str, width: int = 350, height: int = 400) -> str:
    return PAGE.format(origin=origin(live), token=token, width=width, height=height)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process) -> AsyncIterator[Page]:
    with serving(page_for(live, link_token(live))) as address:
        page = await visit(context, address)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


async def test_a_chosen_bank_opens_link_there_after_consent(shop: Page, live: Process) -> None:
    await banks(shop).get_by_role("button", name=BANK, exact=True).click()
    person = Shopper(shop)
    await person.title("Connect your bank to The Shop")
    await person.press("Continue")
    await person.title(f"Sign in to {BANK}")
    await (await person.sign_in()).share()
    await person.press("Return to The Shop")
    _, public_token, _ = await person.told("success")
    assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    assert (await person.story())[:4] == [
        "OPEN",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW CONSENT",
        "TRANSITION_VIEW CREDENTIAL",
    ]
    first = (await person.told("event"))[2]
    assert (first["view_name"], first["institution_id"]) == ("CONSENT", None)
    await expect(banks(shop).get_by_role("button", name=BANK, exact=True)).to_be_visible()


async def test_the_search_leads_to_the_whole_list(shop: Page) -> None:
    await banks(shop).get_by_role("button", name="Search for your bank").click()
    person = Shopper(shop)
    await person.title("Connect your bank to The Shop")
    await person.choose("Tattersall Federal Credit Union")


async def test_after_leaving_another_bank_can_be_chosen(shop: Page) -> None:
    await banks(shop).get_by_role("button", name=BANK, exact=True).click()
    person = Shopper(shop)
    await person.title("Connect your bank to The Shop")
    await person.press("Close")
    assert (await person.told("exit"))[2]["institution"] is not None
    await banks(shop).get_by_role("button", name="Tartan Bank", exact=True).click()
    await person.press("Continue")
    await person.title("Sign in to Tartan Bank")


@pytest.mark.parametrize(
    ("width", "height", "least", "most"),
    [(350, 300, 2, 4), (300, 350, 2, 4), (900, 700, 9, 15), (300, 300, 2, 4)],
)
async def test_as_many_banks_as_the_element_holds(
    context: BrowserContext, live: Process, width: int, height: int, least: int, most: int
) -> None:
    with serving(page_for(live, link_token(live), width, height)) as address:
        page = await visit(context, address)
        assert least <= await shown(page) <= most
        frame = page.frames[-1]
        cut = "document.querySelector('.tiles').scrollHeight > document.querySelector('.tiles').clientHeight + 1"
        assert not await frame.evaluate(cut)
        assert await page.locator("iframe").evaluate_all(
            "all => all.every(f => f.offsetWidth <= f.parentNode.offsetWidth)"
        )


async def test_made_and_destroyed_often_it_leaves_nothing(shop: Page) -> None:
    await shop.evaluate("for (let i = 0; i < 20; i += 1) { made.destroy(); window.made = make(); }")
    await expect(shop.locator("iframe")).to_have_count(1)
    assert await shown(shop) >= 2
    await shop.evaluate("made.destroy(); made.destroy()")
    await expect(shop.locator("iframe")).to_have_count(0)


async def test_destroying_it_takes_an_open_link_along(shop: Page) -> None:
    await banks(shop).get_by_role("button", name=BANK, exact=True).click()
    await Shopper(shop).title("Connect your bank to The Shop")
    await shop.evaluate("made.destroy()")
    await expect(shop.locator("iframe")).to_have_count(0)


async def test_a_token_that_is_not_good_is_told(context: BrowserContext, live: Process) -> None:
    with serving(page_for(live, "link-sandbox-00000000-0000-4000-8000-000000000000")) as address:
        page = await visit(context, address)
        _, error, metadata = await Shopper(page).told("exit")
        assert error["error_code"] == "INVALID_LINK_TOKEN"
        assert metadata["institution"] is None


async def test_the_wrapper_of_react_works_unmodified(
    context: BrowserContext, live: Process, tmp_path: Path
) -> None:
    bundle = build(Wrapper("react-embedded.jsx"), tmp_path / "page.js")
    await serve_cdn_from(live, context)
    with serving(WRAPPER_PAGE.format(token=link_token(live), bundle=bundle)) as address:
        page = await visit(context, address)
        assert await shown(page) >= 2
        for _ in range(3):
            await page.evaluate("render()")
        assert await shown(page) >= 2
        await expect(page.locator("iframe")).to_have_count(1)
        await banks(page).get_by_role("button", name=BANK, exact=True).click()
        frame = page.locator("iframe.plaid-link-iframe:visible")
        await expect(frame).to_have_count(1)
        person = Shopper(page, int((await frame.get_attribute("id") or "0").rpartition("-")[2]))
        await person.title("Connect your bank to The Shop")
        await person.press("Continue")
        await (await person.sign_in()).share()
        await person.press("Return to The Shop")
        assert (await person.told("success"))[1].startswith("public-sandbox-")
        await page.evaluate("unmount()")
        await expect(page.locator("iframe")).to_have_count(0)
