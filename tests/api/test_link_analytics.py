"""/gingham/v1/link/analytics/get, against sessions that really happened."""

from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, World

PATH = "/gingham/v1/link/analytics/get"
TODAY = {"start_date": "2026-05-04", "end_date": "2026-05-04"}


async def statistics(world: World, **body: Any) -> dict[str, Any]:
    return dict((await world.post(PATH, **(TODAY | body)))["statistics"])


@pytest.fixture
async def busy(world: World) -> World:
    """One session reached the end after a minute, one met an error, one left at once."""
    done = await (await Driver.open(world)).sign_in()
    world.clock.advance(60 * 1_000_000)
    await (await done.act("submit_accounts", accounts=["0"])).act("finish")
    await (await Driver.open(world)).sign_in("wrong", institution_id="ins_109510")
    token = await link_token(world, link_customization_name="bold")
    await (await Driver.open(world, token)).act("close")
    return world


async def test_the_funnel_counts_sessions_by_the_steps_they_reached(busy: World) -> None:
    total = (await statistics(busy))["total"]
    assert total["sessions"] == {"open": 3, "institution": 2, "login": 2, "mfa": 0, "handoff": 1}
    assert total["conversion"] == 0.3333
    assert 60 <= total["median_seconds"] < 61


async def test_errors_are_counted_by_institution_and_code(busy: World) -> None:
    assert (await statistics(busy))["errors"] == [
        {
            "institution_id": "ins_109510",
            "error_type": "ITEM_ERROR",
            "error_code": "INVALID_CREDENTIALS",
            "count": 1,
        }
    ]


async def test_institutions_and_customizations_have_funnels_of_their_own(busy: World) -> None:
    told = await statistics(busy)
    by_bank = {each["institution_id"]: each["funnel"]["conversion"] for each in told["institutions"]}
    assert by_bank == {BANK: 1.0, "ins_109510": 0.0}
    names = {
        each["link_customization_name"]: each["funnel"]["sessions"]["open"] for each in told["customizations"]
    }
    assert names == {"default": 2, "bold": 1}


async def test_one_institution_or_customization_can_be_asked_about(busy: World) -> None:
    assert (await statistics(busy, institution_id=BANK))["total"]["sessions"]["open"] == 1
    assert (await statistics(busy, link_customization_name="bold"))["total"]["conversion"] == 0.0
    nothing = await statistics(busy, institution_id="ins_1")
    assert (nothing["total"]["conversion"], nothing["institutions"]) == (None, [])


async def test_a_period_holds_what_began_in_it(busy: World) -> None:
    days = {"start_date": "2026-05-05", "end_date": "2026-05-06"}
    assert (await statistics(busy, **days))["total"]["sessions"]["open"] == 0


@pytest.mark.parametrize(
    "days",
    [
        {"start_date": "2026-05-05", "end_date": "2026-05-04"},
        {"start_date": "2026-05-01", "end_date": "2026-06-01"},
    ],
)
async def test_a_period_is_bounded(world: World, days: dict[str, str]) -> None:
    assert (await world.post(PATH, **days)).code == "INVALID_FIELD"


async def test_another_environment_has_its_own(busy: World) -> None:
    reply = await busy.post(PATH, "production", **TODAY)
    assert reply["statistics"]["total"]["sessions"]["open"] == 0
