"""A bank with pages of its own, in a real browser: in a window, and by leaving the host page and coming back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.browser.shop import PAGE, Shopper, at_the_bank, call, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

BANK = "Platypus OAuth Bank"
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
RETURNS = """<!doctype html><html lang="en"><head><title>Back</title></head><body>
<script src="{origin}/link/v2/stable/link-initialize.js"></script>
<script>
  window.told = [];
  if (!location.search) document.title = "Shop";
  Plaid.create({{
    token: localStorage.link_token || (localStorage.link_token = "{token}"),
    receivedRedirectUri: location.search ? location.href : undefined,
    onSuccess: (public_token, metadata) => told.push(["success", public_token, metadata]),
    onExit: (error, metadata) => told.push(["exit", error, metadata]),
    onEvent: (name, metadata) => told.push(["event", name, metadata]),
  }}).open();
</script></body></html>"""


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process) -> AsyncIterator[Page]:
    with serving(PAGE.format(origin=origin(live), token=link_token(live))) as address:
        page = await context.new_page()
        await page.goto(address)
        yield page


async def choose(person: Shopper, bank: str) -> Shopper:
    await person.press("Continue")
    await person.search(bank)
    await person.link.get_by_role("button", name=bank, exact=True).click()
    await person.title(f"Continue at {bank}")
    return person


async def go_to_bank(person: Shopper) -> Page:
    await choose(person, BANK)
    async with person.page.expect_popup() as popup:
        await person.press(f"Continue to {BANK}")
    return await popup.value


async def test_a_bank_is_connected_in_a_window_of_its_own(shop: Page, live: Process) -> None:
    person = await Shopper(shop).open()
    window = await go_to_bank(person)
    await person.title(f"Finish at {BANK}")
    await at_the_bank(window)
    await person.title("Your accounts are connected")
    if not window.is_closed():
        await window.wait_for_event("close")
    await person.press("Return to The Shop")
    _, public_token, metadata = await person.told("success")
    access_token = call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    accounts = call(live, "/accounts/get", access_token=access_token)["accounts"]
    assert [account["account_id"] for account in accounts] == [it["id"] for it in metadata["accounts"]]
    story = [event for event in await person.story() if event != "SEARCH_INSTITUTION"]
    assert story == [
        "OPEN",
        "TRANSITION_VIEW CONSENT",
        "TRANSITION_VIEW SELECT_INSTITUTION",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW OAUTH",
        "OPEN_OAUTH",
        "TRANSITION_VIEW CONNECTED",
        "HANDOFF",
    ]


async def test_a_window_that_is_closed_unfinished_can_be_opened_again(shop: Page) -> None:
    person = await Shopper(shop).open()
    window = await go_to_bank(person)
    await person.title(f"Finish at {BANK}")
    await window.close()
    await person.title(f"Continue at {BANK}")
    await person.event("CLOSE_OAUTH")
    assert (await person.story())[-2:] == ["OPEN_OAUTH", "CLOSE_OAUTH"]
    async with shop.expect_popup() as popup:
        await person.press(f"Continue to {BANK}")
    await at_the_bank(await popup.value)
    await person.title("Your accounts are connected")


async def test_who_declines_at_the_bank_is_told_and_may_try_again(shop: Page) -> None:
    person = await Shopper(shop).open()
    await at_the_bank(await go_to_bank(person), decline=True)
    await expect(person.link.get_by_role("button", name="Try again")).to_be_visible()
    await person.event("ERROR")


async def test_where_no_window_opens_the_page_goes_to_the_bank_and_comes_back(
    context: BrowserContext, live: Process
) -> None:
    html: list[str] = []
    with serving(html) as address:
        html.append(RETURNS.format(origin=origin(live), token=link_token(live, redirect_uri=address)))
        await context.add_init_script("window.open = () => null")
        page = await context.new_page()
        await page.goto(address)
        person = Shopper(page)
        await person.title("Connect your bank to The Shop")
        await (await choose(person, BANK)).press(f"Continue to {BANK}")
        await page.wait_for_url("**/ins_127287/**")
        await at_the_bank(page)
        await page.wait_for_url(f"{address}?oauth_state_id=*")
        await person.title("Your accounts are connected")
        await person.press("Return to The Shop")
        _, public_token, _ = await person.told("success")
        assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
        assert await person.story() == ["OPEN", "HANDOFF"]


@pytest_asyncio.fixture(loop_scope="session")
async def phone(chromium: Browser) -> AsyncIterator[Page]:
    """Another device, with a browser of its own."""
    made = await chromium.new_context(
        viewport={"width": 375, "height": 812}, user_agent=PHONE, is_mobile=True, has_touch=True
    )
    made.set_default_timeout(10_000)
    yield await made.new_page()
    await made.close()


async def test_a_phone_reads_the_code_and_the_desk_goes_on(
    context: BrowserContext, phone: Page, live: Process
) -> None:
    token = link_token(live, country_codes=["GB"], institution_id="ins_117181")
    with serving(PAGE.format(origin=origin(live), token=token)) as address:
        desk = await context.new_page()
        await desk.goto(address)
        person = await Shopper(desk).open()
        await person.press("Continue")
        code = person.link.get_by_role("img", name="QR code that opens Flexible Platypus Open Banking")
        await expect(code).to_be_visible()
        assert await code.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")
        await phone.goto(await person.link.locator("#link").evaluate("(dialog) => dialog.shown.scan.url"))
        await person.title("Finish on your phone")
        await at_the_bank(phone)
        await expect(phone.get_by_role("heading", name="You can close this window")).to_be_visible()
        await person.title("Your accounts are connected")
        await person.press("Return to The Shop")
        _, public_token, _ = await person.told("success")
        assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]


async def test_on_a_phone_the_banks_app_asks_and_comes_back_to_the_page(phone: Page, live: Process) -> None:
    html: list[str] = []
    with serving(html) as address:
        html.append(RETURNS.format(origin=origin(live), token=link_token(live, redirect_uri=address)))
        await phone.goto(address)
        person = Shopper(phone)
        await person.title("Connect your bank to The Shop")
        bank = "First Platypus OAuth App2App Bank"
        await (await choose(person, bank)).press(f"Continue to {bank}")
        await phone.wait_for_url("**/ins_132241/approve?*")
        await phone.get_by_role("button", name="Approve").click()
        await phone.wait_for_url(f"{address}?oauth_state_id=*")
        await person.title("Your accounts are connected")


async def test_at_a_desk_the_bank_with_an_app_has_its_website_in_a_window(shop: Page) -> None:
    bank = "First Platypus OAuth App2App Bank"
    person = await choose(await Shopper(shop).open(), bank)
    async with shop.expect_popup() as popup:
        await person.press(f"Continue to {bank}")
    await at_the_bank(await popup.value)
    await person.title("Your accounts are connected")
