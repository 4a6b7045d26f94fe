"""/auth/get: account and routing numbers."""

from typing import Any

from tests.api.scripted import ScriptedBank, accounts_by_mask, products
from tests.world import World

from gingham.banks.protocol import Refused


async def numbers(world: World, token: str, **options: Any) -> Any:
    return (await world.post("/auth/get", access_token=token, options=options))["numbers"]


async def test_only_accounts_that_can_be_debited_are_listed(world: World) -> None:
    reply = await world.post("/auth/get", access_token=await world.item("auth"))
    assert [account["mask"] for account in reply["accounts"]] == ["0000", "1111", "9002"]


async def test_every_listed_account_has_its_numbers(world: World) -> None:
    token = await world.item("auth")
    ids = await accounts_by_mask(world, token)
    assert await numbers(world, token) == {
        "ach": [
            {
                "account_id": ids[mask],
                "account": f"111122223333{mask}",
                "routing": "011401533",
                "wire_routing": "021000021",
                "is_tokenized_account_number": False,
            }
            for mask in ("0000", "1111", "9002")
        ],
        "eft": [],
        "international": [],
        "bacs": [],
    }


async def test_a_filter_shows_the_asked_accounts_and_their_numbers(world: World) -> None:
    token = await world.item("auth")
    ids = await accounts_by_mask(world, token)
    reply = await world.post("/auth/get", access_token=token, options={"account_ids": [ids["1111"]]})
    assert [account["mask"] for account in reply["accounts"]] == ["1111"]
    assert [entry["account"] for entry in reply["numbers"]["ach"]] == ["1111222233331111"]


async def test_an_asked_account_without_numbers_is_listed_all_the_same(world: World) -> None:
    token = await world.item("auth")
    ids = await accounts_by_mask(world, token)
    options = {"account_ids": [ids["0000"], ids["3333"]]}
    reply = await world.post("/auth/get", access_token=token, options=options)
    assert [account["mask"] for account in reply["accounts"]] == ["0000", "3333"]
    assert [entry["account_id"] for entry in reply["numbers"]["ach"]] == [ids["0000"]]


async def test_canada_has_institution_and_branch(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id="ins_43")
    found = await numbers(quick_world, token)
    assert (found["ach"], found["international"], found["bacs"]) == ([], [], [])
    first = found["eft"][0]
    assert (first["institution"], first["branch"], first["account"]) == ("021", "01140", "111122223333")


async def test_britain_has_sort_codes_and_ibans(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id="ins_117650")
    found = await numbers(quick_world, token)
    assert (found["ach"], found["eft"]) == ([], [])
    assert (found["bacs"][0]["sort_code"], found["bacs"][0]["account"]) == ("601613", "31926819")
    assert found["international"][0]["iban"] == "GB29NWBK60161331926819"
    assert found["international"][0]["bic"] == "NWBKGB21"


async def test_some_banks_give_tokens_for_numbers(quick_world: World) -> None:
    token = await quick_world.item("auth", institution_id="ins_56")
    found = await numbers(quick_world, token)
    assert {entry["is_tokenized_account_number"] for entry in found["ach"]} == {True}


async def test_asking_adds_auth_and_says_how_the_numbers_were_got(world: World) -> None:
    token = await world.item("transactions")
    item = (await world.post("/auth/get", access_token=token))["item"]
    assert item["products"] == item["billed_products"] == ["auth", "transactions"]
    assert "auth" not in item["available_products"]
    assert item["auth_method"] == "INSTANT_AUTH"
    kept = (await world.post("/accounts/get", access_token=token))["item"]
    assert kept == item


async def test_an_item_without_an_eligible_account_has_no_numbers(world: World, bank: ScriptedBank) -> None:
    bank.only = {"3333", "5555", "7777"}
    token = await world.item("transactions")
    reply = await world.post("/auth/get", access_token=token)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "NO_AUTH_ACCOUNTS")
    assert await products(world, token) == ["transactions"]


async def test_a_failure_of_the_bank_is_the_answer(world: World, bank: ScriptedBank) -> None:
    token = await world.item("auth")
    bank.refusal = Refused(error_code="ITEM_LOCKED", error_type="ITEM_ERROR")
    assert (await world.post("/auth/get", access_token=token)).code == "ITEM_LOCKED"
