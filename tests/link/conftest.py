"""Fixtures of Link's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.api.conftest import quick_world
from tests.conftest import world_on
from tests.world import World

__all__ = ["quick_world"]


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A platform on SQLite, or on the engine that a module asks for: Link writes through the same
    few statements everywhere, and the store's own tests hold those to the same meaning."""
    async with world_on(getattr(request, "param", "sqlite"), request, tmp_path) as made:
        yield made
