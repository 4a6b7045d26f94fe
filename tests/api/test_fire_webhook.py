"""/sandbox/item/fire_webhook: webhooks on demand, by the table of `gingham.items.firing`."""

import json
from typing import Any

import pytest
from tests.world import Reply, World

from gingham.items.firing import TABLE
from gingham.store import outbox

HOOK = "https://example.com/hook"
PRODUCTS = ("auth", "identity", "investments", "liabilities", "transactions")


async def fire(world: World, token: str, code: str, kind: str | None = None) -> Reply:
    return await world.post(
        "/sandbox/item/fire_webhook", access_token=token, webhook_code=code, webhook_type=kind
    )


async def newest(world: World) -> dict[str, Any]:
    """The body of the webhook that was owed last."""
    async with world.platform.store.reading() as reader:
        rows = await outbox.owed(reader)
    return dict(json.loads(rows[-1].body))


async def linked(world: World, *products: str) -> str:
    return await world.item(*(products or PRODUCTS), webhook=HOOK)


COMMON = {"webhook_type", "webhook_code", "environment", "item_id"}
MEMBERS: dict[tuple[str, str], set[str]] = {
    ("TRANSACTIONS", "DEFAULT_UPDATE"): {"new_transactions", "error"},
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): {"initial_update_complete", "historical_update_complete"},
    ("AUTH", "DEFAULT_UPDATE"): {"account_ids_with_new_auth", "account_ids_with_updated_auth", "error"},
    ("IDENTITY", "DEFAULT_UPDATE"): {"account_ids_with_updated_identity", "error"},
    ("HOLDINGS", "DEFAULT_UPDATE"): {"new_holdings", "updated_holdings", "error"},
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"): {
        "new_investments_transactions",
        "cancelled_investments_transactions",
        "error",
    },
    ("LIABILITIES", "DEFAULT_UPDATE"): {
        "account_ids_with_new_liabilities",
        "account_ids_with_updated_liabilities",
        "error",
    },
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): {"error"},
    ("ITEM", "LOGIN_REPAIRED"): set(),
    ("ITEM", "PENDING_DISCONNECT"): {"reason", "disconnect_time"},
    ("ITEM", "AUTHORIZATION_GRANTED"): {"error"},
    ("ITEM", "USER_PERMISSION_REVOKED"): {"error"},
    ("ITEM", "USER_ACCOUNT_REVOKED"): {"account_id"},
}


async def test_every_webhook_has_the_keys_of_its_code_and_changes_nothing(quick_world: World) -> None:
    token = await linked(quick_world)
    before = (await quick_world.post("/item/get", access_token=token))["item"]
    for (kind, code), members in MEMBERS.items():
        reply = await fire(quick_world, token, code, kind)
        assert (reply.status, reply["webhook_fired"]) == (200, True), (kind, code)
        body = await newest(quick_world)
        assert body.keys() == COMMON | members
        assert (body["webhook_type"], body["webhook_code"]) == (kind, code)
        assert (body["item_id"], body["environment"]) == (before["item_id"], "sandbox")
    assert (await quick_world.post("/item/get", access_token=token))["item"] == before


def test_the_table_has_no_row_without_a_test() -> None:
    assert TABLE.keys() - MEMBERS.keys() == {
        ("TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE"),
        ("AUTH", "SMS_MICRODEPOSITS_VERIFICATION"),
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [("DEFAULT_UPDATE", "TRANSACTIONS"), ("NEW_ACCOUNTS_AVAILABLE", "ITEM"), ("LOGIN_REPAIRED", "ITEM")],
)
async def test_the_type_follows_from_the_code(quick_world: World, code: str, kind: str) -> None:
    token = await linked(quick_world)
    assert (await fire(quick_world, token, code)).status == 200
    assert (await newest(quick_world))["webhook_type"] == kind


async def test_accounts_that_are_named_are_those_the_product_can_use(quick_world: World) -> None:
    token = await linked(quick_world)
    await fire(quick_world, token, "DEFAULT_UPDATE", "AUTH")
    named = (await newest(quick_world))["account_ids_with_updated_auth"]
    numbers = (await quick_world.post("/auth/get", access_token=token))["numbers"]["ach"]
    assert set(named) == {row["account_id"] for row in numbers}


async def test_sync_updates_tell_how_far_the_history_is(quick_world: World) -> None:
    token = await linked(quick_world, "transactions")
    await fire(quick_world, token, "SYNC_UPDATES_AVAILABLE")
    assert (await newest(quick_world))["historical_update_complete"] is False
    await quick_world.later(60)
    await fire(quick_world, token, "SYNC_UPDATES_AVAILABLE")
    assert (await newest(quick_world))["historical_update_complete"] is True


@pytest.mark.parametrize(
    ("kind", "code", "product"),
    [
        ("TRANSACTIONS", "DEFAULT_UPDATE", "transactions"),
        ("HOLDINGS", "DEFAULT_UPDATE", "investments"),
        ("TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE", "recurring_transactions"),
        ("ASSETS", "PRODUCT_READY", "assets"),
        (None, "ERROR", "assets"),
    ],
)
async def test_a_product_that_is_not_on_the_item_has_no_webhook(
    quick_world: World, kind: str | None, code: str, product: str
) -> None:
    reply = await fire(quick_world, await linked(quick_world, "auth"), code, kind)
    assert (reply.status, reply.body["error_type"], reply.code) == (
        400,
        "SANDBOX_ERROR",
        "SANDBOX_PRODUCT_NOT_ENABLED",
    )
    assert reply.message == f"The {product} product is not enabled on this item"


async def test_an_item_without_a_webhook_is_told_so(quick_world: World) -> None:
    reply = await fire(quick_world, await quick_world.item("transactions"), "DEFAULT_UPDATE")
    assert (reply.status, reply.code) == (400, "SANDBOX_WEBHOOK_INVALID")


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("ITEM", "DEFAULT_UPDATE", "webhook_code DEFAULT_UPDATE is not one of webhook_type ITEM"),
        ("ITEM", "ERROR", "webhook_code ERROR is not one of webhook_type ITEM"),
        (
            None,
            "SMS_MICRODEPOSITS_VERIFICATION",
            "webhook_code SMS_MICRODEPOSITS_VERIFICATION is for Items of SAME_DAY_MICRODEPOSITS",
        ),
    ],
)
async def test_a_pair_that_cannot_be_is_refused(
    quick_world: World, kind: str | None, code: str, message: str
) -> None:
    reply = await fire(quick_world, await linked(quick_world), code, kind)
    assert (reply.code, reply.message) == ("INVALID_FIELD", message)
