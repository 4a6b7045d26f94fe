"""Waiting for webhooks, and saying what was sent."""

import asyncio
import threading

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from tests.webhooks.receivers import receiving, status

from gingham.testing import Gingham
from gingham.testing.controls import INBOX
from gingham.webhooks import inbox


def test_one_that_was_delivered_is_found_at_once(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    found = gingham.webhooks.wait_for("TRANSACTIONS", "INITIAL_UPDATE", item_id=item.item_id, timeout=0)
    assert found.body["item_id"] == item.item_id
    assert found.attempts[0]["status"] == 200


def test_waiting_ends_when_it_is_delivered(gingham: Gingham) -> None:
    item = gingham.link()
    mover = threading.Timer(0.05, lambda: gingham.clock.advance(minutes=1))
    mover.start()
    gingham.webhooks.wait_for("TRANSACTIONS", "HISTORICAL_UPDATE", item_id=item.item_id, timeout=30)
    mover.join()


def test_after_one_comes_the_next(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    first = gingham.webhooks.wait_for("TRANSACTIONS", "HISTORICAL_UPDATE")
    with pytest.raises(AssertionError):
        gingham.webhooks.wait_for("TRANSACTIONS", "HISTORICAL_UPDATE", after=first, timeout=0)
    gingham.post("/sandbox/item/reset_login", access_token=item.access_token)
    gingham.webhooks.wait_for("ITEM", "ERROR", after=first)


def test_one_that_does_not_come_is_told_with_what_came_instead(gingham: Gingham) -> None:
    gingham.link()
    with pytest.raises(AssertionError) as failed:
        gingham.webhooks.wait_for("TRANSACTIONS", "INITIAL_UPDATE", timeout=0)
    assert "move it with clock.advance" in str(failed.value)

    gingham.clock.advance(minutes=1)
    with pytest.raises(AssertionError) as failed:
        gingham.webhooks.wait_for("AUTH", "AUTOMATICALLY_VERIFIED", timeout=0)
    assert str(failed.value).startswith("AUTH AUTOMATICALLY_VERIFIED was not taken by a receiver within 0 s")
    assert "<TRANSACTIONS HISTORICAL_UPDATE of " in str(failed.value)


def test_exactly_one_is_asserted(gingham: Gingham) -> None:
    first, second = gingham.link(), gingham.link("Tartan Bank")
    for item in (first, second):
        gingham.post("/transactions/sync", access_token=item.access_token)
    gingham.clock.advance(seconds=2)

    gingham.webhooks.assert_sent("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", item_id=first.item_id)
    gingham.webhooks.assert_sent("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", times=2)

    gingham.clock.advance(minutes=1)
    with pytest.raises(AssertionError) as failed:
        gingham.webhooks.assert_sent("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", item_id=first.item_id)
    assert f"SYNC_UPDATES_AVAILABLE of {first.item_id} was sent 2 times, not 1\nSent were:\n" in str(
        failed.value
    )


async def test_an_app_on_the_tests_own_event_loop_is_told(gingham: Gingham) -> None:
    async with receiving(status(200)) as app:
        item = await asyncio.to_thread(gingham.link, webhook=app.url())
        await asyncio.to_thread(gingham.clock.advance, minutes=1)
    assert app.codes == ["INITIAL_UPDATE", "HISTORICAL_UPDATE"]
    assert app.heard[0].json["item_id"] == item.item_id


async def test_a_signature_is_fresh_by_the_receivers_clock(gingham: Gingham) -> None:
    """Libraries refuse a token of the future as they do an old one."""
    async with receiving(status(200)) as app:
        await asyncio.to_thread(gingham.clock.advance, days=400)
        await asyncio.to_thread(gingham.link, webhook=app.url())
        await asyncio.to_thread(gingham.clock.advance, minutes=1)
    header = app.heard[0].headers["plaid-verification"]
    kid = jws.extract_compact(header.encode()).headers()["kid"]
    told = await asyncio.to_thread(gingham.post, "/webhook_verification_key/get", key_id=kid)
    key = ECKey.import_key({name: told["key"][name] for name in ("kty", "crv", "x", "y")})
    claims = jwt.decode(header, key, algorithms=["ES256"]).claims
    jwt.JWTClaimsRegistry(iat={"essential": True}, leeway=60).validate(claims)


def test_the_inbox_takes_nothing_that_is_not_signed(gingham: Gingham) -> None:
    assert INBOX == inbox.PATH
    for headers in ({}, {"Plaid-Verification": "nonsense"}, {"Plaid-Verification": "e30.e30.AA"}):
        answer = httpx.post(gingham.webhooks.url, json={}, headers=headers, trust_env=False)
        assert (answer.status_code, answer.text) == (400, "bad signature")
    assert httpx.get(gingham.webhooks.url, trust_env=False).status_code == 400
