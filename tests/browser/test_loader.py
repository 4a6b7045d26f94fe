"""What a host page may rely on from `link-initialize.js` (Plaid docs: Link Web; the public wrappers' habits)."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.browser.fake import FakeLink
from tests.browser.host import LOADER, PAGE, RECORDER, heard, link, open_link, until, visit, walk_to_accounts

pytestmark = pytest.mark.asyncio(loop_scope="session")


# --- create -----------------------------------------------------------------------------------------------------------


async def test_create_answers_at_once_and_starts_no_session(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    assert await page.evaluate("window.handler = make(); Object.keys(handler).sort().join()") == (
        "destroy,exit,open,submit"
    )
    frame = page.locator("#plaid-link-iframe-1")
    await expect(frame).to_be_hidden()
    await expect(frame).to_have_attribute("title", "Plaid Link")
    await expect(frame).to_have_class("plaid-link-iframe")
    await heard(page, "load")
    assert fake.starts == []


async def test_create_never_throws_whatever_the_config_holds(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    configs = (
        "[undefined, null, {}, {token: null, receivedRedirectUri: 'https://a.example/?oauth_state_id=1'},"
        + (
            "{token: 'link-sandbox-1', key: undefined, env: 'sandbox', product: ['auth'], onLoad: null, onExit: 7}]"
        )
    )
    assert await page.evaluate(f"{configs}.map((config) => typeof Plaid.create(config).open).join()") == (
        "function,function,function,function,function"
    )


async def test_a_return_address_without_a_state_is_told_on_the_console_and_resumes_nothing(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    async with page.expect_console_message(lambda message: "no oauth_state_id" in message.text) as said:
        await open_link(page, "{receivedRedirectUri: 'https://a.example/oauth.html'}")
    assert (await said.value).type == "error"
    assert "received_redirect_uri" not in fake.starts[0]
    assert await page.evaluate("told('exit')") == []


async def test_create_works_before_the_body_exists(page: Page, fake: FakeLink) -> None:
    head = f"{LOADER}<script>{RECORDER}; window.handler = make(); handler.open()</script>"
    await visit(page, fake, f"<!doctype html><html><head>{head}</head><body><p>Page</p></body></html>")
    await expect(link(page).locator("#title")).to_be_visible()
    assert len(fake.starts) == 1


async def test_a_second_copy_of_the_script_changes_nothing(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.first = window.Plaid; window.handler = make()")
    async with page.expect_console_message(lambda message: "more than once" in message.text):
        await page.add_script_tag(url=f"{fake.origin}/link/v2/stable/link-initialize.js")
    assert await page.evaluate("window.first === window.Plaid")
    await page.evaluate("handler.open()")
    await expect(link(page).locator("#title")).to_be_visible()


async def test_the_server_is_known_although_the_tag_names_another_host(page: Page, fake: FakeLink) -> None:
    async def serve(route) -> None:  # type: ignore[no-untyped-def]
        answer = await page.request.get(f"{fake.origin}/link/v2/stable/link-initialize.js")
        await route.fulfill(body=await answer.text(), content_type="text/javascript")

    await page.route("https://cdn.plaid.com/link/v2/stable/link-initialize.js", serve)
    await visit(page, fake, PAGE.replace("LINK/", "https://cdn.plaid.com/"))
    await open_link(page)
    assert len(fake.starts) == 1


async def test_every_node_it_adds_has_an_id(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate(
        "window.added = []; new MutationObserver((records) => records.forEach((record) =>"
        "record.addedNodes.forEach((node) => added.push(node.getAttribute('id')))))"
        ".observe(document.documentElement, {childList: true, subtree: true})"
    )
    await open_link(page)
    assert await page.evaluate("added") == ["plaid-link-iframe-1"]


async def test_strict_mode_create_destroy_create_in_one_tick(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("make({}, 'a ').destroy(); window.handler = make({}, 'b '); handler.open()")
    await expect(link(page).locator("#title")).to_be_visible()
    await expect(page.locator("iframe")).to_have_count(1)
    assert await page.evaluate("log.every((entry) => entry[0].startsWith('b '))")
    assert len(fake.starts) == 1


async def test_two_handlers_live_side_by_side(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.one = make({}, 'one '); window.two = make({token: 'link-sandbox-2'}, 'two ')")
    await expect(page.locator("iframe")).to_have_count(2)
    await page.evaluate("two.open()")
    await expect(link(page, 2).locator("#title")).to_be_visible()
    await expect(page.locator("#plaid-link-iframe-1")).to_be_hidden()
    await page.evaluate("two.exit({force: true})")
    assert await page.evaluate("told('two exit').length") == 1
    assert await page.evaluate("told('one exit').length") == 0
    assert [start["link_token"] for start in fake.starts] == ["link-sandbox-2"]


async def test_embedded_search_without_an_element_says_so_and_breaks_nothing(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    async with page.expect_console_message(
        lambda message: "createEmbedded needs the element" in message.text
    ):
        await page.evaluate("Plaid.createEmbedded({token: 'link-sandbox-1'}).destroy()")


# --- open -------------------------------------------------------------------------------------------------------------


async def test_open_before_load_is_kept_and_open_twice_is_one_session(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.handler = make(); handler.open(); handler.open()")
    await expect(link(page).locator("#title")).to_be_visible()
    await page.evaluate("handler.open()")
    await page.evaluate("new Promise(requestAnimationFrame)")
    assert len(fake.starts) == 1
    assert await page.evaluate("told('load').length") == 1


async def test_open_works_as_a_click_handler(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("void (connect.onclick = make().open)")
    await page.click("#connect")
    await expect(link(page).locator("#title")).to_be_visible()
    assert fake.starts == [{"link_token": "link-sandbox-1"}]


async def test_the_token_is_in_no_address(page: Page, fake: FakeLink) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url + str(request.headers.get("referer"))))
    await visit(page, fake)
    await open_link(page)
    assert not [address for address in addresses if "link-sandbox" in address or "session-token" in address]


async def test_the_page_behind_does_not_scroll_and_gets_back_exactly_what_it_had(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    await page.evaluate("window.handler = make()")
    await page.evaluate("document.body.style.setProperty('overflow', 'scroll', 'important')")
    before = await page.evaluate("document.body.getAttribute('style')")
    await page.evaluate("handler.open()")
    assert await page.evaluate("getComputedStyle(document.body).overflow") == "hidden"
    await page.evaluate("handler.exit({force: true})")
    assert await page.evaluate("document.body.getAttribute('style')") == before


async def test_two_open_handlers_unlock_the_page_when_the_last_one_closes(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.one = make(); window.two = make(); one.open(); two.open(); one.destroy()")
    assert await page.evaluate("getComputedStyle(document.body).overflow") == "hidden"
    await page.evaluate("two.destroy()")
    assert await page.evaluate("document.body.getAttribute('style')") is None


async def test_focus_goes_in_and_comes_back(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.handler = make(); void (connect.onclick = handler.open)")
    await page.focus("#connect")
    await page.keyboard.press("Enter")
    await expect(link(page).locator("#title")).to_be_focused()
    assert await page.evaluate("document.activeElement.id") == "plaid-link-iframe-1"
    await page.keyboard.press("Escape")
    await heard(page, "exit")
    assert await page.evaluate("document.activeElement.id") == "connect"


async def test_a_hostile_stylesheet_moves_nothing(page: Page, fake: FakeLink) -> None:
    css = "iframe, body > * { position: static !important; width: 10px !important; opacity: 0 !important;"
    css += "transform: scale(.1) !important; visibility: hidden !important; max-width: 5px !important }"
    await visit(page, fake, PAGE.replace("</head>", f"<style>{css}</style></head>"))
    await page.evaluate("make().open()")
    await expect(link(page).locator("#title")).to_be_visible()
    size = await page.evaluate(
        "(() => { const style = getComputedStyle(document.querySelector('iframe'));"
        "return [style.position, style.width, style.height, style.opacity, style.transform, style.zIndex] })()"
    )
    assert size == ["fixed", "1280px", "800px", "1", "none", "2147483647"]


async def test_a_strict_content_security_policy_needs_script_src_and_frame_src_alone(
    page: Page, fake: FakeLink
) -> None:
    policy = f"default-src 'none'; script-src {fake.origin} 'nonce-n1'; frame-src {fake.origin}"
    violations = "addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective))"
    html = PAGE.replace("<script>", f"<script nonce='n1'>window.violations = []; {violations};")
    # `evaluate` would be stopped by the policy where it evaluates text, so the page opens Link itself.
    html = html.replace("</body>", "<script nonce='n1'>make().open()</script></body>")
    await visit(page, fake, html, Content_Security_Policy=policy)
    await expect(link(page).locator("#title")).to_be_visible()
    assert await page.evaluate("violations") == []
    assert await page.evaluate("getComputedStyle(document.querySelector('iframe')).position") == "fixed"


async def test_a_page_from_a_file_can_link_too(page: Page, fake: FakeLink, tmp_path: Path) -> None:
    file = tmp_path / "app.html"
    file.write_text(PAGE.replace("LINK", fake.origin), encoding="utf-8")
    await page.goto(file.as_uri())
    frame = await open_link(page)
    await frame.locator("#close").click()
    assert (await heard(page, "exit"))[0] is None


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_success_is_told_once_after_handoff_and_leaves_no_trace(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await walk_to_accounts(page)
    await frame.locator("#aut-button").click()
    await frame.get_by_text("Return to Wonderwallet").click()
    token, metadata = await heard(page, "success")
    assert token == "public-sandbox-1"
    assert metadata["institution"]["institution_id"] == "ins_109508"
    assert await page.evaluate("log.map((entry) => entry[0] === 'event' ? entry[1] : entry[0])") == [
        "load",
        "OPEN",
        *["TRANSITION_VIEW"] * 4,
        "HANDOFF",
        "success",
    ]
    await expect(page.locator("iframe")).to_have_count(0)
    await page.evaluate("handler.exit({force: true}); handler.exit(); handler.destroy(); handler.destroy()")
    assert await page.evaluate("told('exit').length") == 0


async def test_a_handler_opens_again_after_its_session(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await open_link(page)
    await page.evaluate("handler.exit({force: true}); handler.open()")
    await expect(link(page).locator("#title")).to_be_visible()
    await until(lambda: page.evaluate("told('event').filter((entry) => entry[1] === 'OPEN').length === 2"))
    assert len(fake.starts) == 2
    assert await page.evaluate("told('load').length") == 1


async def test_a_graceful_exit_may_ask_first(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await walk_to_accounts(page)
    await page.evaluate("handler.exit(true)")
    await expect(frame.locator("#title")).to_have_text("Exit?")
    assert await page.evaluate("told('exit').length") == 0
    await frame.get_by_text("Yes, exit").click()
    error, metadata = await heard(page, "exit")
    assert error is None
    assert set(metadata) == {"institution", "status", "link_session_id", "request_id"}
    await expect(page.locator("iframe")).to_have_count(0)


async def test_a_forced_exit_is_over_when_it_returns_and_the_server_learns_of_it(
    page: Page, fake: FakeLink
) -> None:
    await visit(page, fake)
    await walk_to_accounts(page)
    last = await page.evaluate("handler.exit({force: true}); log.slice(-2)")
    assert [entry[:2] for entry in last] == [["event", "EXIT"], ["exit", None]]
    assert last[1][2]["status"] == "requires_credentials"
    await expect(page.locator("iframe")).to_have_count(0)
    await fake.left.wait()
    assert fake.actions[-1]["type"] == "force_exit"


async def test_a_forced_exit_before_the_frame_has_loaded_still_tells_the_page(
    page: Page, fake: FakeLink
) -> None:
    await page.route("**/link.html*", lambda route: None)  # never answered
    await visit(page, fake)
    await page.evaluate("window.handler = make(); handler.open(); handler.exit({force: true})")
    error, metadata = await heard(page, "exit")
    assert error is None
    assert metadata["institution"] is None
    assert len(metadata["link_session_id"]) == 36
    assert metadata["request_id"]
    assert await page.evaluate("document.body.getAttribute('style')") is None


async def test_a_frame_that_never_comes_does_not_cover_the_page_for_ever(page: Page, fake: FakeLink) -> None:
    await page.clock.install()
    await page.route("**/link.html*", lambda route: None)
    await visit(page, fake)
    await page.evaluate("window.handler = make(); handler.open()")
    await page.clock.fast_forward(21_000)
    error, _ = await heard(page, "exit")
    assert error["error_code"] == "INTERNAL_SERVER_ERROR"
    await expect(page.locator("iframe")).to_have_count(0)


async def test_a_forced_exit_on_the_last_pane_is_success(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await walk_to_accounts(page)
    await frame.locator("#aut-button").click()
    await frame.get_by_text("Return to Wonderwallet").wait_for()
    await page.evaluate("handler.exit({force: true})")
    await expect(page.locator("#plaid-link-iframe-1")).to_be_hidden()
    assert (await heard(page, "success"))[0] == "public-sandbox-1"
    assert await page.evaluate("told('exit').length") == 0


async def test_destroy_and_create_inside_on_exit(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate(
        """window.handler = make({onExit(error, metadata) {
             log.push(["exit", error, metadata]); handler.destroy(); window.handler = make(); handler.open(); }});
           handler.open()"""
    )
    await link(page).locator("#title").wait_for()
    await page.evaluate("handler.exit({force: true})")
    await expect(page.locator("iframe")).to_have_count(1)
    await expect(link(page).locator("#title")).to_be_visible()
    assert await page.evaluate("told('exit').length") == 1
    assert len(fake.starts) == 2


async def test_destroy_while_open_is_silent_and_gives_the_page_back(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.focus("#connect")
    await open_link(page)
    await page.evaluate("handler.destroy(); handler.destroy(); handler.open(); handler.exit({force: true})")
    await expect(page.locator("iframe")).to_have_count(0)
    assert await page.evaluate("told('exit').length") == 0
    assert await page.evaluate("[document.body.getAttribute('style'), document.activeElement.id]") == [
        None,
        "connect",
    ]
    await fake.left.wait()


async def test_exit_without_a_session_does_nothing(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate(
        "window.handler = make(); handler.exit(); handler.exit({force: true}); handler.exit(null)"
    )
    assert await page.evaluate("told('exit').length") == 0


async def test_a_bad_token_is_told_after_open(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.evaluate("window.handler = make({token: 'link-sandbox-bad'})")
    await heard(page, "load")
    assert await page.evaluate("told('exit').length") == 0
    await page.evaluate("handler.open()")
    error, metadata = await heard(page, "exit")
    assert error == {
        "error_type": "INVALID_INPUT",
        "error_code": "INVALID_LINK_TOKEN",
        "error_message": "invalid link_token provided",
        "display_message": None,
    }
    assert metadata["status"] is None
    await expect(page.locator("iframe")).to_have_count(0)


async def test_a_callback_that_throws_is_the_pages_problem_not_the_flows(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    frame = await open_link(page, "{onEvent(name) { throw new Error('host ' + name) }}")
    await frame.locator("#close").click()
    await heard(page, "exit")
    await until(lambda: page.evaluate("Promise.resolve(true)"))
    assert page.errors == ["host OPEN", "host EXIT"]  # type: ignore[attr-defined]
    page.errors.clear()  # type: ignore[attr-defined]


async def test_messages_from_elsewhere_are_ignored(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await open_link(page)
    await page.evaluate(
        """new Promise((done) => {
             const other = document.createElement("iframe");
             other.id = "other";
             const text = "parent.postMessage({action: 'plaid_link-1::connected', public_token: 'forged'}, '*')";
             other.srcdoc = `<script>${text}</` + "script>";
             addEventListener("message", (event) => event.source === other.contentWindow && setTimeout(done));
             document.body.append(other);
             window.postMessage({action: "plaid_link-1::exit", error: null, metadata: {}}, "*");
           })"""
    )
    assert await page.evaluate("told('success').concat(told('exit')).length") == 0
    await expect(link(page).locator("#title")).to_be_visible()


async def test_link_is_usable_while_the_page_has_a_modal_dialog_open(page: Page, fake: FakeLink) -> None:
    dialog = '<dialog id="dialog"><button id="inside" onclick="handler.open()">Connect</button></dialog>'
    await visit(page, fake, PAGE.replace("</body>", f"{dialog}</body>"))
    await page.evaluate("window.handler = make(); document.getElementById('dialog').showModal()")
    await page.locator("#inside").click()
    await link(page).locator("#title").wait_for()
    assert await page.evaluate("document.querySelector('iframe').parentNode.id") == "dialog"
    await link(page).locator("#aut-button").click()  # no other element takes the click
    await page.evaluate("handler.exit({force: true})")
    await heard(page, "exit")
    assert await page.evaluate("[document.querySelectorAll('iframe').length, document.activeElement.id]") == [
        0,
        "inside",
    ]
    assert await page.evaluate("document.getElementById('dialog').open")
    await page.locator("#inside").click()
    await link(page).locator("#title").wait_for()
    await page.locator("#inside").focus()
    await page.keyboard.press("Escape")  # is Link's, though the focus is the page's
    await page.wait_for_function("told('exit').length === 2")
    assert await page.evaluate("document.getElementById('dialog').open")
    await page.locator("#inside").click()
    await link(page).locator("#title").wait_for()
    await page.evaluate("document.getElementById('dialog').close()")
    await page.wait_for_function("told('exit').length === 3")
    assert await page.evaluate("document.body.getAttribute('style')") is None
