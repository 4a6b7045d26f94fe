"""/gingham/v1/items/duplicates, and what apps compare themselves (Plaid docs: Duplicate Items)."""

from tests.link.driver import Driver, link_token
from tests.world import BANK, World

PATH = "/gingham/v1/items/duplicates"
LASTING = "ins_56"
"""Its accounts carry a persistent id."""


async def linked(world: World, user_id: str, institution_id: str) -> tuple[str, list[dict[str, str]]]:
    """A further Item of the user: its id and its accounts."""
    body = {"institution_id": institution_id, "initial_products": ["auth"], "user_id": user_id}
    token = (await world.post("/sandbox/public_token/create", **body))["public_token"]
    done = await world.post("/item/public_token/exchange", public_token=token)
    reply = await world.post("/accounts/get", access_token=done["access_token"])
    return str(done["item_id"]), reply["accounts"]


async def user(world: World) -> str:
    return str((await world.post("/user/create", client_user_id="user-1"))["user_id"])


async def test_the_same_login_linked_twice_is_a_pair(world: World) -> None:
    user_id = await user(world)
    first, _ = await linked(world, user_id, BANK)
    await linked(world, user_id, "ins_109510")
    await world.later(1)
    second, _ = await linked(world, user_id, BANK)
    for named in ({"user_id": user_id}, {"client_user_id": "user-1"}):
        (pair,) = (await world.post(PATH, **named))["duplicates"]
        assert pair["item_ids"] == [first, second]
        assert pair["reasons"] == ["SAME_INSTITUTION_NAME_AND_MASK"]
        assert pair["account_ids"]


async def test_a_persistent_id_is_the_same_across_items_of_a_login(world: World) -> None:
    user_id = await user(world)
    _, first = await linked(world, user_id, LASTING)
    _, second = await linked(world, user_id, LASTING)
    lasting = [each["persistent_account_id"] for each in first if "persistent_account_id" in each]
    assert lasting
    assert lasting == [each["persistent_account_id"] for each in second if "persistent_account_id" in each]
    assert {each["account_id"] for each in first}.isdisjoint(each["account_id"] for each in second)
    (pair,) = (await world.post(PATH, user_id=user_id))["duplicates"]
    assert pair["reasons"] == ["SAME_INSTITUTION_NAME_AND_MASK", "SAME_PERSISTENT_ACCOUNT_ID"]


async def test_an_item_that_was_removed_is_no_duplicate(world: World) -> None:
    user_id = await user(world)
    first, _ = await linked(world, user_id, BANK)
    await linked(world, user_id, BANK)
    await world.post("/user/items/remove", user_id=user_id, item_ids=[first])
    assert (await world.post(PATH, user_id=user_id))["duplicates"] == []


async def test_nobody_is_asked_about(world: World) -> None:
    assert (await world.post(PATH)).code == "MISSING_FIELDS"
    assert (await world.post(PATH, user_id="usr_nobody")).code == "USER_NOT_FOUND"
    assert (await world.post(PATH, client_user_id="nobody"))["duplicates"] == []


async def test_metadata_lets_an_app_see_a_duplicate_before_it_exchanges(world: World) -> None:
    seen = []
    for _ in range(2):
        driver = await (await Driver.open(world, await link_token(world))).connect("0", "1")
        metadata = driver.result["metadata"]
        accounts = [(account["name"], account["mask"]) for account in metadata["accounts"]]
        seen.append((metadata["institution"]["institution_id"], accounts))
    assert seen[0] == seen[1]
