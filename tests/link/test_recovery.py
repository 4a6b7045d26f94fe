"""Link Recovery: a person who meets a bank that works badly waits for it, and their app hears when it has recovered."""

from typing import Any

import pytest
from tests.api.test_issues import DOWN, owed, set_health
from tests.link.driver import Driver, link_token
from tests.link.test_hosted import HOOK, hosted, open_page
from tests.world import BANK, World

from gingham.clock import MINUTE

EMAIL = "example@plaid.com"


async def met(world: World, **changes: Any) -> Driver:
    """On the error pane of the bank that is down."""
    driver = await (await open_page(world, await hosted(world, **changes))).act("continue")
    return await driver.act("select_institution", institution_id=DOWN)


async def asked(world: World, **changes: Any) -> Driver:
    """On the pane that asks for the code."""
    driver = await (await met(world, **changes)).act("follow_issue")
    return await driver.act("submit_email", values={"email": EMAIL})


def buttons(driver: Driver) -> list[str]:
    return [button["action"] for button in driver.picture["pane"]["buttons"]]


async def test_a_person_waits_for_a_bank_and_the_app_hears_when_it_has_recovered(world: World) -> None:
    driver = await asked(world)
    assert driver.pane == "verify_email"
    await driver.act("submit_otp", answers=["123456"])
    assert driver.pane == "error"
    assert driver.picture["pane"]["help"]["key"] == "error.followed"
    assert buttons(driver) == ["choose_another", "close"]
    told = next(each for each in driver.events if each["event_name"] == "ISSUE_FOLLOWED")["metadata"]
    assert told["issue_description"].endswith("cannot be connected at the moment.")
    assert told["issue_detected_at"] == "2026-05-04T12:00:00Z"
    assert (await world.post("/issues/get", issue_id=told["issue_id"]))["issue"]["institution_ids"] == [DOWN]
    assert await owed(world) == []
    await set_health(world, "HEALTHY", DOWN)
    [webhook] = await owed(world)
    assert (webhook["webhook_code"], webhook["issue_id"]) == ("ISSUE_RESOLVED", told["issue_id"])
    assert (webhook["institution_id"], webhook["issue_description"]) == (DOWN, told["issue_description"])


async def test_an_app_is_told_once_however_many_wait(world: World) -> None:
    for _ in range(2):
        await (await asked(world)).act("submit_otp", answers=["123456"])
    await (await asked(world, webhook=f"{HOOK}/other")).act("submit_otp", answers=["123456"])
    await set_health(world, "HEALTHY", DOWN)
    assert len(await owed(world)) == 2


async def test_a_bank_that_does_not_respond_can_be_waited_for(quick_world: World) -> None:
    driver = await open_page(quick_world, await hosted(quick_world))
    await driver.sign_in("error_INSTITUTION_NOT_RESPONDING")
    assert buttons(driver) == ["retry", "choose_another", "follow_issue", "close"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "field.error.empty"),
        ("nobody", "follow_issue.error.invalid"),
        ("a@b", "follow_issue.error.invalid"),
        ("two words@b.test", "follow_issue.error.invalid"),
        ("a@b..test", "follow_issue.error.invalid"),
        ("a" * 250 + "@b.test", "follow_issue.error.invalid"),
    ],
)
async def test_only_an_address_is_taken(quick_world: World, typed: str, key: str) -> None:
    driver = await (await met(quick_world)).act("follow_issue")
    await driver.act("submit_email", values={"email": typed})
    assert driver.picture["pane"]["fields"][0]["error"]["key"] == key


async def test_a_wrong_code_is_asked_for_again_and_five_end_the_session(quick_world: World) -> None:
    driver = await asked(quick_world)
    await driver.act("submit_otp", answers=["654321"])
    assert driver.picture["pane"]["fields"][0]["error"]["key"] == "verify_phone.error.refused"
    for _ in range(4):
        await driver.act("submit_otp", answers=["654321"])
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"


async def test_a_code_is_good_for_ten_minutes_and_another_can_be_had(quick_world: World) -> None:
    driver = await asked(quick_world)
    quick_world.clock.advance(10 * MINUTE)
    await driver.act("submit_otp", answers=["123456"])
    assert driver.pane == "verify_email"
    await driver.act("resend_otp")
    assert driver.picture["pane"]["notice"]["key"] == "verify_phone.resent"
    assert (await driver.act("submit_otp", answers=["123456"])).pane == "error"


async def test_nobody_waits_for_a_bank_that_has_recovered(quick_world: World) -> None:
    driver = await asked(quick_world)
    await set_health(quick_world, "HEALTHY", DOWN)
    reply = await quick_world.post("/gingham/v1/link/session/get", session_token=driver.session_token)
    assert reply["pane"]["name"] == "error"
    assert reply["pane"]["buttons"][0]["action"] == "retry"


async def test_it_takes_a_hosted_page_a_webhook_and_the_sandbox(quick_world: World) -> None:
    world = quick_world
    assert "follow_issue" in buttons(await met(world))
    assert "follow_issue" not in buttons(await met(world, webhook=None))
    embedded = await (await Driver.open(world, await link_token(world, webhook=HOOK))).act("continue")
    assert "follow_issue" not in buttons(await embedded.act("select_institution", institution_id=DOWN))


async def test_a_wrong_password_is_nothing_to_wait_for(quick_world: World) -> None:
    driver = await open_page(quick_world, await hosted(quick_world))
    await driver.sign_in("error_ITEM_LOCKED", BANK)
    assert driver.pane == "error"
    assert "follow_issue" not in buttons(driver)


async def test_the_address_cannot_be_read_in_the_database(quick_world: World) -> None:
    world = quick_world
    driver = await asked(world)
    await driver.act("submit_otp", answers=["123456"])
    async with world.platform.store.reading() as reader:
        sessions = await reader.all("SELECT * FROM link_sessions")
        waiting = await reader.all("SELECT * FROM issue_subscribers")
    assert len(waiting) == 1
    assert EMAIL not in repr(sessions) + repr(waiting)
