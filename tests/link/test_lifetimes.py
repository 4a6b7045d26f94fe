"""How long things last, by the clock; and an INVALID_LINK_TOKEN that says which kind of invalid (Plaid docs: Link)."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, Reply, World

from gingham.clock import HOUR, MINUTE


async def start(world: World, token: str) -> Reply:
    return await world.post("/gingham/v1/link/session/start", link_token=token)


def why(reply: Reply) -> Any:
    assert (reply.status, reply.body["error_type"], reply.code) == (
        400,
        "INVALID_INPUT",
        "INVALID_LINK_TOKEN",
    )
    assert reply.message == "invalid link_token provided"
    return reply.body["error_code_reason"]


async def production_token(world: World, **changes: Any) -> str:
    request: dict[str, Any] = {
        "client_name": "App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "user-1"},
        "products": ["transactions"],
    }
    return str((await world.post("/link/token/create", "production", **{**request, **changes}))["link_token"])


async def test_a_link_token_lasts_four_hours(world: World) -> None:
    token = await link_token(world)
    world.clock.advance(4 * HOUR - 1)
    assert (await start(world, token)).status == 200
    world.clock.advance(1)
    assert why(await start(world, token)) == "LINK_TOKEN_EXPIRED"


async def test_one_for_update_mode_lasts_thirty_minutes(world: World) -> None:
    token = await link_token(world, products=[], access_token=await world.item())
    world.clock.advance(30 * MINUTE - 1)
    assert (await start(world, token)).status == 200
    world.clock.advance(1)
    assert why(await start(world, token)) == "LINK_TOKEN_EXPIRED"


async def test_nobody_stays_in_link_for_more_than_thirty_minutes(world: World) -> None:
    driver = await (await Driver.open(world)).act("continue")
    world.clock.advance(30 * MINUTE)
    await driver.act("select_institution", institution_id=BANK)
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"
    assert set(driver.result["error"]) == {"error_type", "error_code", "error_message", "display_message"}
    assert driver.story[-1] == "EXIT"


async def test_five_refused_logins_burn_it_for_good(world: World) -> None:
    token = await link_token(world)
    driver = await (await Driver.open(world, token)).sign_in("wrong")
    for _ in range(4):
        await driver.act("submit_credentials", values={"username": "user_good", "password": "wrong"})
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"
    assert why(await start(world, token)) == "LINK_TOKEN_BURNT"


async def test_an_app_that_makes_a_new_token_in_onexit_goes_on(world: World) -> None:
    """As the sample apps do: the session is over when onExit is called, so a new one may open at once."""
    token = await link_token(world)
    world.clock.advance(4 * HOUR)
    assert why(await start(world, token)) == "LINK_TOKEN_EXPIRED"
    driver = await (await Driver.open(world, await link_token(world))).connect()
    assert driver.result["kind"] == "success"


async def test_production_takes_a_token_for_one_success_only(world: World) -> None:
    token = await production_token(world)
    left = await Driver.open(world, token)
    await left.act("close")
    driver = await (await Driver.open(world, token)).connect()
    assert driver.result["public_token"].startswith("public-production-")
    assert why(await start(world, token)) == "LINK_TOKEN_USED"


async def test_the_sandbox_takes_it_again(world: World) -> None:
    token = await link_token(world)
    for _ in range(2):
        assert (await (await Driver.open(world, token)).connect()).result["kind"] == "success"


async def test_a_token_of_another_environment_says_so(world: World) -> None:
    token = (await production_token(world)).replace("link-production-", "link-sandbox-")
    assert why(await start(world, token)) == "LINK_TOKEN_OF_ANOTHER_ENVIRONMENT"


@pytest.mark.parametrize(
    "token", ["nonsense", "link-sandbox-00000000-0000-4000-8000-000000000000", "", "public-sandbox-x"]
)
async def test_an_unknown_one_says_so(world: World, token: str) -> None:
    assert why(await start(world, token)) == "LINK_TOKEN_UNKNOWN"


async def test_a_public_token_lasts_thirty_minutes(world: World) -> None:
    driver = await (await Driver.open(world)).connect()
    world.clock.advance(30 * MINUTE)
    late = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    assert (late.status, late.code) == (400, "INVALID_PUBLIC_TOKEN")


async def test_and_is_exchanged_once(world: World) -> None:
    driver = await (await Driver.open(world)).connect()
    token = driver.result["public_token"]
    assert (await world.post("/item/public_token/exchange", public_token=token)).status == 200
    assert (
        await world.post("/item/public_token/exchange", public_token=token)
    ).code == "INVALID_PUBLIC_TOKEN"
