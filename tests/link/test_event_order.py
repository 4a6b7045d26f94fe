"""The order of events, flow by flow, through storage and the bank (Plaid docs: Link Web, onEvent)."""

from collections.abc import Awaitable, Callable

import pytest
from tests.link.driver import Driver, link_token
from tests.link.test_oauth import BACK, AwayBank, handle_of, to_the_bank
from tests.world import World

OPENED = ["OPEN(CONSENT)", "TV CONSENT"]
CHOSEN = [*OPENED, "TV SELECT_INSTITUTION", "SELECT_INSTITUTION", "TV CREDENTIAL"]
SENT = ["SUBMIT_CREDENTIALS", "TV LOADING"]
SHARED = ["TV SELECT_ACCOUNT", "TV LOADING", "TV CONNECTED", "HANDOFF"]
AT_THE_BANK = [*OPENED, "TV SELECT_INSTITUTION", "SELECT_INSTITUTION", "TV OAUTH", "OPEN_OAUTH"]


def asked(kind: str) -> list[str]:
    return [f"TV MFA({kind})", f"SUBMIT_MFA({kind})", "TV LOADING"]


def told(driver: Driver) -> list[str]:
    """Each event in short, with what matters of it."""
    return [_short(event["event_name"], event["metadata"]) for event in driver.events]


def _short(name: str, metadata: dict[str, str | None]) -> str:
    if name == "TRANSITION_VIEW":
        mfa = f"({metadata['mfa_type']})" if metadata["mfa_type"] else ""
        return f"TV {metadata['view_name']}{mfa}"
    detail = {
        "OPEN": [metadata["view_name"]],
        "SUBMIT_MFA": [metadata["mfa_type"]],
        "ERROR": [metadata["error_code"]],
        "EXIT": [metadata["exit_status"], metadata["error_code"]],
    }.get(name, [])
    known = ", ".join(each for each in detail if each)
    return f"{name}({known})" if known else name


async def share(driver: Driver) -> Driver:
    await driver.act("submit_accounts", accounts=["0"])
    return await driver.act("finish")


async def answered(driver: Driver, *rounds: list[str]) -> Driver:
    for answers in rounds:
        await driver.act("submit_mfa", answers=answers)
    return await share(driver)


async def no_mfa(world: World) -> Driver:
    return await share(await (await Driver.open(world)).sign_in())


async def device_then_code(world: World) -> Driver:
    return await answered(await (await Driver.open(world)).sign_in("mfa_device"), ["0"], ["1234"])


async def questions(world: World) -> Driver:
    driver = await (await Driver.open(world)).sign_in("mfa_questions_2_1")
    return await answered(driver, ["answer_0_0"], ["answer_1_0"])


async def give_up(world: World) -> Driver:
    driver = await (await Driver.open(world)).sign_in("wrong")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "wrong"})
    await driver.act("close")
    return await driver.act("confirm_exit")


async def popup(world: World) -> Driver:
    driver = await to_the_bank(world)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    return await (await caught_up(driver)).act("finish")


async def popup_closed(world: World) -> Driver:
    driver = await (await to_the_bank(world)).act("open_oauth", mode="popup")
    await driver.act("close_oauth")
    await driver.act("close")
    return await driver.act("confirm_exit")


async def popup_timed_out(world: World) -> Driver:
    driver = await (await to_the_bank(world)).act("open_oauth", mode="popup")
    await driver.act("fail_oauth")
    await driver.act("close")
    return await driver.act("confirm_exit")


async def returned(world: World, **answer: str) -> Driver:
    """Leaves the page for the bank and opens Link again on the way back."""
    token = await link_token(world, redirect_uri=BACK)
    driver = await to_the_bank(world, token)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="redirect")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, **answer})
    again = await world.post(
        "/gingham/v1/link/session/start",
        link_token=token,
        received_redirect_uri=landing.headers["location"],
    )
    assert again["link_session_id"] == driver.picture["link_session_id"]
    driver.session_token, driver.picture = again["session_token"], again.body
    return driver


async def redirect(world: World) -> Driver:
    return await everything(await (await returned(world, code="1")).act("finish"))


async def returns_failing(world: World) -> Driver:
    driver = await (await returned(world, error="access_denied")).act("close")
    return await everything(await driver.act("confirm_exit"))


async def caught_up(driver: Driver) -> Driver:
    """What happened while the bank's answer came to the server and not to the page."""
    reply = await driver.world.post(
        "/gingham/v1/link/session/get",
        session_token=driver.session_token,
        events_seen=driver.picture["events_seen"],
    )
    driver.picture, driver.events = reply.body, driver.events + reply["events"]
    return driver


async def everything(driver: Driver) -> Driver:
    reply = await driver.world.post(
        "/gingham/v1/link/session/get", session_token=driver.session_token, events_seen=0
    )
    driver.events = reply["events"]
    return driver


async def update_mode(world: World) -> Driver:
    token = await link_token(world, products=[], access_token=await world.item())
    driver = await (await Driver.open(world, token)).act("continue")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    return await driver.act("finish")


async def early_exit(world: World) -> Driver:
    return await (await Driver.open(world)).act("close")


async def exit_from_the_list(world: World) -> Driver:
    return await (await (await Driver.open(world)).act("continue")).act("close")


async def exit_that_asks(world: World) -> Driver:
    driver = await (await (await Driver.open(world)).sign_in("mfa_device")).act("close")
    return await driver.act("confirm_exit")


FLOWS: dict[Callable[[World], Awaitable[Driver]], list[str]] = {
    no_mfa: [*CHOSEN, *SENT, *SHARED],
    device_then_code: [*CHOSEN, *SENT, *asked("device"), *asked("code"), *SHARED],
    questions: [*CHOSEN, *SENT, *asked("questions"), *asked("questions"), *SHARED],
    give_up: [
        *CHOSEN,
        *(2 * [*SENT, "ERROR(INVALID_CREDENTIALS)", "TV CREDENTIAL"]),
        "TV EXIT",
        "EXIT(requires_credentials, INVALID_CREDENTIALS)",
    ],
    popup: [*AT_THE_BANK, "TV CONNECTED", "HANDOFF"],
    popup_closed: [*AT_THE_BANK, "CLOSE_OAUTH", "TV EXIT", "EXIT(requires_oauth)"],
    popup_timed_out: [*AT_THE_BANK, "FAIL_OAUTH", "TV EXIT", "EXIT(requires_oauth)"],
    redirect: [*AT_THE_BANK, "TV CONNECTED", "OPEN", "HANDOFF"],
    returns_failing: [
        *AT_THE_BANK,
        "ERROR(INSUFFICIENT_CREDENTIALS)",
        "TV ERROR",
        "OPEN",
        "TV EXIT",
        "EXIT(requires_oauth, INSUFFICIENT_CREDENTIALS)",
    ],
    update_mode: [*OPENED, "TV CREDENTIAL", *SENT, "TV CONNECTED", "HANDOFF"],
    early_exit: [*OPENED, "EXIT(requires_credentials)"],
    exit_from_the_list: [*OPENED, "TV SELECT_INSTITUTION", "EXIT(institution_not_found)"],
    exit_that_asks: [*CHOSEN, *SENT, "TV MFA(device)", "TV EXIT", "EXIT(choose_device)"],
}
AWAY = {popup, popup_closed, popup_timed_out, redirect, returns_failing}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
async def test_events_come_in_the_documented_order(
    world: World, monkeypatch: pytest.MonkeyPatch, flow: Callable[[World], Awaitable[Driver]]
) -> None:
    if flow in AWAY:
        bank = AwayBank(world.platform.banks.sandbox)
        monkeypatch.setattr(world.platform.banks, "bank_for", lambda _institution: bank)
    driver = await flow(world)
    assert told(driver) == FLOWS[flow]
    stamps = [event["metadata"]["timestamp"] for event in driver.events]
    assert stamps == sorted(set(stamps))
    kind = "success" if FLOWS[flow][-1] == "HANDOFF" else "exit"
    assert driver.result["kind"] == kind
