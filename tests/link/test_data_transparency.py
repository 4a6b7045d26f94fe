"""Data Transparency: what is told, what is agreed to, and what an Item may be read for then."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import Reply, World

CUSTOMIZATIONS = "/gingham/v1/link/customizations/"
USE_CASES = ["Track and manage your finances"]


@pytest.fixture
async def transparent(world: World) -> World:
    """A world whose client tells what it reads."""
    content = {"data_transparency": True, "use_cases": USE_CASES}
    await world.post(CUSTOMIZATIONS + "update", name="default", content=content)
    await world.post(CUSTOMIZATIONS + "publish", name="default")
    return world


async def linked(world: World, **asked: Any) -> str:
    driver = await (await Driver.open(world, await link_token(world, **asked))).connect()
    public_token = driver.result["public_token"]
    reply = await world.post("/item/public_token/exchange", public_token=public_token)
    await world.later(60)
    return str(reply["access_token"])


async def item(world: World, access_token: str) -> dict[str, Any]:
    return dict((await world.post("/item/get", access_token=access_token))["item"])


async def test_the_account_pane_tells_which_data_is_read_and_what_for(transparent: World) -> None:
    driver = await (await Driver.open(transparent)).sign_in()
    told = driver.picture["pane"]["disclosure"]
    assert [kind["text"] for kind in told["types"]] == [
        "Account names and balances",
        "Name and contact details",
        "Transactions",
    ]
    assert told["uses"] == USE_CASES
    await driver.act("view_data_types")
    assert (driver.pane, driver.story[-1]) == ("select_accounts", "VIEW_DATA_TYPES")


async def test_without_it_nothing_is_told_and_nothing_limited(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in()
    assert driver.picture["pane"]["disclosure"] is None
    before = list(driver.story)
    assert (await driver.act("view_data_types")).story == before
    assert "consented_products" not in await item(world, await linked(world))


async def test_consent_is_good_for_every_product_that_needs_no_more(transparent: World) -> None:
    access_token = await linked(transparent)
    got = await item(transparent, access_token)
    assert got["consented_data_scopes"] == ["account_balance_info", "contact_info", "transactions"]
    assert got["consented_use_cases"] == USE_CASES
    assert got["consented_products"] == [
        "assets",
        "identity",
        "identity_match",
        "income_verification",
        "transactions",
    ]
    assert (await transparent.post("/identity/get", access_token=access_token)).status == 200


def refusal(reply: Reply) -> tuple[int, str | None, str]:
    return reply.status, reply.code, reply.message


async def test_a_product_nobody_agreed_to_needs_consent_and_update_mode_gives_it(transparent: World) -> None:
    access_token = await linked(transparent)
    assert refusal(await transparent.post("/auth/get", access_token=access_token)) == (
        400,
        "ADDITIONAL_CONSENT_REQUIRED",
        "client does not have user consent to access the PRODUCT_AUTH product",
    )
    token = await link_token(
        transparent, products=None, access_token=access_token, additional_consented_products=["auth"]
    )
    driver = await Driver.open(transparent, token)
    assert driver.picture["pane"]["disclosure"] is not None
    await driver.act("continue")
    assert driver.pane == "connected"  # the login works: nobody signs in for a consent
    assert (await transparent.post("/auth/get", access_token=access_token)).status == 200
    scopes = (await item(transparent, access_token))["consented_data_scopes"]
    assert "account_routing_number" in scopes
    assert "transactions" in scopes


async def test_more_consent_needs_a_customization_that_tells_of_it(transparent: World) -> None:
    access_token = await linked(transparent)
    reply = await transparent.post(
        "/link/token/create",
        client_name="Test App",
        language="fr",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        access_token=access_token,
        additional_consented_products=["auth"],
    )
    assert reply.code == "INVALID_LINK_CUSTOMIZATION"


async def test_consent_asked_for_in_advance_costs_no_second_visit(transparent: World) -> None:
    access_token = await linked(transparent, additional_consented_products=["auth"])
    assert (await transparent.post("/auth/get", access_token=access_token)).status == 200
