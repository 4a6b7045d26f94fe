"""The choice of accounts is not kept open for ever (Plaid docs: Errors, USER_INPUT_TIMEOUT)."""

from tests.link.driver import Driver
from tests.world import World

from gingham.clock import MINUTE, SECOND


async def test_accounts_left_unchosen_for_five_minutes_time_out(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    world.clock.advance(5 * MINUTE + SECOND)
    await driver.act("submit_accounts", accounts=["0"])
    assert driver.pane == "error"
    assert driver.story[-2:] == ["ERROR", "TRANSITION_VIEW ERROR"]
    assert driver.picture["exit"]["error"]["error_code"] == "USER_INPUT_TIMEOUT"
    assert driver.picture["exit"]["error"]["error_type"] == "ITEM_ERROR"
    assert driver.picture["exit"]["metadata"]["status"] == "requires_account_selection"


async def test_a_client_that_only_looks_learns_of_it(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    world.clock.advance(5 * MINUTE + SECOND)
    reply = await world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert reply["pane"]["name"] == "error"


async def test_trying_again_signs_in_anew(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    world.clock.advance(6 * MINUTE)
    await driver.act("submit_accounts", accounts=["0"])
    await driver.act("retry")
    assert driver.pane == "credentials"
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("submit_accounts", accounts=["0"])
    assert driver.pane == "connected"


async def test_a_person_who_is_a_little_slow_is_not_disturbed(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    world.clock.advance(5 * MINUTE - SECOND)
    await driver.act("submit_accounts", accounts=["0"])
    assert driver.pane == "connected"
