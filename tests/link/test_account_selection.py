"""Update mode with account selection: what is ticked, what it changes, and what is refused."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, World

CUSTOMIZATIONS = "/gingham/v1/link/customizations/"
BRITISH = "ins_117650"
GOOD = {"username": "user_good", "password": "pass_good"}


async def linked(world: World, *accounts: str) -> str:
    """The access_token of an Item with these accounts and their transactions."""
    driver = await (await Driver.open(world)).connect(*accounts)
    public_token = driver.result["public_token"]
    reply = await world.post("/item/public_token/exchange", public_token=public_token)
    await world.later(60)
    return str(reply["access_token"])


async def choosing(world: World, access_token: str, **changes: Any) -> Driver:
    """At the account pane of update mode."""
    token = await link_token(
        world,
        **{"products": None, "access_token": access_token, "update": {"account_selection_enabled": True}}
        | changes,
    )
    return await (await Driver.open(world, token)).act("continue")


async def names(world: World, access_token: str) -> dict[str, str]:
    """account_id by name."""
    accounts = (await world.post("/accounts/get", access_token=access_token))["accounts"]
    return {account["name"]: account["account_id"] for account in accounts}


async def behave(world: World, behaviour: str) -> None:
    content = {"account_select": behaviour}
    await world.post(CUSTOMIZATIONS + "update", name="default", content=content)
    await world.post(CUSTOMIZATIONS + "publish", name="default")


async def test_the_accounts_of_the_item_are_ticked(world: World) -> None:
    driver = await choosing(world, await linked(world, "0", "3"))
    options = driver.picture["pane"]["fields"][0]["options"]
    assert sorted(option["value"] for option in options if option["checked"]) == ["0", "3"]


async def test_a_login_that_works_is_not_asked_for(world: World) -> None:
    driver = await choosing(world, await linked(world, "0"))
    await driver.act("submit_accounts", accounts=["0", "1"])
    await driver.act("finish")
    views = ["CONSENT", "LOADING", "SELECT_ACCOUNT", "LOADING", "CONNECTED"]
    assert driver.story == ["OPEN", *(f"TRANSITION_VIEW {view}" for view in views), "HANDOFF"]


async def test_a_login_that_broke_is_asked_for(world: World) -> None:
    access_token = await linked(world, "0")
    await world.post("/sandbox/item/reset_login", access_token=access_token)
    driver = await choosing(world, access_token)
    assert driver.pane == "credentials"
    await driver.act("submit_credentials", values=GOOD)
    await driver.act("submit_accounts", accounts=["1"])
    assert list(await names(world, access_token)) == ["Plaid Saving"]


async def test_a_login_that_breaks_while_accounts_are_chosen_changes_nothing_before_it_is_mended(
    world: World,
) -> None:
    access_token = await linked(world, "0")
    driver = await choosing(world, access_token)
    await world.post("/sandbox/item/reset_login", access_token=access_token)
    await driver.act("submit_accounts", accounts=["1"])
    assert (driver.pane, driver.picture["result"]) == ("error", None)
    reply = await world.post("/accounts/get", access_token=access_token)
    assert reply.code == "ITEM_LOGIN_REQUIRED"
    await driver.act("retry")
    await driver.act("submit_credentials", values=GOOD)
    await driver.act("submit_accounts", accounts=["1"])
    assert list(await names(world, access_token)) == ["Plaid Saving"]


async def test_a_login_that_was_not_asked_for_lasts_no_longer(world: World) -> None:
    access_token = await linked(world, "0")
    await world.later(20 * 86_400)
    await (await choosing(world, access_token)).act("submit_accounts", accounts=["1"])
    await world.later(10 * 86_400)
    reply = await world.post("/accounts/get", access_token=access_token)
    assert reply.code == "ITEM_LOGIN_REQUIRED"


async def test_the_new_selection_is_what_the_item_shares(world: World) -> None:
    access_token = await linked(world, "0", "1")
    before = await names(world, access_token)
    driver = await choosing(world, access_token)
    await driver.act("submit_accounts", accounts=["1", "3"])
    await driver.act("finish")
    after = await names(world, access_token)
    assert list(after) == ["Plaid Saving", "Plaid Credit Card"]
    assert after["Plaid Saving"] == before["Plaid Saving"]
    assert after["Plaid Credit Card"] not in before.values()
    assert [account["id"] for account in driver.result["metadata"]["accounts"]] == list(after.values())


async def test_transactions_of_an_account_that_goes_go_with_it_and_of_one_that_comes_come(
    world: World,
) -> None:
    access_token = await linked(world, "0", "3")
    before = await names(world, access_token)
    first = await world.post("/transactions/sync", access_token=access_token, count=500)
    assert {row["account_id"] for row in first["added"]} == set(before.values())

    driver = await choosing(world, access_token)
    await driver.act("submit_accounts", accounts=["0"])
    dates = {"start_date": "2020-01-01", "end_date": "2026-12-31"}
    got = await world.post("/transactions/get", access_token=access_token, **dates)
    assert {row["account_id"] for row in got["transactions"]} == {before["Plaid Checking"]}
    news = await world.post(
        "/transactions/sync", access_token=access_token, count=500, cursor=first["next_cursor"]
    )
    gone = {
        row["transaction_id"] for row in first["added"] if row["account_id"] == before["Plaid Credit Card"]
    }
    assert gone
    assert {row["transaction_id"] for row in news["removed"]} == gone

    driver = await choosing(world, access_token)
    await driver.act("submit_accounts", accounts=["0", "3"])
    await world.later(60)
    back = await world.post(
        "/transactions/sync", access_token=access_token, count=500, cursor=news["next_cursor"]
    )
    assert {row["transaction_id"] for row in back["added"]} == gone
    assert await names(world, access_token) == before


async def test_the_behaviour_is_that_of_the_customization(world: World) -> None:
    access_token = await linked(world, "0", "1")
    await behave(world, "single")
    driver = await choosing(world, access_token)
    (field,) = driver.picture["pane"]["fields"]
    assert (field["kind"], [o["value"] for o in field["options"] if o["checked"]]) == ("radio", ["0"])


async def test_a_customization_without_account_select_cannot_update_the_selection(world: World) -> None:
    access_token = await linked(world, "0", "1")
    await behave(world, "disabled")
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        access_token=access_token,
        update={"account_selection_enabled": True},
    )
    assert (reply.code, reply.message) == (
        "INVALID_LINK_CUSTOMIZATION",
        "requested link customization is not set to update account selection",
    )


async def test_account_filters_of_update_mode_need_account_selection(world: World) -> None:
    access_token = await linked(world, "0", "1")
    filters = {"depository": {"account_subtypes": ["checking"]}}
    driver = await choosing(world, access_token, account_filters=filters)
    assert [o["value"] for o in driver.picture["pane"]["fields"][0]["options"]] == ["0"]
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        access_token=access_token,
        account_filters=filters,
    )
    assert reply.code == "INVALID_FIELD"
    assert reply.message.startswith("account_filters needs update.account_selection_enabled")


@pytest.mark.parametrize(("institution_id", "country_codes"), [(BRITISH, ["GB", "US"]), (BANK, ["GB"])])
async def test_accounts_are_chosen_anew_only_in_the_united_states_and_canada(
    world: World, institution_id: str, country_codes: list[str]
) -> None:
    made = await world.post(
        "/sandbox/public_token/create", institution_id=institution_id, initial_products=["transactions"]
    )
    reply = await world.post("/item/public_token/exchange", public_token=made["public_token"])
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=country_codes,
        user={"client_user_id": "user-1"},
        access_token=reply["access_token"],
        update={"account_selection_enabled": True},
    )
    assert reply.code == "INVALID_FIELD"
    assert reply.message.startswith("update.account_selection_enabled must not be true unless")
