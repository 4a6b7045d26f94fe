"""Fixtures that several rooms of tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from tests.postgres import emptied_schema
from tests.postgres import postgres_server as postgres_server
from tests.world import World, make_world

settings.register_profile("gingham", deadline=None)
settings.load_profile("gingham")
"""A test is never judged by its time: the machine may be busy, and what hangs ends by the runner's own limit."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A platform on each engine: what the API promises holds on both."""
    async with world_on(request.param, request, tmp_path) as made:
        yield made


@asynccontextmanager
async def world_on(engine: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[World]:
    """A platform on `sqlite` or `postgresql`."""
    if engine == "sqlite":
        made = await make_world(f"sqlite:///{folder}/gingham.db")
        yield made
        await _close(made)
    else:
        async with emptied_schema(request.getfixturevalue("postgres_server")) as url:
            made = await make_world(url)
            yield made
            await _close(made)


async def _close(made: World) -> None:
    await made.http.aclose()
    await made.server.stop()
