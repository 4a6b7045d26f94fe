"""Fixtures of the API's tests."""

from collections.abc import AsyncIterator

import pytest
from tests.api.scripted import ScriptedBank
from tests.world import World, make_world


@pytest.fixture
async def quick_world() -> AsyncIterator[World]:
    """A platform on SQLite alone, for answers that no row of a database can change."""
    made = await make_world("sqlite:///:memory:")
    yield made
    await made.http.aclose()
    await made.server.stop()


@pytest.fixture
def bank(world: World) -> ScriptedBank:
    """Serves every institution of the world in place of the sandbox's bank."""
    scripted = ScriptedBank()
    world.platform.banks.sandbox = scripted
    return scripted
