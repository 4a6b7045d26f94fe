"""Auth flows inside Link, from the link_token to /auth/get (Plaid docs: Auth)."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import Reply, World

from gingham.store import outbox

HOOK = "https://example.com/hook"
HOUNDSTOOTH = "ins_109512"
WINDOWPANE = "ins_135858"
SAVING, CHECKING = "1111222233331111", "1111222233330000"
MATCHING, SAME_DAY, INSTANT = "021000021", "110000000", "333333334"
DAY = 86_400


def typed(routing: str, account: str, again: str | None = None, **more: str) -> dict[str, str]:
    return {
        "routing_number": routing,
        "account_number": account,
        "account_number_again": account if again is None else again,
        **more,
    }


def by_hand(routing: str, account: str = CHECKING) -> dict[str, str]:
    return typed(routing, account, type="checking", name="John Smith")


async def opened(world: World, **auth: Any) -> Driver:
    token = await link_token(world, products=["auth"], auth=auth, webhook=HOOK)
    return await Driver.open(world, token)


async def at_numbers(world: World, account: str, password: str = "pass_good", **auth: Any) -> Driver:
    """Signed in at Houndstooth, on the pane that asks for the numbers of an account."""
    driver = await opened(world, **auth)
    await driver.sign_in(password, HOUNDSTOOTH)
    return await driver.act("submit_accounts", accounts=[account])


async def not_found(world: World, **auth: Any) -> Driver:
    """After a search that found nothing, on the pane that asks for numbers."""
    driver = await opened(world, **auth)
    await driver.act("continue")
    await driver.act("search", query="zzzzqqqq")
    return await driver.act("enter_numbers")


async def exchanged(world: World, driver: Driver) -> str:
    public_token = driver.result["public_token"]
    return str((await world.post("/item/public_token/exchange", public_token=public_token))["access_token"])


async def account_of(world: World, token: str) -> dict[str, Any]:
    (account,) = (await world.post("/accounts/get", access_token=token))["accounts"]
    return dict(account)


async def auth_of(world: World, token: str) -> Reply:
    return await world.post("/auth/get", access_token=token)


async def owed(world: World) -> list[dict[str, Any]]:
    """The bodies of the webhooks about auth, oldest first."""
    rows = await outbox.owed(world.platform.store)
    return [json.loads(row.body) for row in rows if row.type == "AUTH"]


async def test_instant_match_confirms_the_numbers(world: World) -> None:
    driver = await at_numbers(world, "1")
    assert driver.pane == "numbers"
    await driver.act("submit_numbers", values=typed(MATCHING, SAVING))
    await driver.act("finish")
    (account,) = driver.result["metadata"]["accounts"]
    assert (account["mask"], account["verification_status"]) == ("1111", None)
    reply = await auth_of(world, await exchanged(world, driver))
    assert reply["item"]["auth_method"] == "INSTANT_MATCH"
    assert [row["account"] for row in reply["numbers"]["ach"]] == [SAVING]


async def test_only_one_account_can_be_chosen_where_its_numbers_are_typed(world: World) -> None:
    driver = await opened(world)
    await driver.sign_in(institution_id=HOUNDSTOOTH)
    (field,) = driver.picture["pane"]["fields"]
    assert field["kind"] == "radio"
    await driver.act("submit_accounts", accounts=["0", "1"])
    assert driver.pane == "select_accounts"


async def test_a_number_that_ends_differently_is_refused_at_its_field(world: World) -> None:
    driver = await at_numbers(world, "1")
    await driver.act("submit_numbers", values=typed(MATCHING, CHECKING))
    fields = {field["name"]: field["error"] for field in driver.picture["pane"]["fields"]}
    assert [name for name, error in fields.items() if error] == ["account_number"]
    assert driver.events[-2]["metadata"]["error_code"] == "INVALID_ACCOUNT_NUMBER"


async def test_a_number_that_does_not_match_is_asked_for_again(world: World) -> None:
    driver = await at_numbers(world, "1")
    await driver.act("submit_numbers", values=typed(MATCHING, "9999888877771111"))
    assert driver.pane == "numbers"
    assert driver.picture["pane"]["fields"][1]["error"]["key"] == "numbers.error.no_match"


async def test_without_a_way_to_prove_the_numbers_the_bank_cannot_be_used(world: World) -> None:
    driver = await opened(world, instant_match_enabled=False)
    await driver.sign_in(institution_id=HOUNDSTOOTH)
    assert (driver.pane, driver.picture["exit"]["error"]["error_code"]) == ("error", "INSTANT_MATCH_FAILED")


@pytest.fixture
async def automated(world: World) -> str:
    driver = await at_numbers(world, "0", "microdeposits_good", automated_microdeposits_enabled=True)
    await driver.act("submit_numbers", values=typed(MATCHING, CHECKING))
    await driver.act("finish")
    (account,) = driver.result["metadata"]["accounts"]
    assert account["verification_status"] == "pending_automatic_verification"
    return await exchanged(world, driver)


async def test_automated_micro_deposits_are_verified_after_a_day(world: World, automated: str) -> None:
    assert (await auth_of(world, automated)).code == "PRODUCT_NOT_READY"
    await world.later(DAY)
    account = await account_of(world, automated)
    assert account["verification_status"] == "automatically_verified"
    [body] = await owed(world)
    assert (body["webhook_code"], body["error"]) == ("AUTOMATICALLY_VERIFIED", None)
    assert body["account_id"] == account["account_id"]
    reply = await auth_of(world, automated)
    assert reply["item"]["auth_method"] == "AUTOMATED_MICRODEPOSITS"
    assert [(row["routing"], row["account"]) for row in reply["numbers"]["ach"]] == [(MATCHING, CHECKING)]


@pytest.mark.parametrize("status", ["automatically_verified", "verification_expired"])
async def test_the_sandbox_ends_the_wait_on_demand(world: World, automated: str, status: str) -> None:
    account_id = (await account_of(world, automated))["account_id"]
    reply = await world.post(
        "/sandbox/item/set_verification_status",
        access_token=automated,
        account_id=account_id,
        verification_status=status,
    )
    assert reply.status == 200
    assert (await account_of(world, automated))["verification_status"] == status
    assert ((await auth_of(world, automated)).status == 200) == (status == "automatically_verified")
    [body] = await owed(world)
    assert (body["webhook_code"], body["account_id"]) == (status.upper(), account_id)
    await world.later(2 * DAY)
    assert await owed(world) == [body]
    assert (await account_of(world, automated))["verification_status"] == status


async def test_only_automated_micro_deposits_can_be_ended_on_demand(world: World) -> None:
    token = await world.item("auth")
    account_id = (await world.post("/accounts/get", access_token=token))["accounts"][0]["account_id"]
    body = {"access_token": token, "verification_status": "verification_expired"}
    path = "/sandbox/item/set_verification_status"
    assert (await world.post(path, **body, account_id=account_id)).code == "INVALID_FIELD"
    assert (await world.post(path, **body, account_id="x" * 37)).code == "INVALID_ACCOUNT_ID"


async def test_verification_survives_a_look_at_the_balance(world: World, automated: str) -> None:
    await world.post("/accounts/balance/get", access_token=automated)
    assert (await account_of(world, automated))["verification_status"] == "pending_automatic_verification"


@pytest.fixture
async def same_day(world: World) -> str:
    driver = await not_found(world, same_day_microdeposits_enabled=True)
    await driver.act("submit_numbers", values=by_hand(SAME_DAY))
    await driver.act("finish")
    metadata = driver.result["metadata"]
    assert metadata["institution"] is None
    assert metadata["accounts"][0]["verification_status"] == "pending_manual_verification"
    return await exchanged(world, driver)


async def returned(world: World, token: str) -> Driver:
    return await Driver.open(world, await link_token(world, products=None, access_token=token))


async def test_same_day_micro_deposits_make_an_item_without_an_institution(
    world: World, same_day: str
) -> None:
    item = (await world.post("/item/get", access_token=same_day))["item"]
    assert (item["institution_id"], item["auth_method"]) == (None, "SAME_DAY_MICRODEPOSITS")
    assert item["products"] == ["auth"]
    account = await account_of(world, same_day)
    assert (account["name"], account["mask"], account["subtype"]) == ("Checking ...0000", "0000", "checking")
    assert account["verification_name"] == "John Smith"
    assert (await auth_of(world, same_day)).code == "PRODUCT_NOT_READY"


async def test_the_sandbox_tells_on_demand_of_a_code_that_came_by_text(world: World, same_day: str) -> None:
    code = "SMS_MICRODEPOSITS_VERIFICATION"
    reply = await world.post("/sandbox/item/fire_webhook", access_token=same_day, webhook_code=code)
    assert reply.status == 200
    account = await account_of(world, same_day)
    [body] = await owed(world)
    assert (body["webhook_code"], body["status"]) == (code, "MANUALLY_VERIFIED")
    assert body["account_id"] == account["account_id"]
    assert account["verification_status"] == "pending_manual_verification"


async def test_typed_numbers_have_no_login_that_could_break(world: World, same_day: str) -> None:
    reply = await world.post("/sandbox/item/reset_login", access_token=same_day)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "ITEM_NOT_SUPPORTED")
    assert reply.message == "this item was made of account numbers and has no login to reset"
    assert (await world.post("/item/get", access_token=same_day))["item"]["error"] is None


async def test_the_right_code_verifies_the_account(world: World, same_day: str) -> None:
    driver = await returned(world, same_day)
    assert driver.pane == "same_day_code"
    await driver.act("submit_deposit_code", values={"code": " abc "})
    await driver.act("finish")
    assert driver.result["metadata"]["accounts"][0]["verification_status"] == "manually_verified"
    reply = await auth_of(world, same_day)
    assert [(row["routing"], row["account"]) for row in reply["numbers"]["ach"]] == [(SAME_DAY, CHECKING)]
    again = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        access_token=same_day,
    )
    assert again.code == "MICRODEPOSITS_ALREADY_VERIFIED"


async def test_three_wrong_codes_end_it_even_in_several_sessions(world: World, same_day: str) -> None:
    for _ in range(2):
        driver = await returned(world, same_day)
        await driver.act("submit_deposit_code", values={"code": "XYZ"})
        assert driver.picture["exit"]["error"]["error_code"] == "INCORRECT_DEPOSIT_VERIFICATION"
        assert driver.pane == "same_day_code"
    await driver.act("submit_deposit_code", values={"code": "12"})  # no code at all is no attempt
    await driver.act("submit_deposit_code", values={"code": "XYZ"})
    assert driver.picture["exit"]["error"]["error_code"] == "TOO_MANY_VERIFICATION_ATTEMPTS"
    assert driver.pane == "error"
    assert (await account_of(world, same_day))["verification_status"] == "verification_failed"
    assert (await auth_of(world, same_day)).code == "PRODUCT_NOT_READY"


async def test_a_code_is_good_for_seven_days(world: World, same_day: str) -> None:
    await world.later(7 * DAY)
    assert (await account_of(world, same_day))["verification_status"] == "verification_expired"


@pytest.mark.parametrize("path", ["/identity/get", "/transactions/sync", "/accounts/balance/get"])
async def test_an_item_of_numbers_has_nothing_but_auth(world: World, same_day: str, path: str) -> None:
    assert (await world.post(path, access_token=same_day)).code == "PRODUCTS_NOT_SUPPORTED"


async def test_instant_micro_deposits_are_verified_in_the_session(world: World) -> None:
    driver = await opened(world, instant_microdeposits_enabled=True)
    await driver.act("continue")
    await driver.act("select_institution", institution_id=WINDOWPANE)
    await driver.act("submit_numbers", values=by_hand(INSTANT))
    assert driver.picture["pane"]["view"] == "INSTANT_MICRODEPOSIT_AUTHORIZED"
    await driver.act("submit_deposit_code", values={"code": "ABC"})
    await driver.act("finish")
    assert driver.result["metadata"]["institution"] is None
    token = await exchanged(world, driver)
    assert (await account_of(world, token))["verification_status"] == "manually_verified"
    assert (await auth_of(world, token))["item"]["auth_method"] == "INSTANT_MICRODEPOSITS"


async def test_three_wrong_codes_leave_no_item_behind(world: World) -> None:
    driver = await not_found(world, instant_microdeposits_enabled=True)
    await driver.act("submit_numbers", values=by_hand(INSTANT))
    for _ in range(3):
        await driver.act("submit_deposit_code", values={"code": "XYZ"})
    assert driver.picture["exit"]["error"]["error_code"] == "TOO_MANY_VERIFICATION_ATTEMPTS"
    assert driver.pane == "error"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (SAVING, "database_insights_pass"),
        ("1111222233333333", "database_insights_pass_with_caution"),
        (CHECKING, "database_insights_fail"),
    ],
)
async def test_database_auth_tells_what_data_say(world: World, number: str, status: str) -> None:
    driver = await not_found(world, database_insights_enabled=True)
    await driver.act("submit_numbers", values=by_hand(SAME_DAY, number))
    await driver.act("finish")
    assert driver.result["metadata"]["accounts"][0]["verification_status"] == status
    token = await exchanged(world, driver)
    assert [row["account"] for row in (await auth_of(world, token))["numbers"]["ach"]] == [number]


async def test_a_bank_with_this_routing_number_is_offered_instead(world: World) -> None:
    driver = await not_found(world, same_day_microdeposits_enabled=True)
    await driver.act("submit_numbers", values=by_hand("011000138"))
    assert driver.pane == "numbers_select_institution"
    assert driver.events[-1]["metadata"]["view_variant"] == "SINGLE_INSTITUTION"
    await driver.act("select_institution", institution_id=HOUNDSTOOTH)
    assert driver.pane == "credentials"
    assert driver.events[-2]["event_name"] == "MATCHED_SELECT_INSTITUTION"
    assert driver.events[-2]["metadata"]["match_reason"] == "routing_number"


@pytest.mark.parametrize(
    ("mode", "pane"), [("OPTIONAL", "connected"), ("FORCED", "numbers_select_institution")]
)
async def test_numbers_are_kept_unless_the_login_is_forced(world: World, mode: str, pane: str) -> None:
    driver = await not_found(world, same_day_microdeposits_enabled=True, reroute_to_credentials=mode)
    await driver.act("submit_numbers", values=by_hand("011000138"))
    await driver.act("keep_numbers")
    assert driver.pane == pane


async def test_reroute_can_be_switched_off(world: World) -> None:
    driver = await not_found(world, same_day_microdeposits_enabled=True, reroute_to_credentials="OFF")
    await driver.act("submit_numbers", values=by_hand("011000138"))
    assert driver.pane == "connected"


async def test_the_bank_of_a_routing_number_is_listed_first(world: World) -> None:
    token = await link_token(world, institution_data={"routing_number": "011401533"})
    driver = await Driver.open(world, token)
    await driver.act("continue")
    tiles = driver.picture["pane"]["fields"][1]["options"]
    assert tiles[0]["value"] == "ins_129571"
    await driver.act("select_institution", institution_id="ins_129571")
    assert driver.events[-2]["event_name"] == "MATCHED_SELECT_INSTITUTION"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (by_hand("021000022"), "routing_number"),
        (by_hand("02100002"), "routing_number"),
        (by_hand("02100002a"), "routing_number"),
        (by_hand("000000000"), "routing_number"),
        (by_hand("٠٢١٠٠٠٠٢١"), "routing_number"),
        (by_hand(SAME_DAY, "12345678901234567890"), "account_number"),
        (by_hand(SAME_DAY, "12ab5678"), "account_number"),
        (by_hand(SAME_DAY, "123"), "account_number"),
        (typed(SAME_DAY, CHECKING, SAVING, type="checking", name="A"), "account_number_again"),
        (typed(SAME_DAY, CHECKING, type="gold", name="A"), "type"),
        (typed(SAME_DAY, CHECKING, type="checking", name=" "), "name"),
        (typed(SAME_DAY, CHECKING, type="checking", name="A" * 101), "name"),
    ],
)
async def test_what_cannot_be_right_is_refused_at_its_field(
    world: World, values: dict[str, str], field: str
) -> None:
    driver = await not_found(world, same_day_microdeposits_enabled=True)
    before = list(driver.story)
    await driver.act("submit_numbers", values=values)
    assert [each["name"] for each in driver.picture["pane"]["fields"] if each["error"]] == [field]
    assert driver.story == before


@pytest.mark.parametrize("flag", ["same_day_microdeposits", "instant_microdeposits", "database_insights"])
@pytest.mark.parametrize("change", [{"products": ["auth", "transactions"]}, {"country_codes": ["US", "CA"]}])
async def test_flows_without_a_login_are_for_auth_alone_in_the_united_states(
    world: World, flag: str, change: dict[str, Any]
) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        user={"client_user_id": "user-1"},
        **{"products": ["auth"], "country_codes": ["US"], **change},
        auth={f"{flag}_enabled": True},
    )
    assert reply.code == "INVALID_FIELD"
    assert f"auth.{flag}_enabled" in reply.message
