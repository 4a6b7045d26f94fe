"""What a hostile page, person or team may send to Link: nothing breaks the session, leaks, or runs."""

import json

import pytest
from playwright.async_api import Page, expect
from tests.browser import panes
from tests.browser.fake import FakeLink
from tests.browser.host import heard, link, open_link, until, visit, walk_to_accounts

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<img src=x onerror=alert(1)>"


async def test_a_forged_success_from_the_page_itself_or_a_frame_in_it_is_not_believed(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    await open_link(page)
    forged = {"action": "plaid_link-1::connected", "public_token": "forged", "metadata": {}}
    await page.evaluate(
        """(forged) => new Promise((done) => {
             window.postMessage(forged, "*");  // the right origin for the page, the wrong window
             const other = document.createElement("iframe");
             other.id = "other";
             other.src = document.querySelector(".plaid-link-iframe").src;  // the right origin, the wrong window
             other.onload = () => setTimeout(done, 50);
             document.body.append(other);
           })""",
        forged,
    )
    inner = page.frame_locator("#other").locator("body")
    await inner.evaluate("(_, forged) => parent.postMessage(forged, '*')", forged)
    await page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert await page.evaluate("told('success').length + told('exit').length") == 0
    await expect(link(page).locator("#title")).to_be_visible()


async def test_another_frame_of_the_page_cannot_drive_link(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await open_link(page)
    # A frame of an advertiser: it can reach its siblings' windows, and no more.
    script = """for (const type of ["open", "exit"])
      parent.frames[0].postMessage({ action: "plaid_link-1::" + type, token: "link-sandbox-other" }, "*");
      parent.postMessage("sent", "*");"""
    await page.evaluate(
        """(script) => new Promise((done) => {
             addEventListener("message", (message) => message.data === "sent" && setTimeout(done, 50));
             const other = document.createElement("iframe");
             other.id = "other";
             other.sandbox = "allow-scripts";
             other.srcdoc = "<script>" + script + "</" + "script>";
             document.body.append(other);
           })""",
        script,
    )
    assert (len(fake.starts), fake.actions) == (1, [])
    await expect(link(page).locator("#title")).to_be_visible()


async def test_a_replayed_open_starts_no_second_session(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await walk_to_accounts(page)
    replay = {"action": "plaid_link-1::open", "token": "link-sandbox-1"}
    await page.evaluate(
        "(replay) => document.querySelector('iframe').contentWindow.postMessage(replay, '*')", replay
    )
    await link(page).locator("#aut-button").click()
    await expect(link(page).locator("#title")).to_have_text("Your accounts are connected")
    assert len(fake.starts) == 1


@pytest.mark.parametrize(
    "nonsense", ["7", "null", "'x'", "{action: 7}", "{action: {}}", "[{action: 'plaid_link-1::exit'}]"]
)
async def test_messages_that_mean_nothing_change_nothing(page: Page, fake: FakeLink, nonsense: str) -> None:
    await visit(page, fake)
    await open_link(page)
    await page.evaluate(
        f"document.querySelector('iframe').contentWindow.postMessage({nonsense}, '*'); postMessage({nonsense}, '*')"
    )
    await link(page).locator("#aut-button").click()
    await expect(link(page).locator("#title")).to_have_text("Select your bank")


async def test_what_the_frame_tells_the_page_holds_no_credential_and_no_key_of_the_session(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    await page.evaluate(
        "window.heard = []; addEventListener('message', (it) => heard.push(JSON.stringify(it.data)))"
    )
    frame = await walk_to_accounts(page)
    await frame.locator("#aut-button").click()
    await frame.locator("#aut-button").click()
    await heard(page, "success")
    said = " ".join(await page.evaluate("heard"))
    assert "public-sandbox-1" in said
    for secret in ("pass_good", "user_good", "session-token"):
        assert secret not in said


async def test_a_session_that_expired_ends_link_with_its_error(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await open_link(page)
    fake.pane = None  # the server knows the session no more
    await frame.locator("#aut-button").click()
    error, _ = await heard(page, "exit")
    assert error["error_code"] == "INVALID_LINK_TOKEN"
    await expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("x" * 10_000, "x" * 200),
        ("x" * 199 + "😀😀", "x" * 199),
        (f"{MARKUP} '; DROP TABLE items; -- %_", f"{MARKUP} '; DROP TABLE items; -- %_"),
        ("\u202egnih\x00temos\u0007", "\u202egnihtemos\u0007"),
    ],
    ids=["oversized", "half a character at the end", "markup and SQL", "control characters"],
)
async def test_whatever_is_searched_for_the_session_goes_on(
    page: Page, fake: FakeLink, typed: str, sent: str
) -> None:
    fake.first = panes.institutions()
    await visit(page, fake)
    frame = await open_link(page)
    # As a script would: the box itself takes no more than 200 characters.
    await frame.locator("#search-input-input").evaluate(
        "(box, typed) => { box.value = typed; box.dispatchEvent(new InputEvent('input', { bubbles: true })) }",
        typed,
    )
    await until(lambda: page.evaluate("told('event').length > 1"))
    assert [action["query"] for action in fake.actions] == [sent]
    await expect(frame.locator("#title")).to_have_text("Select your bank")
    await expect(frame.locator("#body img[src=x]")).to_have_count(0)


async def test_markup_in_every_text_stays_text(page: Page, fake: FakeLink) -> None:
    pane = json.loads(json.dumps(panes.accounts()).replace("Plaid", MARKUP).replace("Wonderwallet", MARKUP))
    fake.first = pane
    await visit(page, fake)
    frame = await open_link(page)
    await expect(frame.locator("#help")).to_contain_text(MARKUP)
    await expect(frame.locator("img[src=x]")).to_have_count(0)
    await expect(frame.get_by_label(f"{MARKUP} Checking")).to_be_visible()


@pytest.mark.parametrize(
    "logo",
    [
        "/link/institutions/none.svg",
        "/gingham/v1/nothing",
        "//evil.example/x.png",
        "javascript:alert(1)",
        "https://evil.example/",
    ],
)
async def test_a_logo_that_is_no_image_leaves_a_tile_without_one(
    page: Page, fake: FakeLink, logo: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fake.first = panes.institutions()
    for option in fake.first["fields"][1]["options"]:
        option["logo"] = logo
    await visit(page, fake)
    frame = await open_link(page)
    await expect(frame.locator(".tile img")).to_have_count(0)
    assert not [url for url in asked if "evil.example" in url]
    await frame.locator("#aut-ins_109508").click()
    await expect(frame.locator("#title")).to_have_text("Sign in to First Platypus Bank")
