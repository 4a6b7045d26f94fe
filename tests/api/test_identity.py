"""/identity/get: who owns the accounts."""

from tests.api.scripted import ScriptedBank, accounts_by_mask
from tests.world import World

from gingham.banks.protocol import Refused

ALBERTA = {
    "names": ["Alberta Bobbeth Charleson"],
    "addresses": [
        {
            "data": {
                "street": "2992 Cameron Road",
                "city": "Malakoff",
                "region": "NY",
                "postal_code": "14236",
                "country": "US",
            },
            "primary": True,
        },
        {
            "data": {
                "street": "2493 Leisure Lane",
                "city": "San Matias",
                "region": "CA",
                "postal_code": "93405-2255",
                "country": "US",
            },
            "primary": False,
        },
    ],
    "emails": [
        {"data": "accountholder0@example.com", "primary": True, "type": "primary"},
        {"data": "accountholder1@example.com", "primary": False, "type": "secondary"},
        {
            "data": "extraordinarily.long.email.username.123456@reallylonghostname.com",
            "primary": False,
            "type": "other",
        },
    ],
    "phone_numbers": [
        {"data": "1112223333", "primary": False, "type": "home"},
        {"data": "1112224444", "primary": False, "type": "work"},
        {"data": "1112225555", "primary": False, "type": "mobile"},
    ],
}


async def test_every_account_has_the_same_one_owner(world: World) -> None:
    reply = await world.post("/identity/get", access_token=await world.item("identity"))
    assert len(reply["accounts"]) == 14
    assert all(account["owners"] == [ALBERTA] for account in reply["accounts"])


async def test_an_account_is_otherwise_as_accounts_get_shows_it(world: World) -> None:
    token = await world.item("identity")
    owned = (await world.post("/identity/get", access_token=token))["accounts"]
    for account in owned:
        del account["owners"]
    assert owned == (await world.post("/accounts/get", access_token=token))["accounts"]


async def test_a_filter_shows_the_asked_accounts(world: World) -> None:
    token = await world.item("identity")
    ids = await accounts_by_mask(world, token)
    options = {"account_ids": [ids["7777"], ids["1111"]]}
    reply = await world.post("/identity/get", access_token=token, options=options)
    assert [account["mask"] for account in reply["accounts"]] == ["1111", "7777"]
    assert all(account["owners"] == [ALBERTA] for account in reply["accounts"])


async def test_asking_adds_identity(world: World) -> None:
    token = await world.item("auth", "transactions")
    item = (await world.post("/identity/get", access_token=token))["item"]
    assert item["billed_products"] == ["auth", "identity", "transactions"]
    assert "identity" not in item["available_products"]


async def test_a_failure_of_the_bank_is_the_answer(world: World, bank: ScriptedBank) -> None:
    token = await world.item("identity")
    bank.refusal = Refused(error_code="ACCESS_NOT_GRANTED", error_type="ITEM_ERROR")
    assert (await world.post("/identity/get", access_token=token)).code == "ACCESS_NOT_GRANTED"
