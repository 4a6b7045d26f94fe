"""What goes wrong between Link, the bank and the way back, one test for each. A return address without a state is the
page's own mistake: `tests/browser/test_loader.py`."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.link.test_oauth import BACK, AwayBank, handle_of, refreshed, to_the_bank
from tests.link.test_oauth import bank as bank
from tests.world import Reply, World


async def resume(world: World, token: str, address: str) -> Reply:
    return await world.post("/gingham/v1/link/session/start", link_token=token, received_redirect_uri=address)


async def back_from_bank(world: World, token: str) -> str:
    """The address at which a person comes back to the app."""
    driver = await to_the_bank(world, token)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="redirect")
    landing = await world.http.get("/link/oauth/return", params={"state": handle, "code": "1"})
    return landing.headers["location"]


async def refused(world: World) -> Driver:
    """Whoever said no at the bank, back in Link."""
    driver = await to_the_bank(world)
    handle = handle_of(driver)
    await driver.act("open_oauth", mode="popup")
    await world.http.get("/link/oauth/return", params={"state": handle, "error": "access_denied"})
    return await refreshed(driver)


async def left(driver: Driver) -> dict[str, Any]:
    """What onExit gets."""
    await (await driver.act("close")).act("confirm_exit")
    result = driver.result
    return {
        "status": result["metadata"]["status"],
        "error": result["error"] and result["error"]["error_code"],
    }


async def test_a_different_link_token(world: World, bank: AwayBank) -> None:
    address = await back_from_bank(world, await link_token(world, redirect_uri=BACK))
    reply = await resume(world, await link_token(world), address)
    assert (reply.body["error_type"], reply.code) == ("OAUTH_ERROR", "INCORRECT_LINK_TOKEN")


async def test_a_state_that_is_used_twice(world: World, bank: AwayBank) -> None:
    token = await link_token(world, redirect_uri=BACK)
    address = await back_from_bank(world, token)
    assert (await resume(world, token, address))["pane"]["name"] == "connected"
    reloaded = await resume(world, token, address)
    assert (reloaded.status, reloaded.body["error_type"], reloaded.code) == (
        208,
        "OAUTH_ERROR",
        "OAUTH_STATE_ID_ALREADY_PROCESSED",
    )


async def test_an_unknown_state(world: World, bank: AwayBank) -> None:
    state = "00000000-0000-4000-8000-000000000000"
    reply = await resume(world, await link_token(world), f"{BACK}?oauth_state_id={state}")
    assert (reply.status, reply.body["error_type"], reply.code) == (
        404,
        "OAUTH_ERROR",
        "OAUTH_STATE_ID_NOT_FOUND",
    )


@pytest.mark.parametrize("query", ["", "?", "?other=1", "?oauth_state_id="])
async def test_no_state_at_all_over_json(world: World, bank: AwayBank, query: str) -> None:
    reply = await resume(world, await link_token(world), BACK + query)
    assert reply.code == "OAUTH_STATE_ID_NOT_FOUND"


async def test_a_person_who_refuses_at_the_bank(world: World, bank: AwayBank) -> None:
    driver = await refused(world)
    assert driver.pane == "error"
    assert await left(driver) == {"status": "requires_oauth", "error": "INSUFFICIENT_CREDENTIALS"}


async def test_a_person_who_abandons_the_bank(world: World, bank: AwayBank) -> None:
    driver = await to_the_bank(world)
    await driver.act("open_oauth", mode="popup")
    await driver.act("close_oauth")
    assert driver.pane == "oauth"
    assert await left(driver) == {"status": "requires_oauth", "error": None}


@pytest.mark.parametrize("code", ["ACCESS_NOT_GRANTED", "NO_ACCOUNTS"])
async def test_a_person_who_withholds_a_permission_or_every_account_begins_again(
    world: World, bank: AwayBank, code: str
) -> None:
    bank.refusal = code
    driver = await refused(world)
    assert (driver.pane, driver.picture["exit"]["error"]["error_code"]) == ("error", code)
    await driver.act("retry")
    assert (driver.pane, len(bank.logins)) == ("oauth", 2)
    await driver.act("open_oauth", mode="popup")
    await world.http.get("/link/oauth/return", params={"state": handle_of(driver), "code": "1"})
    assert (await refreshed(driver)).pane == "connected"
