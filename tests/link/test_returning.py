"""People who come back: their number, its one-time code, and the banks they have saved (Plaid docs: Link, Sandbox)."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, World

from gingham.items import tokens
from gingham.store import items

NEW, VERIFIED, ADDS, OAUTH, DEVICE, AUTOMATIC = (f"415-555-001{last}" for last in range(6))
MINE = "+1 415 555 0199"
"""A number that is in nobody's table."""


async def came(world: World, phone: str, **request: Any) -> Driver:
    """Somebody has opened Link and given their number."""
    driver = await Driver.open(world, await link_token(world, **request))
    return await driver.act("continue", values={"phone": phone})


async def returned(world: World, phone: str) -> Driver:
    """Somebody whose number is known has typed the code."""
    return await (await came(world, phone)).act("submit_otp", answers=["123456"])


async def saved_by(world: World, phone: str, institution_id: str = BANK, **request: Any) -> Driver:
    """Somebody new has linked a bank and saved it."""
    driver = await came(world, phone, **request)
    await driver.act("select_institution", institution_id=institution_id)
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("submit_accounts", accounts=["0", "1"])
    await driver.act("save")
    return await driver.act("submit_otp", answers=["123456"])


def tiles(driver: Driver) -> list[str]:
    field = driver.picture["pane"]["fields"][0]
    assert field["kind"] == "tiles"
    return [option["value"] for option in field["options"]]


# --- the six numbers of the sandbox -----------------------------------------------------------------------


async def test_a_verified_person_links_without_a_login(world: World) -> None:
    driver = await returned(world, VERIFIED)
    assert (driver.pane, tiles(driver)) == ("select_saved_institution", [BANK, "ins_109510"])
    await driver.act("select_institution", institution_id=BANK)
    options = driver.picture["pane"]["fields"][0]["options"]
    assert [option["value"] for option in options if option["checked"]] == ["0", "1"]
    await (await driver.act("submit_accounts", accounts=["0", "1"])).act("finish")
    assert driver.story == [
        "OPEN",
        "TRANSITION_VIEW CONSENT",
        "SUBMIT_PHONE",
        "TRANSITION_VIEW VERIFY_PHONE",
        "SUBMIT_OTP",
        "VERIFY_PHONE",
        "TRANSITION_VIEW SELECT_SAVED_INSTITUTION",
        "MATCHED_SELECT_INSTITUTION",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW SELECT_SAVED_ACCOUNT",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW CONNECTED",
        "HANDOFF",
    ]
    done = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    reply = await world.post("/accounts/get", access_token=done["access_token"])
    assert [account["mask"] for account in reply["accounts"]] == ["0000", "1111"]


async def test_a_new_number_goes_to_the_list_and_is_offered_to_be_saved(world: World) -> None:
    driver = await saved_by(world, NEW)
    assert driver.story[2:4] == ["SUBMIT_PHONE", "TRANSITION_VIEW SELECT_INSTITUTION"]
    assert driver.story[-5:] == [
        "TRANSITION_VIEW CONNECTED",
        "TRANSITION_VIEW VERIFY_PHONE",
        "SUBMIT_OTP",
        "VERIFY_PHONE",
        "HANDOFF",
    ]
    # The sandbox's number stays new, so that a test finds it new every time.
    assert (await came(world, NEW)).pane == "select_institution"


async def test_an_account_may_be_added_to_the_saved_ones(world: World) -> None:
    driver = await (await returned(world, ADDS)).act("select_institution", institution_id=BANK)
    options = driver.picture["pane"]["fields"][0]["options"]
    assert [option["value"] for option in options if option["checked"]] == ["0"]
    await (await driver.act("submit_accounts", accounts=["0", "1"])).act("finish")
    assert [account["mask"] for account in driver.result["metadata"]["accounts"]] == ["0000", "1111"]


async def test_a_saved_bank_with_pages_of_its_own_is_not_visited(world: World) -> None:
    driver = await returned(world, OAUTH)
    assert tiles(driver) == ["ins_127287"]
    await driver.act("select_institution", institution_id="ins_127287")
    await (await driver.act("submit_accounts", accounts=["0"])).act("finish")
    assert "OPEN_OAUTH" not in driver.story
    assert driver.result["metadata"]["institution"]["institution_id"] == "ins_127287"


async def test_a_new_device_asks_for_the_code_like_any_other(world: World) -> None:
    assert tiles(await returned(world, DEVICE)) == [BANK]


async def test_accounts_may_be_selected_automatically(world: World) -> None:
    driver = await (await returned(world, AUTOMATIC)).act("select_institution", institution_id=BANK)
    assert driver.pane == "connected"
    await driver.act("finish")
    assert "TRANSITION_VIEW SELECT_SAVED_ACCOUNT" not in driver.story
    assert [account["mask"] for account in driver.result["metadata"]["accounts"]] == ["0000", "1111"]


async def test_the_events_say_why_an_institution_was_chosen(world: World) -> None:
    driver = await (await returned(world, VERIFIED)).act("select_institution", institution_id=BANK)
    reasons = {
        event["event_name"]: event["metadata"]["match_reason"]
        for event in driver.events
        if event["metadata"]["match_reason"]
    }
    assert reasons == {
        "MATCHED_SELECT_INSTITUTION": "returning_user",
        "SELECT_INSTITUTION": "SAVED_INSTITUTION",
    }


# --- the number -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, {"phone": ""}, {"phone": "  "}])
async def test_without_a_number_everything_is_as_for_a_guest(world: World, values: dict[str, str]) -> None:
    driver = await (await Driver.open(world)).act("continue", values=values)
    assert driver.story == ["OPEN", "TRANSITION_VIEW CONSENT", "TRANSITION_VIEW SELECT_INSTITUTION"]


@pytest.mark.parametrize(
    "typed", ["+14155550011", "(415) 555-0011", "4155550011", "1 415 555 0011", "+1-415-555-0011"]
)
async def test_a_number_may_be_written_as_people_write_it(quick_world: World, typed: str) -> None:
    assert (await came(quick_world, typed)).pane == "verify_phone"


@pytest.mark.parametrize(
    ("typed", "country_codes"),
    [
        ("415-555-001", ["US"]),
        ("hello", ["US"]),
        ("+44 20 7946 0018", ["US"]),
        ("+49 30 123456", ["US", "GB"]),
        ("415-555-0011 ext. 5", ["US"]),
        ("9" * 500, ["US"]),
    ],
)
async def test_a_wrong_number_is_an_error_at_its_field(
    quick_world: World, typed: str, country_codes: list[str]
) -> None:
    driver = await came(quick_world, typed, country_codes=country_codes)
    assert driver.pane == "consent"
    assert driver.picture["pane"]["fields"][0]["error"]["key"] == "phone.error.invalid"
    assert driver.events[-1]["metadata"]["error_code"] == "INVALID_PHONE_NUMBER"


@pytest.mark.parametrize(
    ("country_codes", "code"),
    [(["US", "CA"], "+1"), (["GB", "US"], "+1"), (["GB"], "+44"), (["CA"], "+1"), (["FR"], None)],
)
async def test_the_field_is_offered_where_such_numbers_are(
    quick_world: World, country_codes: list[str], code: str | None
) -> None:
    driver = await Driver.open(quick_world, await link_token(quick_world, country_codes=country_codes))
    fields = driver.picture["pane"]["fields"]
    assert [f"({code})" in field["label"]["text"] for field in fields] == ([True] if code else [])


async def test_nobody_is_asked_in_production_or_in_update_mode(world: World) -> None:
    access_token = await world.item("auth")
    update = await Driver.open(world, await link_token(world, access_token=access_token, products=[]))
    assert update.picture["pane"]["fields"] == []
    body = {"client_name": "App", "language": "en", "country_codes": ["US"], "products": ["auth"]}
    user = {"client_user_id": "user-1", "phone_number": VERIFIED}
    made = await world.post("/link/token/create", "production", **body, user=user)
    real = await Driver.open(world, made["link_token"])
    assert real.picture["pane"]["fields"] == []
    assert (await real.act("continue")).pane == "select_institution"


# --- the number of the link_token -------------------------------------------------------------------------


async def test_a_number_of_the_link_token_is_asked_about_by_its_last_digits(world: World) -> None:
    token = await link_token(world, user={"client_user_id": "user-1", "phone_number": "+1 415 555 0011"})
    driver = await (await Driver.open(world, token)).act("continue")
    assert driver.pane == "submit_phone"
    assert "0011" in driver.picture["pane"]["help"]["text"]
    assert "555" not in str(driver.picture["pane"])
    assert (await driver.act("submit_phone")).pane == "verify_phone"
    assert driver.story[-3:] == [
        "TRANSITION_VIEW SUBMIT_PHONE",
        "SUBMIT_PHONE",
        "TRANSITION_VIEW VERIFY_PHONE",
    ]


async def test_the_number_of_the_link_token_may_be_declined(world: World) -> None:
    token = await link_token(world, user={"client_user_id": "user-1", "phone_number": VERIFIED})
    driver = await (await (await Driver.open(world, token)).act("continue")).act("skip_phone")
    assert driver.story[-2:] == ["SKIP_SUBMIT_PHONE", "TRANSITION_VIEW SELECT_INSTITUTION"]


async def test_a_number_that_the_client_has_verified_gets_its_code_unasked(world: World) -> None:
    user = {
        "client_user_id": "user-1",
        "phone_number": VERIFIED,
        "phone_number_verified_time": "2026-01-01T00:00:00Z",
    }
    driver = await (await Driver.open(world, await link_token(world, user=user))).act("continue")
    assert driver.story[-2:] == ["AUTO_SUBMIT_PHONE", "TRANSITION_VIEW VERIFY_PHONE"]


async def test_a_number_of_no_use_changes_nothing(world: World) -> None:
    token = await link_token(world, user={"client_user_id": "user-1", "phone_number": "+49 30 123456"})
    assert (await (await Driver.open(world, token)).act("continue")).pane == "select_institution"


# --- the code ---------------------------------------------------------------------------------------------


async def test_a_wrong_code_is_an_error_at_its_field(world: World) -> None:
    driver = await (await came(world, VERIFIED)).act("submit_otp", answers=["654321"])
    assert driver.pane == "verify_phone"
    assert driver.picture["pane"]["fields"][0]["error"]["key"] == "verify_phone.error.refused"
    assert driver.events[-2]["metadata"]["error_code"] == "INVALID_OTP"
    assert (await driver.act("submit_otp", answers=["123456"])).pane == "select_saved_institution"


async def test_guessing_codes_ends_the_session(world: World) -> None:
    driver = await came(world, VERIFIED)
    for _ in range(5):
        await driver.act("submit_otp", answers=["000000"])
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"


async def test_a_code_is_good_for_ten_minutes_and_can_be_sent_again(world: World) -> None:
    driver = await came(world, VERIFIED)
    world.clock.advance(11 * 60 * 1_000_000)
    await driver.act("submit_otp", answers=["123456"])
    assert driver.pane == "verify_phone"
    await driver.act("resend_otp")
    assert driver.picture["pane"]["notice"]["key"] == "verify_phone.resent"
    assert (await driver.act("submit_otp", answers=["123456"])).pane == "select_saved_institution"


async def test_the_code_may_be_declined(world: World) -> None:
    driver = await (await came(world, VERIFIED)).act("skip_phone")
    assert driver.story[-2:] == ["SKIP_SUBMIT_PHONE", "TRANSITION_VIEW SELECT_INSTITUTION"]


# --- saved banks ------------------------------------------------------------------------------------------


async def test_another_bank_can_be_connected(world: World) -> None:
    driver = await (await returned(world, VERIFIED)).act("choose_another")
    assert driver.story[-2:] == ["CONNECT_NEW_INSTITUTION", "TRANSITION_VIEW SELECT_INSTITUTION"]


async def test_what_was_saved_is_there_next_time_whichever_client_asks(world: World) -> None:
    await saved_by(world, MINE)
    driver = await returned(world, MINE)
    assert tiles(driver) == [BANK]
    await driver.act("select_institution", institution_id=BANK)
    await (await driver.act("submit_accounts", accounts=["0"])).act("finish")
    done = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    assert (await world.post("/transactions/sync", access_token=done["access_token"])).status == 200


async def test_a_verified_person_saves_a_further_bank_without_a_further_code(world: World) -> None:
    await saved_by(world, MINE)
    driver = await (await returned(world, MINE)).act("choose_another")
    await driver.act("select_institution", institution_id="ins_109510")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await (await driver.act("submit_accounts", accounts=["0"])).act("save")
    assert driver.result["kind"] == "success"
    assert tiles(await returned(world, MINE)) == [BANK, "ins_109510"]


async def test_nothing_is_saved_for_somebody_who_finishes_without_it(world: World) -> None:
    driver = await came(world, MINE)
    await driver.act("select_institution", institution_id=BANK)
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("submit_accounts", accounts=["0"])
    roles = {button["action"]: button["role"] for button in driver.picture["pane"]["buttons"]}
    assert roles == {"save": "primary", "finish": "secondary"}
    assert (await driver.act("finish")).result["kind"] == "success"
    assert (await came(world, MINE)).pane == "select_institution"


@pytest.mark.parametrize("leaving", ["finish", "close", "force_exit"])
async def test_a_number_that_is_not_proved_saves_nothing_but_the_item_is_linked(
    world: World, leaving: str
) -> None:
    driver = await came(world, MINE)
    await driver.act("select_institution", institution_id=BANK)
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await (await driver.act("submit_accounts", accounts=["0"])).act("save")
    await driver.act("submit_otp", answers=["000000"])
    assert driver.pane == "verify_to_save"
    assert (await driver.act(leaving)).result["kind"] == "success"
    assert (await came(world, MINE)).pane == "select_institution"


async def test_a_guest_is_not_asked_to_save(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    await driver.act("submit_accounts", accounts=["0"])
    assert [button["action"] for button in driver.picture["pane"]["buttons"]] == ["finish"]
    assert (await driver.act("save")).pane == "connected"


async def test_a_login_that_the_bank_no_longer_honours_is_asked_for_again(world: World) -> None:
    await saved_by(world, MINE)
    driver = await returned(world, MINE)
    async with world.platform.store.writing() as writer:
        row = await writer.one("SELECT person_id, institution_id FROM remembered_logins")
        assert row is not None
        person, institution = str(row[0]), str(row[1])
        grant = world.platform.vault.seal(b'{"username":"nobody"}', f"{person}/{institution}")
        await writer.run('UPDATE remembered_logins SET "grant" = ?', grant)
    await driver.act("select_institution", institution_id=BANK)
    assert driver.pane == "credentials"
    assert driver.picture["pane"]["help"]["key"] == "credentials.help.saved"
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await (await driver.act("submit_accounts", accounts=["0"])).act("save")
    assert (await (await returned(world, MINE)).act("select_institution", institution_id=BANK)).pane == (
        "select_saved_accounts"
    )


async def test_an_item_and_what_was_saved_of_it_end_apart(world: World) -> None:
    driver = await saved_by(world, MINE)
    done = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    row = await items.item(world.platform.store, done["item_id"])
    assert row is not None
    await tokens.remove(world.platform, row)
    assert tiles(await returned(world, MINE)) == [BANK]


async def test_a_number_is_nowhere_readable(world: World) -> None:
    user = {"client_user_id": "user-1", "phone_number": MINE}
    driver = await (await Driver.open(world, await link_token(world, user=user))).act("continue")
    await driver.act("submit_phone")
    await saved_by(world, MINE)
    for table in ("link_tokens", "link_sessions", "link_events", "remembered_people", "remembered_logins"):
        for row in await world.platform.store.all(f"SELECT * FROM {table}"):
            told = b"".join(bytes(each) if isinstance(each, bytes) else str(each).encode() for each in row)
            assert b"4155550199" not in told.replace(b" ", b"")
