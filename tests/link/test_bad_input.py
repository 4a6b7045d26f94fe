"""What nobody means to send: hostile search texts, forged keys, members of other actions."""

from typing import Any

import pytest
from tests.link.driver import Driver
from tests.world import BANK, World

SESSION = "/gingham/v1/link/session"


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE link_sessions; --",
        "%_\\",
        "<script>alert(1)</script>",
        "\u202e😀" * 20,
        " " * 200,
        "x" * 200,
    ],
)
async def test_any_text_may_be_searched_for_and_the_session_goes_on(world: World, query: str) -> None:
    driver = await Driver.open(world)
    await driver.act("continue")
    await driver.act("search", query=query)
    assert driver.picture["pane"]["name"] == "select_institution"
    await driver.act("select_institution", institution_id=BANK)
    assert driver.picture["pane"]["name"] == "credentials"


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ({"type": "search", "query": "x" * 201}, "query"),
        ({"type": "search", "query": "\x00"}, "query"),
        ({"type": "search"}, "query"),
        ({"type": "sew"}, "type"),
        ({"type": "continue", "colour": "red"}, "colour"),
        ({"type": "submit_accounts", "accounts": "0"}, "accounts"),
        ({"type": "submit_credentials", "values": {"username": "x" * 20_001}}, "values"),
    ],
)
async def test_an_action_that_is_none_is_named_and_changes_nothing(
    world: World, action: dict[str, Any], named: str
) -> None:
    driver = await Driver.open(world)
    body = {"session_token": driver.session_token, "revision": driver.picture["revision"], "action": action}
    refused = await world.post(f"{SESSION}/act", **body)
    assert refused.status == 400
    assert named in refused.message
    await driver.act("continue")
    assert driver.picture["pane"]["name"] == "select_institution"


async def test_a_session_is_driven_by_its_own_key_alone(world: World) -> None:
    mine, other = await Driver.open(world), await Driver.open(world)
    for forged in (mine.picture["link_session_id"], other.session_token[:-1], "x"):
        body = {"session_token": forged, "revision": 1, "action": {"type": "force_exit"}}
        refused = await world.post(f"{SESSION}/act", **body)
        assert (refused.status, refused.code) == (400, "INVALID_FIELD")
    await mine.act("continue")
    assert mine.picture["pane"]["name"] == "select_institution"
