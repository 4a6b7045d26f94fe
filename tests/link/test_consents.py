"""Consents that end, by the clock or by the person, and logins that are repaired: the facts that are recorded."""

import json
from typing import Any

import pytest
from msgspec.structs import replace
from tests.link.driver import Driver, link_token
from tests.world import BANK, World

from gingham.banks.protocol import BankRefused, Granted, Refused
from gingham.clock import DAY
from gingham.store import outbox

HOOK = "https://example.com/hook"
DAYS = 86_400


async def facts(world: World) -> list[dict[str, Any]]:
    rows = await outbox.owed(world.platform.store)
    return [json.loads(row.body) for row in rows if row.type == "ITEM"]


async def codes(world: World) -> list[str]:
    return [fact["webhook_code"] for fact in await facts(world)]


@pytest.fixture
def consenting(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Whoever signs in without Link has a consent of 30 days."""
    bank = world.platform.banks.sandbox
    opened = bank.open_directly

    def open_directly(*given: Any) -> Any:
        outcome = opened(*given)
        assert isinstance(outcome, Granted)
        return replace(outcome, consent_expires_at=world.clock.now() + 20 * DAY)

    monkeypatch.setattr(bank, "open_directly", open_directly)
    return world


async def error_of(world: World, access_token: str) -> str | None:
    error = (await world.post("/item/get", access_token=access_token))["item"]["error"]
    return error and str(error["error_code"])


async def test_a_consent_in_america_is_warned_of_seven_days_before_its_end(consenting: World) -> None:
    token = await consenting.item("auth", webhook=HOOK)
    await consenting.later(13 * DAYS - 1)
    assert await codes(consenting) == []
    await consenting.later(1)
    (warning,) = await facts(consenting)
    assert warning == {
        **warning,
        "webhook_code": "PENDING_DISCONNECT",
        "reason": "INSTITUTION_TOKEN_EXPIRATION",
        "disconnect_time": "2026-05-24T12:00:00Z",
    }
    assert await error_of(consenting, token) is None


async def test_one_in_europe_by_its_own_name(consenting: World) -> None:
    await consenting.item("auth", institution_id="ins_117650", webhook=HOOK)
    await consenting.later(13 * DAYS)
    (warning,) = await facts(consenting)
    assert (warning["webhook_code"], warning["consent_expiration_time"]) == (
        "PENDING_EXPIRATION",
        "2026-05-24T12:00:00Z",
    )


async def test_at_its_end_the_item_asks_for_a_login(consenting: World) -> None:
    token = await consenting.item("auth", webhook=HOOK)
    await consenting.later(20 * DAYS)
    assert await codes(consenting) == ["PENDING_DISCONNECT", "ERROR"]
    assert await error_of(consenting, token) == "ITEM_LOGIN_REQUIRED"


async def test_a_renewed_consent_is_warned_of_anew_and_not_of_the_old(consenting: World) -> None:
    token = await consenting.item("auth", webhook=HOOK)
    await consenting.later(10 * DAYS)
    driver = await Driver.open(consenting, await link_token(consenting, products=[], access_token=token))
    await driver.act("continue")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("finish")
    await consenting.later(15 * DAYS)
    assert await codes(consenting) == []


async def test_a_consent_ended_at_the_bank_is_learned_when_the_bank_is_asked(
    consenting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await consenting.pulled("transactions", webhook=HOOK)

    class Revoked:
        async def transactions(self, start: object, end: object) -> tuple[()]:
            raise BankRefused(Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR"))

    monkeypatch.setattr(consenting.platform.banks.sandbox, "connect", lambda login, grant: Revoked())
    await consenting.later(DAYS)
    assert await codes(consenting) == ["USER_PERMISSION_REVOKED", "ERROR"]
    assert await error_of(consenting, token) == "ITEM_LOGIN_REQUIRED"


async def test_a_removed_item_is_warned_of_nothing(consenting: World) -> None:
    token = await consenting.item("auth", webhook=HOOK)
    await consenting.post("/item/remove", access_token=token)
    await consenting.later(30 * DAYS)
    assert await codes(consenting) == []


# --- repairs ------------------------------------------------------------------------------------------------------


async def linked(world: World, user: str = "user-1", institution_id: str = BANK) -> str:
    token = await link_token(world, user={"client_user_id": user}, webhook=HOOK)
    driver = await (await Driver.open(world, token)).sign_in(institution_id=institution_id)
    await driver.act("submit_accounts", accounts=["0"])
    await driver.act("finish")
    exchanged = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    return str(exchanged["access_token"])


async def repair(world: World, access_token: str) -> Driver:
    driver = await Driver.open(world, await link_token(world, products=[], access_token=access_token))
    await driver.act("continue")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    return await driver.act("finish")


async def test_a_repair_heals_the_persons_other_items_with_that_login(world: World) -> None:
    broken = [
        await linked(world),
        await linked(world),
        await linked(world, user="user-2"),
        await linked(world, institution_id="ins_109511"),
    ]
    for token in broken:
        await world.post("/sandbox/item/reset_login", access_token=token)
    before = len(await facts(world))
    await repair(world, broken[0])
    assert [await error_of(world, token) for token in broken] == [
        None,
        None,
        "ITEM_LOGIN_REQUIRED",
        "ITEM_LOGIN_REQUIRED",
    ]
    other = (await world.post("/item/get", access_token=broken[1]))["item"]["item_id"]
    (fact,) = (await facts(world))[before:]
    assert (fact["webhook_code"], fact["item_id"]) == ("LOGIN_REPAIRED", other)


async def test_update_mode_keeps_the_access_token_the_webhook_and_needs_no_exchange(world: World) -> None:
    access_token = await linked(world)
    await world.post("/sandbox/item/reset_login", access_token=access_token)
    token = await link_token(
        world, products=[], access_token=access_token, webhook="https://other.example/ignored"
    )
    driver = await Driver.open(world, token)
    assert driver.events[0]["metadata"]["is_update_mode"] == "true"
    await driver.act("continue")
    assert driver.pane == "credentials"
    assert "TRANSITION_VIEW SELECT_INSTITUTION" not in driver.story
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("finish")
    assert driver.result["kind"] == "success"
    shown = (await world.post("/item/get", access_token=access_token))["item"]
    assert (shown["error"], shown["webhook"]) == (None, HOOK)


async def test_another_login_name_is_refused_in_update_mode(world: World) -> None:
    access_token = await linked(world)
    driver = await Driver.open(world, await link_token(world, products=[], access_token=access_token))
    await driver.act("continue")
    await driver.act("submit_credentials", values={"username": "user_custom", "password": "{}"})
    assert driver.pane == "credentials"
    assert driver.picture["exit"]["error"]["error_code"] == "INVALID_UPDATED_USERNAME"
