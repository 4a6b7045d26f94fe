"""From a click in an app to the first pane of Link, in Chromium, by the browser's own clock."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

from playwright.async_api import Browser, Error, async_playwright
from tests.browser.conftest import launch

from bench import wire
from bench.report import Line, Report, at_most

BAR_MS = 150

PAGE = """<!doctype html><html lang="en"><head><title>App</title></head><body>
<button id="connect">Connect</button>
<script src="http://127.0.0.1:{port}/link/v2/stable/link-initialize.js"></script>
<script>
  const [token, when] = location.hash.slice(1).split(",");
  const make = () => Plaid.create({{ token, onSuccess() {{}}, onLoad() {{ window.loaded = true; }} }});
  addEventListener("message", ({{ data }}) => {{ if (data.shown) window.took = data.shown - clicked; }});
  const early = when === "early" ? make() : null;
  document.getElementById("connect").addEventListener("click", () => {{
    window.clicked = performance.timeOrigin + performance.now();
    (early || make()).open();
  }});
</script></body></html>"""

WATCH = """if (location.pathname.endsWith("/link.html")) {
  const look = () => {
    const title = document.getElementById("title");
    const buttons = document.querySelectorAll("#footer button");
    if (!title || title.offsetParent === null || buttons.length === 0) return requestAnimationFrame(look);
    // The frame after this one has the pane on the screen.
    requestAnimationFrame(() => parent.postMessage({ shown: performance.timeOrigin + performance.now() }, "*"));
  };
  requestAnimationFrame(look);
}"""
"""Tells the app's page, out of Link's frame, when the first pane can be seen and used."""


def measure(report: Report, port: int, *, times: int) -> None:
    """Every opening is a visit of its own, with an empty cache. Leaves the lines out where no browser runs."""
    try:
        early, late = asyncio.run(_measured(port, times))
    except Error as reason:
        report.note(f"left out, no browser runs here: {str(reason).splitlines()[0]}")
        return
    report.add(
        Line(
            name=f"Plaid.create() before the click, median of {times}",
            value=f"{median(early):.0f} ms",
            ratio=f"{min(early):.0f} to {max(early):.0f} ms",
            bar=f"<= {BAR_MS} ms",
            verdict=at_most(median(early), BAR_MS),
        )
    )
    report.add(
        Line(
            name=f"Plaid.create() with the click, median of {times}",
            value=f"{median(late):.0f} ms",
            ratio=f"{min(late):.0f} to {max(late):.0f} ms",
        )
    )


async def _measured(port: int, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each opening: of pages that created their handler before, and of such that do it then."""
    with _app(port) as address:
        async with async_playwright() as playwright:
            browser = await launch(playwright)
            await _opened(browser, port, address, "early")  # the browser's own start
            early, late = [], []
            for _ in range(times):
                early.append(await _opened(browser, port, address, "early"))
                late.append(await _opened(browser, port, address, "late"))
            await browser.close()
    return early, late


async def _opened(browser: Browser, port: int, address: str, when: str) -> float:
    context = await browser.new_context()
    await context.add_init_script(WATCH)
    page = await context.new_page()
    await page.goto(f"{address}#{_link_token(port)},{when}")
    if when == "early":
        await page.wait_for_function("window.loaded")
    await page.locator("#connect").click()
    await page.wait_for_function("window.took")
    took = float(await page.evaluate("took"))
    await context.close()
    return took


def _link_token(port: int) -> str:
    made = wire.call(
        port,
        "/link/token/create",
        client_name="Bench",
        language="en",
        country_codes=["US"],
        products=["transactions"],
        user={"client_user_id": "bench"},
    )
    return str(made["link_token"])


@contextmanager
def _app(port: int) -> Iterator[str]:
    """An app's page on another site than Link, as on the web; gives its address."""
    body = PAGE.format(port=port).encode()

    class App(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
