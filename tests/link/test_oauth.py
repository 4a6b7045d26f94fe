"""OAuth institutions through the driver: visits, returns, resumption, and everything that can be forged on the way."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace
from tests.link.driver import Driver, link_token
from tests.world import World

from gingham.banks.protocol import Granted, Login, Outcome, Redirect, Refused
from gingham.banks.sandbox import SandboxBank
from gingham.link.web.phone import draw

OAUTH_BANK, CODE_BANK = "ins_127287", "ins_117181"
BACK = "http://localhost:3000/oauth.html"


class AwayBank:
    """Sends people away and believes whatever comes back, unless it says `error`."""

    def __init__(self, bank: SandboxBank) -> None:
        self._bank = bank
        self.logins: list[Login] = []
        self.ticked: list[int] | None = None
        """The accounts that the person ticks there; None: every one."""
        self.refusal = "INSUFFICIENT_CREDENTIALS"

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:
        self.logins.append(login)
        return Redirect(url=f"https://bank.test/authorize?state={login.return_handle}", state=b"verifier")

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:
        raise AssertionError("never asks")

    async def returned(self, login: Login, state: bytes, answer: Mapping[str, str]) -> Outcome:
        assert (state, login.return_handle) == (b"verifier", answer["state"])
        if "error" in answer:
            return Refused(error_code=self.refusal, error_type="ITEM_ERROR")
        granted = self._bank.open_directly(login, "user_good", "pass_good")
        assert isinstance(granted, Granted)
        if self.ticked is None:
            return granted
        return replace(granted, accounts=tuple(granted.accounts[place] for place in self.ticked))


@pytest.fixture
def bank(world: World, monkeypatch: pytest.MonkeyPatch) -> AwayBank:
    made = AwayBank(world.platform.banks.sandbox)
    monkeypatch.setattr(world.platform.banks, "bank_for", lambda _institution: made)
    return made


async def to_the_bank(world: World, token: str | None = None) -> Driver:
    driver = await (await Driver.open(world, token)).act("continue")
    return await driver.act("select_institution", institution_id=OAUTH_BANK)


def handle_of(driver: Driver) -> str:
    return parse_qs(urlsplit(driver.picture["pane"]["url"]).query)["state"][0]


async def refreshed(driver: Driver) -> Driver:
    reply = await driver.world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    driver.picture = reply.body
    return driver


async def test_the_bank_is_told_where_to_send_the_person_back_to(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    assert (driver.pane, bank.logins[0].return_url) == ("oauth", "http://gingham.test/link/oauth/return")
    assert driver.story[-2:] == ["SELECT_INSTITUTION", "TRANSITION_VIEW OAUTH"]


async def test_a_window_comes_back_and_the_page_behind_goes_on(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    assert (landing.status_code, "You can close this window" in landing.text) == (200, True)
    assert (await refreshed(driver)).pane == "connected"
    await driver.act("finish")
    assert driver.result["metadata"]["institution"]["institution_id"] == OAUTH_BANK
    assert len(driver.result["metadata"]["accounts"]) > 1


async def test_a_redirect_comes_back_with_the_state_id_as_first_and_only_parameter(
    world: World, bank: AwayBank
) -> None:
    token = await link_token(world, redirect_uri=BACK)
    driver = await to_the_bank(world, token)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="redirect")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    location = landing.headers["location"]
    assert landing.status_code == 302
    assert location.startswith(f"{BACK}?oauth_state_id=")
    assert set(parse_qs(urlsplit(location).query)) == {"oauth_state_id"}

    again = await world.post(
        "/gingham/v1/link/session/start", link_token=token, received_redirect_uri=location
    )
    assert again["link_session_id"] == driver.picture["link_session_id"]
    assert again["pane"]["name"] == "connected"
    assert [event["event_name"] for event in again["events"]] == ["OPEN"]
    old = await world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert old.code == "INVALID_FIELD"


async def test_an_android_app_is_come_back_to_by_an_intent(world: World, bank: AwayBank) -> None:
    token = await link_token(world, android_package_name="com.example.app")
    driver = await to_the_bank(world, token)
    assert driver.picture["pane"]["can_redirect"]
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="redirect")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    location = landing.headers["location"]
    assert re.fullmatch(
        r"intent://redirect/\?oauth_state_id=[0-9a-f-]{36}#Intent;scheme=plaid;package=com\.example\.app;end;",
        location,
    )
    again = await world.post(
        "/gingham/v1/link/session/start", link_token=token, received_redirect_uri=location
    )
    assert again["pane"]["name"] == "connected"


async def test_the_state_id_alone_finds_the_session_again(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world, await link_token(world, redirect_uri=BACK))
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="redirect")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    again = await world.post(
        "/gingham/v1/link/session/start", link_token="", received_redirect_uri=landing.headers["location"]
    )
    assert again["link_session_id"] == driver.picture["link_session_id"]


async def test_the_state_id_is_worth_nothing_before_the_bank_has_answered(
    world: World, bank: AwayBank
) -> None:
    driver = await to_the_bank(world, await link_token(world, redirect_uri=BACK))
    assert "oauth_state_id" not in str(driver.picture)


async def test_an_answer_counts_once(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    await world.http.get("/link/oauth/return", params={"state": handle, "error": "access_denied"})
    replayed = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    assert replayed.status_code == 404
    assert (await refreshed(driver)).pane == "error"


async def test_an_answer_without_a_visit_leads_nowhere(world: World, bank: AwayBank) -> None:
    for state in ("", "nonsense", "x" * 10_000):
        landing = await world.http.get("/link/oauth/return", params={"state": state, "code": "1"})
        assert landing.status_code == 404


async def test_a_link_that_was_left_is_not_resumed_by_the_banks_answer(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    await driver.act("force_exit")
    await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    assert driver.result["metadata"]["status"] == "requires_oauth"
    assert (await refreshed(driver)).result["kind"] == "exit"


async def test_a_closed_window_is_told_and_the_person_may_go_again(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    await driver.act("open_oauth", mode="popup")
    await driver.act("close_oauth")
    await driver.act("open_oauth", mode="popup")
    assert driver.story[-3:] == ["OPEN_OAUTH", "CLOSE_OAUTH", "OPEN_OAUTH"]


async def allowed(driver: Driver) -> dict[str, str]:
    """Goes to the bank in a window, allows, and ends Link: account_id by name."""
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    await driver.world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    await (await refreshed(driver)).act("finish")
    return {account["name"]: account["id"] for account in driver.result["metadata"]["accounts"]}


async def test_in_update_mode_the_item_has_what_was_ticked_at_the_bank(world: World, bank: AwayBank) -> None:
    bank.ticked = [0, 1]
    driver = await to_the_bank(world)
    before = await allowed(driver)
    access_token = (
        await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    )["access_token"]

    bank.ticked = [1, 3]
    token = await link_token(world, products=None, access_token=access_token)
    after = await allowed(await (await Driver.open(world, token)).act("continue"))
    assert list(after) == ["Plaid Saving", "Plaid Credit Card"]
    assert after["Plaid Saving"] == before["Plaid Saving"]
    accounts = (await world.post("/accounts/get", access_token=access_token))["accounts"]
    assert [account["account_id"] for account in accounts] == list(after.values())


async def test_more_consent_at_a_bank_whose_consent_holds_needs_no_visit(
    world: World, bank: AwayBank
) -> None:
    content = {"data_transparency": True, "use_cases": ["Track and manage your finances"]}
    await world.post("/gingham/v1/link/customizations/update", name="default", content=content)
    await world.post("/gingham/v1/link/customizations/publish", name="default")
    driver = await to_the_bank(world)
    before = await allowed(driver)
    public_token = driver.result["public_token"]
    reply = await world.post("/item/public_token/exchange", public_token=public_token)
    update = {"products": None, "access_token": reply["access_token"]}

    token = await link_token(world, **update, additional_consented_products=["auth"])
    driver = await Driver.open(world, token)
    assert driver.picture["pane"]["disclosure"] is not None
    await (await driver.act("continue")).act("finish")
    assert [account["id"] for account in driver.result["metadata"]["accounts"]] == list(before.values())
    assert len(bank.logins) == 1

    # Accounts are chosen on the bank's own pages.
    token = await link_token(world, **update, update={"account_selection_enabled": True})
    assert (await (await Driver.open(world, token)).act("continue")).pane == "oauth"


async def scanning(world: World) -> Driver:
    """At a bank that likes to be scanned."""
    driver = await Driver.open(world, await link_token(world, country_codes=["GB"]))
    return await (await driver.act("continue")).act("select_institution", institution_id=CODE_BANK)


async def test_a_code_leads_a_phone_to_the_bank_and_the_desk_goes_on(world: World, bank: AwayBank) -> None:
    desk = await scanning(world)
    scan = desk.picture["pane"]["scan"]
    assert scan["url"] == f"http://gingham.test/link/oauth/phone/{handle_of(desk)}"
    phone = await world.http.get(scan["url"])
    assert (phone.status_code, phone.headers["location"]) == (302, desk.picture["pane"]["url"])
    assert (await refreshed(desk)).picture["pane"]["title"]["text"] == "Finish on your phone"

    landing = await world.http.get("/link/oauth/return", params={"state": handle_of(desk), "code": "1"})
    assert "You can close this window" in landing.text
    assert (await refreshed(desk)).pane == "connected"
    told = await world.post("/gingham/v1/link/session/get", session_token=desk.session_token, events_seen=0)
    names = [event["event_name"] for event in told["events"]]
    assert names[-4:] == ["SELECT_INSTITUTION", "TRANSITION_VIEW", "OPEN_OAUTH", "TRANSITION_VIEW"]


async def test_a_code_is_read_as_often_as_cameras_like(world: World, bank: AwayBank) -> None:
    desk = await scanning(world)
    first, second = [await world.http.get(desk.picture["pane"]["scan"]["url"]) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]
    revision = desk.picture["revision"]
    assert (await refreshed(desk)).picture["revision"] == revision + 1


async def test_a_code_is_a_drawing_of_its_address(world: World, bank: AwayBank) -> None:
    scan = (await scanning(world)).picture["pane"]["scan"]
    drawn = await world.http.get(scan["image"])
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.content == draw(scan["url"])
    assert drawn.content != draw(scan["url"] + "0")
    assert drawn.headers["cache-control"] == "no-store"


async def test_a_code_that_is_over_leads_nowhere(world: World, bank: AwayBank) -> None:
    desk = await scanning(world)
    old = desk.picture["pane"]["scan"]
    await (await desk.act("back")).act("select_institution", institution_id=CODE_BANK)
    left = desk.picture["pane"]["scan"]
    await desk.act("force_exit")
    for url in (old["url"], left["url"], "/link/oauth/phone/unknown", f"/link/oauth/phone/{'0' * 2000}"):
        assert (await world.http.get(url)).status_code == 404
        assert (await world.http.get(f"{url}.svg")).status_code == 404


async def test_who_cannot_scan_goes_on_at_the_desk(world: World, bank: AwayBank) -> None:
    desk = await scanning(world)
    assert [button["action"] for button in desk.picture["pane"]["buttons"]] == [
        "open_oauth",
        "choose_another",
    ]
    await allowed(desk)
    assert desk.result["metadata"]["institution"]["institution_id"] == CODE_BANK


async def test_a_client_cannot_say_that_a_code_was_read(world: World, bank: AwayBank) -> None:
    assert (await (await scanning(world)).send("open_oauth", mode="phone")).code == "INVALID_FIELD"
