"""Link's own page: what a person sees, types and presses, with a scripted server behind it."""

import asyncio
import base64
import json

import pytest
from playwright.async_api import Browser, Page, Response, expect
from tests.browser import panes
from tests.browser.fake import FakeLink
from tests.browser.host import PAGE, heard, link, open_link, until, visit, walk_to_accounts

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def show(page: Page, fake: FakeLink, pane: panes.Json) -> None:
    fake.first = pane
    await visit(page, fake)
    await open_link(page)


# --- asking and answering ---------------------------------------------------------------------------------------------


async def test_typed_values_go_to_the_server_by_name(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    frame = link(page)
    await frame.get_by_label("Username").fill("user_good")
    await frame.locator("#aut-input-1-input").fill("pass_good")
    await page.keyboard.press("Enter")
    await expect(frame.locator("#title")).to_have_text("Select the accounts to share")
    assert fake.actions == [
        {
            "type": "submit_credentials",
            "values": {"username": "user_good", "password": "pass_good"},
            "revision": 1,
        }
    ]


async def test_ticked_accounts_go_to_the_server(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.accounts())
    frame = link(page)
    await frame.get_by_label("Plaid IRA").check()
    await frame.locator("#aut-button").click()
    await expect(frame.locator("#title")).to_have_text("Your accounts are connected")
    assert fake.actions[0]["accounts"] == ["0", "5"]


async def test_answers_keep_the_order_of_the_questions(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.mfa_selections())
    frame = link(page)
    await frame.get_by_label("Twill Road").check()
    await frame.get_by_label("Yes").check()
    await frame.locator("#aut-button").click()
    await until(lambda: asyncio.sleep(0, fake.actions))
    assert fake.actions[0]["answers"] == ["Yes", "Twill Road"]


async def test_an_error_stands_at_its_field_and_nothing_but_the_secret_is_asked_again(
    page: Page, fake: FakeLink
) -> None:
    await show(page, fake, panes.credentials())
    frame = link(page)
    username, password = frame.get_by_label("Username"), frame.locator("#aut-input-1-input")
    await username.fill("wrong")
    await password.fill("pass")
    await frame.locator("#aut-button").click()
    for each in (username, password):
        await expect(each).to_have_attribute("aria-invalid", "true")
        await expect(each).to_have_accessible_description("The bank did not accept these details.")
    await expect(username).to_be_focused()
    await expect(password).to_have_value("")
    await expect(username).to_have_value("wrong")


async def test_a_username_survives_the_loading_pane_and_a_password_does_not(
    page: Page, fake: FakeLink
) -> None:
    await show(page, fake, panes.credentials())
    frame = link(page)
    await frame.get_by_label("Username").fill("slow")
    await frame.locator("#aut-input-1-input").fill("secret-word")
    fake.first = panes.credentials()
    await frame.locator("#aut-button").click()
    await expect(frame.locator("#title")).to_have_text("Select the accounts to share")
    await frame.locator("#close").click()
    await frame.get_by_text("No, go back").click()
    await expect(frame.get_by_label("Username")).to_have_value("slow")
    await expect(frame.locator("#aut-input-1-input")).to_have_value("")


async def test_a_double_click_sends_one_action(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.consent())
    await link(page).locator("#aut-button").dblclick()
    await expect(link(page).locator("#title")).to_have_text("Select your bank")
    assert [action["type"] for action in fake.actions] == ["continue"]


async def test_search_answers_while_typing_and_keeps_the_cursor(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.institutions())
    frame = link(page)
    box = frame.locator("#search-input-input")
    await expect(box).to_be_focused()
    await box.press_sequentially("platypus", delay=20)
    await expect(frame.locator(".tile")).to_have_count(3)
    await expect(box).to_be_focused()
    await expect(box).to_have_value("platypus")
    await expect(frame.locator("#announcer")).to_have_text("3 banks found")
    await box.press("ArrowDown")
    await expect(frame.get_by_role("button", name="First Platypus Bank")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(frame.locator("#title")).to_have_text("Sign in to First Platypus Bank")


async def test_a_bank_chosen_while_a_search_is_on_its_way_is_not_lost(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.institutions())
    frame = link(page)
    fake.hold()
    await frame.locator("#search-input-input").fill("plat")
    await until(lambda: asyncio.sleep(0, fake.actions))
    await frame.locator("#aut-ins_109508").click()
    fake.gate.set()
    await expect(frame.locator("#title")).to_have_text("Sign in to First Platypus Bank")
    assert [(action["type"], action["revision"]) for action in fake.actions] == [
        ("search", 1),
        ("select_institution", 2),
    ]


async def test_the_selectors_of_public_test_suites_are_there(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.institutions())
    frame = link(page)
    await frame.locator("#search-input").fill("first")  # the box as a whole takes text too
    tile = frame.locator("#aut-ins_109508")
    await expect(tile).to_have_attribute("aria-label", "First Platypus Bank")
    await expect(tile).to_have_attribute("data-institution", "ins_109508")
    await tile.click()
    await frame.locator("#aut-input-0-input").fill("user_good")
    await frame.locator("#aut-input-1").fill("pass_good")
    await expect(frame.locator("#aut-input-1-input")).to_have_value("pass_good")
    await expect(frame.locator("#aut-button")).to_have_text("Sign in")


async def test_a_busy_pane_changes_by_itself(page: Page, fake: FakeLink) -> None:
    fake.first = panes.loading()
    await visit(page, fake)
    await page.evaluate("make().open()")
    await expect(link(page).locator("#title")).to_have_text("Select the accounts to share")


async def test_a_slow_answer_shows_in_the_button_that_was_pressed(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.consent())
    fake.hold()
    button = link(page).locator("#aut-button")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    await expect(link(page).locator("#announcer")).to_have_text("Working")
    fake.gate.set()
    await expect(link(page).locator("#title")).to_have_text("Select your bank")


# --- a server that does not answer ------------------------------------------------------------------------------------


async def test_a_lost_request_is_offered_again_with_the_same_revision(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    frame = link(page)
    await frame.get_by_label("Username").fill("user_good")
    await frame.locator("#aut-input-1-input").fill("pass_good")
    fake.broken = 1
    await frame.locator("#aut-button").click()
    await expect(frame.get_by_role("alert")).to_contain_text("can’t reach the server")
    await expect(frame.locator("#aut-input-1-input")).to_have_value("pass_good")
    await frame.get_by_role("button", name="Try again").click()
    await expect(frame.locator("#title")).to_have_text("Select the accounts to share")
    assert fake.actions[0] == fake.actions[1]


async def test_a_lost_start_is_offered_again(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    fake.broken = 1
    await page.evaluate("make().open()")
    await link(page).get_by_role("button", name="Try again").click()
    await expect(link(page).locator("#title")).to_have_text(panes.consent()["title"]["text"])


async def test_nobody_is_kept_inside_by_a_lost_connection(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    await page.route("**/session/act", lambda route: route.abort())
    await link(page).locator("#close").click()
    error, metadata = await heard(page, "exit")
    assert error is None
    assert metadata["status"] == "requires_credentials"


async def test_leaving_before_the_session_began(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await page.route("**/session/start", lambda route: route.abort())
    await page.evaluate("make().open()")
    await link(page).get_by_role("alert").wait_for()
    await link(page).locator("#close").click()
    assert (await heard(page, "exit"))[0]["error_code"] == "INTERNAL_SERVER_ERROR"


async def test_an_action_that_came_too_late_shows_where_the_session_stands(
    page: Page, fake: FakeLink
) -> None:
    await show(page, fake, panes.consent())
    fake.revision, fake.pane = 7, panes.mfa_code()
    await link(page).locator("#aut-button").click()
    await expect(link(page).locator("#title")).to_have_text("Enter the code")
    await link(page).get_by_label("Code", exact=True).fill("1234")
    await page.keyboard.press("Enter")
    await expect(link(page).locator("#title")).to_have_text("Select the accounts to share")
    assert fake.actions[-1] == {"type": "submit_mfa", "answers": ["1234"], "revision": 7}


# --- trust ------------------------------------------------------------------------------------------------------------


async def test_words_of_a_bank_are_never_markup(page: Page, fake: FakeLink) -> None:
    words = "<img src=x onerror=parent.postMessage(1,'*')>"
    pane = panes.mfa_questions()
    pane["title"]["text"] = pane["fields"][0]["text"] = pane["help"]["text"] = words
    await show(page, fake, pane)
    await expect(link(page).locator("#title")).to_have_text(words)
    await expect(link(page).locator("#body img")).to_have_count(0)


async def test_the_page_listens_to_the_window_around_it_alone(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await open_link(page)
    await page.frames[1].evaluate(
        "new Promise((done) => { window.postMessage({action: 'plaid_link-1::exit'}, '*'); setTimeout(done, 50) })"
    )
    await page.evaluate(  # a second token does not replace the session
        "document.querySelector('iframe').contentWindow.postMessage({action: 'plaid_link-1::open', token: 'x'}, '*')"
    )
    await expect(link(page).locator("#title")).to_be_visible()
    assert len(fake.starts) == 1
    assert fake.actions == []


async def test_nothing_is_kept_in_the_browser(page: Page, fake: FakeLink) -> None:
    await visit(page, fake)
    await walk_to_accounts(page)
    assert await page.context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}
    assert await page.frames[1].evaluate("[document.cookie, location.hash, history.length]") == ["", "", 2]


async def test_opened_by_itself_the_page_says_so_and_asks_for_nothing(page: Page, fake: FakeLink) -> None:
    await page.goto(f"{fake.origin}/link/v2/stable/link.html")
    await expect(page.get_by_text("Return to the app")).to_be_visible()
    await expect(page.locator("input, [role=dialog]:visible")).to_have_count(0)


# --- for everybody ----------------------------------------------------------------------------------------------------


async def test_escape_asks_to_leave(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    await link(page).get_by_label("Username").press("Escape")
    await expect(link(page).locator("#title")).to_have_text("Exit?")
    await page.keyboard.press("Escape")  # and means "no" when asked
    await expect(link(page).locator("#title")).to_have_text("Sign in to First Platypus Bank")


async def test_focus_stays_inside(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    await until(lambda: page.frames[1].evaluate("document.hasFocus()"))
    seen = []
    for _ in range(8):
        seen.append(
            await page.frames[1].evaluate("document.activeElement.id || document.activeElement.className")
        )
        await page.keyboard.press("Tab")
    assert seen == [
        "aut-input-0-input",
        "aut-input-1-input",
        "round reveal",
        "aut-secondary-button",
        "aut-button",
        "back",
        "close",
        "aut-input-0-input",
    ]
    await link(page).locator("#back").focus()
    await page.keyboard.press("Shift+Tab")
    await expect(link(page).locator("#aut-button")).to_be_focused()


async def test_a_password_can_be_shown(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.credentials())
    password = link(page).locator("#aut-input-1-input")
    await expect(password).to_have_attribute("type", "password")
    await link(page).get_by_role("button", name="Show").click()
    await expect(password).to_have_attribute("type", "text")
    await link(page).get_by_role("button", name="Hide").click()
    await expect(password).to_have_attribute("type", "password")


async def test_a_code_gets_a_numeric_keyboard_and_is_offered_by_the_phone(page: Page, fake: FakeLink) -> None:
    await show(page, fake, panes.mfa_code())
    code = link(page).get_by_label("Code", exact=True)
    await expect(code).to_have_attribute("inputmode", "numeric")
    await expect(code).to_have_attribute("autocomplete", "one-time-code")


async def test_an_error_above_a_long_list_comes_into_view(page: Page, fake: FakeLink) -> None:
    await page.set_viewport_size({"width": 375, "height": 500})
    await show(page, fake, panes.accounts())
    frame = link(page)
    await frame.get_by_label("Plaid Student Loan").scroll_into_view_if_needed()
    fake.refusal = panes.accounts(error="Select at least one account.")
    await frame.locator("#aut-button").click()
    await expect(frame.locator(".error")).to_be_in_viewport(ratio=1)


async def test_a_number_is_never_broken_between_lines(page: Page, fake: FakeLink) -> None:
    await page.set_viewport_size({"width": 375, "height": 812})
    pane = panes.mfa_code()
    for words in range(5, 9):
        pane["help"]["text"] = f"{'sent ' * words}to xxx-xxx-3333."
        await show(page, fake, pane)
        await expect(link(page).locator("#help")).to_have_text(pane["help"]["text"])
        box = await link(page).get_by_text("xxx-xxx-3333.", exact=True).bounding_box()
        assert box is not None
        assert box["height"] < 30


async def test_every_file_is_ours_and_small(page: Page, fake: FakeLink) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    await show(page, fake, panes.institutions())
    await page.wait_for_load_state("networkidle")
    foreign = [
        answer.url
        for answer in answers
        if not answer.url.startswith((fake.origin, fake.host_origin, "data:"))
    ]
    assert foreign == []
    sizes = {
        answer.url: int((await answer.all_headers())["content-length"])
        for answer in answers
        if ".js" in answer.url or ".css" in answer.url
    }
    assert len(sizes) == 11
    assert sum(sizes.values()) < 40_000, json.dumps(sizes, indent=1)


async def test_the_frame_is_transparent_in_every_scheme(chromium: Browser, fake: FakeLink) -> None:
    """A frame whose scheme differs from its element's is opaque: the page would vanish behind Link."""
    context = await chromium.new_context(color_scheme="dark", viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    html = PAGE.replace("<body>", "<body style='background: rgb(255, 0, 0); color-scheme: light'>")
    await visit(page, fake, html)
    await open_link(page)
    picture = await page.screenshot(clip={"x": 5, "y": 5, "width": 1, "height": 1})
    red = await page.evaluate(
        """async (data) => {
           const image = new Image(); image.src = "data:image/png;base64," + data; await image.decode();
           const canvas = document.createElement("canvas").getContext("2d"); canvas.drawImage(image, 0, 0);
           return canvas.getImageData(0, 0, 1, 1).data[0] }""",
        base64.b64encode(picture).decode(),
    )
    await context.close()
    assert 20 < red < 200
