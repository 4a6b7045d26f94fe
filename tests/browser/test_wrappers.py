"""The wrappers that pages use, each unmodified and with the framework of its time, in a page of the field.

Their constant CDN address is routed to this server, as DNS, a proxy or a service worker would do it.
"""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from tests.browser.shop import Shopper, at_the_bank, call, link_token, serve_cdn_from, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).parent / "wrappers"
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title></head><body><div id="root"></div>
<script>window.token = "{token}"; window.told = [];</script><script>{bundle}</script></body></html>"""
OAUTH_BANK = "Platypus OAuth Bank"


class Wrapper(NamedTuple):
    """A page, with the generations of packages it is built with."""

    page: str
    aliases: tuple[str, ...] = ()
    cleans_up: bool = True
    """Takes Link away when it is unmounted; the others leave it to the person."""
    comes_back: bool = True
    """Can be opened anew with receivedRedirectUri."""


REACT_16 = ("react=react-16", "react-dom=react-dom-16")
REACT_18 = ("react=react-18", "react-dom=react-dom-18")
WRAPPERS = {
    "react-plaid-link 1.5, React 16": Wrapper(
        "react-class.jsx",
        ("react-plaid-link=react-plaid-link-1", *REACT_16),
        cleans_up=False,
        comes_back=False,
    ),
    "react-plaid-link 3.6, React 18": Wrapper(
        "react-hook.jsx", ("react-plaid-link=react-plaid-link-3", *REACT_18)
    ),
    "react-plaid-link 4.1, React 19": Wrapper("react-hook.jsx", ("react-plaid-link=react-plaid-link-4",)),
    "react-plaid-link 5.0, React 19": Wrapper("react-hook.jsx"),
    "vue-plaid-link2, Vue 3": Wrapper("vue.js", cleans_up=False),
    "ngx-plaid-link 14, Angular 20": Wrapper("angular.js", cleans_up=False),
}


@pytest.fixture(scope="module", params=WRAPPERS.values(), ids=WRAPPERS.keys())
def wrapper(request: pytest.FixtureRequest) -> Wrapper:
    return request.param


@pytest.fixture(scope="module")
def bundle(wrapper: Wrapper, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(wrapper, tmp_path_factory.mktemp("wrapper") / "page.js")


def build(wrapper: Wrapper, out: Path) -> str:
    subprocess.run(
        ["node", PAGES / "build.mjs", PAGES / wrapper.page, out, *wrapper.aliases], check=True, cwd=ROOT
    )
    return out.read_text().replace("</script", "<\\/script")


@contextmanager
def shop_page(live: Process, bundle: str) -> Iterator[str]:
    """Serves the page; its link_token may come back to it from a bank."""
    html: list[str] = []
    with serving(html) as address:
        html.append(PAGE.format(token=link_token(live, redirect_uri=address), bundle=bundle))
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process, bundle: str) -> AsyncIterator[Page]:
    await serve_cdn_from(live, context)
    with shop_page(live, bundle) as address:
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(address)
        yield page
    assert errors == []


async def test_a_bank_is_connected(shop: Page, live: Process) -> None:
    person = await _open(shop)
    await (await (await person.choose()).sign_in()).share()
    await person.press("Return to The Shop")
    _, public_token, metadata = await person.told("success")
    assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    assert metadata["institution"]["institution_id"] == "ins_109508"
    assert (await person.story())[-1] == "HANDOFF"
    await expect(shop.locator("#gone")).to_be_visible()
    await expect(shop.locator("iframe")).to_have_count(0)
    assert [it for it in await person.all_told() if it[0] in {"exit", "failed"}] == []


async def test_leaving_link_leaves_the_button_working(shop: Page) -> None:
    person = await _open(shop)
    await person.press("Close")
    _, error, metadata = await person.told("exit")
    assert (error, metadata["status"]) == (None, "requires_credentials")
    await (await _open(shop)).choose()


async def test_unmounting_while_link_is_open_leaves_no_frame_behind(shop: Page, wrapper: Wrapper) -> None:
    person = await _open(shop)
    await shop.evaluate("unmount()")
    await expect(shop.locator("#gone")).to_be_visible()
    if not wrapper.cleans_up:
        await person.press("Close")
    await expect(shop.locator("iframe")).to_have_count(0)
    assert await shop.evaluate("document.body.style.overflow") == ""


async def test_a_page_that_comes_back_from_a_bank_goes_on_where_it_was(
    shop: Page, wrapper: Wrapper, live: Process
) -> None:
    if not wrapper.comes_back:
        pytest.skip("knows no receivedRedirectUri")
    # No window opens, so the page itself goes to the bank.
    await shop.context.add_init_script("window.open = () => null")
    await shop.reload()
    person = await _open(shop)
    await person.press("Continue")
    await person.search(OAUTH_BANK)
    await person.press(OAUTH_BANK)
    await person.press(f"Continue to {OAUTH_BANK}")
    await shop.wait_for_url("**/ins_127287/**")
    await at_the_bank(shop)
    await shop.wait_for_url("**/?oauth_state_id=*")
    person = await _open(shop, "Your accounts are connected")
    await person.press("Return to The Shop")
    _, public_token, _ = await person.told("success")
    assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    assert await person.story() == ["OPEN", "HANDOFF"]


async def test_a_public_key_alone_is_refused_in_plain_words(
    context: BrowserContext, live: Process, tmp_path: Path
) -> None:
    bundle = build(WRAPPERS["react-plaid-link 1.5, React 16"], tmp_path / "page.js")
    html = PAGE.format(token="", bundle=bundle).replace(
        'window.token = ""', 'window.token = null; window.publicKey = "4f7b"'
    )

    await serve_cdn_from(live, context)
    with serving(html) as address:
        page = await context.new_page()
        async with page.expect_console_message(lambda message: "link_token" in message.text):
            await page.goto(address)
        await page.get_by_role("button", name="Connect").click()
        _, error, metadata = await Shopper(page).told("exit")
        assert error["error_code"] == "PUBLIC_KEY_NOT_ENABLED"
        assert metadata["institution"] is None
        await expect(page.locator("iframe")).to_have_count(0)


async def _open(shop: Page, title: str = "Connect your bank to The Shop") -> Shopper:
    await shop.get_by_role("button", name="Connect").click()
    # StrictMode made and destroyed a handler before this one, so its number is not known.
    frame = shop.locator("iframe:visible")
    await expect(frame).to_have_count(1)
    person = Shopper(shop, int((await frame.get_attribute("id") or "0").rpartition("-")[2]))
    await person.title(title)
    return person
