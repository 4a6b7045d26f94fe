"""Link as the whole page of an app's webview, as apps see it: addresses that are kept from being opened."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page
from tests.browser.shop import Shopper, at_the_bank, call, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

OAUTH_BANK = "Platypus OAuth Bank"
# What a webview's delegate does, and what wrappers of the time before 2020 do to `postMessage`.
APP = """
  window.opened = JSON.parse(sessionStorage.opened || "[]");
  window.said = [];
  window.postMessage = (text) => said.push(text);
  navigation.addEventListener("navigate", (event) => {
    opened.push(event.destination.url);
    sessionStorage.opened = JSON.stringify(opened);
    if (event.destination.url.startsWith("plaidlink:")) event.preventDefault();
  });
"""
CONNECTED = {
    "public_token", "account_id", "account_name", "institution_id", "institution_name", "institution_type", "accounts",
    "transfer_status", "link_session_id",
}  # fmt: skip
EXIT = {
    "status", "error_type", "error_code", "error_message", "display_message", "error_display_message", "institution_id",
    "institution_name", "institution_type", "link_session_id", "request_id", "link_request_id", "plaid_api_request_id",
}  # fmt: skip
EVENT = {
    "account_number_mask", "brand_name", "error_code", "error_message", "error_type", "event_name", "exit_status",
    "institution_id", "institution_name", "institution_search_query", "is_update_mode", "issue_description",
    "issue_detected_at", "issue_id", "link_session_id", "match_reason", "mfa_type", "request_id", "routing_number",
    "selection", "timestamp", "view_name", "view_variant",
}  # fmt: skip


class App(Shopper):
    """A person in the app, and what the app's webview is asked to open."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.link = page  # type: ignore[assignment]

    async def heard(self, host: str) -> list[list[tuple[str, str]]]:
        """The queries of the addresses of one host, once there is one."""
        await self.page.wait_for_function(
            "(host) => opened.some((it) => it.startsWith(`plaidlink://${host}?`))", arg=host
        )
        opened = await self.page.evaluate("opened")
        return [
            parse_qsl(address.partition("?")[2], keep_blank_values=True)
            for address in opened
            if address.startswith(f"plaidlink://{host}?")
        ]


def address(live: Process, **changes: Any) -> str:
    return f"{origin(live)}/link/v2/stable/link.html?isWebview=true&token={link_token(live, **changes)}"


@pytest_asyncio.fixture(loop_scope="session")
async def app(context: BrowserContext) -> AsyncIterator[App]:
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.add_init_script(APP)
    yield App(page)
    assert errors == []


async def test_a_success_is_told_with_the_keys_of_today_and_of_before(app: App, live: Process) -> None:
    await app.page.goto(address(live))
    await (await (await app.choose()).sign_in()).share("Plaid Checking", "Plaid Saving")
    await app.press("Return to The Shop")
    (pairs,) = await app.heard("connected")
    told = dict(pairs)
    assert len(pairs) == len(told)
    assert told.keys() == CONNECTED
    accounts = json.loads(told["accounts"])
    assert [account["meta"]["number"] for account in accounts] == ["0000", "1111"]
    assert accounts[0]["_id"] == told["account_id"]
    assert (told["account_name"], told["institution_name"]) == ("Plaid Checking", "First Platypus Bank")
    assert call(live, "/item/public_token/exchange", public_token=told["public_token"])["access_token"]
    assert all(it.startswith("plaidlink://") for it in await app.page.evaluate("opened"))


async def test_events_come_in_order_with_every_key_in_the_order_of_the_alphabet(
    app: App, live: Process
) -> None:
    await app.page.goto(address(live))
    await app.choose()
    await app.press("Close")
    await app.press("Yes, exit")
    await app.heard("exit")
    events = await app.heard("event")
    for pairs in events:
        names = [name for name, _ in pairs]
        assert names == sorted(set(names))
        assert set(names) == EVENT
    assert [
        dict(pairs)["event_name"] for pairs in events if dict(pairs)["event_name"] != "SEARCH_INSTITUTION"
    ] == [
        "OPEN",
        "TRANSITION_VIEW",
        "TRANSITION_VIEW",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW",
        "TRANSITION_VIEW",
        "EXIT",
    ]
    opened = await app.page.evaluate("opened")
    assert opened[0].startswith("plaidlink://event?account_number_mask&brand_name&error_code&")
    assert opened[-1].startswith("plaidlink://exit?")


async def test_an_exit_has_every_key_once(app: App, live: Process) -> None:
    await app.page.goto(address(live))
    await app.press("Close")
    (pairs,) = await app.heard("exit")
    told = dict(pairs)
    assert len(pairs) == len(told)
    assert told.keys() == EXIT
    assert told["status"] == "requires_credentials"
    assert told["link_request_id"] == told["link_session_id"] != ""
    assert told["plaid_api_request_id"] == told["request_id"] != ""
    assert told["error_code"] == ""


async def test_wrappers_that_replace_post_message_hear_json(app: App, live: Process) -> None:
    await app.page.goto(address(live))
    await app.press("Close")
    await app.heard("exit")
    said = [json.loads(text) for text in await app.page.evaluate("said")]
    assert [message["action"] for message in said] == [
        "plaid_link-undefined::event",
        "plaid_link-undefined::event",
        "plaid_link-undefined::event",
        "plaid_link-undefined::exit",
    ]
    assert (said[0]["eventName"], said[0]["metadata"]["view_name"]) == ("OPEN", "CONSENT")


async def test_after_a_result_the_app_can_load_the_address_again(app: App, live: Process) -> None:
    await app.page.goto(address(live))
    await app.press("Close")
    await app.heard("exit")
    await app.page.reload()
    await app.title("Connect your bank to The Shop")


async def test_a_bank_with_pages_of_its_own_is_gone_to_and_come_back_from(app: App, live: Process) -> None:
    with serving("<!doctype html><title>App</title>") as back:
        link = address(live, redirect_uri=back)
        await app.page.goto(link)
        await app.press("Continue")
        await app.search(OAUTH_BANK)
        await app.press(OAUTH_BANK)
        await app.press(f"Continue to {OAUTH_BANK}")
        await app.page.wait_for_url("**/ins_127287/**")
        await at_the_bank(app.page)
        await app.page.wait_for_url("**/?oauth_state_id=*")
        await app.page.goto(f"{link}&receivedRedirectUri={quote(app.page.url, safe='')}")
        await app.title("Your accounts are connected")
        await app.press("Return to The Shop")
        (pairs,) = await app.heard("connected")
        assert dict(pairs)["public_token"].startswith("public-sandbox-")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("isWebview=true&key=4f7b&product=auth", "PUBLIC_KEY_NOT_ENABLED"),
        ("isWebView=true&token=link-sandbox-00000000-0000-4000-8000-000000000000", "INVALID_LINK_TOKEN"),
        ("isWebview=true&token=test,chase,connected", "INVALID_LINK_TOKEN"),
        ("isWebview=true", "INVALID_LINK_TOKEN"),
    ],
)
async def test_what_cannot_be_opened_is_told_as_an_exit(
    app: App, live: Process, query: str, code: str
) -> None:
    await app.page.goto(f"{origin(live)}/link/v2/stable/link.html?{query}")
    (pairs,) = await app.heard("exit")
    assert dict(pairs)["error_code"] == code
    assert dict(pairs).keys() == EXIT
