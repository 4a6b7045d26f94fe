"""Which products an Item has: given at its birth, added by asking, or refused."""

import asyncio
from typing import Any

import pytest
from tests.api.scripted import ScriptedBank, products
from tests.world import World

PAYROLL = "ins_135842"


async def item_of(world: World, token: str) -> dict[str, Any]:
    item: dict[str, Any] = (await world.post("/item/get", access_token=token))["item"]
    return item


@pytest.mark.parametrize(
    ("asked", "billed"),
    [
        (["transactions"], ["transactions"]),
        (["transactions", "auth"], ["auth", "transactions"]),
        (["assets", "auth", "balance"], ["auth"]),
        (["assets", "auth", "balance", "transactions"], ["auth", "transactions"]),
        (["balance"], []),
        (["identity", "identity"], ["identity"]),
    ],
)
async def test_what_is_asked_for_at_birth_is_billed_but_for_assets_and_balance(
    quick_world: World, asked: list[str], billed: list[str]
) -> None:
    item = await item_of(quick_world, await quick_world.item(*asked))
    assert item["products"] == item["billed_products"] == billed
    assert "balance" in item["available_products"]
    assert "assets" in item["available_products"]


async def test_the_arrays_are_sorted_and_disjoint(quick_world: World) -> None:
    item = await item_of(quick_world, await quick_world.item("transactions", "identity"))
    for name in ("products", "billed_products", "available_products"):
        assert item[name] == sorted(item[name])
    assert not set(item["billed_products"]) & set(item["available_products"])


async def test_what_the_bank_could_do_more_is_available(quick_world: World) -> None:
    item = await item_of(quick_world, await quick_world.item("transactions"))
    assert item["available_products"] == [
        "assets",
        "auth",
        "balance",
        "credit_details",
        "identity",
        "identity_match",
        "income",
        "income_verification",
        "investments",
        "investments_auth",
        "liabilities",
        "signal",
    ]


async def test_auth_method_is_null_until_there_were_numbers(world: World) -> None:
    token = await world.item("transactions")
    assert (await item_of(world, token))["auth_method"] is None
    await world.post("/auth/get", access_token=token)
    assert (await item_of(world, token))["auth_method"] == "INSTANT_AUTH"


ADDING: dict[str, tuple[str, dict[str, Any]]] = {
    "auth": ("/auth/get", {}),
    "identity": ("/identity/get", {}),
    "transactions": ("/transactions/sync", {}),
}


@pytest.mark.parametrize("product", ADDING)
async def test_asking_adds_what_is_asked_for_once(world: World, product: str) -> None:
    path, body = ADDING[product]
    token = await world.item("balance")
    for _ in range(2):
        assert (await world.post(path, access_token=token, **body)).status == 200
        item = await item_of(world, token)
        assert item["products"] == item["billed_products"] == [product]
        assert product not in item["available_products"]


async def test_products_asked_for_at_once_are_all_added(world: World) -> None:
    token = await world.item("balance")
    calls = (world.post(path, access_token=token, **body) for path, body in [*ADDING.values()] * 5)
    assert {reply.status for reply in await asyncio.gather(*calls)} == {200}
    assert await products(world, token) == sorted(ADDING)


@pytest.mark.parametrize("product", ADDING)
async def test_a_bank_that_does_not_do_it_says_so(quick_world: World, product: str) -> None:
    path, body = ADDING[product]
    token = await quick_world.item("income_verification", institution_id=PAYROLL)
    reply = await quick_world.post(path, access_token=token, **body)
    assert (reply.status, reply.body["error_type"], reply.code) == (
        400,
        "ITEM_ERROR",
        "PRODUCTS_NOT_SUPPORTED",
    )
    assert reply.message == f'the following products are not supported by this institution: ["{product}"]'
    assert await products(quick_world, token) == ["income_verification"]


async def test_a_product_without_a_fitting_account_is_not_added(world: World, bank: ScriptedBank) -> None:
    bank.only = {"5555", "6666"}  # investments
    token = await world.item("identity")
    for path, code in (("/auth/get", "NO_AUTH_ACCOUNTS"), ("/transactions/sync", "NO_ACCOUNTS")):
        reply = await world.post(path, access_token=token)
        assert (reply.body["error_type"], reply.code) == ("ITEM_ERROR", code)
    assert await products(world, token) == ["identity"]


async def test_a_broken_item_gets_no_product(world: World) -> None:
    token = await world.item("transactions")
    await world.post("/sandbox/item/reset_login", access_token=token)
    assert (await world.post("/auth/get", access_token=token)).code == "ITEM_LOGIN_REQUIRED"
    assert await products(world, token) == ["transactions"]


async def test_refreshing_transactions_does_not_add_them(world: World) -> None:
    token = await world.item("auth")
    reply = await world.post("/transactions/refresh", access_token=token)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "PRODUCT_NOT_ENABLED")
    assert await products(world, token) == ["auth"]
