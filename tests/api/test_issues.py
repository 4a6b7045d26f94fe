"""Issues: an institution falls ill, apps find out, wait, and hear that it is over."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver
from tests.world import BANK, Reply, World

from gingham.items import facts
from gingham.store import outbox

DOWN = "ins_132361"
HOOK = "https://app.test/issues"


async def set_health(world: World, health: str | None, institution_id: str = BANK) -> None:
    reply = await world.post(
        "/gingham/v1/institutions/health/set", institution_id=institution_id, health=health
    )
    assert reply.status == 200, reply.body


async def item_id(world: World, **options: Any) -> str:
    access_token = await world.item("auth", **options)
    return str((await world.post("/item/get", access_token=access_token))["item"]["item_id"])


async def found(world: World, **by: str) -> list[dict[str, Any]]:
    return list((await world.post("/issues/search", **by))["issues"])


async def owed(world: World) -> list[dict[str, Any]]:
    async with world.platform.store.reading() as reader:
        rows = await outbox.owed(reader)
    return [json.loads(facts.wire(world.platform, row)) for row in rows if row.type == "ISSUES"]


async def test_an_issue_lasts_from_the_day_the_health_turns_bad_until_it_turns_good(world: World) -> None:
    item = await item_id(world)
    assert await found(world, item_id=item) == []
    await set_health(world, "DEGRADED")
    [issue] = await found(world, item_id=item)
    assert issue == {
        "issue_id": issue["issue_id"],
        "institution_ids": [BANK],
        "institution_names": ["First Platypus Bank"],
        "created_at": "2026-05-04T12:00:00Z",
        "summary": "Connecting to First Platypus Bank fails more often than usual.",
        "detailed_description": "The health of First Platypus Bank is DEGRADED: Link warns of it,"
        " and logins may fail.",
        "status": "AWAITING_RESOLUTION",
    }
    await set_health(world, "DOWN")
    [worse] = await found(world, item_id=item)
    assert worse["issue_id"] == issue["issue_id"]
    assert worse["summary"] == "First Platypus Bank cannot be connected at the moment."
    await set_health(world, None)
    assert await found(world, item_id=item) == []
    over = await world.post("/issues/get", issue_id=issue["issue_id"])
    assert over["issue"] == {**worse, "status": "RESOLVED"}


async def test_another_illness_is_another_issue(world: World) -> None:
    item = await item_id(world)
    await set_health(world, "DOWN")
    [first] = await found(world, item_id=item)
    await set_health(world, "HEALTHY")
    await set_health(world, "DOWN")
    [second] = await found(world, item_id=item)
    assert first["issue_id"] != second["issue_id"]


async def test_a_subscriber_is_told_once_that_it_is_over(world: World) -> None:
    item = await item_id(world)
    await set_health(world, "DOWN")
    [issue] = await found(world, item_id=item)
    for _ in range(2):
        await world.post("/issues/subscribe", issue_id=issue["issue_id"], webhook=HOOK)
    await set_health(world, "DEGRADED")
    assert await owed(world) == []
    await world.later(60)
    await set_health(world, "HEALTHY")
    await set_health(world, "HEALTHY")
    assert await owed(world) == [
        {
            "webhook_type": "ISSUES",
            "webhook_code": "ISSUE_RESOLVED",
            "environment": "sandbox",
            "issue_id": issue["issue_id"],
            "issue_description": "Connecting to First Platypus Bank fails more often than usual.",
            "issue_resolved_at": "2026-05-04T12:01:00Z",
            "institution_id": BANK,
            "institution_name": "First Platypus Bank",
        }
    ]


async def test_a_link_session_that_meets_a_bank_that_is_down_is_found_by_its_ids(world: World) -> None:
    driver = await (await Driver.open(world)).act("continue")
    await driver.act("select_institution", institution_id=DOWN)
    told = next(event for event in driver.events if event["event_name"] == "ERROR")["metadata"]
    [issue] = await found(world, link_session_id=told["link_session_id"])
    assert issue["institution_ids"] == [DOWN]
    assert await found(world, link_session_request_id=told["request_id"]) == [issue]
    await driver.act("close")
    await driver.act("confirm_exit")
    assert await found(world, link_session_request_id=driver.result["metadata"]["request_id"]) == [issue]


async def test_a_bank_that_fails_though_it_looks_healthy_is_an_issue_that_was_reported(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in("error_INSTITUTION_NOT_RESPONDING")
    [issue] = await found(world, link_session_id=driver.events[0]["metadata"]["link_session_id"])
    assert issue["status"] == "REPORTED"
    await set_health(world, "HEALTHY")
    over = await world.post("/issues/get", issue_id=issue["issue_id"])
    assert over["issue"]["status"] == "RESOLVED"


async def test_a_wrong_password_is_no_issue(quick_world: World) -> None:
    driver = await (await Driver.open(quick_world)).sign_in("wrong")
    assert await found(quick_world, link_session_id=driver.events[0]["metadata"]["link_session_id"]) == []


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/issues/search", {}, "exactly one of item_id, link_session_id, link_session_request_id"),
        ("/issues/search", {"item_id": "a", "link_session_id": "b"}, "exactly one of item_id"),
        ("/issues/get", {"issue_id": "nowhere"}, "issue_id is not an issue"),
        ("/issues/subscribe", {"issue_id": "nowhere", "webhook": HOOK}, "issue_id is not an issue"),
        ("/issues/subscribe", {"issue_id": "nowhere", "webhook": "no address"}, "webhook"),
    ],
)
async def test_wrong_requests_are_told_which_field(
    quick_world: World, path: str, body: dict[str, str], said: str
) -> None:
    reply: Reply = await quick_world.post(path, **body)
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")
    assert said in reply.message


async def test_an_issue_that_is_over_cannot_be_waited_for(quick_world: World) -> None:
    world = quick_world
    item = await item_id(world)
    await set_health(world, "DOWN")
    [issue] = await found(world, item_id=item)
    await set_health(world, "HEALTHY")
    reply = await world.post("/issues/subscribe", issue_id=issue["issue_id"], webhook=HOOK)
    assert reply.message == "issue_id must be of an issue that is not resolved"


async def test_an_item_of_nobody_here_is_not_searched(quick_world: World) -> None:
    assert (await quick_world.post("/issues/search", item_id="nowhere")).code == "ITEM_NOT_FOUND"
