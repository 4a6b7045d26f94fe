"""Host pages for the tests: an app's page that includes the loader and writes down what it hears."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import FrameLocator, Page
from tests.browser.fake import FakeLink

RECORDER = """
  window.log = [];
  window.listeners = (name = "") => ({
    onSuccess: (token, metadata) => log.push([name + "success", token, metadata]),
    onExit: (error, metadata) => log.push([name + "exit", error, metadata]),
    onEvent: (event, metadata) => log.push([name + "event", event, metadata]),
    onLoad: () => log.push([name + "load"]),
  });
  window.make = (more, name) => Plaid.create({ token: "link-sandbox-1", ...listeners(name), ...more });
  window.told = (kind) => log.filter((entry) => entry[0] === kind);
"""
LOADER = '<script src="LINK/link/v2/stable/link-initialize.js"></script>'
PAGE = f"""<!doctype html><html lang="en"><head><title>App</title>{LOADER}<script>{RECORDER}</script></head>
<body><button id="connect">Connect</button></body></html>"""


async def visit(page: Page, fake: FakeLink, html: str = PAGE, **headers: str) -> None:
    """Shows `html` as the host page; LINK stands for the server's origin."""
    fake.html = html
    fake.host_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    await page.goto(f"{fake.host_origin}/host")


def link(page: Page, number: int = 1) -> FrameLocator:
    return page.frame_locator(f"#plaid-link-iframe-{number}")


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """The first truthy answer of `condition`; the test's own timeout bounds it."""
    while not (answer := await condition()):  # noqa: ASYNC110 (a browser has no event to wait for)
        await asyncio.sleep(0.01)
    return answer


async def heard(page: Page, kind: str) -> Any:
    """Waits for the first callback of a kind and returns its arguments."""
    await page.wait_for_function("kind => told(kind).length > 0", arg=kind)
    entry = await page.evaluate("kind => told(kind)[0]", kind)
    return entry[1:]


async def open_link(page: Page, config: str = "{}") -> FrameLocator:
    """Creates a handler (`window.handler`), opens it and waits for the first pane."""
    await page.evaluate(f"window.handler = make({config}); handler.open()")
    await link(page).locator("#title").wait_for()
    return link(page)


async def walk_to_accounts(page: Page) -> FrameLocator:
    frame = await open_link(page)
    await frame.locator("#aut-button").click()
    await frame.locator("#aut-ins_109508").click()
    await frame.locator("#aut-input-0-input").fill("user_good")
    await frame.locator("#aut-input-1-input").fill("pass_good")
    await frame.locator("#aut-button").click()
    await frame.get_by_label("Plaid Checking").wait_for()
    return frame
