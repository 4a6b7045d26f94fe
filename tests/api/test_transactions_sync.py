"""/transactions/sync: net changes since a cursor, page by page."""

import base64
import itertools
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.api.scripted import ScriptedBank, accounts_by_mask, row
from tests.world import Reply, World

from gingham.clock import DAY, SECOND
from gingham.items import pulls
from gingham.products import sync as engine
from gingham.store import items

PATH = "/transactions/sync"
MUTATION = "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"


async def sync(world: World, token: str, **body: Any) -> Reply:
    return await world.post(PATH, access_token=token, **body)


async def drain(world: World, token: str, cursor: str = "", **body: Any) -> tuple[list[Reply], str]:
    """Every page of one update, and the cursor behind it."""
    pages: list[Reply] = []
    while not pages or pages[-1]["has_more"]:
        pages.append(await sync(world, token, cursor=cursor, **body))
        cursor = pages[-1]["next_cursor"]
    return pages, cursor


def ids(*pages: Reply, kind: str = "added") -> list[str]:
    return [each["transaction_id"] for page in pages for each in page[kind]]


def names(*pages: Reply, kind: str = "added") -> list[str]:
    return [each["name"] for page in pages for each in page[kind]]


async def refreshed(world: World, token: str) -> None:
    assert (await world.post("/transactions/refresh", access_token=token)).status == 200


# --- readiness --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cursor", [{}, {"cursor": ""}, {"cursor": None}])
async def test_before_the_first_pull_there_is_nothing_and_an_empty_cursor(
    world: World, cursor: dict[str, Any]
) -> None:
    reply = await sync(world, await world.item("transactions"), **cursor)
    reply.body.pop("request_id")
    assert (reply.status, reply.body) == (
        200,
        {
            "transactions_update_status": "NOT_READY",
            "accounts": [],
            "added": [],
            "modified": [],
            "removed": [],
            "next_cursor": "",
            "has_more": False,
        },
    )


async def test_the_initial_pull_brings_thirty_days(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    reply = await sync(world, token)
    assert reply["transactions_update_status"] == "INITIAL_UPDATE_COMPLETE"
    assert len(reply["added"]) == 16
    assert {each["date"] for each in reply["added"]} <= {f"2026-04-{day:02d}" for day in range(5, 31)}
    assert (reply["modified"], reply["removed"], reply["has_more"]) == ([], [], False)


async def test_the_historical_pull_brings_the_rest_as_further_rows(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    first = await sync(world, token)
    await world.later(60)
    second = await sync(world, token, cursor=first["next_cursor"])
    assert second["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE"
    assert len(second["added"]) == 32
    assert not set(ids(first)) & set(ids(second))
    assert max(each["date"] for each in second["added"]) < min(each["date"] for each in first["added"])


async def test_rows_come_in_the_order_in_which_they_were_added(world: World) -> None:
    token = await world.pulled()
    dates = [each["date"] for each in (await sync(world, token, count=500))["added"]]
    assert dates[:16] == sorted(dates[:16])
    assert dates[16:] == sorted(dates[16:])
    assert dates[16] < dates[0]


async def test_only_accounts_with_transactions_are_listed(world: World) -> None:
    reply = await sync(world, await world.pulled("transactions"))
    assert [account["mask"] for account in reply["accounts"]] == ["0000", "1111", "2222", "3333", "4444"]
    assert {each["account_id"] for each in reply["added"]} == {
        each["account_id"] for each in reply["accounts"]
    }


async def test_the_item_is_not_in_the_answer(world: World) -> None:
    assert "item" not in (await sync(world, await world.pulled())).body


async def test_the_first_call_adds_the_product_and_starts_the_pull(world: World) -> None:
    token = await world.item("auth")
    first = await sync(world, token)
    assert (first["transactions_update_status"], first["next_cursor"]) == ("NOT_READY", "")
    await world.later(1)
    assert len((await sync(world, token, cursor=first["next_cursor"]))["added"]) == 16
    item = (await world.post("/item/get", access_token=token))["item"]
    assert item["billed_products"] == ["auth", "transactions"]


async def test_an_item_may_have_no_transactions_at_all(world: World, bank: ScriptedBank) -> None:
    reply = await sync(world, await world.pulled())
    assert reply["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE"
    assert (reply["added"], reply["accounts"], reply["has_more"]) == ([], [], False)
    assert reply["next_cursor"]


# --- days_requested ---------------------------------------------------------------------------------------


async def oldest_and_count(world: World, token: str) -> tuple[str, int]:
    pages, _ = await drain(world, token, count=500)
    dates = [each["date"] for page in pages for each in page["added"]]
    return min(dates), len(dates)


async def test_ninety_days_are_told_when_nobody_asks_for_more(world: World) -> None:
    token = await world.item("auth")
    await sync(world, token)
    await world.later(60)
    assert await oldest_and_count(world, token) == ("2026-02-08", 48)


async def test_the_call_that_adds_the_product_may_ask_for_two_years(world: World) -> None:
    token = await world.item("auth")
    await sync(world, token, options={"days_requested": 730})
    await world.later(60)
    assert await oldest_and_count(world, token) == ("2024-05-07", 386)


async def test_later_calls_ask_in_vain(world: World) -> None:
    token = await world.item("transactions")
    await sync(world, token, options={"days_requested": 730})
    await world.later(60)
    await sync(world, token, options={"days_requested": 730})
    assert await oldest_and_count(world, token) == ("2026-02-08", 48)


async def test_less_than_the_thirty_days_of_the_initial_pull_may_be_asked_for(world: World) -> None:
    token = await world.item("auth")
    await sync(world, token, options={"days_requested": 7})
    await world.later(60)
    assert await oldest_and_count(world, token) == ("2026-04-29", 1)


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 7, 16, 47, 48, 49, 500])
async def test_pages_of_any_size_tell_the_same(quick_world: World, count: int) -> None:
    token = await quick_world.pulled()
    whole = await sync(quick_world, token, count=500)
    pages, cursor = await drain(quick_world, token, count=count)
    assert ids(*pages) == ids(whole)
    assert [len(page["added"]) for page in pages[:-1]] == [count] * (len(pages) - 1)
    assert 0 < len(pages[-1]["added"]) <= count
    assert ids(await sync(quick_world, token, cursor=cursor)) == []


async def test_a_hundred_are_told_at_a_time_when_nobody_says_how_many(world: World) -> None:
    token = await world.item("auth")
    await sync(world, token, options={"days_requested": 730})
    await world.later(60)
    pages, _ = await drain(world, token)
    assert [len(page["added"]) for page in pages] == [100, 100, 100, 86]


async def test_the_count_may_change_between_pages(world: World) -> None:
    token = await world.pulled()
    pages, cursor = [], ""
    for count in (5, 20, 1, 500):
        pages.append(await sync(world, token, cursor=cursor, count=count))
        cursor = pages[-1]["next_cursor"]
    assert [len(page["added"]) for page in pages] == [5, 20, 1, 22]
    assert ids(*pages) == ids(await sync(world, token, count=500))


async def test_a_cursor_at_the_tip_gives_nothing_and_stays_good(world: World) -> None:
    token = await world.pulled()
    _, cursor = await drain(world, token)
    for _ in range(3):
        reply = await sync(world, token, cursor=cursor)
        assert (reply["added"], reply["modified"], reply["removed"]) == ([], [], [])
        assert reply["has_more"] is False
        cursor = reply["next_cursor"]
    await world.later(9 * DAY / SECOND + 86_400)  # 14 May: a new cycle
    reply = await sync(world, token, cursor=cursor)
    assert names(reply)[-2:] == ["Uber 063015 SF**POOL**", "CREDIT CARD 3333 PAYMENT *//"]


async def test_a_drained_cursor_gives_the_identical_delta_again(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    cursor = (await sync(world, token))["next_cursor"]
    await world.later(60)
    for count in (500, 10):
        first, end = await drain(world, token, cursor, count=count)
        again, same_end = await drain(world, token, cursor, count=count)
        assert [page["added"] for page in first] == [page["added"] for page in again]
        assert end == same_end


async def test_a_page_may_be_asked_for_again(world: World) -> None:
    token = await world.pulled()
    cursor = (await sync(world, token, count=10))["next_cursor"]
    first = await sync(world, token, cursor=cursor, count=10)
    again = await sync(world, token, cursor=cursor, count=10)
    assert (first["added"], first["next_cursor"]) == (again["added"], again["next_cursor"])


async def test_a_cursor_survives_a_new_access_token(world: World) -> None:
    old = await world.pulled()
    page = await sync(world, old, count=10)
    new = (await world.post("/item/access_token/invalidate", access_token=old))["new_access_token"]
    reply = await sync(world, new, cursor=page["next_cursor"], count=500)
    assert len(reply["added"]) == 38


async def test_a_cursor_is_short_opaque_base64(world: World) -> None:
    token = await world.pulled()
    cursor = (await sync(world, token, count=1))["next_cursor"]
    assert base64.b64decode(cursor, validate=True)
    assert cursor.startswith("CAES")
    assert len(cursor) <= 256


# --- wrong requests ---------------------------------------------------------------------------------------


def broken(cursor: str) -> list[str]:
    """The cursor with each of its bytes changed, and cut anywhere."""
    raw = base64.b64decode(cursor)
    altered = [raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :] for at in range(len(raw))]
    return [base64.b64encode(each).decode() for each in (*altered, raw[:-1], raw + b"\0", raw[:20])]


async def test_a_cursor_that_is_none_is_refused(world: World) -> None:
    token = await world.pulled()
    cursor = (await sync(world, token, count=10))["next_cursor"]
    for wrong in ("garbage", "CAES", "now ", "null", " ", "é", "A" * 256, cursor[:-4], cursor + "AAAA"):
        reply = await sync(world, token, cursor=wrong)
        assert (reply.status, reply.body["error_type"], reply.code) == (
            400,
            "INVALID_REQUEST",
            "INVALID_FIELD",
        )
        assert reply.message == "cursor not associated with access_token"


async def test_a_tampered_cursor_never_fails_otherwise_than_by_an_error(quick_world: World) -> None:
    token = await quick_world.pulled()
    cursor = (await sync(quick_world, token, count=10))["next_cursor"]
    for wrong in broken(cursor):
        reply = await sync(quick_world, token, cursor=wrong)
        assert reply.code in {"INVALID_FIELD", MUTATION, None}


async def test_a_cursor_of_another_item_is_refused(world: World) -> None:
    mine, other = await world.pulled(), await world.pulled()
    for count in (10, 500):
        foreign = (await sync(world, other, count=count))["next_cursor"]
        reply = await sync(world, mine, cursor=foreign)
        assert (reply.code, reply.message) == ("INVALID_FIELD", "cursor not associated with access_token")


async def test_a_cursor_is_refused_before_anything_is_there_to_point_at(world: World) -> None:
    foreign = (await sync(world, await world.pulled()))["next_cursor"]
    for cursor in ("garbage", foreign):
        assert (await sync(world, await world.item("transactions"), cursor=cursor)).code == "INVALID_FIELD"


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"count": 0}, "INVALID_FIELD", "count must be an integer between 1 and 500"),
    ({"count": 501}, "INVALID_FIELD", "count must be an integer between 1 and 500"),
    ({"count": "10"}, "INVALID_FIELD", "count must be an integer"),
    ({"count": 1.5}, "INVALID_FIELD", "count must be an integer"),
    ({"cursor": 5}, "INVALID_FIELD", "cursor must be a cursor of at most 256 characters"),
    ({"cursor": "A" * 257}, "INVALID_FIELD", "cursor must be a cursor of at most 256 characters"),
    ({"options": None}, "INVALID_FIELD", "options must be an object"),
    ({"options": []}, "INVALID_FIELD", "options must be an object"),
    (
        {"options": {"days_requested": 0}},
        "INVALID_FIELD",
        "options.days_requested must be an integer between 1 and 730",
    ),
    (
        {"options": {"days_requested": 731}},
        "INVALID_FIELD",
        "options.days_requested must be an integer between 1 and 730",
    ),
    (
        {"options": {"personal_finance_category_version": "v3"}},
        "INVALID_FIELD",
        "options.personal_finance_category_version must be one of: v1, v2",
    ),
    (
        {"options": {"include_original_description": "yes"}},
        "INVALID_FIELD",
        "options.include_original_description must be a boolean",
    ),
    ({"options": {"account_id": "x"}}, "INVALID_FIELD", "options.account_id must be a valid account ID"),
    (
        {"options": {"account_id": "A" * 37}},
        "INVALID_ACCOUNT_ID",
        "failed to find requested account ID for requested item",
    ),
    (
        {"options": {"account_ids": []}},
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: options.account_ids",
    ),
    (
        {"start_date": "2026-01-01"},
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: start_date",
    ),
]


async def test_each_wrong_field_is_named(quick_world: World) -> None:
    token = await quick_world.pulled()
    for body, code, message in WRONG:
        reply = await sync(quick_world, token, **body)
        assert (reply.status, reply.code, reply.message) == (400, code, message)


async def test_the_item_may_be_removed_between_pages(world: World) -> None:
    token = await world.pulled()
    cursor = (await sync(world, token, count=10))["next_cursor"]
    await world.post("/item/remove", access_token=token)
    assert (await sync(world, token, cursor=cursor)).code == "ITEM_NOT_FOUND"


# --- one account ------------------------------------------------------------------------------------------


async def test_an_account_has_a_stream_of_its_own(world: World) -> None:
    token = await world.pulled()
    account_id = (await accounts_by_mask(world, token))["1111"]
    options = {"account_id": account_id}
    pages, cursor = await drain(world, token, count=4, options=options)
    assert [len(page["added"]) for page in pages] == [4, 2]
    assert {each["account_id"] for page in pages for each in page["added"]} == {account_id}
    assert [account["mask"] for account in pages[0]["accounts"]] == ["1111"]
    reply = await sync(world, token, cursor=cursor, options=options)
    assert (reply["added"], reply["has_more"]) == ([], False)


async def test_an_account_without_transactions_has_an_empty_stream(world: World) -> None:
    token = await world.pulled()
    options = {"account_id": (await accounts_by_mask(world, token))["5555"]}
    reply = await sync(world, token, options=options)
    assert (reply["added"], reply["accounts"], reply["has_more"]) == ([], [], False)


async def test_a_cursor_of_another_stream_is_refused(world: World) -> None:
    token = await world.pulled()
    by_mask = await accounts_by_mask(world, token)
    streams: list[dict[str, Any]] = [{}, {"account_id": by_mask["0000"]}, {"account_id": by_mask["1111"]}]
    cursors = [(await sync(world, token, options=stream, count=1))["next_cursor"] for stream in streams]
    for (mine, cursor), (other, stream) in itertools.product(enumerate(cursors), enumerate(streams)):
        reply = await sync(world, token, cursor=cursor, options=stream)
        assert reply.code == (None if mine == other else "INVALID_FIELD")


# --- what a row shows -------------------------------------------------------------------------------------


async def test_a_row_shows_all_that_is_known_of_it(world: World) -> None:
    token = await world.pulled()
    by_mask = await accounts_by_mask(world, token)
    pages, _ = await drain(world, token, count=500)
    uber = next(each for each in pages[0]["added"] if each["name"] == "Uber 063015 SF**POOL**")
    assert len(uber.pop("transaction_id")) == 37
    assert set(uber.pop("location").values()) == {None}
    assert set(uber.pop("payment_meta").values()) == {None}
    assert uber == {
        "account_id": by_mask["0000"],
        "account_owner": None,
        "amount": 5.4,
        "authorized_date": "2026-04-13",
        "authorized_datetime": None,
        "category": None,
        "category_id": None,
        "check_number": None,
        "counterparties": [
            {
                "name": "Uber",
                "type": "merchant",
                "website": "uber.com",
                "logo_url": None,
                "entity_id": "eyg8o776k0QmNgVpAmaQj4WgzW9Qzo6O51gdd",
                "confidence_level": "VERY_HIGH",
            }
        ],
        "date": "2026-04-14",
        "datetime": None,
        "iso_currency_code": "USD",
        "logo_url": None,
        "merchant_entity_id": "eyg8o776k0QmNgVpAmaQj4WgzW9Qzo6O51gdd",
        "merchant_name": "Uber",
        "name": "Uber 063015 SF**POOL**",
        "original_description": None,
        "payment_channel": "online",
        "pending": False,
        "pending_transaction_id": None,
        "personal_finance_category": {
            "primary": "TRANSPORTATION",
            "detailed": "TRANSPORTATION_TAXIS_AND_RIDE_SHARES",
            "confidence_level": "VERY_HIGH",
            "version": "v2",
        },
        "transaction_code": None,
        "transaction_type": "special",
        "unofficial_currency_code": None,
        "website": "uber.com",
    }


async def test_original_descriptions_are_told_to_those_who_ask(world: World) -> None:
    token = await world.pulled()
    plain = await sync(world, token, count=500)
    told = await sync(world, token, count=500, options={"include_original_description": True})
    assert {each["original_description"] for each in plain["added"]} == {None}
    assert [each["original_description"] for each in told["added"]] == names(plain)
    for each in told["added"]:
        each["original_description"] = None
    assert told["added"] == plain["added"]


async def test_categories_are_of_the_asked_taxonomy(world: World, bank: ScriptedBank) -> None:
    bank.rows = [
        row("a", personal_finance="INCOME_SALARY", personal_finance_v1="INCOME_WAGES"),
        row("b"),
    ]
    token = await world.pulled()

    async def told(version: str | None) -> list[Any]:
        reply = await sync(world, token, options={"personal_finance_category_version": version})
        return [each["personal_finance_category"] for each in reply["added"]]

    second = {
        "primary": "INCOME",
        "detailed": "INCOME_SALARY",
        "confidence_level": "UNKNOWN",
        "version": "v2",
    }
    first = {"primary": "INCOME", "detailed": "INCOME_WAGES", "confidence_level": "UNKNOWN", "version": "v1"}
    assert await told(None) == await told("v2") == [None, second]
    assert await told("v1") == [None, first]


async def test_options_that_change_what_is_shown_may_change_between_pages(world: World) -> None:
    token = await world.pulled()
    first = await sync(world, token, count=10)
    options = {"include_original_description": True, "personal_finance_category_version": "v1"}
    second = await sync(world, token, cursor=first["next_cursor"], count=10, options=options)
    assert {each["personal_finance_category"]["version"] for each in second["added"]} == {"v1"}


# --- changes ----------------------------------------------------------------------------------------------


async def test_a_row_that_reads_otherwise_is_modified(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a"), row("b"), row("c", days_ago=1)]
    token = await world.pulled()
    first = await sync(world, token)
    bank.rows[1] = replace(bank.rows[1], amount=Decimal("13.34"))
    await refreshed(world, token)
    reply = await sync(world, token, cursor=first["next_cursor"])
    assert (reply["added"], reply["removed"]) == ([], [])
    assert [(each["name"], each["amount"]) for each in reply["modified"]] == [("Row b", 13.34)]
    assert ids(reply, kind="modified") == [ids(first)[names(first).index("Row b")]]


async def test_a_row_that_changed_before_it_was_told_is_added_as_it_is_now(
    world: World, bank: ScriptedBank
) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    bank.rows[0] = replace(bank.rows[0], name="Row a, corrected")
    await refreshed(world, token)
    reply = await sync(world, token)
    assert (names(reply), reply["modified"]) == (["Row a, corrected"], [])


async def test_a_row_that_vanishes_is_removed(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("hold", pending=True), row("a")]
    token = await world.pulled()
    first = await sync(world, token)
    del bank.rows[0]
    await refreshed(world, token)
    reply = await sync(world, token, cursor=first["next_cursor"])
    hold = next(each for each in first["added"] if each["pending"])
    assert reply["removed"] == [{"transaction_id": hold["transaction_id"], "account_id": hold["account_id"]}]
    assert (reply["added"], reply["modified"]) == ([], [])


async def test_a_posted_row_takes_the_place_of_a_pending_one(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("pending", pending=True, amount=Decimal(10))]
    token = await world.pulled()
    first = await sync(world, token)
    bank.rows = [row("posted", pending_reference="pending", amount=Decimal(12))]
    await refreshed(world, token)
    reply = await sync(world, token, cursor=first["next_cursor"])
    (posted,) = reply["added"]
    assert ids(reply, kind="removed") == ids(first) == [posted["pending_transaction_id"]]
    assert (posted["pending"], posted["amount"]) == (False, 12)


async def test_a_row_that_came_and_went_is_not_mentioned(world: World, bank: ScriptedBank) -> None:
    token = await world.pulled()
    cursor = (await sync(world, token))["next_cursor"]
    bank.rows = [row("a")]
    await refreshed(world, token)
    bank.rows = []
    await refreshed(world, token)
    reply = await sync(world, token, cursor=cursor)
    assert (reply["added"], reply["modified"], reply["removed"]) == ([], [], [])


async def test_a_row_that_comes_back_is_added_again(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    first = await sync(world, token)
    bank.rows = []
    await refreshed(world, token)
    gone = await sync(world, token, cursor=first["next_cursor"])
    bank.rows = [row("a")]
    await refreshed(world, token)
    back = await sync(world, token, cursor=gone["next_cursor"])
    assert ids(first) == ids(gone, kind="removed") == ids(back)


async def test_a_row_may_move_to_another_day(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a", days_ago=3), row("b", days_ago=120)]
    token = await world.pulled()
    first = await sync(world, token)
    assert names(first) == ["Row a"]
    bank.rows = [row("a", days_ago=1)]
    await refreshed(world, token)
    reply = await sync(world, token, cursor=first["next_cursor"])
    assert [(each["name"], each["date"]) for each in reply["modified"]] == [("Row a", "2026-05-03")]


async def test_a_row_is_kept_when_it_is_older_than_what_is_asked_for(
    world: World, bank: ScriptedBank
) -> None:
    bank.rows = [row("a", days_ago=89)]
    token = await world.pulled()
    cursor = (await sync(world, token))["next_cursor"]
    await world.later(DAY / SECOND)
    await refreshed(world, token)
    assert (await sync(world, token, cursor=cursor))["removed"] == []


async def test_a_refresh_without_news_changes_nothing(world: World) -> None:
    token = await world.pulled()
    _, cursor = await drain(world, token)
    await refreshed(world, token)
    assert (await sync(world, token, cursor=cursor))["next_cursor"] == cursor


async def test_the_daily_poll_brings_what_is_new(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a"), row("b", pending=True)]
    token = await world.pulled()
    cursor = (await sync(world, token))["next_cursor"]
    bank.rows = [row("a"), row("c", days_ago=-1)]
    await world.later(DAY / SECOND)
    reply = await sync(world, token, cursor=cursor)
    assert names(reply) == ["Row c"]
    assert len(reply["removed"]) == 1


# --- mutation during pagination ---------------------------------------------------------------------------


async def test_data_that_changes_between_pages_is_an_error(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    page = await sync(world, token, count=10)
    assert page["has_more"] is True
    await world.later(60)
    reply = await sync(world, token, cursor=page["next_cursor"], count=10)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "TRANSACTIONS_ERROR", MUTATION)
    assert reply.message == (
        "Underlying transaction data changed since last page was fetched. "
        "Please restart pagination from last update."
    )


async def test_the_client_begins_again_where_its_last_update_ended(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    start = (await sync(world, token))["next_cursor"]
    bank.rows += [row("b"), row("c")]
    await refreshed(world, token)
    page = await sync(world, token, cursor=start, count=1)
    bank.rows += [row("d")]
    await refreshed(world, token)
    assert (await sync(world, token, cursor=page["next_cursor"])).code == MUTATION
    again, _ = await drain(world, token, start, count=1)
    assert sorted(names(*again)) == ["Row b", "Row c", "Row d"]


async def test_an_update_told_in_one_page_cannot_be_disturbed(world: World) -> None:
    token = await world.item("transactions")
    await world.later(1)
    page = await sync(world, token)
    assert page["has_more"] is False
    await world.later(60)
    assert len((await sync(world, token, cursor=page["next_cursor"]))["added"]) == 32


async def test_a_change_during_a_call_is_told_by_the_next_one(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("a")]
    token = await world.pulled()
    item_id = (await world.post("/item/get", access_token=token))["item"]["item_id"]
    async with world.platform.store.reading() as reader:
        stale = await items.item(reader, item_id)
    assert stale is not None
    bank.rows = [row("a", name="Row a, corrected")]
    await refreshed(world, token)
    shown = {"count": 10, "account_id": None, "original_description": False, "category_version": None}
    update = await engine.page(world.platform, stale, cursor="", **shown)
    assert len(update.added) == 1
    assert b"Row a, corrected" in update.added[0]


# --- now --------------------------------------------------------------------------------------------------


async def test_now_tells_nothing_of_what_was(world: World) -> None:
    token = await world.pulled()
    reply = await sync(world, token, cursor="now")
    assert (reply["added"], reply["modified"], reply["removed"], reply["has_more"]) == ([], [], [], False)
    assert (await sync(world, token, cursor=reply["next_cursor"]))["added"] == []


async def test_after_now_an_old_row_that_changes_is_added(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("old"), row("older", days_ago=5)]
    token = await world.pulled()
    cursor = (await sync(world, token, cursor="now"))["next_cursor"]
    for number in range(2):
        bank.rows.append(row(f"new {number}"))
        await refreshed(world, token)
        reply = await sync(world, token, cursor=cursor)
        assert names(reply) == [f"Row new {number}"]
        cursor = reply["next_cursor"]
    bank.rows[0] = replace(bank.rows[0], amount=Decimal(1))
    bank.rows[2] = replace(bank.rows[2], amount=Decimal(2))
    await refreshed(world, token)
    reply = await sync(world, token, cursor=cursor)
    assert (names(reply), names(reply, kind="modified")) == (["Row old"], ["Row new 0"])


async def test_after_now_an_old_row_that_vanishes_is_removed(world: World, bank: ScriptedBank) -> None:
    bank.rows = [row("old")]
    token = await world.pulled()
    known = ids(await sync(world, token))
    cursor = (await sync(world, token, cursor="now"))["next_cursor"]
    bank.rows = []
    await refreshed(world, token)
    assert ids(await sync(world, token, cursor=cursor), kind="removed") == known


# --- a client against the platform ------------------------------------------------------------------------


@dataclass
class Client:
    """An app that keeps a copy by the book: it applies an update whole, and begins it again when told to."""

    world: World
    token: str
    counts: "itertools.cycle[int]"
    cursor: str = ""
    rows: dict[str, Any] = field(default_factory=dict)

    async def catch_up(self, disturb: Any = None) -> None:
        """`disturb` is called once between two pages."""
        while True:
            copy, cursor, more = dict(self.rows), self.cursor, True
            while more:
                reply = await sync(self.world, self.token, cursor=cursor, count=next(self.counts))
                if reply.code == MUTATION:
                    break
                self._apply(copy, reply)
                cursor, more = reply["next_cursor"], reply["has_more"]
                if more and disturb is not None:
                    await disturb()
                    disturb = None
            else:
                self.rows, self.cursor = copy, cursor
                return

    def _apply(self, copy: dict[str, Any], reply: Reply) -> None:
        for each in reply["added"]:
            assert each["transaction_id"] not in copy
            copy[each["transaction_id"]] = each
        for each in reply["modified"]:
            assert copy[each["transaction_id"]] != each
            copy[each["transaction_id"]] = each
        for each in reply["removed"]:
            assert copy.pop(each["transaction_id"])["account_id"] == each["account_id"]


async def listed(world: World, token: str) -> list[dict[str, Any]]:
    reply = await world.post(
        "/transactions/get",
        access_token=token,
        start_date="2020-01-01",
        end_date="2026-12-31",
        options={"count": 500},
    )
    assert reply["total_transactions"] == len(reply["transactions"])
    return list(reply["transactions"])


def change(bank: ScriptedBank, what: str, choice: int, fresh: "itertools.count[int]") -> None:
    if what == "add" or not bank.rows:
        account = ("0000", "1111", "3333")[choice % 3]
        new = row(str(next(fresh)), days_ago=choice % 40, account=account, pending=choice % 2 == 0)
        bank.rows.insert(choice % (len(bank.rows) + 1), new)
        return
    at = choice % len(bank.rows)
    old = bank.rows[at]
    if what == "edit":
        bank.rows[at] = replace(old, amount=old.amount + 1)
    elif what == "move":
        bank.rows[at] = row(old.reference, days_ago=choice % 40, name=f"{old.name}!")
    elif what == "post":
        bank.rows[at] = row(str(next(fresh)), days_ago=choice % 3, pending_reference=old.reference)
    else:
        del bank.rows[at]


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "add", "edit", "move", "post", "drop", "refresh", "sync", "disturbed"]
        ),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, counts=st.lists(st.integers(1, 5), min_size=1, max_size=4))
async def test_whoever_applies_every_update_has_what_transactions_get_lists(
    world: World, bank: ScriptedBank, steps: list[tuple[str, int]], counts: list[int]
) -> None:
    fresh = itertools.count()
    bank.rows = [row(str(next(fresh)), days_ago=days) for days in (0, 0, 3)]
    token = await world.item("transactions")
    client = Client(world, token, itertools.cycle(counts))

    async def disturb() -> None:
        change(bank, "add", 1, fresh)
        await refreshed(world, token)

    for what, choice in steps:
        if what == "refresh":
            await refreshed(world, token)
        elif what == "sync":
            await client.catch_up()
        elif what == "disturbed":
            await client.catch_up(disturb)
        else:
            change(bank, what, choice, fresh)
    await refreshed(world, token)
    await client.catch_up(disturb)
    final = await listed(world, token)
    assert client.rows == {each["transaction_id"]: each for each in final}
    assert Counter(each["name"] for each in final) == Counter(each.name for each in bank.rows)


async def test_every_job_of_an_item_is_done_once_however_many_processes_look(world: World) -> None:
    token = await world.item("transactions")
    world.clock.advance(60 * SECOND)
    ran = [await pulls.run_due(world.platform) for _ in range(2)]
    assert ran == [2, 0]
    assert len((await sync(world, token, count=500))["added"]) == 48
