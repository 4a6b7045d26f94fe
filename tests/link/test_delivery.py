"""Link Delivery: a page to send to somebody, how far they got, and what is told of it."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.link.test_hosted import HOOK, hosted
from tests.world import World

from gingham.clock import HOUR
from gingham.items import facts
from gingham.store import outbox


async def told(world: World) -> list[dict[str, Any]]:
    """The LINK_DELIVERY webhooks that are owed, oldest first."""
    async with world.platform.store.reading() as reader:
        owed = await outbox.owed(reader)
    return [json.loads(facts.wire(world.platform, row)) for row in owed if row.type == "LINK_DELIVERY"]


async def deliver(world: World, **options: Any) -> tuple[dict[str, Any], str]:
    token = await link_token(world, webhook=HOOK)
    reply = await world.post("/link_delivery/create", link_token=token, **options)
    assert reply.status == 200, reply.body
    return reply.body, token


async def open_page(world: World, delivery: dict[str, Any]) -> Driver:
    driver = Driver(world)
    address = delivery["link_delivery_url"].rpartition("/")[2]
    reply = await world.post("/gingham/v1/link/session/start", hosted=address)
    driver.session_token = reply["session_token"]
    driver._take(reply)
    return driver


async def status(world: World, delivery: dict[str, Any]) -> dict[str, Any]:
    session_id = delivery["link_delivery_session_id"]
    reply = await world.post("/link_delivery/get", link_delivery_session_id=session_id)
    assert reply.status == 200, reply.body
    return reply.body


async def test_the_address_is_a_page_and_the_id_is_that_of_the_token(world: World) -> None:
    delivery, token = await deliver(world)
    assert token == f"link-sandbox-{delivery['link_delivery_session_id']}"
    assert (await world.http.get(delivery["link_delivery_url"])).status_code == 200


async def test_its_status_follows_the_person(world: World) -> None:
    delivery, _ = await deliver(world)
    assert (await status(world, delivery))["status"] == "CREATED"
    driver = await open_page(world, delivery)
    assert (await status(world, delivery))["status"] == "OPENED"
    await driver.act("close")
    assert (await status(world, delivery))["status"] == "EXITED"
    await (await open_page(world, delivery)).connect()
    done = await status(world, delivery)
    assert (done["status"], done["completed_at"]) == ("COMPLETED", "2026-05-04T12:00:00Z")
    assert len(done["item_ids"]) == 1


async def test_it_expires_with_its_page(world: World) -> None:
    delivery, _ = await deliver(world)
    world.clock.advance(4 * HOUR)
    assert (await status(world, delivery))["status"] == "EXPIRED"


async def test_a_hosted_token_keeps_its_page(world: World) -> None:
    made = await hosted(world)
    reply = await world.post("/link_delivery/create", link_token=made["link_token"])
    assert reply["link_delivery_url"] == made["hosted_link_url"]


async def test_nothing_is_sent_and_that_is_told(world: World) -> None:
    methods = [{"method": "SMS", "address": "+14155550011"}, {"method": "EMAIL", "address": "a@app.test"}]
    delivery, _ = await deliver(world, options={"recipient": {"communication_methods": methods}})
    assert [each["link_delivery_metadata"] for each in await told(world)] == [
        {"communication_method": "SMS", "delivery_status": "FAILURE"},
        {"communication_method": "EMAIL", "delivery_status": "FAILURE"},
    ]
    assert {each["webhook_code"] for each in await told(world)} == {"DELIVERY_STATUS"}
    assert (await told(world))[0]["link_delivery_session_id"] == delivery["link_delivery_session_id"]


async def test_what_a_page_would_hear_is_told(world: World) -> None:
    delivery, _ = await deliver(world)
    driver = await (await open_page(world, delivery)).connect()
    callbacks = [each["link_callback_metadata"] for each in await told(world)]
    assert [each["event_name"] for each in callbacks[:-1]] == [event["event_name"] for event in driver.events]
    success = callbacks[-1]
    assert success["callback_type"] == "ON_SUCCESS"
    assert success["accounts"] == driver.result["metadata"]["accounts"]
    assert driver.result["public_token"] not in json.dumps(await told(world))


async def test_an_exit_is_told_with_its_error(world: World) -> None:
    delivery, _ = await deliver(world)
    driver = await (await open_page(world, delivery)).sign_in("wrong")
    await driver.act("close")
    await driver.act("confirm_exit")
    last = (await told(world))[-1]
    assert last["link_callback_metadata"]["callback_type"] == "ON_EXIT"
    assert last["link_callback_metadata"]["status"] == "requires_credentials"
    assert last["error"]["error_code"] == "INVALID_CREDENTIALS"


@pytest.mark.parametrize("path", ["create", "get"])
async def test_it_belongs_to_its_environment(world: World, path: str) -> None:
    delivery, token = await deliver(world)
    body = {
        "create": {"link_token": token},
        "get": {"link_delivery_session_id": delivery["link_delivery_session_id"]},
    }[path]
    assert (await world.post(f"/link_delivery/{path}", "production", **body)).status == 400


async def test_a_token_that_was_never_delivered_has_no_status(world: World) -> None:
    token = await link_token(world)
    session_id = token.removeprefix("link-sandbox-")
    reply = await world.post("/link_delivery/get", link_delivery_session_id=session_id)
    assert reply.code == "INVALID_FIELD"
