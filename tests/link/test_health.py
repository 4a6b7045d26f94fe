"""Institutions that fall ill: what Link shows follows the health of the chosen one, also while a person is in Link."""

import pytest
from tests.link.driver import Driver
from tests.world import BANK, World

DEGRADED, DOWN = "ins_132363", "ins_132361"


async def set_health(world: World, health: str | None, institution_id: str = BANK) -> str:
    reply = await world.post(
        "/gingham/v1/institutions/health/set", institution_id=institution_id, health=health
    )
    return str(reply["health"])


async def choose(world: World, institution_id: str = BANK) -> Driver:
    driver = await (await Driver.open(world)).act("continue")
    return await driver.act("select_institution", institution_id=institution_id)


def buttons(driver: Driver) -> list[str]:
    return [button["action"] for button in driver.picture["pane"]["buttons"]]


async def status(world: World, institution_id: str = BANK) -> dict[str, str]:
    reply = await world.post(
        "/institutions/get_by_id",
        institution_id=institution_id,
        country_codes=["US"],
        options={"include_status": True},
    )
    return dict(reply["institution"]["status"]["item_logins"])


async def test_a_degraded_bank_warns_and_offers_to_choose_another(world: World) -> None:
    driver = await choose(world, DEGRADED)
    assert driver.story[-3:] == [
        "SELECT_INSTITUTION",
        "SELECT_DEGRADED_INSTITUTION",
        "TRANSITION_VIEW CREDENTIAL",
    ]
    assert driver.picture["pane"]["notice"]["key"] == "credentials.degraded"
    assert buttons(driver) == ["submit_credentials", "choose_another"]


async def test_a_bank_that_is_down_is_blocked(world: World) -> None:
    driver = await choose(world, DOWN)
    assert driver.story[-4:] == [
        "SELECT_INSTITUTION",
        "SELECT_DOWN_INSTITUTION",
        "ERROR",
        "TRANSITION_VIEW ERROR",
    ]
    assert buttons(driver) == ["choose_another", "close"]


async def test_a_bank_that_is_no_longer_supported_exits_with_its_own_status(world: World) -> None:
    driver = await choose(world, "ins_133402")
    await driver.act("close")
    await driver.act("confirm_exit")
    assert driver.result["metadata"]["status"] == "institution_not_supported"
    assert driver.result["error"]["error_code"] == "INSTITUTION_NO_LONGER_SUPPORTED"


async def test_the_health_that_is_set_is_met_by_the_next_person(world: World) -> None:
    await set_health(world, "DEGRADED")
    driver = await choose(world)
    assert "SELECT_DEGRADED_INSTITUTION" in driver.story
    await set_health(world, None)
    assert "SELECT_DEGRADED_INSTITUTION" not in (await choose(world)).story


async def test_a_bank_may_degrade_while_a_person_is_in_link(world: World) -> None:
    driver = await choose(world)
    assert driver.picture["pane"]["notice"] is None
    await set_health(world, "DEGRADED")
    reply = await world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert reply["pane"]["notice"]["key"] == "credentials.degraded"
    driver.picture = reply.body
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    assert driver.pane == "select_accounts"


async def test_a_bank_may_go_down_while_a_person_types(world: World) -> None:
    driver = await choose(world)
    await set_health(world, "DOWN")
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    assert driver.pane == "error"
    assert "SUBMIT_CREDENTIALS" not in driver.story
    assert driver.story[-2:] == ["ERROR", "TRANSITION_VIEW ERROR"]
    await driver.act("close")
    await driver.act("confirm_exit")
    assert driver.result["error"]["error_code"] == "INSTITUTION_DOWN"


async def test_a_bank_that_has_recovered_may_be_tried_again(world: World) -> None:
    await set_health(world, "DOWN")
    driver = await choose(world)
    assert "retry" not in buttons(driver)
    await set_health(world, "HEALTHY")
    driver.picture = (
        await world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    ).body
    assert "retry" in buttons(driver)
    await driver.act("retry")
    assert driver.pane == "credentials"


async def test_the_status_of_the_institution_is_the_same_fact(world: World) -> None:
    assert (await status(world))["status"] == "HEALTHY"
    await set_health(world, "DOWN")
    assert await status(world) == {
        **await status(world, DOWN),
        "last_status_change": "2026-05-04T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"institution_id": "ins_nowhere", "health": "DOWN"}, "INVALID_INSTITUTION"),
        ({"institution_id": BANK, "health": "SICK"}, "INVALID_FIELD"),
        ({"institution_id": BANK}, "MISSING_FIELDS"),
    ],
)
async def test_wrong_requests_change_nothing(world: World, body: dict[str, str], code: str) -> None:
    reply = await world.post("/gingham/v1/institutions/health/set", **body)
    assert (reply.status, reply.code) == (400, code)
    assert (await status(world))["status"] == "HEALTHY"


async def test_production_keys_may_not_set_it(world: World) -> None:
    reply = await world.post(
        "/gingham/v1/institutions/health/set", "production", institution_id=BANK, health="DOWN"
    )
    assert reply.status == 400


async def came_back(world: World) -> Driver:
    """A person who has saved banks, at their list."""
    driver = await (await Driver.open(world)).act("continue", values={"phone": "415 555 0011"})
    return await driver.act("submit_otp", answers=["123456"])


async def test_a_saved_bank_is_as_healthy_as_it_is_now(world: World) -> None:
    await set_health(world, "DOWN")
    driver = await came_back(world)
    await driver.act("select_institution", institution_id=BANK)
    assert driver.story[-3:] == ["SELECT_DOWN_INSTITUTION", "ERROR", "TRANSITION_VIEW ERROR"]


async def test_a_saved_bank_may_go_down_while_the_person_chooses_it(quick_world: World) -> None:
    driver = await came_back(quick_world)
    await set_health(quick_world, "DOWN")
    await driver.act("select_institution", institution_id=BANK)
    assert driver.pane == "error"
    assert driver.picture["pane"]["institution"]["health"] == "DOWN"
    assert "retry" not in buttons(driver)


async def test_the_accounts_of_a_saved_bank_follow_its_health(quick_world: World) -> None:
    driver = await (await came_back(quick_world)).act("select_institution", institution_id=BANK)
    assert driver.pane == "select_saved_accounts"
    await set_health(quick_world, "DEGRADED")
    reply = await quick_world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert reply["pane"]["institution"]["health"] == "DEGRADED"
