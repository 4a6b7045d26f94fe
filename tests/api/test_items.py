"""/item/*: tokens, state, webhooks, and the end of an Item."""

import asyncio

from tests.world import World

from gingham.clock import DAY, MINUTE, SECOND
from gingham.store import outbox

UNKNOWN = "access-sandbox-00000000-0000-4000-8000-000000000000"


async def test_a_public_token_is_exchanged_for_an_access_token(world: World) -> None:
    public_token = await world.public_token()
    reply = await world.post("/item/public_token/exchange", public_token=public_token)
    assert reply["access_token"].startswith("access-sandbox-")
    assert len(reply["item_id"]) == 37


async def test_a_public_token_is_exchanged_only_once(world: World) -> None:
    public_token = await world.public_token()
    await world.post("/item/public_token/exchange", public_token=public_token)
    again = await world.post("/item/public_token/exchange", public_token=public_token)
    assert (again.status, again.code) == (400, "INVALID_PUBLIC_TOKEN")
    assert again.message == "could not find matching public token"


async def test_of_two_hundred_that_race_for_a_public_token_one_gets_the_item(world: World) -> None:
    public_token = await world.public_token()
    race = (world.post("/item/public_token/exchange", public_token=public_token) for _ in range(200))
    replies = await asyncio.gather(*race)
    assert sorted(reply.status for reply in replies) == [200] + [400] * 199
    assert {reply.code for reply in replies if reply.status == 400} == {"INVALID_PUBLIC_TOKEN"}


async def test_a_public_token_lives_thirty_minutes(world: World) -> None:
    in_time, too_late = await world.public_token(), await world.public_token()
    world.clock.advance(30 * MINUTE - 1)
    assert (await world.post("/item/public_token/exchange", public_token=in_time)).status == 200
    world.clock.advance(1)
    assert (
        await world.post("/item/public_token/exchange", public_token=too_late)
    ).code == "INVALID_PUBLIC_TOKEN"


async def test_a_malformed_public_token_is_told_its_format(world: World) -> None:
    reply = await world.post("/item/public_token/exchange", public_token="public-sandbox-123")
    assert reply.code == "INVALID_PUBLIC_TOKEN"
    assert reply.message.endswith("expected format: public-<environment>-<identifier>")


async def test_a_public_token_of_the_sandbox_is_nothing_in_production(world: World) -> None:
    public_token = await world.public_token()
    reply = await world.post("/item/public_token/exchange", "production", public_token=public_token)
    assert reply.code == "INVALID_PUBLIC_TOKEN"
    assert (await world.post("/item/public_token/exchange", public_token=public_token)).status == 200


async def test_an_access_token_of_the_sandbox_is_nothing_in_production(world: World) -> None:
    reply = await world.post("/item/get", "production", access_token=await world.item())
    assert (reply.status, reply.code) == (400, "INVALID_ACCESS_TOKEN")


async def test_a_malformed_and_an_unknown_access_token_are_told_apart(world: World) -> None:
    malformed = await world.post("/item/get", access_token="notreal")
    unknown = await world.post("/item/get", access_token=UNKNOWN)
    assert malformed.code == unknown.code == "INVALID_ACCESS_TOKEN"
    assert malformed.message.endswith("expected format: access-<environment>-<identifier>")
    assert unknown.message == "could not find matching access token"


async def test_item_get_shows_the_item(world: World) -> None:
    token = await world.item("transactions", "auth", webhook="https://example.com/hook")
    reply = await world.post("/item/get", access_token=token)
    item = reply["item"]
    assert item["institution_id"] == "ins_109508"
    assert item["institution_name"] == "First Platypus Bank"
    assert item["webhook"] == "https://example.com/hook"
    assert item["error"] is None
    assert item["products"] == item["billed_products"] == ["auth", "transactions"]
    assert "balance" in item["available_products"]
    assert not set(item["available_products"]) & set(item["billed_products"])
    assert item["update_type"] == "background"
    assert item["created_at"] == "2026-05-04T12:00:00Z"
    assert reply["status"] == {
        "transactions": {"last_successful_update": None, "last_failed_update": None},
        "last_webhook": None,
    }


async def test_item_status_tells_of_the_last_contact_with_the_bank(world: World) -> None:
    token = await world.item("transactions")
    await world.later(60)
    status = (await world.post("/item/get", access_token=token))["status"]
    assert status["transactions"]["last_successful_update"] == "2026-05-04T12:01:00Z"


async def test_balance_and_assets_are_available_and_not_billed(world: World) -> None:
    token = await world.item("assets", "auth", "balance")
    item = (await world.post("/item/get", access_token=token))["item"]
    assert item["billed_products"] == ["auth"]
    assert {"assets", "balance"} <= set(item["available_products"])


async def test_a_removed_item_is_not_found(world: World) -> None:
    token = await world.item()
    assert set((await world.post("/item/remove", access_token=token)).body) == {"request_id"}
    for path in ("/item/get", "/accounts/get", "/transactions/sync", "/item/remove"):
        reply = await world.post(path, access_token=token)
        assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "ITEM_NOT_FOUND")


async def test_a_reason_for_removal_is_one_of_those_documented(world: World) -> None:
    token = await world.item()
    wrong = await world.post("/item/remove", access_token=token, reason_code="BORED")
    assert (wrong.code, "reason_code" in wrong.message) == ("INVALID_FIELD", True)
    right = await world.post("/item/remove", access_token=token, reason_code="OTHER", reason_note="moved")
    assert right.status == 200


async def test_an_invalidated_access_token_stops_working_at_once(world: World) -> None:
    old = await world.item()
    new = (await world.post("/item/access_token/invalidate", access_token=old))["new_access_token"]
    assert new != old
    assert (await world.post("/item/get", access_token=old)).code == "INVALID_ACCESS_TOKEN"
    assert (await world.post("/item/get", access_token=new)).status == 200


async def test_a_new_webhook_is_acknowledged_to_the_new_address(world: World) -> None:
    token = await world.item("auth", webhook="https://example.com/old")
    item = (await world.post("/item/webhook/update", access_token=token, webhook="https://example.com/new"))[
        "item"
    ]
    assert item["webhook"] == "https://example.com/new"
    owed = await outbox.owed(world.platform.store)
    assert [(row.url, row.type, row.code) for row in owed] == [
        ("https://example.com/new", "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED")
    ]
    assert b'"new_webhook_url": "https://example.com/new"' in owed[0].body


async def test_a_null_webhook_clears_it(world: World) -> None:
    token = await world.item("auth", webhook="https://example.com/old")
    item = (await world.post("/item/webhook/update", access_token=token, webhook=None))["item"]
    assert item["webhook"] is None
    assert await outbox.owed(world.platform.store) == []


async def test_a_webhook_that_is_no_url_is_refused(world: World) -> None:
    token = await world.item()
    reply = await world.post("/item/webhook/update", access_token=token, webhook="invalid-hook")
    assert (reply.code, reply.message) == ("INVALID_FIELD", "webhook must be a non-empty string URL")


async def test_a_reset_login_breaks_the_item_until_it_is_repaired(world: World) -> None:
    token = await world.item("auth", "transactions", webhook="https://example.com/hook")
    assert (await world.post("/sandbox/item/reset_login", access_token=token))["reset_login"] is True
    item = (await world.post("/item/get", access_token=token))["item"]
    assert item["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"
    assert item["error"]["error_type"] == "ITEM_ERROR"
    for path in (
        "/accounts/get",
        "/accounts/balance/get",
        "/auth/get",
        "/identity/get",
        "/transactions/sync",
    ):
        reply = await world.post(path, access_token=token)
        assert (reply.status, reply.code) == (400, "ITEM_LOGIN_REQUIRED")
    assert (await world.post("/item/webhook/update", access_token=token, webhook=None)).status == 200


async def test_a_broken_item_is_told_of_once(world: World) -> None:
    token = await world.item("auth", webhook="https://example.com/hook")
    for _ in range(2):
        await world.post("/sandbox/item/reset_login", access_token=token)
    owed = await outbox.owed(world.platform.store)
    assert [(row.type, row.code) for row in owed] == [("ITEM", "ERROR")]
    assert b'"error_code": "ITEM_LOGIN_REQUIRED"' in owed[0].body
    assert b'"status": 400' in owed[0].body
    assert b"request_id" not in owed[0].body


async def test_a_sandbox_item_asks_for_a_new_login_after_thirty_days(world: World) -> None:
    token = await world.item("auth")
    await world.later(30 * DAY / SECOND - 1)
    assert (await world.post("/accounts/get", access_token=token)).status == 200
    await world.later(1)
    assert (await world.post("/accounts/get", access_token=token)).code == "ITEM_LOGIN_REQUIRED"


async def test_sandbox_endpoints_are_refused_in_production(world: World) -> None:
    reply = await world.post(
        "/sandbox/public_token/create", "production", institution_id="ins_109508", initial_products=["auth"]
    )
    assert (reply.body["error_type"], reply.code) == ("INVALID_REQUEST", "SANDBOX_ONLY")


async def test_item_public_token_create_makes_another_public_token(world: World) -> None:
    token = await world.item("auth")
    reply = await world.post("/item/public_token/create", access_token=token)
    assert reply["expiration"] == "2026-05-04T12:30:00Z"
    exchanged = await world.post("/item/public_token/exchange", public_token=reply["public_token"])
    item = (await world.post("/item/get", access_token=token))["item"]
    assert exchanged["item_id"] == item["item_id"]
    assert (await world.post("/item/get", access_token=token)).status == 200
