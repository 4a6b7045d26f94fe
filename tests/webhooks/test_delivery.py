"""The outbox is drained: signed, tried again, given up, and nobody waits for a bad receiver."""

import asyncio
import base64
import hashlib
import time
from contextlib import AsyncExitStack

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from tests.link.driver import Driver
from tests.link.test_hosted import hosted, open_page
from tests.webhooks.receivers import Heard, receiving, silence, status
from tests.world import World

from gingham.clock import DAY, MINUTE, SECOND
from gingham.server import Deliverer
from gingham.store import outbox
from gingham.webhooks import transport


async def verified(world: World, heard: Heard, environment: str = "sandbox") -> bool:
    """Plaid's published recipe: key by kid, signature, age, hash of the body."""
    token = heard.headers["plaid-verification"]
    header = jws.extract_compact(token.encode()).headers()
    if header["alg"] != "ES256":
        return False
    reply = await world.post("/webhook_verification_key/get", key_id=header["kid"], _environment=environment)
    claims = jwt.decode(token, ECKey.import_key(reply["key"]), algorithms=["ES256"]).claims
    age = world.clock.now() // SECOND - claims["iat"]
    return 0 <= age <= 300 and claims["request_body_sha256"] == hashlib.sha256(heard.body).hexdigest()


async def deliver(world: World) -> None:
    await world.server.deliverer.drain()


async def test_a_fact_is_delivered_and_verifies(world: World) -> None:
    async with receiving(status(200)) as receiver:
        await world.item("transactions", webhook=receiver.url("/a?b=c"))
        await world.later(10)
        await deliver(world)

        assert receiver.codes == ["INITIAL_UPDATE", "HISTORICAL_UPDATE"]
        assert receiver.heard[0].path == "/a?b=c"
        assert receiver.heard[0].headers["content-type"] == "application/json"
        assert receiver.heard[0].headers["host"] == f"127.0.0.1:{receiver.port}"
        assert [await verified(world, heard) for heard in receiver.heard] == [True, True]


async def test_a_webhook_with_tokens_arrives_readable_and_verifies(world: World) -> None:
    """It is sealed in the outbox; what is signed and sent is what was meant."""
    async with receiving(status(200)) as receiver:
        made = await hosted(world, webhook=receiver.url())
        await (await open_page(world, made)).connect()
        await deliver(world)

        assert receiver.codes[:2] == ["ITEM_ADD_RESULT", "SESSION_FINISHED"]
        assert receiver.heard[0].json["public_token"].startswith("public-sandbox-")
        assert [await verified(world, heard) for heard in receiver.heard[:2]] == [True, True]


async def test_a_changed_body_does_not_verify(world: World) -> None:
    async with receiving(status(200)) as receiver:
        await world.item("transactions", webhook=receiver.url())
        await world.later(10)
        await deliver(world)
        receiver.heard[0].body += b" "

        assert not await verified(world, receiver.heard[0])


async def test_a_delivered_webhook_is_the_items_last(world: World) -> None:
    async with receiving(status(200)) as receiver:
        token = await world.item("transactions", webhook=receiver.url())
        await world.later(10)
        await deliver(world)

    last = (await world.post("/item/get", access_token=token))["status"]["last_webhook"]
    assert last["code_sent"] == "HISTORICAL_UPDATE"


async def test_what_was_refused_is_tried_again_after_half_a_minute_and_signed_anew(world: World) -> None:
    async with receiving(status(500)) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        await deliver(world)
        assert receiver.codes == ["ERROR"]

        world.clock.advance(29 * SECOND)
        await deliver(world)
        assert receiver.codes == ["ERROR"]

        receiver.reply = status(200)
        world.clock.advance(SECOND)
        await deliver(world)
        assert receiver.codes == ["ERROR", "ERROR"]
        assert receiver.heard[0].body == receiver.heard[1].body
        assert await verified(world, receiver.heard[1])

        world.clock.advance(DAY)
        await deliver(world)
        assert len(receiver.heard) == 2


async def test_it_is_given_up_after_seven_attempts(world: World) -> None:
    async with receiving(status(503)) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        for _ in range(12):
            await deliver(world)
            world.clock.advance(9 * 60 * MINUTE)

        assert len(receiver.heard) == 7
    assert await outbox.waiting(world.platform.store) == 0


async def test_every_attempt_is_on_record(world: World) -> None:
    async with receiving(status(500, body=b"no room")) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        await deliver(world)
        receiver.reply = status(200)
        world.clock.advance(30 * SECOND)
        await deliver(world)

    listed = (await world.post("/gingham/v1/webhooks/list"))["webhooks"]
    whole = await world.post("/gingham/v1/webhooks/get", webhook_id=listed[0]["webhook_id"])
    assert [(one["number"], one["status"], one["answer"]) for one in whole["attempts"]] == [
        (1, 500, "no room"),
        (2, 200, "ok"),
    ]
    assert whole["webhook"]["state"] == "delivered"
    assert base64.b64decode(whole["body_base64"]) == receiver.heard[0].body


async def test_a_delivered_webhook_can_be_sent_again(world: World) -> None:
    async with receiving(status(200)) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        await deliver(world)
        listed = (await world.post("/gingham/v1/webhooks/list"))["webhooks"]

        again = await world.post("/gingham/v1/webhooks/resend", webhook_id=listed[0]["webhook_id"])
        await deliver(world)

        assert again["webhook"]["state"] == "waiting"
        assert receiver.codes == ["ERROR", "ERROR"]


async def test_of_one_item_one_webhook_is_under_way_at_a_time(world: World) -> None:
    """In their order, even when the first one is slow."""
    arrived: list[str] = []
    under_way = 0

    async with receiving(status(200)) as receiver:

        async def slow(writer: asyncio.StreamWriter) -> None:
            nonlocal under_way
            under_way += 1
            arrived.append(receiver.codes[-1])
            assert under_way == 1
            for _ in range(20):
                await asyncio.sleep(0)
            under_way -= 1
            await status(200)(writer)

        receiver.reply = slow
        token = await world.item("transactions", webhook=receiver.url())
        await world.later(10)
        await world.post("/sandbox/item/reset_login", access_token=token)
        await deliver(world)

    assert arrived == ["INITIAL_UPDATE", "HISTORICAL_UPDATE", "ERROR"]


async def test_a_dead_receiver_holds_up_nobody(world: World) -> None:
    async with AsyncExitStack() as stack:
        dead = await stack.enter_async_context(receiving(silence))
        well = await stack.enter_async_context(receiving(status(200)))
        for _ in range(30):
            await world.item("auth", webhook=dead.url())
        await world.item("auth", webhook=well.url())
        await _login_required(world)

        await world.server.deliverer.run_due()
        await world.server.deliverer.run_due()
        await asyncio.wait_for(well.news.wait(), 10)

        assert well.codes == ["ERROR"]
        assert len(dead.heard) <= 8


async def test_a_delivery_whose_process_died_is_made_by_the_next(world: World) -> None:
    async with receiving(silence) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        await world.server.deliverer.run_due()
        await asyncio.wait_for(receiver.news.wait(), 10)
        await world.server.deliverer.stop(patience=0)  # as a kill does: nothing is written

        receiver.reply = status(200)
        survivor = Deliverer(world.platform)
        await survivor.drain()
        assert len(receiver.heard) == 1

        world.clock.advance(MINUTE)
        await survivor.drain()
        await survivor.stop()
        assert len(receiver.heard) == 2


async def test_two_processes_never_send_the_same_delivery_at_once(world: World) -> None:
    async with receiving(status(200)) as receiver:
        for _ in range(25):
            await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        other = Deliverer(world.platform)

        await asyncio.gather(world.server.deliverer.drain(), other.drain())
        await other.stop()

        items = [heard.json["item_id"] for heard in receiver.heard]
        assert len(items) == len(set(items)) == 25


async def test_a_production_webhook_does_not_go_inside(world: World) -> None:
    async with receiving(status(200)) as receiver:
        await _production_item(world, receiver.url())
        await deliver(world)
        assert receiver.heard == []

    listed = (await world.post("/gingham/v1/webhooks/list", _environment="production"))["webhooks"]
    whole = await world.post(
        "/gingham/v1/webhooks/get", webhook_id=listed[0]["webhook_id"], _environment="production"
    )
    assert whole["attempts"][0]["failure"] == "the address is inside a private network"


async def test_a_new_key_signs_and_the_old_one_stays_readable(world: World) -> None:
    async with receiving(status(200)) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        await deliver(world)
        new = (await world.post("/gingham/v1/webhooks/keys/rotate"))["key"]
        listed = (await world.post("/gingham/v1/webhooks/list"))["webhooks"]
        await world.post("/gingham/v1/webhooks/resend", webhook_id=listed[0]["webhook_id"])
        await deliver(world)

    old, now = (
        jws.extract_compact(heard.headers["plaid-verification"].encode()).headers()["kid"]
        for heard in receiver.heard
    )
    assert now == new["kid"] != old
    assert (await world.post("/webhook_verification_key/get", key_id=new["kid"]))["key"]["expired_at"] is None
    expired = (await world.post("/webhook_verification_key/get", key_id=old))["key"]["expired_at"]
    assert expired == world.clock.now() // SECOND


async def test_a_key_of_the_other_environment_is_unknown(world: World) -> None:
    key = (await world.post("/gingham/v1/webhooks/keys/rotate"))["key"]

    reply = await world.post("/webhook_verification_key/get", key_id=key["kid"], _environment="production")

    assert (reply.status, reply.code) == (400, "INVALID_WEBHOOK_VERIFICATION_KEY_ID")


async def test_a_hostile_receiver_costs_bounded_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", 0.2)
    async with receiving(silence) as receiver:
        await world.item("auth", webhook=receiver.url())
        await _login_required(world)
        began = time.monotonic()
        await deliver(world)

    assert time.monotonic() - began < 5
    assert await outbox.waiting(world.platform.store) == 1


async def _login_required(world: World) -> None:
    """Every Item there is asks for a new login: one ITEM: ERROR each."""
    world.clock.advance(30 * DAY)
    await world.later(0)


async def _production_item(world: World, url: str) -> None:
    """The one fact that an Item of production can have without a person: its address was changed."""
    request = {
        "client_name": "Test App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["auth"],
    }
    link_token = (await world.post("/link/token/create", _environment="production", **request))["link_token"]
    driver = await (await Driver.open(world, link_token)).connect("0")
    exchanged = await world.post(
        "/item/public_token/exchange",
        _environment="production",
        public_token=driver.result["public_token"],
    )
    await world.post(
        "/item/webhook/update",
        _environment="production",
        access_token=exchanged["access_token"],
        webhook=url,
    )
