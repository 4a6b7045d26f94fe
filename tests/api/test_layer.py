"""Layer is not offered, and says so before an app has built on it."""

from typing import Any

import pytest
from tests.world import World


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/session/token/create", {"template_id": "template_1", "user": {"client_user_id": "user-1"}}),
        ("/user_account/session/get", {"public_token": "profile-sandbox-1"}),
    ],
)
async def test_layer_is_not_enabled(quick_world: World, path: str, body: dict[str, Any]) -> None:
    reply = await quick_world.post(path, **body)
    assert (reply.status, reply.code) == (400, "INVALID_PRODUCT")
    assert reply.message == 'client is not authorized to access the following products: ["layer"]'


async def test_what_is_missing_is_named_first(quick_world: World) -> None:
    reply = await quick_world.post("/session/token/create")
    assert reply.code == "MISSING_FIELDS"
    assert "template_id" in reply.message
