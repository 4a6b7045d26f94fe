"""Every page there is: a function that leads a person there. Its name names the pictures."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page
from tests.browser.shop import call, origin
from tests.browser.stage import open_stage, show_pane
from tests.link.flow.gallery import gallery
from tests.screenshots.person import BANK, OAUTH_BANK, Json, Person

from gingham.link.flow.model import Text
from gingham.link.messages.messages import render

Visit = Callable[[Person], Awaitable[Page | None]]
"""Gives the window to picture, where that is not the one it began with."""

PAGES: dict[str, Visit] = {}
"""By name, in the order in which a person might meet them."""


def page(visit: Visit) -> Visit:
    PAGES[visit.__name__.replace("_", "-")] = visit
    return visit


# --- Link: finding the bank -------------------------------------------------------------------------------------------


@page
async def link_opening(person: Person) -> None:
    await person.is_kept_waiting("/session/start")
    await person.opens(wait=False)
    await person.link.locator(".weaving").wait_for()


@page
async def link_unreachable(person: Person) -> None:
    await person.page.route("**/session/start", lambda route: route.abort())
    await person.opens(wait=False)
    await person.link.locator("[role=alert]").wait_for()


@page
async def consent(person: Person) -> None:
    await person.opens()


@page
async def institutions(person: Person) -> None:
    await person.lists()


@page
async def search(person: Person) -> None:
    await (await person.lists()).searches("platipus")


@page
async def search_nothing(person: Person) -> None:
    await (await person.lists()).searches("Bank of the Moon")


@page
async def unsupported_bank(person: Person) -> None:
    await person.chooses("ins_133402", "Unsupported Platypus", "error")


@page
async def down_bank(person: Person) -> None:
    await person.chooses("ins_132361", "Unhealthy Platypus", "error")


# --- Link: a bank with pages of its own -------------------------------------------------------------------------------


@page
async def oauth(person: Person) -> None:
    await person.chooses(OAUTH_BANK, "Platypus OAuth Bank", "oauth")


@page
async def oauth_away(person: Person) -> None:
    await person.goes_to_bank()


@page
async def oauth_declined(person: Person) -> None:
    window = await person.goes_to_bank()
    await window.locator("button.quiet").click()
    await person.sees("error")


@page
async def bank_sign_in(person: Person) -> Page:
    return await person.goes_to_bank()


@page
async def bank_code(person: Person) -> Page:
    window = await person.goes_to_bank()
    await window.locator("#password").fill("mfa_device")
    await window.locator("button.primary").click()
    await window.locator("#code").wait_for()
    return window


@page
async def bank_accounts(person: Person) -> Page:
    window = await person.goes_to_bank()
    await window.locator("button.primary").click()
    await window.locator("[name=account]").first.wait_for()
    return window


@page
async def bank_consent(person: Person) -> Page:
    window = await bank_accounts(person)
    await window.locator("button.primary").click()
    await window.locator("[name=share]").first.wait_for()
    return window


@page
async def oauth_scan(person: Person) -> None:
    await person.chooses("ins_117181", "Flexible Platypus", "oauth", country_codes=["GB"])


@page
async def bank_app(person: Person) -> None:
    await person.chooses("ins_132241", "App2App", "oauth")
    pane = await person.link.locator("#link").evaluate("(dialog) => dialog.shown")
    await person.page.goto(pane["app_url"])


@page
async def bank_over(person: Person) -> None:
    await person.page.goto(f"{origin(person.live)}/link/oauth/return?state=unknown")


# --- Link: signing in -------------------------------------------------------------------------------------------------


@page
async def credentials(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")


@page
async def credentials_typed(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.types("user_good", "pass_good")
    await person.link.locator(".reveal").click()


@page
async def credentials_empty(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await (await person.goes_on()).sees_error()


@page
async def credentials_wrong(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.types("user_good", "not the password")
    await (await person.goes_on()).sees_error()


@page
async def credentials_pin(person: Person) -> None:
    await person.chooses("ins_900001", "Herringbone Savings Bank")


@page
async def credentials_degraded(person: Person) -> None:
    await person.chooses("ins_132363", "Unhealthy Platypus")


@page
async def credentials_working(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.types("user_good", "pass_good")
    await person.is_kept_waiting("/session/act")
    await person.goes_on()
    await person.link.locator(".working").wait_for()


@page
async def credentials_unreachable(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.types("user_good", "pass_good")
    await person.page.route("**/session/act", lambda route: route.abort())
    await person.goes_on()
    await person.link.locator(".notice.bad:visible").wait_for()


@page
async def loading(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.types("user_good", "pass_good")

    def slow(state: Json) -> Json:
        bank = {"institution": state["pane"]["institution"]["name"]}

        def text(key: str) -> Json:
            return {"key": key, "text": render(Text(key=key, values=bank), person.language)}

        parts = {"fields": [], "buttons": [], "can_go_back": False, "busy": True}
        said = {"title": text("loading.signing_in"), "help": text("loading.help")}
        return {**state, "pane": {**state["pane"], **parts, **said, "name": "loading", "view": "LOADING"}}

    await person.is_answered("/session/act", slow)
    await person.is_kept_waiting("/session/get")
    await (await person.goes_on()).sees("loading")


@page
async def mfa_device(person: Person) -> None:
    await person.signs_in("mfa_device", "mfa_device")


@page
async def mfa_device_empty(person: Person) -> None:
    await person.signs_in("mfa_device", "mfa_device")
    await (await person.goes_on()).sees_error()


@page
async def mfa_code(person: Person) -> None:
    await (await person.signs_in("mfa_device", "mfa_device")).ticks(0)
    await (await person.goes_on()).sees("mfa_code")


@page
async def mfa_code_wrong(person: Person) -> None:
    await mfa_code(person)
    await (await person.types("0000")).goes_on()
    await person.sees_error()


@page
async def mfa_questions(person: Person) -> None:
    await person.signs_in("mfa_questions_2_3", "mfa_questions")


@page
async def mfa_questions_wrong(person: Person) -> None:
    await person.signs_in("mfa_questions_2_3", "mfa_questions")
    await (await person.types("red", "green", "blue")).goes_on()
    await person.sees_error()


@page
async def mfa_selections(person: Person) -> None:
    await person.signs_in("mfa_selections_1_2_3", "mfa_selections")
    await person.ticks(1)


@page
async def error_locked(person: Person) -> None:
    await person.signs_in("error_ITEM_LOCKED", "error")


@page
async def error_not_responding(person: Person) -> None:
    await person.signs_in("error_INSTITUTION_NOT_RESPONDING", "error")


@page
async def error_setup_required(person: Person) -> None:
    await person.signs_in("error_USER_SETUP_REQUIRED", "error")


@page
async def error_unknown(person: Person) -> None:
    await person.signs_in("error_INTERNAL_SERVER_ERROR", "error")


@page
async def exit_asked(person: Person) -> None:
    await person.chooses(BANK, "First Platypus Bank")
    await person.link.locator("#close").click()
    await person.sees("exit")


# --- Link: sharing ----------------------------------------------------------------------------------------------------


@page
async def accounts(person: Person) -> None:
    await person.signs_in()


@page
async def accounts_ticked(person: Person) -> None:
    await (await person.signs_in()).ticks(0, 1, 4)


@page
async def accounts_none(person: Person) -> None:
    await (await person.signs_in()).goes_on()
    await person.sees_error()


@page
async def connected(person: Person) -> None:
    await (await person.signs_in()).ticks(0)
    await (await person.goes_on()).sees("connected")


@page
async def update_consent(person: Person) -> None:
    await person.opens(access_token=person.access_token(), products=[])


@page
async def update_credentials(person: Person) -> None:
    await update_consent(person)
    await (await person.goes_on()).sees("credentials")


@page
async def update_exit(person: Person) -> None:
    await update_credentials(person)
    await person.link.locator("#close").click()
    await person.sees("exit")


@page
async def update_connected(person: Person) -> None:
    await update_credentials(person)
    await (await person.types("user_good", "pass_good")).goes_on()
    await person.sees("connected")


# --- Link: the rest of the gallery, on a stage of its own -------------------------------------------------------------


def hang(name: str) -> Visit:
    async def visit(person: Person) -> None:
        await open_stage(person.page, origin(person.live))
        await show_pane(person.page, name, person.language)

    return visit


PAGES |= {name: hang(name) for name in gallery() if name not in PAGES}


# --- the sample app ---------------------------------------------------------------------------------------------------


@page
async def app_welcome(person: Person) -> None:
    await person.opens_app()


@page
async def app_fetching(person: Person) -> None:
    await person.is_kept_waiting("/api/accounts")
    await person.connects(person.new_item())


@page
async def app_waiting(person: Person) -> None:
    await person.is_kept_waiting("/api/transactions")
    await person.connects(person.new_item())
    await scroll_to_transactions(person)


@page
async def app_some(person: Person) -> None:
    def unfinished(said: Json) -> Json:
        return {"status": "INITIAL_UPDATE_COMPLETE", "transactions": said["transactions"][:6]}

    await person.is_answered("/api/transactions", unfinished)
    await person.connects(person.new_item())
    await person.page.locator(".month").first.wait_for()
    await scroll_to_transactions(person)


async def scroll_to_transactions(person: Person) -> None:
    title = person.page.locator("#transactions-title")
    await title.wait_for()
    await title.evaluate("(title) => scrollTo(0, title.getBoundingClientRect().top - 16)")


@page
async def app_connected(person: Person) -> None:
    await person.connects(person.new_item())
    await person.page.locator(".month").first.wait_for()
    await person.page.locator("#progress").wait_for(state="hidden")


@page
async def app_transactions(person: Person) -> None:
    await app_connected(person)
    await scroll_to_transactions(person)


@page
async def app_search_nothing(person: Person) -> None:
    await app_transactions(person)
    await person.page.locator("#search").fill("pineapple")
    await person.page.locator(".month").first.wait_for(state="hidden")


@page
async def app_error(person: Person) -> None:
    await person.page.route("**/api/link-token", lambda route: route.abort())
    await person.opens_app()
    await person.page.locator("#connect").click()
    await person.page.locator("#problem").wait_for()


@page
async def app_signed_out(person: Person) -> None:
    access_token, public_token = person.shared_item()
    call(person.live, "/sandbox/item/reset_login", access_token=access_token)
    await person.connects(public_token)
    await person.page.locator("#problem").wait_for()
