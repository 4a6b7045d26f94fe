"""Hosted Link: a page of this server's own, and what its session tells by webhook."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import World

from gingham.clock import MINUTE
from gingham.items import facts
from gingham.store import outbox

HOOK = "https://app.test/hook"


async def hosted(world: World, _environment: str = "sandbox", **changes: Any) -> dict[str, Any]:
    request = {
        "client_name": "Test App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["transactions"],
        "hosted_link": {},
        "webhook": HOOK,
        **changes,
    }
    reply = await world.post("/link/token/create", _environment, **request)
    assert reply.status == 200, reply.body
    return reply.body


async def open_page(world: World, made: dict[str, Any]) -> Driver:
    driver = Driver(world)
    address = made["hosted_link_url"].rpartition("/")[2]
    reply = await world.post("/gingham/v1/link/session/start", hosted=address)
    driver.session_token = reply["session_token"]
    driver._take(reply)
    return driver


async def told(world: World) -> list[dict[str, Any]]:
    """The LINK webhooks that are owed, oldest first."""
    async with world.platform.store.reading() as reader:
        owed = await outbox.owed(reader)
    return [json.loads(facts.wire(world.platform, row)) for row in owed if row.type == "LINK"]


async def sessions(world: World, made: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await world.post("/link/token/get", link_token=made["link_token"]))["link_sessions"])


async def test_the_page_is_on_this_servers_own_origin(world: World) -> None:
    made = await hosted(world)
    assert made["hosted_link_url"].startswith("http://gingham.test/link/hosted/")
    page = await world.http.get(made["hosted_link_url"])
    assert page.status_code == 200
    assert '<html class="hosted"' in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_a_token_without_hosted_link_has_no_page(world: World) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        products=["transactions"],
    )
    assert "hosted_link_url" not in reply.body


async def test_a_success_is_told_in_the_documented_order(world: World) -> None:
    made = await hosted(world)
    driver = await (await open_page(world, made)).connect()
    added, finished, events = await told(world)
    assert [each["webhook_code"] for each in (added, finished, events)] == [
        "ITEM_ADD_RESULT",
        "SESSION_FINISHED",
        "EVENTS",
    ]
    public_token = driver.result["public_token"]
    session_id = driver.picture["link_session_id"]
    assert finished == {
        "environment": "sandbox",
        "link_session_id": session_id,
        "link_token": made["link_token"],
        "public_token": public_token,
        "public_tokens": [public_token],
        "status": "SUCCESS",
        "webhook_code": "SESSION_FINISHED",
        "webhook_type": "LINK",
    }
    assert added["public_token"] == public_token
    (session,) = await sessions(world, made)
    assert events["events"] == session["events"]
    assert session["results"]["item_add_results"][0]["public_token"] == public_token
    exchanged = await world.post("/item/public_token/exchange", public_token=public_token)
    assert exchanged["access_token"].startswith("access-sandbox-")


async def test_an_exit_has_no_tokens(world: World) -> None:
    driver = await open_page(world, await hosted(world))
    await driver.act("close")
    finished, events = await told(world)
    assert finished["status"] == "EXITED"
    assert {"public_token", "public_tokens"}.isdisjoint(finished)
    assert [event["event_name"] for event in events["events"]] == ["EXIT", "TRANSITION_VIEW", "OPEN"]


async def test_nothing_is_told_without_a_webhook_or_without_a_hosted_page(world: World) -> None:
    await (await open_page(world, await hosted(world, webhook=None))).connect()
    await (await Driver.open(world, await link_token(world, webhook=HOOK))).connect()
    assert await told(world) == []


async def test_no_token_lies_open_in_the_outbox(world: World) -> None:
    made = await hosted(world)
    driver = await (await open_page(world, made)).connect()
    async with world.platform.store.reading() as reader:
        stored = [row for row in await outbox.owed(reader) if row.type == "LINK"]
    assert len(stored) == 3
    for row in stored:
        assert made["link_token"].encode() not in row.body
        assert driver.result["public_token"].encode() not in row.body


async def test_an_abandoned_session_tells_its_events_after_ten_minutes_and_ends_after_thirty(
    world: World,
) -> None:
    made = await hosted(world)
    await (await open_page(world, made)).act("continue")
    await world.later(9 * 60)
    assert await told(world) == []
    await world.later(2 * 60)
    assert [each["webhook_code"] for each in await told(world)] == ["EVENTS"]
    await world.later(15 * 60)
    assert len(await told(world)) == 1
    await world.later(5 * 60)
    assert [each["webhook_code"] for each in await told(world)] == ["EVENTS", "SESSION_FINISHED", "EVENTS"]
    (session,) = await sessions(world, made)
    assert session["exit"]["error"]["error_code"] == "INVALID_LINK_TOKEN"


async def test_a_session_that_goes_on_is_not_abandoned(world: World) -> None:
    driver = await open_page(world, await hosted(world))
    for action in ({"kind": "continue"}, {"kind": "search", "query": "platypus"}):
        await world.later(8 * 60)
        await driver.act(**action)
    await world.later(60)
    assert await told(world) == []


@pytest.mark.parametrize(
    ("options", "environment", "minutes"),
    [
        ({}, "sandbox", 30),
        ({"url_lifetime_seconds": 120}, "sandbox", 2),
        ({"url_lifetime_seconds": 21 * 86_400}, "sandbox", 21 * 24 * 60),
        ({"delivery_method": "sms"}, "sandbox", 30),
        ({"delivery_method": "sms"}, "production", 24 * 60),
        ({"delivery_method": "email"}, "production", 7 * 24 * 60),
        ({"delivery_method": "email", "url_lifetime_seconds": 60}, "production", 1),
    ],
)
async def test_the_page_can_be_opened_for_its_lifetime(
    world: World, options: dict[str, Any], environment: str, minutes: int
) -> None:
    user = {"client_user_id": "user-1", "phone_number": "+14155550011", "email_address": "ada@app.test"}
    made = await hosted(world, environment, hosted_link=options, user=user)
    world.clock.advance(minutes * MINUTE - 1)
    assert (await world.http.get(made["hosted_link_url"])).status_code == 200
    await open_page(world, made)
    world.clock.advance(1)
    page = await world.http.get(made["hosted_link_url"])
    assert page.status_code == 404
    assert "This page has expired" in page.text
    address = made["hosted_link_url"].rpartition("/")[2]
    refused = await world.post("/gingham/v1/link/session/start", hosted=address)
    assert refused.code == "INVALID_LINK_TOKEN"


async def test_a_lifetime_that_was_asked_for_is_the_link_tokens_too(world: World) -> None:
    made = await hosted(world, hosted_link={"url_lifetime_seconds": 600})
    assert made["expiration"] == "2026-05-04T12:10:00Z"
    assert (await hosted(world))["expiration"] == "2026-05-04T16:00:00Z"


async def test_an_expired_page_speaks_the_sessions_language(world: World) -> None:
    made = await hosted(world, language="de")
    world.clock.advance(31 * MINUTE)
    page = await world.http.get(made["hosted_link_url"])
    assert 'lang="de"' in page.text


async def test_an_unknown_page_is_a_proper_page(world: World) -> None:
    page = await world.http.get("/link/hosted/lp" + "x" * 37)
    assert page.status_code == 404
    assert "This page has expired" in page.text


async def test_the_same_token_opens_an_ordinary_session_as_well(world: World) -> None:
    made = await hosted(world)
    driver = await (await Driver.open(world, made["link_token"])).connect()
    assert driver.result["kind"] == "success"
    assert "redirect_to" not in driver.picture


@pytest.mark.parametrize("leave", ["connect", "close"])
async def test_in_the_end_the_page_goes_where_the_app_said(world: World, leave: str) -> None:
    made = await hosted(world, hosted_link={"completion_redirect_uri": "wonderwallet://linked?from=link"})
    driver = await open_page(world, made)
    assert "redirect_to" not in driver.picture
    await (driver.connect() if leave == "connect" else driver.act("close"))
    assert driver.picture["redirect_to"] == "wonderwallet://linked?from=link"


async def test_without_an_address_the_page_stays_and_says_so(world: World) -> None:
    driver = await (await open_page(world, await hosted(world))).connect()
    assert driver.picture["redirect_to"] is None
    assert driver.pane == "done"
    assert driver.picture["pane"]["help"]["text"] == "You can close this window and go back to Test App."


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "no scheme", "https:", "https://", "/x",
     "https://a.test@evil.test", "my app://x", "blob:x", "http:\\\\a.test", "https://\nx"],
)  # fmt: skip
async def test_the_page_does_not_go_everywhere(world: World, uri: str) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        products=["transactions"],
        hosted_link={"completion_redirect_uri": uri},
    )
    assert reply.code == "INVALID_FIELD"
    assert "hosted_link.completion_redirect_uri" in reply.message


@pytest.mark.parametrize("seconds", [0, -1, 21 * 86_400 + 1])
async def test_a_lifetime_has_bounds(world: World, seconds: int) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        products=["transactions"],
        hosted_link={"url_lifetime_seconds": seconds},
    )
    assert reply.code == "INVALID_FIELD"
    assert "url_lifetime_seconds" in reply.message


async def test_delivery_needs_an_address_where_something_is_delivered(world: World) -> None:
    request: dict[str, Any] = {
        "client_name": "Test App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["transactions"],
        "hosted_link": {"delivery_method": "sms"},
    }
    refused = await world.post("/link/token/create", "production", **request)
    assert refused.code == "MISSING_FIELDS"
    assert "user.phone_number" in refused.message
    assert (await world.post("/link/token/create", **request)).status == 200


async def test_a_reloaded_page_goes_on_where_it_was(world: World) -> None:
    driver = await (await open_page(world, await hosted(world))).sign_in()
    again = await world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert again["pane"]["name"] == "select_accounts"
    assert again["texts"]["close"] == "Close"


async def test_update_mode_is_hosted_too(world: World) -> None:
    access_token = await world.item("transactions")
    await world.post("/sandbox/item/reset_login", access_token=access_token)
    made = await hosted(world, access_token=access_token, products=[])
    driver = await open_page(world, made)
    await driver.act("continue")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("finish")
    assert [each["webhook_code"] for each in await told(world)] == ["SESSION_FINISHED", "EVENTS"]
