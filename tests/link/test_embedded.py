"""The embedded search: which banks it shows, and a session that begins with one of them."""

import pytest
from tests.link.driver import Driver, link_token
from tests.world import World


async def tiles(world: World, token: str) -> list[str]:
    reply = await world.post("/gingham/v1/link/embedded", link_token=token)
    return [each["institution_id"] for each in reply["institutions"]]


async def test_it_shows_the_popular_banks_in_the_tokens_language(world: World) -> None:
    token = await link_token(world, language="de")
    reply = await world.post("/gingham/v1/link/embedded", link_token=token)
    assert (reply["language"], reply["search"]) == ("de", "Suchen Sie Ihre Bank")
    assert 2 <= len(reply["institutions"]) <= 15
    assert reply["institutions"][0].keys() == {"institution_id", "name", "logo"}


async def test_looking_opens_no_session(world: World) -> None:
    token = await link_token(world)
    await tiles(world, token)
    assert "link_sessions" not in (await world.post("/link/token/get", link_token=token)).body


async def test_a_chosen_bank_is_told_before_consent_and_once(world: World) -> None:
    token = await link_token(world)
    driver = Driver(world)
    reply = await world.post("/gingham/v1/link/session/start", link_token=token, institution_id="ins_109508")
    driver.session_token = reply["session_token"]
    driver._take(reply)
    assert driver.picture["pane"]["institution"]["institution_id"] == "ins_109508"
    await driver.act("continue")
    assert driver.story == [
        "OPEN",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW CONSENT",
        "TRANSITION_VIEW CREDENTIAL",
    ]
    await driver.act("back")
    await driver.act("close")
    assert driver.result["kind"] == "exit"


async def test_a_bank_that_is_down_is_told_after_consent(world: World) -> None:
    token = await link_token(world)
    driver = Driver(world)
    reply = await world.post("/gingham/v1/link/session/start", link_token=token, institution_id="ins_132361")
    driver.session_token = reply["session_token"]
    driver._take(reply)
    await driver.act("continue")
    assert driver.story[3:] == ["SELECT_DOWN_INSTITUTION", "ERROR", "TRANSITION_VIEW ERROR"]


@pytest.mark.parametrize("institution_id", ["ins_0", "ins_117650", "nonsense"])
async def test_only_a_bank_of_the_list_can_be_chosen(world: World, institution_id: str) -> None:
    reply = await world.post(
        "/gingham/v1/link/session/start", link_token=await link_token(world), institution_id=institution_id
    )
    assert reply.code == "INVALID_INSTITUTION"


async def test_update_mode_and_several_items_have_no_embedded_search(world: World) -> None:
    update = await link_token(world, access_token=await world.item("transactions"), products=[])
    user_id = (await world.post("/user/create", client_user_id="user-1"))["user_id"]
    several = await link_token(world, user_id=user_id, enable_multi_item_link=True)
    for token in (update, several):
        assert (await world.post("/gingham/v1/link/embedded", link_token=token)).code == "INVALID_FIELD"


async def test_a_token_that_is_not_good_shows_nothing(world: World) -> None:
    assert (await world.post("/gingham/v1/link/embedded", link_token="x")).code == "INVALID_LINK_TOKEN"
