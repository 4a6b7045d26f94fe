"""A shop's page on another origin than Link, with nothing on it but the script tag and `Plaid.create`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from playwright.async_api import BrowserContext, FrameLocator, Page, Response, Route, expect
from tests.server.process import Process
from tests.servers import KEYS

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title></head><body>
<button id="connect">Connect</button>
<script src="{origin}/link/v2/stable/link-initialize.js"></script>
<script>
  window.told = [];
  window.heard = [];
  addEventListener("message", (message) => heard.push(JSON.stringify(message.data)));
  window.make = (token) => Plaid.create({{
    token,
    onSuccess: (public_token, metadata) => told.push(["success", public_token, metadata]),
    onExit: (error, metadata) => {{
      told.push(["exit", error, metadata]);
      if (window.again) {{ handler.destroy(); window.handler = make(again); window.again = null; }}
    }},
    onEvent: (name, metadata) => told.push(["event", name, metadata]),
  }});
  window.handler = make("{token}");
  document.getElementById("connect").onclick = handler.open;
</script></body></html>"""


def origin(live: Process) -> str:
    return f"http://127.0.0.1:{live.port}"


def call(live: Process, path: str, **body: Any) -> dict[str, Any]:
    answer = httpx.post(origin(live) + path, json={**KEYS, **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def link_token(live: Process, **changes: Any) -> str:
    request: dict[str, Any] = {
        "client_name": "The Shop",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["transactions"],
    }
    return str(call(live, "/link/token/create", **{**request, **changes})["link_token"])


@contextmanager
def serving(html: str | list[str]) -> Iterator[str]:
    """A real server with one page; gives its address. A list's last entry is the page, when that must know the address.

    Another name of this machine is another origin. An answer made up by the test would not do: browsers take it
    for a page of the internet and keep it from talking to the loopback.
    """

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (html if isinstance(html, str) else html[-1]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class Shopper:
    """A person in the shop's page and in Link."""

    def __init__(self, page: Page, number: int = 1) -> None:
        self.page = page
        self.link: FrameLocator = page.frame_locator(f"#plaid-link-iframe-{number}")

    async def press(self, name: str) -> None:
        await self.link.get_by_role("button", name=name, exact=True).click()

    async def title(self, text: str) -> None:
        """Waits for the pane of that title."""
        await expect(self.link.get_by_role("heading", name=text)).to_be_visible()

    async def open(self) -> "Shopper":
        await self.page.locator("#connect").click()
        await self.title("Connect your bank to The Shop")
        return self

    async def search(self, text: str) -> None:
        """Types into the search, and waits for what is found: a list that changes under a finger takes no click."""

        def answers(answer: Response) -> bool:
            return answer.url.endswith("/session/act") and '"search"' in (answer.request.post_data or "")

        async with self.page.expect_response(answers):
            await self.link.get_by_label("Search for your bank").fill(text)

    async def choose(self, bank: str = "First Platypus Bank") -> "Shopper":
        await self.press("Continue")
        await self.search(bank)
        await self.link.get_by_role("button", name=bank, exact=True).click()
        await self.title(f"Sign in to {bank}")
        return self

    async def sign_in(self, password: str = "pass_good") -> "Shopper":
        await self.link.get_by_label("Username").fill("user_good")
        await self.link.get_by_label("Password", exact=True).fill(password)
        await self.press("Sign in")
        return self

    async def share(self, *accounts: str) -> "Shopper":
        await self.title("Choose the accounts to share")
        for account in accounts or ("Plaid Checking",):
            await self.link.get_by_label(account).check()
        await self.press("Share with The Shop")
        await self.title("Your accounts are connected")
        return self

    async def told(self, kind: str) -> list[Any]:
        """The first callback of a kind, once it has come: ["success", public_token, metadata] and the like."""
        await self.page.wait_for_function("(kind) => told.some((it) => it[0] === kind)", arg=kind)
        return list(await self.page.evaluate("(kind) => told.find((it) => it[0] === kind)", kind))

    async def event(self, name: str) -> None:
        """Waits until `onEvent` has told of an event: the host page may hear of it after the pane has changed."""
        await self.page.wait_for_function(
            "(name) => told.some((it) => it[0] === 'event' && it[1] === name)", arg=name
        )

    async def all_told(self) -> list[list[Any]]:
        return list(await self.page.evaluate("told"))

    async def story(self) -> list[str]:
        """Events in order, transitions with their views."""
        return [
            f"{name} {metadata['view_name']}" if name == "TRANSITION_VIEW" else name
            for kind, name, metadata in [it for it in await self.all_told() if it[0] == "event"]
        ]


async def at_the_bank(window: Page, *, decline: bool = False) -> None:
    """Signs in on the bank's own pages, shares what is ticked there, and agrees."""
    if decline:
        await window.get_by_role("button", name="Cancel").click()
        return
    await window.get_by_label("Username").fill("user_good")
    await window.get_by_label("Password").fill("pass_good")
    for _ in range(3):
        await window.locator("button.primary").click()


async def serve_cdn_from(live: Process, context: BrowserContext) -> None:
    """Answers requests to Plaid's CDN from this server, as DNS or a proxy would."""

    async def from_here(route: Route) -> None:
        path = route.request.url.removeprefix("https://cdn.plaid.com")
        await route.fulfill(response=await route.fetch(url=origin(live) + path))

    await context.route("https://cdn.plaid.com/**", from_here)
