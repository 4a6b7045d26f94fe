"""/accounts/get and /accounts/balance/get; and the filter by account that other endpoints share."""

from decimal import Decimal
from typing import Any

import pytest
from tests.api.scripted import ScriptedBank, accounts_by_mask
from tests.world import CLIENT_ID, SANDBOX_SECRET, World

from gingham.banks.protocol import Refused

MASKS = [
    "0000",
    "1111",
    "2222",
    "3333",
    "4444",
    "5555",
    "6666",
    "7777",
    "8888",
    "9001",
    "9002",
    "9003",
    "9004",
    "9999",
]
CAPITAL_ONE = "ins_128026"
BOTH = ["/accounts/get", "/accounts/balance/get"]


@pytest.mark.parametrize("path", BOTH)
async def test_the_accounts_come_in_the_banks_order(world: World, path: str) -> None:
    reply = await world.post(path, access_token=await world.item("auth"))
    assert [account["mask"] for account in reply["accounts"]] == MASKS


async def test_an_account_shows_what_the_bank_knows(world: World) -> None:
    reply = await world.post("/accounts/get", access_token=await world.item("auth"))
    checking, card = reply["accounts"][0], reply["accounts"][3]
    account_id = checking.pop("account_id")
    assert len(account_id) == 37
    assert checking == {
        "balances": {
            "available": 100,
            "current": 110,
            "limit": None,
            "iso_currency_code": "USD",
            "unofficial_currency_code": None,
        },
        "mask": "0000",
        "name": "Plaid Checking",
        "official_name": "Plaid Gold Standard 0% Interest Checking",
        "type": "depository",
        "subtype": "checking",
        "holder_category": "personal",
    }
    assert (card["type"], card["subtype"]) == ("credit", "credit card")
    assert (card["balances"]["available"], card["balances"]["limit"]) == (None, 2000)
    assert "holder_category" not in card


async def test_money_is_a_number_with_the_digits_it_has(world: World) -> None:
    token = await world.item("auth")
    keys = {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET}
    answer = await world.http.post("/accounts/get", json={"access_token": token, **keys})
    assert b'"current":23631.9805,' in answer.content
    assert b'"current":110,' in answer.content


async def test_every_account_says_what_it_is_worth(world: World) -> None:
    reply = await world.post("/accounts/get", access_token=await world.item("auth"))
    for account in reply["accounts"]:
        assert {account["balances"]["available"], account["balances"]["current"]} != {None}


@pytest.mark.parametrize("path", BOTH)
async def test_the_item_comes_along_without_what_only_item_get_shows(world: World, path: str) -> None:
    token = await world.item("auth")
    item = (await world.post(path, access_token=token))["item"]
    whole = (await world.post("/item/get", access_token=token))["item"]
    assert whole.pop("created_at")
    assert item == whole


@pytest.mark.parametrize("path", BOTH)
async def test_some_accounts_come_in_the_items_order(world: World, path: str) -> None:
    token = await world.item("auth")
    ids = await accounts_by_mask(world, token)
    wanted = [ids["3333"], ids["0000"], ids["3333"]]
    reply = await world.post(path, access_token=token, options={"account_ids": wanted})
    assert [account["mask"] for account in reply["accounts"]] == ["0000", "3333"]


async def test_options_that_say_nothing_ask_for_all(quick_world: World) -> None:
    token = await quick_world.item("auth")
    silent: list[Any] = [None, {}, {"account_ids": None}]
    for options in silent:
        reply = await quick_world.post("/accounts/get", access_token=token, options=options)
        assert len(reply["accounts"]) == 14


async def test_the_same_login_twice_gives_two_items_with_other_account_ids(world: World) -> None:
    first = await accounts_by_mask(world, await world.item("auth"))
    second = await accounts_by_mask(world, await world.item("auth"))
    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


@pytest.mark.parametrize(
    ("institution_id", "currency", "names"),
    [
        ("ins_109508", "USD", ["Plaid IRA", "Plaid 401k"]),
        ("ins_43", "CAD", ["Plaid TFSA", "Plaid RRSP"]),
        ("ins_117650", "GBP", ["Plaid IRA", "Plaid 401k"]),
    ],
)
async def test_accounts_are_in_the_currency_of_the_country(
    quick_world: World, institution_id: str, currency: str, names: list[str]
) -> None:
    token = await quick_world.item("auth", institution_id=institution_id)
    accounts = (await quick_world.post("/accounts/get", access_token=token))["accounts"]
    assert {account["balances"]["iso_currency_code"] for account in accounts} == {currency}
    assert [account["name"] for account in accounts[5:7]] == names


async def test_banks_that_tokenize_numbers_give_accounts_an_id_that_outlives_the_item(
    quick_world: World,
) -> None:
    async def ids() -> list[str | None]:
        token = await quick_world.item("auth", institution_id="ins_56")
        accounts = (await quick_world.post("/accounts/get", access_token=token))["accounts"]
        return [account.get("persistent_account_id") for account in accounts]

    first = await ids()
    assert first == await ids()
    assert [place for place, each in enumerate(first) if each] == [0, 1, 2, 4, 9, 10]


# --- filters, wherever they are ---------------------------------------------------------------------------

FILTERED: dict[str, dict[str, Any]] = {
    "/accounts/get": {},
    "/accounts/balance/get": {},
    "/auth/get": {},
    "/identity/get": {},
    "/transactions/get": {"start_date": "2026-04-01", "end_date": "2026-05-04"},
}


WRONG: list[object] = [[], "x", 7, {}, [None], [7], ["short"], ["*" * 37], ["A" * 38], ["A" * 37 + "\n"]]


@pytest.mark.parametrize("path", FILTERED)
async def test_account_ids_of_a_wrong_shape_are_refused(quick_world: World, path: str) -> None:
    token = await quick_world.item("auth")
    for wrong in WRONG:
        options = {"account_ids": wrong}
        reply = await quick_world.post(path, access_token=token, options=options, **FILTERED[path])
        assert (reply.status, reply.code) == (400, "INVALID_FIELD")
        assert reply.message == "options.account_ids must be a non-empty array of valid account ids"


@pytest.mark.parametrize("path", FILTERED)
async def test_an_account_of_another_item_is_not_found(quick_world: World, path: str) -> None:
    token = await quick_world.pulled("auth", "transactions")
    own = await accounts_by_mask(quick_world, token)
    foreign = await accounts_by_mask(quick_world, await quick_world.item("auth"))
    for account_ids in (["A" * 37], [foreign["0000"]], [own["0000"], foreign["0000"]]):
        options = {"account_ids": account_ids}
        reply = await quick_world.post(path, access_token=token, options=options, **FILTERED[path])
        assert (reply.body["error_type"], reply.code) == ("INVALID_INPUT", "INVALID_ACCOUNT_ID")
        assert reply.message == "failed to find requested account ID for requested item"


@pytest.mark.parametrize("path", FILTERED)
async def test_unknown_options_are_refused_by_name(quick_world: World, path: str) -> None:
    reply = await quick_world.post(path, access_token="x", options={"acount_ids": []}, **FILTERED[path])
    assert (reply.code, reply.message) == (
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: options.acount_ids",
    )


# --- balances ---------------------------------------------------------------------------------------------


async def test_balances_of_the_sandbox_never_drift(world: World) -> None:
    token = await world.item("auth")
    before = await world.post("/accounts/get", access_token=token)
    await world.later(86_400)
    after = await world.post("/accounts/balance/get", access_token=token)
    assert before["accounts"] == after["accounts"]


async def test_a_new_balance_is_told_and_kept(world: World, bank: ScriptedBank) -> None:
    token = await world.item("auth")
    bank.balances["0000"] = Decimal("73.05")
    cached = await world.post("/accounts/get", access_token=token)
    fresh = await world.post("/accounts/balance/get", access_token=token)
    assert cached["accounts"][0]["balances"]["current"] == 110
    assert fresh["accounts"][0]["balances"]["current"] == 73.05
    assert (await world.post("/accounts/get", access_token=token))["accounts"] == fresh["accounts"]


async def test_asking_for_balances_adds_no_product(world: World) -> None:
    token = await world.item("transactions")
    before = (await world.post("/item/get", access_token=token))["item"]
    asked = (await world.post("/accounts/balance/get", access_token=token))["item"]
    after = (await world.post("/item/get", access_token=token))["item"]
    assert before == after
    for name in ("products", "billed_products", "available_products"):
        assert asked[name] == before[name]


async def test_a_failure_of_the_bank_is_the_answer(world: World, bank: ScriptedBank) -> None:
    token = await world.item("auth")
    bank.refusal = Refused(error_code="INSTITUTION_DOWN", error_type="INSTITUTION_ERROR")
    reply = await world.post("/accounts/balance/get", access_token=token)
    assert (reply.status, reply.body["error_type"], reply.code) == (
        400,
        "INSTITUTION_ERROR",
        "INSTITUTION_DOWN",
    )
    assert (await world.post("/accounts/get", access_token=token)).status == 200


async def test_a_freshness_must_be_an_instant(quick_world: World) -> None:
    token = await quick_world.item("auth")
    wrong: list[object] = ["yesterday", "2026-05-04", "2026-05-04T12:00:00", 5, "", []]
    for since in wrong:
        options = {"min_last_updated_datetime": since}
        reply = await quick_world.post("/accounts/balance/get", access_token=token, options=options)
        assert reply.code == "INVALID_FIELD"
        assert reply.message.startswith("options.min_last_updated_datetime must be an ISO 8601 date-time")


async def test_a_freshness_means_nothing_to_most_banks(quick_world: World) -> None:
    token = await quick_world.item("auth")
    options = {"min_last_updated_datetime": "2099-01-01T00:00:00Z"}
    reply = await quick_world.post("/accounts/balance/get", access_token=token, options=options)
    assert "last_updated_datetime" not in reply["accounts"][0]["balances"]


async def test_one_bank_needs_a_freshness_for_accounts_other_than_depository(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id=CAPITAL_ONE)
    ids = await accounts_by_mask(quick_world, token)
    reply = await quick_world.post("/accounts/balance/get", access_token=token)
    assert (reply.code, "options.min_last_updated_datetime" in reply.message) == ("INVALID_FIELD", True)
    card = {"account_ids": [ids["3333"]]}
    reply = await quick_world.post("/accounts/balance/get", access_token=token, options=card)
    assert reply.code == "INVALID_FIELD"
    checking = {"account_ids": [ids["0000"], ids["1111"]]}
    reply = await quick_world.post("/accounts/balance/get", access_token=token, options=checking)
    assert len(reply["accounts"]) == 2


async def test_that_bank_says_when_its_balances_are_of(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id=CAPITAL_ONE)
    options = {"min_last_updated_datetime": "2026-05-04T14:00:00+02:00"}
    reply = await quick_world.post("/accounts/balance/get", access_token=token, options=options)
    for account in reply["accounts"]:
        assert account["balances"]["last_updated_datetime"] == "2026-05-04T12:00:00Z"


async def test_that_bank_has_no_balance_of_tomorrow(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id=CAPITAL_ONE)
    options = {"min_last_updated_datetime": "2026-05-04T12:00:01Z"}
    reply = await quick_world.post("/accounts/balance/get", access_token=token, options=options)
    assert (reply.body["error_type"], reply.code) == ("INVALID_RESULT", "LAST_UPDATED_DATETIME_OUT_OF_RANGE")
    assert (
        reply.message == "requested datetime out of range, most recently updated balance 2026-05-04T12:00:00Z"
    )
