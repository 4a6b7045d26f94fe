"""Pages that make it hard: hostile stylesheets, bundled loaders, several Links, people who leave in the middle."""

import pytest
from playwright.async_api import Page, expect
from tests.browser import panes
from tests.browser.fake import FakeLink
from tests.browser.host import LOADER, PAGE, RECORDER, heard, link, open_link, until, visit, walk_to_accounts

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = {
    "everything unset": "* { all: unset !important }",
    "frames hidden": "iframe { display: none !important; visibility: hidden !important; opacity: 0 !important }",
    "frames hidden by id": "#plaid-link-iframe-1.plaid-link-iframe { display: none !important }",
    "body moved": "body { transform: translate(300px, 300px) scale(.5); filter: blur(9px); contain: strict }",
    "scroll locked": "html, body { overflow: hidden !important; height: 10px !important; position: fixed !important }",
    "something above": "#connect { position: fixed; inset: 0; width: 100%; z-index: 2147483647 }",
    "a layer of its own": "@layer host { iframe { display: none !important; width: 1px !important } }",
}


@pytest.mark.parametrize("css", HOSTILE.values(), ids=HOSTILE.keys())
async def test_whatever_the_pages_stylesheet_says_link_covers_the_window_and_can_be_used(
    page: Page, fake: FakeLink, css: str
) -> None:
    await visit(page, fake, PAGE.replace("</head>", f"<style>{css}</style></head>"))
    frame = await open_link(page)
    assert await page.locator("#plaid-link-iframe-1").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 1280,
        "height": 800,
    }
    assert await page.evaluate("document.elementFromPoint(640, 400).id") == "plaid-link-iframe-1"
    await frame.locator("#aut-button").click()
    await expect(frame.locator("#title")).to_have_text("Select your bank")


async def test_a_loader_that_was_bundled_needs_no_script_tag(page: Page, fake: FakeLink) -> None:
    await visit(page, fake, f"<!doctype html><title>App</title><script>{RECORDER}</script><body></body>")
    await page.evaluate(
        "async (url) => new Function(await (await fetch(url)).text())()",
        f"{fake.origin}/link/v2/stable/link-initialize.js",
    )
    await open_link(page)
    assert len(fake.starts) == 1


async def test_an_observer_that_reads_the_id_of_every_node_meets_no_surprise(
    page: Page, fake: FakeLink
) -> None:
    look = "(node) => node.nodeType === 1 && node.getAttribute('id').indexOf('plaid')"
    nodes = "[...record.addedNodes, ...record.removedNodes]"
    observer = f"new MutationObserver((records) => records.forEach((record) => {nodes}.forEach({look})))"
    observer += ".observe(document.documentElement, {childList: true, subtree: true})"
    await visit(page, fake)
    await page.evaluate(f"void {observer}")
    frame = await walk_to_accounts(page)
    await frame.locator("#aut-button").click()
    await frame.locator("#aut-button").click()
    await heard(page, "success")  # an error in the observer fails the test through the page fixture


async def test_two_links_of_one_page_are_used_one_after_the_other(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.one = make({}, 'one '); window.two = make({token: 'link-sandbox-2'}, 'two ')")
    for number, name in ((2, "two"), (1, "one")):
        await page.evaluate(f"{name}.open()")
        frame = link(page, number)
        await frame.locator("#aut-button").click()
        await frame.locator("#aut-ins_109508").click()
        await frame.locator("#aut-input-0-input").fill("user_good")
        await frame.locator("#aut-input-1-input").fill("pass_good")
        for _ in ("sign in", "share", "return"):
            await frame.locator("#aut-button").click()
        assert (await heard(page, f"{name} success"))[0] == "public-sandbox-1"
    assert await page.evaluate(
        "log.filter((entry) => entry[0].endsWith('success')).map((entry) => entry[0])"
    ) == [
        "two success",
        "one success",
    ]
    assert [start["link_token"] for start in fake.starts] == ["link-sandbox-2", "link-sandbox-1"]
    await expect(page.locator("iframe")).to_have_count(0)


async def test_a_style_src_of_nonces_alone_is_enough(page: Page, fake: FakeLink) -> None:
    policy = f"script-src 'nonce-n1'; style-src 'nonce-n1'; frame-src {fake.origin}; connect-src 'none'"
    head = LOADER.replace("<script", '<script nonce="n1"')
    spy = "window.broken = []; addEventListener('securitypolicyviolation', (it) => broken.push(it.violatedDirective));"
    html = f"""<!doctype html><title>App</title><script nonce="n1">{spy}</script>{head}
      <style nonce="n1">body {{ margin: 0 }}</style><script nonce="n1">{RECORDER}</script>
      <body><script nonce="n1">make().open()</script></body>"""
    await visit(page, fake, html, Content_Security_Policy=policy)
    await expect(link(page).locator("#title")).to_be_visible()
    assert await page.evaluate("broken") == []


# --- leaving in the middle --------------------------------------------------------------------------------------------


async def test_a_reload_in_the_middle_ends_the_session_and_leaves_the_page_usable(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    await walk_to_accounts(page)
    await page.reload()
    await fake.left.wait()
    await expect(page.locator("iframe")).to_have_count(0)
    await open_link(page)
    assert len(fake.starts) == 2


async def test_back_leaves_the_page_not_a_step_of_link(page: Page, fake: FakeLink) -> None:
    await page.goto(f"{fake.host_origin}/blank")
    await visit(page, fake)
    await walk_to_accounts(page)
    await page.go_back()
    assert page.url.endswith("/blank")
    await page.go_forward()
    await until(lambda: page.evaluate("typeof make === 'function'"))
    await page.evaluate("window.handler?.destroy()")
    await open_link(page)


# --- impatience -------------------------------------------------------------------------------------------------------


async def test_a_double_click_on_every_button_is_one_click(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await open_link(page)
    for title, button in (
        (panes.consent()["title"]["text"], "#aut-button"),
        ("Select your bank", "#aut-ins_109508"),
        ("Sign in to First Platypus Bank", "#aut-button"),
        ("Select the accounts to share", "#aut-button"),
        ("Your accounts are connected", "#aut-button"),
    ):
        await expect(frame.locator("#title")).to_have_text(title)
        if button == "#aut-button" and title.startswith("Sign in"):
            await frame.locator("#aut-input-0-input").fill("user_good")
            await frame.locator("#aut-input-1-input").fill("pass_good")
        fake.hold()
        await frame.locator(button).dblclick()
        fake.gate.set()
    assert (await heard(page, "success"))[0] == "public-sandbox-1"
    assert [action["type"] for action in fake.actions] == [
        "continue",
        "select_institution",
        "submit_credentials",
        "submit_accounts",
        "finish",
    ]
    assert await page.evaluate("told('success').length + told('exit').length") == 1


@pytest.mark.parametrize(
    ("pane", "button", "sent"),
    [
        ("credentials", "#back", "back"),
        ("credentials", "#close", "close"),
        ("error", "#aut-secondary-button", "choose_another"),
        ("exit", "#aut-secondary-button", "confirm_exit"),
    ],
)
async def test_a_double_click_on_a_way_out_is_one_click(
    page: Page, fake: FakeLink, pane: str, button: str, sent: str
) -> None:
    fake.first = {"credentials": panes.credentials, "error": panes.error, "exit": panes.leaving}[pane]()
    await visit(page, fake)
    frame = await open_link(page)
    fake.hold()
    await frame.locator(button).dblclick()
    fake.gate.set()
    await until(
        lambda: page.evaluate("log.some((entry) => entry[1] === 'TRANSITION_VIEW' || entry[0] === 'exit')")
    )
    assert [action["type"] for action in fake.actions if action["type"] != "force_exit"] == [sent]
