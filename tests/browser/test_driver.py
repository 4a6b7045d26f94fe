"""Programs that drive Link in a page: `gingham.testing` and the selectors of public test suites, on a real server."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from tests.browser.shop import PAGE, Shopper, call, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

from gingham.testing import LinkStopped, link_bank_async

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "<img src=x onerror=alert(1)>"


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process) -> AsyncIterator[Page]:
    # A team's name may be anything; here it is what must never run.
    token = link_token(live, client_name=NAME)
    with serving(PAGE.format(origin=origin(live), token=token)) as address:
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        await page.goto(address)
        await page.locator("#connect").click()
        yield page
    assert errors == []


async def test_a_bank_is_connected_with_what_it_was_told(shop: Page, live: Process) -> None:
    await link_bank_async(
        shop,
        "Tartan Bank",
        password="mfa_device",
        mfa=["1234"],
        accounts=["Plaid Saving", "3333"],
        timeout=60_000,
    )
    _, public_token, metadata = await Shopper(shop).told("success")
    assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    assert [account["name"] for account in metadata["accounts"]] == ["Plaid Saving", "Plaid Credit Card"]


async def test_a_bank_with_pages_of_its_own_is_visited_in_its_window(shop: Page) -> None:
    await link_bank_async(shop, "Platypus OAuth Bank", timeout=60_000)
    _, _, metadata = await Shopper(shop).told("success")
    assert metadata["institution"]["name"] == "Platypus OAuth Bank"


async def test_where_the_bank_says_no_it_stops_and_says_why(shop: Page) -> None:
    with pytest.raises(LinkStopped, match="did not accept these details") as stopped:
        await link_bank_async(shop, password="wrong", timeout=60_000)
    assert stopped.value.pane["name"] == "credentials"
    assert "wrong" not in str(stopped.value)


async def test_a_script_written_in_the_selectors_of_public_suites_alone(shop: Page) -> None:
    frame = shop.frame_locator("#plaid-link-iframe-1")
    await frame.locator("#aut-button").click()
    await frame.locator("#search-input").fill("Tartan")
    await frame.locator('[aria-label="Tartan Bank"]').click()
    await frame.locator("#aut-secondary-button").click()  # another bank
    await frame.locator("#search-input").fill("First Platypus Bank")
    await frame.locator("#aut-ins_109508").click()
    await frame.locator("#aut-input-0-input").fill("user_good")
    await frame.locator("#aut-input-1-input").fill("pass_good")
    await frame.locator("#aut-button").click()
    await frame.get_by_label("Plaid Checking").check()
    await frame.locator("#aut-button").click()
    await expect(frame.locator('[data-pane="connected"]')).to_be_visible()
    await frame.locator("#aut-button").click()
    await Shopper(shop).told("success")


async def test_markup_in_the_name_of_the_app_is_shown_as_it_is(shop: Page) -> None:
    frame = shop.frame_locator("#plaid-link-iframe-1")
    await expect(frame.locator("#title")).to_have_text(f"Connect your bank to {NAME}")
    await expect(frame.locator("img[src=x]")).to_have_count(0)


async def test_account_numbers_are_typed_and_proved(context: BrowserContext, live: Process) -> None:
    token = link_token(live, products=["auth"], auth={"instant_microdeposits_enabled": True})
    number = "1111222233330000"
    values = {
        "account_number": number,
        "account_number_again": number,
        "type": "checking",
        "name": "Ada Holder",
    }
    with serving(PAGE.format(origin=origin(live), token=token)) as address:
        page = await context.new_page()
        await page.goto(address)
        await page.locator("#connect").click()
        proof = {"routing_number": "333333334", "code": "ABC"}
        await link_bank_async(page, "Windowpane Bank", values=values | proof, timeout=60_000)
        _, _, metadata = await Shopper(page).told("success")
    assert metadata["accounts"][0]["verification_status"] == "manually_verified"
