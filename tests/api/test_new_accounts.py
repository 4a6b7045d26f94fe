"""An account that appears at the bank after an Item was linked: who hears of it, when, and how it is shared."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import Reply, World

from gingham.store import outbox

HOOK = "https://example.com/hook"
GOOD = {"username": "user_good", "password": "pass_good"}
HOLIDAYS = {
    "type": "depository",
    "subtype": "savings",
    "starting_balance": 250.5,
    "meta": {"name": "Holidays", "mask": "4242"},
    "transactions": [{"date_transacted": "2026-05-01", "amount": -250.5, "description": "First deposit"}],
}


async def open_account(world: World, token: str, **account: Any) -> Reply:
    return await world.post(
        "/gingham/v1/sandbox/accounts/open", access_token=token, account=account or HOLIDAYS
    )


async def told(world: World) -> list[dict[str, Any]]:
    """The bodies of every NEW_ACCOUNTS_AVAILABLE that was owed."""
    async with world.platform.store.reading() as reader:
        bodies = [json.loads(row.body) for row in await outbox.owed(reader)]
    return [body for body in bodies if body["webhook_code"] == "NEW_ACCOUNTS_AVAILABLE"]


async def names(world: World, token: str) -> dict[str, str]:
    """account_id by name."""
    accounts = (await world.post("/accounts/get", access_token=token))["accounts"]
    return {account["name"]: account["account_id"] for account in accounts}


async def update_mode(
    world: World, token: str, *, select: bool, credentials: dict[str, str] | None = None
) -> Driver:
    """After the login, which is asked for if the Item is broken: at the accounts, or at the end."""
    update = {"update": {"account_selection_enabled": True}} if select else {}
    opened = await link_token(world, products=None, access_token=token, **update)
    driver = await (await Driver.open(world, opened)).act("continue")
    if driver.picture["pane"]["name"] == "credentials":
        return await driver.act("submit_credentials", values=credentials or GOOD)
    return driver


def ticked(driver: Driver) -> dict[str, bool]:
    """By the name of the account."""
    (field,) = driver.picture["pane"]["fields"]
    return {option["label"]: bool(option.get("checked")) for option in field["options"]}


async def select(driver: Driver, name: str) -> None:
    """The ticked accounts and this one."""
    (field,) = driver.picture["pane"]["fields"]
    chosen = [each["value"] for each in field["options"] if each.get("checked") or each["label"] == name]
    await driver.act("submit_accounts", accounts=chosen)
    await driver.act("finish")


async def test_a_new_account_is_told_of_once_and_soon(world: World) -> None:
    token = await world.pulled("transactions", webhook=HOOK)
    before = await names(world, token)
    opened = await open_account(world, token)
    assert opened["account"] == {
        "name": "Holidays",
        "mask": "4242",
        "type": "depository",
        "subtype": "savings",
    }
    assert await told(world) == []

    await world.later(60)
    item = (await world.post("/item/get", access_token=token))["item"]
    assert await told(world) == [
        {
            "webhook_type": "ITEM",
            "webhook_code": "NEW_ACCOUNTS_AVAILABLE",
            "environment": "sandbox",
            "item_id": item["item_id"],
            "error": None,
        }
    ]
    await world.post("/transactions/refresh", access_token=token)
    await world.post("/accounts/balance/get", access_token=token)
    await world.later(2 * 86_400)
    assert len(await told(world)) == 1
    assert await names(world, token) == before


@pytest.mark.parametrize("path", ["/transactions/refresh", "/accounts/balance/get"])
async def test_whoever_asks_the_bank_first_notices(quick_world: World, path: str) -> None:
    token = await quick_world.pulled("transactions", webhook=HOOK)
    await open_account(quick_world, token)
    await open_account(quick_world, token, type="credit")
    await quick_world.post(path, access_token=token)
    assert len(await told(quick_world)) == 1
    await quick_world.later(60)
    assert len(await told(quick_world)) == 1
    await open_account(quick_world, token, type="loan")
    await quick_world.later(60)
    assert len(await told(quick_world)) == 2


async def test_an_account_that_was_not_shared_at_the_start_is_no_news(quick_world: World) -> None:
    token = await link_token(quick_world, webhook=HOOK)
    driver = await (await Driver.open(quick_world, token)).connect("0")
    public_token = driver.result["public_token"]
    reply = await quick_world.post("/item/public_token/exchange", public_token=public_token)
    await quick_world.post("/accounts/balance/get", access_token=reply["access_token"])
    assert await told(quick_world) == []


async def test_update_mode_shows_it_and_what_is_selected_is_shared(world: World) -> None:
    token = await world.pulled("transactions", webhook=HOOK)
    before = await names(world, token)
    await open_account(world, token)
    await world.later(60)
    sync = await world.post("/transactions/sync", access_token=token, count=500)
    assert "First deposit" not in {row["name"] for row in sync["added"]}

    driver = await update_mode(world, token, select=True)
    assert ticked(driver) == {**dict.fromkeys(before, True), "Holidays": False}
    await select(driver, "Holidays")
    shared = await names(world, token)
    assert shared == {**before, "Holidays": shared["Holidays"]}
    await world.later(60)
    news = await world.post("/transactions/sync", access_token=token, cursor=sync["next_cursor"])
    assert [(row["name"], row["account_id"]) for row in news["added"]] == [
        ("First deposit", shared["Holidays"])
    ]

    await update_mode(world, token, select=False)
    await world.later(60)
    assert await names(world, token) == shared
    assert len(await told(world)) == 1


async def test_numbers_owners_and_balances_are_read_once_it_is_shared(quick_world: World) -> None:
    token = await quick_world.item("auth", "identity")
    await open_account(quick_world, token)
    await select(await update_mode(quick_world, token, select=True), "Holidays")
    account_id = (await names(quick_world, token))["Holidays"]
    options = {"account_ids": [account_id]}
    auth = await quick_world.post("/auth/get", access_token=token, options=options)
    assert [each["account_id"] for each in auth["numbers"]["ach"]] == [account_id]
    identity = await quick_world.post("/identity/get", access_token=token, options=options)
    assert [owner["names"] for owner in identity["accounts"][0]["owners"]] == [["Alberta Bobbeth Charleson"]]
    balance = await quick_world.post("/accounts/balance/get", access_token=token, options=options)
    assert [each["balances"]["current"] for each in balance["accounts"]] == [250.5]


@pytest.mark.parametrize("broken", [False, True], ids=["login kept", "login renewed"])
async def test_an_account_opened_while_the_person_is_in_link_is_kept(
    quick_world: World, broken: bool
) -> None:
    token = await quick_world.item("auth", webhook=HOOK)
    if broken:
        await quick_world.post("/sandbox/item/reset_login", access_token=token)
    driver = await update_mode(quick_world, token, select=True)
    await open_account(quick_world, token)
    assert "Holidays" not in ticked(driver)
    await select(driver, "Plaid Checking")
    await quick_world.later(60)
    assert len(await told(quick_world)) == 1
    assert "Holidays" in ticked(await update_mode(quick_world, token, select=True))


async def test_who_was_shown_an_account_in_link_is_not_told_of_it(quick_world: World) -> None:
    token = await quick_world.item("auth", webhook=HOOK)
    await open_account(quick_world, token)
    await quick_world.post("/sandbox/item/reset_login", access_token=token)
    driver = await update_mode(quick_world, token, select=True)
    assert ticked(driver)["Holidays"] is False
    await select(driver, "Holidays")
    assert "Holidays" in await names(quick_world, token)
    await quick_world.later(60)
    assert await told(quick_world) == []


async def test_what_a_broken_item_missed_is_told_when_its_login_works_again(quick_world: World) -> None:
    token = await quick_world.item("auth", webhook=HOOK)
    await quick_world.post("/sandbox/item/reset_login", access_token=token)
    await open_account(quick_world, token)
    await quick_world.later(60)
    assert await told(quick_world) == []
    await update_mode(quick_world, token, select=False)
    await quick_world.later(60)
    assert len(await told(quick_world)) == 1


async def test_custom_users_keep_the_accounts_of_their_script(quick_world: World) -> None:
    script = json.dumps({"override_accounts": [{"type": "depository", "meta": {"name": "Scripted"}}]})
    token = await quick_world.item(
        "transactions", override_username="user_custom", override_password=script, webhook=HOOK
    )
    await open_account(quick_world, token)
    credentials = {"username": "user_custom", "password": script}
    driver = await update_mode(quick_world, token, select=True, credentials=credentials)
    assert ticked(driver) == {"Scripted": True, "Holidays": False}


@pytest.mark.parametrize(
    ("account", "code", "words"),
    [
        ({"type": "treasure"}, "INVALID_FIELD", "account.type must"),
        ({"mask": "1234"}, "UNKNOWN_FIELDS", "account.mask"),
        ({"starting_balance": "plenty"}, "INVALID_FIELD", "account.starting_balance must"),
        ({"meta": {"mask": "12345"}}, "INVALID_FIELD", "account.meta.mask must"),
        ({"numbers": {"eft_branch": "1"}}, "INVALID_FIELD", "account.numbers must have both"),
        ({"meta": {"name": "x" * 100_001}}, "INVALID_FIELD", "account must be shorter"),
    ],
)
async def test_what_is_wrong_with_an_account_is_named(
    quick_world: World, account: dict[str, Any], code: str, words: str
) -> None:
    reply = await open_account(quick_world, await quick_world.item("auth"), **account)
    assert (reply.status, reply.code) == (400, code)
    assert words in reply.message


async def test_ten_accounts_can_be_opened_for_an_item(quick_world: World) -> None:
    token = await quick_world.item("auth")
    replies = [await open_account(quick_world, token) for _ in range(11)]
    assert [reply.status for reply in replies] == [200] * 10 + [400]
    assert replies[-1].message.startswith("account must be one of at most 10")


async def test_an_item_of_an_oauth_institution_is_refused(quick_world: World) -> None:
    public_token = await quick_world.public_token("auth", institution_id="ins_127287")
    reply = await quick_world.post("/item/public_token/exchange", public_token=public_token)
    assert (await open_account(quick_world, reply["access_token"])).code == "ITEM_NOT_SUPPORTED"
