"""Link in a real browser against a real server, through a page that has only a script tag and `Plaid.create`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from tests.browser.shop import PAGE, Shopper, call, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest_asyncio.fixture(loop_scope="session")
async def shop(context: BrowserContext, live: Process) -> AsyncIterator[Page]:
    with serving(PAGE.format(origin=origin(live), token=link_token(live))) as address:
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(address)
        yield page
    assert errors == []


async def test_a_person_connects_a_bank(shop: Page, live: Process) -> None:
    person = await (await Shopper(shop).open()).choose()
    await (await person.sign_in()).share("Plaid Checking", "Plaid Credit Card")
    await person.press("Return to The Shop")
    _, public_token, metadata = await person.told("success")

    access_token = call(live, "/item/public_token/exchange", public_token=public_token)["access_token"]
    accounts = call(live, "/accounts/get", access_token=access_token)["accounts"]
    assert [account["name"] for account in accounts] == ["Plaid Checking", "Plaid Credit Card"]
    assert [account["id"] for account in metadata["accounts"]] == [
        account["account_id"] for account in accounts
    ]
    assert metadata["institution"] == {"institution_id": "ins_109508", "name": "First Platypus Bank"}


async def test_the_page_is_told_everything_in_order_and_the_handoff_just_before_the_success(
    shop: Page,
) -> None:
    person = await (await Shopper(shop).open()).choose()
    await (await person.sign_in()).share()
    await person.press("Return to The Shop")
    await person.told("success")
    story = [event for event in await person.story() if event != "SEARCH_INSTITUTION"]
    assert story == [
        "OPEN",
        "TRANSITION_VIEW CONSENT",
        "TRANSITION_VIEW SELECT_INSTITUTION",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW CREDENTIAL",
        "SUBMIT_CREDENTIALS",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW SELECT_ACCOUNT",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW CONNECTED",
        "HANDOFF",
    ]
    assert [it[0] for it in await person.all_told()][-2:] == ["event", "success"]


async def test_after_success_nothing_of_link_is_left_in_the_page(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await (await person.sign_in()).share()
    await person.press("Return to The Shop")
    await person.told("success")
    await expect(shop.locator("iframe")).to_have_count(0)
    assert await shop.evaluate("document.body.style.overflow") == ""
    await shop.evaluate("handler.exit({force: true}); handler.destroy(); handler.destroy()")
    assert [it[0] for it in await person.all_told()].count("exit") == 0


async def test_closing_the_success_pane_is_a_success(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await (await person.sign_in()).share()
    await shop.evaluate("handler.exit()")
    await person.told("success")
    assert [it[0] for it in await person.all_told()].count("exit") == 0


async def test_a_one_time_code_after_choosing_where_it_goes(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await person.sign_in("mfa_device")
    await person.title("Choose where to get your code")
    await person.link.get_by_role("radio").first.check()
    await person.press("Continue")
    await person.title("Enter your code")
    field = person.link.get_by_label("One-time code")
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await expect(field).to_have_attribute("inputmode", "numeric")
    await field.fill("0000")
    await person.press("Continue")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await field.fill("1234")
    await person.press("Continue")
    await person.share()


async def test_a_wrong_password_is_told_at_the_field_and_can_be_mended(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await person.sign_in("wrong")
    await expect(person.link.get_by_text("did not accept these details")).to_be_visible()
    await person.sign_in("pass_good")
    await person.share()
    assert (await person.story()).count("ERROR") == 1


async def test_leaving_the_list_of_banks_is_institution_not_found(shop: Page) -> None:
    person = await Shopper(shop).open()
    await person.press("Continue")
    await person.title("Choose your bank")
    await person.press("Close")
    _, error, metadata = await person.told("exit")
    assert (error, metadata["status"], metadata["institution"]) == (None, "institution_not_found", None)
    await expect(shop.locator("#plaid-link-iframe-1")).to_be_hidden()


async def test_leaving_a_login_asks_first_and_then_tells_the_last_error(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await person.sign_in("wrong")
    await expect(person.link.get_by_text("did not accept these details")).to_be_visible()
    await person.press("Close")
    await person.press("No, go back")
    await person.title("Sign in to First Platypus Bank")
    await person.press("Close")
    await person.press("Yes, exit")
    _, error, metadata = await person.told("exit")
    assert error["error_code"] == "INVALID_CREDENTIALS"
    assert metadata["status"] == "requires_credentials"
    assert metadata["institution"]["name"] == "First Platypus Bank"


async def test_a_forced_exit_tells_at_once_where_the_person_was(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    status = await shop.evaluate("(handler.exit({force: true}), told.at(-1)[2].status)")
    assert status == "requires_credentials"
    assert (await person.story())[-1] == "EXIT"


async def test_inside_on_exit_a_handler_is_destroyed_and_another_made(shop: Page, live: Process) -> None:
    await shop.evaluate("(token) => { window.again = token }", link_token(live))
    person = await Shopper(shop).open()
    await person.press("Close")
    await person.told("exit")
    await shop.evaluate("handler.open()")
    await person.title("Connect your bank to The Shop")
    await expect(shop.locator("iframe")).to_have_count(1)


async def test_create_destroy_create_in_one_tick_leaves_one_working_handler(
    shop: Page, live: Process
) -> None:
    await shop.evaluate(
        "(token) => { handler.destroy(); make(token).destroy(); window.handler = make(token); handler.open() }",
        link_token(live),
    )
    await expect(shop.locator("iframe")).to_have_count(1)
    number = int((await shop.locator("iframe").get_attribute("id") or "0").rpartition("-")[2])
    await Shopper(shop, number).title("Connect your bank to The Shop")


async def test_an_invalid_link_token_is_told_on_exit(shop: Page) -> None:
    await shop.evaluate("handler.destroy(); window.handler = make('link-sandbox-nonsense'); handler.open()")
    _, error, _ = await Shopper(shop).told("exit")
    assert (error["error_type"], error["error_code"]) == ("INVALID_INPUT", "INVALID_LINK_TOKEN")


@pytest.mark.parametrize(
    ("said", "event"),
    [
        ({"phone_number": "+14155550123"}, "LAYER_NOT_AVAILABLE"),
        ({"date_of_birth": "1975-01-18"}, "LAYER_AUTOFILL_NOT_AVAILABLE"),
    ],
)
async def test_layer_is_honestly_not_available(shop: Page, said: dict[str, str], event: str) -> None:
    await shop.evaluate("(said) => handler.submit(said)", said)
    _, name, metadata = await Shopper(shop).told("event")
    assert name == event
    assert metadata["link_session_id"]
    assert metadata["timestamp"].endswith("Z")
    assert metadata["institution_id"] is None


async def test_the_page_of_the_shop_never_sees_what_is_typed(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await (await person.sign_in()).share()
    await person.press("Return to The Shop")
    _, public_token, _ = await person.told("success")
    heard = "\n".join(await shop.evaluate("heard"))
    assert public_token in heard
    assert "pass_good" not in heard
    assert "user_good" not in heard


async def test_a_whole_login_by_keyboard_alone(shop: Page) -> None:
    await shop.locator("#connect").focus()
    await shop.keyboard.press("Enter")
    person = Shopper(shop)
    await person.title("Connect your bank to The Shop")
    await _tab_to(person, "Continue")
    await shop.keyboard.press("Enter")
    await person.title("Choose your bank")
    await shop.keyboard.type("first platypus bank")
    # What was found moves no more once all that was typed is answered.
    await expect(person.link.locator(".tile")).to_have_count(5)
    await _tab_to(person, "First Platypus Bank")
    await shop.keyboard.press("Enter")
    await person.title("Sign in to First Platypus Bank")
    await shop.keyboard.type("user_good")
    await shop.keyboard.press("Tab")
    await shop.keyboard.type("pass_good")
    await shop.keyboard.press("Enter")
    await person.title("Choose the accounts to share")
    await _tab_to(person, "Plaid Checking")
    await shop.keyboard.press("Space")
    await _tab_to(person, "Share with The Shop")
    await shop.keyboard.press("Enter")
    await person.title("Your accounts are connected")
    await _tab_to(person, "Return to The Shop")
    await shop.keyboard.press("Enter")
    await person.told("success")
    assert await shop.evaluate("document.activeElement.id") == "connect"


async def _tab_to(person: Shopper, name: str) -> None:
    """Presses Tab until the focus is on what bears that name; nothing else would get a keyboard user there."""
    focused = person.link.locator(":focus")
    for _ in range(40):
        label = await focused.evaluate(
            "(it) => it.getAttribute('aria-label') || (it.labels && it.labels[0] || it).textContent.trim()"
        )
        if label.startswith(name):
            return
        await person.page.keyboard.press("Tab")
    raise AssertionError(f"no way to {name} by Tab")


async def test_escape_asks_to_leave(shop: Page) -> None:
    person = await (await Shopper(shop).open()).choose()
    await shop.keyboard.press("Escape")
    await expect(person.link.get_by_role("button", name="Yes, exit")).to_be_visible()


async def test_no_pane_has_a_barrier_that_axe_can_find(shop: Page) -> None:
    """In a real login; every pane there is, and in the dark, are test_accessibility's."""
    person = await Shopper(shop).open()
    await _no_barriers(shop)
    await person.press("Continue")
    await person.title("Choose your bank")
    await _no_barriers(shop)
    await person.search("First Platypus Bank")
    await person.link.get_by_role("button", name="First Platypus Bank", exact=True).click()
    await person.title("Sign in to First Platypus Bank")
    await person.sign_in("wrong")
    await expect(person.link.get_by_text("did not accept these details")).to_be_visible()
    await _no_barriers(shop)
    await person.sign_in("mfa_device")
    await person.title("Choose where to get your code")
    await _no_barriers(shop)
    await person.link.get_by_role("radio").first.check()
    await person.press("Continue")
    await person.title("Enter your code")
    await _no_barriers(shop)
    await person.link.get_by_label("One-time code").fill("1234")
    await person.press("Continue")
    await person.title("Choose the accounts to share")
    await _no_barriers(shop)
    await person.press("Close")
    await expect(person.link.get_by_role("button", name="Yes, exit")).to_be_visible()
    await _no_barriers(shop)
    await person.press("No, go back")
    await person.share()
    await _no_barriers(shop)


async def _no_barriers(shop: Page) -> None:
    """Runs axe-core inside Link's frame, in a world of its own: the frame's policy lets no script in."""
    frame = next(frame for frame in shop.frames if "link.html" in frame.url)
    # Colours are judged when the pane has come to rest.
    await frame.evaluate("Promise.all(document.getAnimations().map((it) => it.finished.catch(() => 0)))")
    found = await frame.evaluate(AXE.read_text() + "; axe.run().then((run) => run.violations)")
    assert [(it["id"], [node["html"] for node in it["nodes"]]) for it in found] == []
