"""Webhooks are followed as they are written, in their order, each as a delivery would bring it."""

import asyncio
import base64

from tests.webhooks.receivers import Heard
from tests.webhooks.test_delivery import verified
from tests.world import World

HOOK = "http://127.0.0.1:9/nobody"
FOLLOW = "/gingham/v1/webhooks/follow"


async def test_following_begins_now_and_misses_nothing_from_then_on(world: World) -> None:
    await world.pulled("transactions", webhook=HOOK)
    began = await world.post(FOLLOW)
    assert began["webhooks"] == []

    token = await world.item("transactions", webhook=HOOK)
    await world.post("/sandbox/item/reset_login", access_token=token)
    await world.later(60)

    news = await world.post(FOLLOW, after=began["after"])
    assert [each["webhook_code"] for each in news["webhooks"]] == ["ERROR"]
    assert news["after"] == news["webhooks"][-1]["webhook_id"]


async def test_from_the_first_on_in_the_order_they_came_page_by_page(world: World) -> None:
    await world.pulled("transactions", webhook=HOOK)
    whole = await world.post(FOLLOW, after="")
    assert [each["webhook_code"] for each in whole["webhooks"]][:2] == ["INITIAL_UPDATE", "HISTORICAL_UPDATE"]

    first = await world.post(FOLLOW, after="", count=1)
    rest = await world.post(FOLLOW, after=first["after"])
    assert [*first["webhooks"], *rest["webhooks"]] == [
        {**each, "plaid_verification": told["plaid_verification"]}
        for each, told in zip(whole["webhooks"], [*first["webhooks"], *rest["webhooks"]], strict=True)
    ]


async def test_what_is_followed_verifies_as_a_delivery_does(world: World) -> None:
    await world.pulled("transactions", webhook=HOOK)
    for told in (await world.post(FOLLOW, after=""))["webhooks"]:
        body = base64.b64decode(told["body_base64"])
        headers = {"plaid-verification": told["plaid_verification"]}
        assert await verified(world, Heard(path="/", headers=headers, body=body))


async def test_whoever_waits_is_answered_when_something_happens(world: World) -> None:
    waiting = asyncio.create_task(world.post(FOLLOW, after="", wait_seconds=25))
    token = await world.item("transactions", webhook=HOOK)
    await world.post("/sandbox/item/reset_login", access_token=token)
    assert [each["webhook_code"] for each in (await waiting)["webhooks"]] == ["ERROR"]


async def test_a_server_that_ends_keeps_nobody_waiting(world: World) -> None:
    world.platform.ending.set()
    answer = await world.post(FOLLOW, after="", wait_seconds=25)
    assert (answer["webhooks"], answer["after"]) == ([], "")


async def test_a_place_to_begin_is_a_webhook_of_one_s_own(world: World) -> None:
    await world.pulled("transactions", webhook=HOOK)
    newest = (await world.post(FOLLOW))["after"]
    foreign = await world.post(FOLLOW, after=newest, _environment="production")
    assert (foreign.code, foreign.message) == (
        "INVALID_FIELD",
        "after is not the id of a webhook of this client",
    )
    assert (await world.post(FOLLOW, after="nonsense")).code == "INVALID_FIELD"
