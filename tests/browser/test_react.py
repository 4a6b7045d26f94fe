"""`react-plaid-link` 5, unmodified, in StrictMode; its constant CDN address is routed to this server."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, expect
from tests.browser.shop import Shopper, call, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[2]
CDN = "https://cdn.plaid.com/"
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title></head><body><div id="root"></div>
<script>window.token = "{token}"; window.told = [];</script><script>{bundle}</script></body></html>"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("react") / "app.js"
    command = [ROOT / "node_modules/.bin/esbuild", Path(__file__).parent / "react/app.jsx", "--bundle"]
    options = [
        "--minify",
        '--define:process.env.NODE_ENV="development"',
        f"--outfile={out}",
        "--log-level=error",
    ]
    subprocess.run([*command, *options], check=True, cwd=ROOT)
    return out.read_text().replace("</script", "<\\/script")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process, bundle: str) -> AsyncIterator[Page]:
    async def from_here(route: Route) -> None:
        await route.fulfill(
            response=await route.fetch(url=origin(live) + "/" + route.request.url.removeprefix(CDN))
        )

    await context.route(f"{CDN}**", from_here)
    with serving(PAGE.format(token=link_token(live), bundle=bundle)) as address:
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(address)
        yield page
    assert errors == []


async def test_a_bank_is_connected_through_the_hook(shop: Page, live: Process) -> None:
    person = await _open(shop)
    await (await (await person.choose()).sign_in()).share()
    await person.press("Return to The Shop")
    _, public_token, metadata = await person.told("success")
    assert call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    assert metadata["institution"]["institution_id"] == "ins_109508"
    await expect(shop.locator("#gone")).to_be_visible()
    await expect(shop.locator("iframe")).to_have_count(0)


async def test_unmounting_while_link_is_open_takes_link_away(shop: Page) -> None:
    await _open(shop)
    await shop.evaluate("unmount()")
    await expect(shop.locator("iframe")).to_have_count(0)


async def test_leaving_link_leaves_the_button_working(shop: Page) -> None:
    person = await _open(shop)
    await person.press("Close")
    await person.told("exit")
    await (await _open(shop)).choose()


async def _open(shop: Page) -> Shopper:
    await shop.locator("#connect").click()
    # StrictMode made and destroyed a handler before this one, so its number is not known.
    frame = shop.locator("iframe:visible")
    await expect(frame).to_have_count(1)
    person = Shopper(shop, int((await frame.get_attribute("id") or "0").rpartition("-")[2]))
    await person.title("Connect your bank to The Shop")
    return person
