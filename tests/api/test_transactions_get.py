"""/transactions/get, /transactions/refresh, and what webhooks are owed for what they find."""

import json
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.scripted import ScriptedBank, accounts_by_mask, row
from tests.world import Reply, World

from gingham.banks.protocol import Granted, Refused
from gingham.clock import DAY, SECOND
from gingham.items import repair
from gingham.store import items, outbox

PATH = "/transactions/get"
HOOK = "https://example.com/hook"


async def get(
    world: World, token: str, start: str = "2020-01-01", end: str = "2026-12-31", **body: Any
) -> Reply:
    return await world.post(PATH, access_token=token, start_date=start, end_date=end, **body)


async def refresh(world: World, token: str) -> Reply:
    return await world.post("/transactions/refresh", access_token=token)


def names(reply: Reply) -> list[str]:
    return [each["name"] for each in reply["transactions"]]


# --- readiness --------------------------------------------------------------------------------------------


async def test_before_the_first_pull_transactions_are_not_ready(world: World) -> None:
    reply = await get(world, await world.item("transactions"))
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "PRODUCT_NOT_READY")


async def test_the_first_call_adds_the_product_and_is_not_ready(world: World) -> None:
    token = await world.item("auth")
    assert (await get(world, token)).code == "PRODUCT_NOT_READY"
    item = (await world.post("/item/get", access_token=token))["item"]
    assert item["billed_products"] == ["auth", "transactions"]
    await world.later(1)
    assert len((await get(world, token))["transactions"]) == 16


async def test_between_the_pulls_only_the_newest_thirty_days_are_there(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    reply = await get(world, token)
    assert reply["total_transactions"] == len(reply["transactions"]) == 16
    assert min(each["date"] for each in reply["transactions"]) >= "2026-04-05"
    await world.later(60)
    assert (await get(world, token))["total_transactions"] == 48


async def test_the_call_that_adds_the_product_may_ask_for_two_years(world: World) -> None:
    token = await world.item("auth")
    await get(world, token, options={"days_requested": 730})
    await world.later(60)
    assert (await get(world, token, options={"days_requested": 30}))["total_transactions"] == 386


# --- what is listed ---------------------------------------------------------------------------------------


async def test_the_answer_has_accounts_and_item(world: World) -> None:
    reply = await get(world, await world.pulled())
    assert set(reply.body) == {"accounts", "transactions", "total_transactions", "item", "request_id"}
    assert len(reply["accounts"]) == 14
    assert reply["item"]["billed_products"] == ["transactions"]


async def test_rows_are_as_sync_tells_them(world: World) -> None:
    token = await world.pulled()
    told = await world.post("/transactions/sync", access_token=token, count=500)
    listed = await get(world, token, options={"count": 500})
    by_id = {each["transaction_id"]: each for each in listed["transactions"]}
    assert by_id == {each["transaction_id"]: each for each in told["added"]}


async def test_rows_come_newest_first_and_within_a_day_in_the_banks_order(world: World) -> None:
    token = await world.pulled()
    reply = await get(world, token)
    dates = [each["date"] for each in reply["transactions"]]
    assert dates == sorted(dates, reverse=True)
    assert names(await get(world, token, "2026-04-23", "2026-04-23")) == [
        "AUTOMATIC PAYMENT - THANK",
        "KFC",
        "Madison Bicycle Shop",
    ]


async def test_both_dates_are_included(world: World) -> None:
    token = await world.pulled()
    reply = await get(world, token, "2026-04-13", "2026-04-24")
    assert {each["date"] for each in reply["transactions"]} == {
        "2026-04-13",
        "2026-04-14",
        "2026-04-23",
        "2026-04-24",
    }


async def test_a_day_without_transactions_is_an_empty_list(world: World) -> None:
    reply = await get(world, await world.pulled(), "2026-05-04", "2026-05-04")
    assert (reply["transactions"], reply["total_transactions"]) == ([], 0)


async def test_a_range_may_reach_into_the_future_and_the_dark_past(world: World) -> None:
    reply = await get(world, await world.pulled(), "0001-01-01", "9999-12-31")
    assert reply["total_transactions"] == 48


@pytest.mark.parametrize("count", [1, 10, 48, 500])
async def test_pages_cover_everything_once_in_one_order(world: World, count: int) -> None:
    token = await world.pulled()
    whole = await get(world, token, options={"count": 500})
    pages = [
        await get(world, token, options={"count": count, "offset": offset}) for offset in range(0, 48, count)
    ]
    assert {page["total_transactions"] for page in pages} == {48}
    assert [each for page in pages for each in page["transactions"]] == whole["transactions"]


async def test_a_hundred_are_listed_when_nobody_says_how_many(world: World) -> None:
    token = await world.item("transactions", transactions={"days_requested": 730})
    await world.later(60)
    reply = await get(world, token)
    assert (len(reply["transactions"]), reply["total_transactions"]) == (100, 386)


async def test_an_offset_behind_the_end_gives_an_empty_page_and_the_total(world: World) -> None:
    token = await world.pulled()
    for offset in (48, 49, 2**31 - 1):
        reply = await get(world, token, options={"offset": offset})
        assert (reply["transactions"], reply["total_transactions"]) == ([], 48)


async def test_a_filter_by_account_counts_only_its_rows(world: World) -> None:
    token = await world.pulled()
    ids = await accounts_by_mask(world, token)
    wanted = [ids["1111"], ids["4444"]]
    reply = await get(world, token, options={"account_ids": wanted, "count": 5})
    assert (len(reply["transactions"]), reply["total_transactions"]) == (5, 9)
    assert {each["account_id"] for each in reply["transactions"]} == set(wanted)
    assert [account["mask"] for account in reply["accounts"]] == ["1111", "4444"]


async def test_an_account_without_transactions_has_none(world: World) -> None:
    token = await world.pulled()
    ids = await accounts_by_mask(world, token)
    reply = await get(world, token, options={"account_ids": [ids["5555"]]})
    assert (reply["transactions"], reply["total_transactions"]) == ([], 0)


async def test_options_change_what_a_row_shows(world: World) -> None:
    token = await world.pulled()
    options = {"include_original_description": True, "personal_finance_category_version": "v1", "count": 1}
    (shown,) = (await get(world, token, options=options))["transactions"]
    (plain,) = (await get(world, token, options={"count": 1}))["transactions"]
    assert (plain["original_description"], shown["original_description"]) == (None, "United Airlines")
    assert plain["personal_finance_category"]["version"] == "v2"
    assert shown["personal_finance_category"]["version"] == "v1"


# --- wrong requests ---------------------------------------------------------------------------------------

DATE = "must be a string of the format 'YYYY-MM-DD'"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"start": "01/02/2026"}, f"start_date {DATE}"),
    ({"start": "2026-02-30"}, f"start_date {DATE}"),
    ({"start": "2026-1-1"}, f"start_date {DATE}"),
    ({"start": "2026-01-01T00:00:00Z"}, f"start_date {DATE}"),
    ({"start": ""}, f"start_date {DATE}"),
    ({"start": 20260101}, f"start_date {DATE}"),
    ({"end": "tomorrow"}, f"end_date {DATE}"),
    ({"end": None}, f"end_date {DATE}"),
    ({"start": "2026-05-04", "end": "2026-05-03"}, "start_date must not be after end_date"),
    ({"options": None}, "options must be an object"),
    ({"options": {"count": 0}}, "options.count must be an integer between 1 and 500"),
    ({"options": {"count": 501}}, "options.count must be an integer between 1 and 500"),
    ({"options": {"count": "10"}}, "options.count must be an integer"),
    ({"options": {"offset": -1}}, "options.offset must be an integer between 0 and 2147483647"),
    ({"options": {"offset": "0"}}, "options.offset must be an integer"),
    ({"options": {"offset": 2**63}}, "options.offset must be an integer between 0 and 2147483647"),
    ({"options": {"days_requested": 731}}, "options.days_requested must be an integer between 1 and 730"),
    ({"options": {"count": "10", "offset": "10"}}, "options.count must be an integer"),
]


async def test_each_wrong_field_is_named(quick_world: World) -> None:
    token = await quick_world.pulled()
    for body, message in WRONG:
        reply = await get(quick_world, token, **body)
        assert (reply.status, reply.code, reply.message) == (400, "INVALID_FIELD", message)


async def test_missing_dates_are_all_named(quick_world: World) -> None:
    reply = await quick_world.post(PATH, access_token=await quick_world.item())
    assert (reply.code, reply.message) == (
        "MISSING_FIELDS",
        "the following required fields are missing: start_date, end_date",
    )


async def test_a_request_that_is_refused_adds_no_product(world: World) -> None:
    token = await world.item("auth")
    assert (await get(world, token, "2026-05-04", "2026-05-03")).code == "INVALID_FIELD"
    assert (await world.post("/item/get", access_token=token))["item"]["products"] == ["auth"]


# --- changes ----------------------------------------------------------------------------------------------


async def test_a_posted_row_takes_the_place_of_a_pending_one(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("pending", pending=True)]
    token = await world.pulled()
    (pending,) = (await get(world, token))["transactions"]
    assert (pending["pending"], pending["pending_transaction_id"]) == (True, None)
    bank.rows = [row("posted", pending_reference="pending")]
    await refresh(world, token)
    (posted,) = (await get(world, token))["transactions"]
    assert (posted["pending"], posted["pending_transaction_id"]) == (False, pending["transaction_id"])


async def test_the_banks_order_within_a_day_is_kept_when_rows_come_between(
    world: World, bank: ScriptedBank
) -> None:
    bank.rows = [row("a"), row("c")]
    token = await world.pulled()
    bank.rows = [row("a"), row("b"), row("c")]
    await refresh(world, token)
    assert names(await get(world, token)) == ["Row a", "Row b", "Row c"]
    bank.rows = [row("c"), row("a")]
    await refresh(world, token)
    assert names(await get(world, token)) == ["Row c", "Row a"]


# --- refresh ----------------------------------------------------------------------------------------------


async def test_a_refresh_right_after_exchange_makes_everything_ready(world: World) -> None:
    token = await world.item("transactions")
    reply = await refresh(world, token)
    assert (reply.status, set(reply.body)) == (200, {"request_id"})
    assert (await get(world, token))["total_transactions"] == 48
    sync = await world.post("/transactions/sync", access_token=token)
    assert sync["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE"


async def test_the_pulls_that_a_refresh_made_needless_change_nothing(world: World) -> None:
    token = await world.item("transactions", webhook=HOOK)
    await refresh(world, token)
    before = await owed(world)
    await world.later(60)
    assert (await get(world, token))["total_transactions"] == 48
    assert await owed(world) == before


async def test_a_refresh_tells_item_status(world: World) -> None:
    token = await world.pulled()
    await world.later(3600)
    await refresh(world, token)
    status = (await world.post("/item/get", access_token=token))["status"]
    assert status["transactions"]["last_successful_update"] == "2026-05-04T13:01:00Z"


async def test_a_refresh_of_a_broken_item_is_refused(world: World) -> None:
    token = await world.pulled()
    await world.post("/sandbox/item/reset_login", access_token=token)
    assert (await refresh(world, token)).code == "ITEM_LOGIN_REQUIRED"


async def test_a_bank_that_fails_a_refresh_takes_nothing_away(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    bank.refusal = Refused(error_code="INSTITUTION_NOT_RESPONDING", error_type="INSTITUTION_ERROR")
    reply = await refresh(world, token)
    assert (reply.body["error_type"], reply.code) == ("INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING")
    bank.refusal = None
    assert names(await get(world, token)) == ["Row a"]


# --- banks that fail a pull -------------------------------------------------------------------------------

DOWN = Refused(error_code="INSTITUTION_DOWN", error_type="INSTITUTION_ERROR")
LOCKED = Refused(error_code="ITEM_LOCKED", error_type="ITEM_ERROR")


async def test_a_bank_that_is_down_is_asked_again(world: World, bank: ScriptedBank) -> None:
    bank.rows, bank.refusal = [row("a"), row("b", days_ago=80)], DOWN
    token = await world.item("transactions", webhook=HOOK)
    await world.later(60)
    assert (await get(world, token)).code == "PRODUCT_NOT_READY"
    bank.refusal = None
    await world.later(600)
    assert names(await get(world, token)) == ["Row a", "Row b"]
    assert [code for _, code, _ in await owed(world)] == ["INITIAL_UPDATE", "HISTORICAL_UPDATE"]


async def test_a_bank_that_is_down_for_a_poll_takes_nothing_away(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    bank.refusal = DOWN
    await world.later(DAY / SECOND)
    assert names(await get(world, token)) == ["Row a"]
    assert (await world.post("/item/get", access_token=token))["item"]["error"] is None
    bank.refusal, bank.rows = None, [row("a"), row("b", days_ago=-1)]
    await world.later(DAY / SECOND)
    assert names(await get(world, token)) == ["Row b", "Row a"]


async def test_a_bank_that_lets_nobody_in_breaks_the_item(world: World, bank: ScriptedBank) -> None:
    token = await world.pulled("transactions", webhook=HOOK)
    bank.refusal = LOCKED
    await world.later(DAY / SECOND)
    assert (await world.post("/item/get", access_token=token))["item"]["error"]["error_code"] == "ITEM_LOCKED"
    kind, code, body = (await owed(world))[-1]
    assert (kind, code, body["error"]["error_code"]) == ("ITEM", "ERROR", "ITEM_LOCKED")
    before = len(await owed(world))
    await world.later(5 * DAY / SECOND)
    assert len(await owed(world)) == before


# --- while the bank is on its way -------------------------------------------------------------------------


async def test_what_a_bank_told_before_the_last_contact_is_old(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()

    async def newer() -> None:
        world.clock.advance(SECOND)
        bank.rows = [row("a", name="Row a, corrected"), row("b")]
        await refresh(world, token)

    bank.meanwhile = newer
    await refresh(world, token)
    assert bank.meanwhile is None
    assert names(await get(world, token)) == ["Row a, corrected", "Row b"]


async def test_an_item_that_broke_in_the_meantime_keeps_its_error(world: World, bank: ScriptedBank) -> None:
    token = await world.pulled("transactions", webhook=HOOK)
    bank.refusal = LOCKED
    bank.meanwhile = partial(world.post, "/sandbox/item/reset_login", access_token=token)
    await world.later(DAY / SECOND)
    error = (await world.post("/item/get", access_token=token))["item"]["error"]
    assert (bank.meanwhile, error["error_code"]) == (None, "ITEM_LOGIN_REQUIRED")
    assert [code for kind, code, _ in await owed(world) if kind == "ITEM"] == ["ERROR"]


async def test_an_item_that_was_removed_in_the_meantime_gets_nothing(
    world: World, bank: ScriptedBank
) -> None:
    token = await world.item("transactions", webhook=HOOK)
    bank.meanwhile = partial(world.post, "/item/remove", access_token=token)
    reply = await refresh(world, token)
    assert (bank.meanwhile, reply.status, reply.code) == (None, 400, "ITEM_CONCURRENTLY_DELETED")
    token = await world.item("transactions", webhook=HOOK)
    bank.meanwhile = partial(world.post, "/item/remove", access_token=token)
    await world.later(60)
    assert (bank.meanwhile, await owed(world)) == (None, [])


# --- webhooks ---------------------------------------------------------------------------------------------


async def owed(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    """Type, code and body of every webhook, oldest first."""
    rows = await outbox.owed(world.platform.store)
    return [(each.type, each.code, json.loads(each.body)) for each in rows]


async def told(world: World) -> list[tuple[str, Any]]:
    """Code and content of every webhook about transactions."""
    members = {
        "SYNC_UPDATES_AVAILABLE": ("initial_update_complete", "historical_update_complete"),
        "TRANSACTIONS_REMOVED": ("removed_transactions",),
    }
    return [
        (code, tuple(body[name] for name in members.get(code, ("new_transactions",))))
        for kind, code, body in await owed(world)
        if kind == "TRANSACTIONS"
    ]


async def test_each_pull_is_told_with_its_count(world: World) -> None:
    await world.pulled("transactions", webhook=HOOK)
    assert await told(world) == [("INITIAL_UPDATE", (16,)), ("HISTORICAL_UPDATE", (32,))]


async def test_whoever_called_sync_is_told_of_updates_too(world: World) -> None:
    token = await world.item("transactions", webhook=HOOK)
    await world.post("/transactions/sync", access_token=token)
    await world.later(60)
    assert await told(world) == [
        ("INITIAL_UPDATE", (16,)),
        ("SYNC_UPDATES_AVAILABLE", (True, False)),
        ("HISTORICAL_UPDATE", (32,)),
        ("SYNC_UPDATES_AVAILABLE", (True, True)),
    ]


async def test_pulls_are_told_even_when_they_bring_nothing(world: World, bank: ScriptedBank) -> None:
    await world.pulled("transactions", webhook=HOOK)
    assert await told(world) == [("INITIAL_UPDATE", (0,)), ("HISTORICAL_UPDATE", (0,))]


async def test_a_refresh_right_after_exchange_tells_both_pulls(world: World) -> None:
    token = await world.item("transactions", webhook=HOOK)
    await refresh(world, token)
    assert await told(world) == [("INITIAL_UPDATE", (16,)), ("HISTORICAL_UPDATE", (32,))]


async def test_a_refresh_without_news_tells_nothing(world: World) -> None:
    token = await world.pulled("transactions", webhook=HOOK)
    await world.post("/transactions/sync", access_token=token)
    before = await told(world)
    await refresh(world, token)
    assert await told(world) == before


@pytest.mark.parametrize("synced", [False, True])
async def test_each_kind_of_news_is_told_in_its_own_way(
    world: World, bank: ScriptedBank, synced: bool
) -> None:
    bank.rows = [row("hold", pending=True), row("a")]
    token = await world.pulled("transactions", webhook=HOOK)
    ids = {each["name"]: each["transaction_id"] for each in (await get(world, token))["transactions"]}
    if synced:
        await world.post("/transactions/sync", access_token=token)
    sync = [("SYNC_UPDATES_AVAILABLE", (True, True))] if synced else []
    seen = len(await told(world))

    bank.rows.append(row("b"))
    await refresh(world, token)
    assert (await told(world))[seen:] == [("DEFAULT_UPDATE", (1,)), *sync]
    seen += 1 + len(sync)

    bank.rows[1] = replace(bank.rows[1], amount=Decimal(5))
    await refresh(world, token)
    assert (await told(world))[seen:] == sync
    seen += len(sync)

    del bank.rows[0]
    await refresh(world, token)
    assert (await told(world))[seen:] == [("TRANSACTIONS_REMOVED", ([ids["Row hold"]],)), *sync]


async def test_an_item_without_a_webhook_owes_nobody(world: World) -> None:
    await refresh(world, await world.pulled())
    assert await owed(world) == []


async def test_an_item_that_missed_its_pulls_while_it_was_broken_gets_them_when_it_is_mended(
    world: World, bank: ScriptedBank
) -> None:
    bank.rows = [row("a"), row("b", days_ago=80)]
    token = await world.item("transactions", webhook=HOOK)
    item_id = (await world.post("/item/get", access_token=token))["item"]["item_id"]
    await world.post("/sandbox/item/reset_login", access_token=token)
    await world.later(60)
    async with world.platform.store.writing() as writer:
        item = await items.lock_item(writer, item_id)
        assert item is not None
        assert item.initial_at is None
        grant = world.platform.vault.open(item.grant, item_id)
        await repair.repair(world.platform, writer, item, Granted(grant=grant, accounts=()))
    await world.later(60)
    assert names(await get(world, token)) == ["Row a", "Row b"]
    assert await told(world) == [("INITIAL_UPDATE", (1,)), ("HISTORICAL_UPDATE", (1,))]
