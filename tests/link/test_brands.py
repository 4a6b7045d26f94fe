"""A brand with several portals: one entry of the list, then a choice between its sign-ins."""

from tests.link.driver import Driver, link_token
from tests.world import World

PERSONAL, BUSINESS = "ins_900002", "ins_900003"


async def found(world: World) -> Driver:
    driver = await (await Driver.open(world)).act("continue")
    return await driver.act("search", query="seersucker")


def tiles(driver: Driver) -> dict[str, str]:
    field = next(field for field in driver.picture["pane"]["fields"] if field["kind"] == "tiles")
    return {option["value"]: option["label"] for option in field["options"]}


async def test_a_brand_is_one_entry_of_the_list(world: World) -> None:
    assert [name for name in tiles(await found(world)).values() if "Seersucker" in name] == [
        "Seersucker Bank"
    ]


async def test_its_portals_follow_and_then_the_login_of_the_chosen_one(world: World) -> None:
    driver = await found(world)
    before = len(driver.story)
    await driver.act("select_institution", institution_id=next(iter(tiles(driver))))
    assert driver.pane == "select_brand"
    assert tiles(driver) == {
        PERSONAL: "Seersucker Bank - Personal",
        BUSINESS: "Seersucker Bank - Business",
    }
    assert driver.events[before]["metadata"]["brand_name"] == "Seersucker Bank"
    await driver.act("select_institution", institution_id=BUSINESS)
    assert driver.story[before:] == [
        "SELECT_BRAND",
        "TRANSITION_VIEW SELECT_BRAND",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW CREDENTIAL",
    ]
    assert driver.picture["pane"]["institution"]["name"] == "Seersucker Bank - Business"


async def test_back_leads_to_the_portals_and_from_there_to_the_list(world: World) -> None:
    driver = await found(world)
    await driver.act("select_institution", institution_id=PERSONAL)
    await driver.act("select_institution", institution_id=BUSINESS)
    assert (await driver.act("back")).pane == "select_brand"
    assert (await driver.act("back")).pane == "select_institution"
    await driver.act("select_institution", institution_id=PERSONAL)
    assert driver.pane == "select_brand"


async def test_another_banks_id_is_none_of_its_portals(world: World) -> None:
    driver = await found(world)
    await driver.act("select_institution", institution_id=PERSONAL)
    assert (await driver.act("select_institution", institution_id="ins_109508")).pane == "select_brand"


async def test_leaving_the_portals_is_leaving_the_list(world: World) -> None:
    driver = await found(world)
    await driver.act("select_institution", institution_id=PERSONAL)
    await driver.act("close")
    assert driver.result["metadata"] == {
        **driver.result["metadata"],
        "status": "institution_not_found",
        "institution": None,
    }


async def test_a_link_token_that_names_a_portal_goes_there_at_once(world: World) -> None:
    token = await link_token(world, institution_id=BUSINESS)
    driver = await (await Driver.open(world, token)).act("continue")
    assert driver.pane == "credentials"
