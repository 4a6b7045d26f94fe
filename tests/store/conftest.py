"""Every test that asks for `store` runs twice: on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.postgres import fresh_schema
from tests.postgres import postgres_server as postgres_server

from gingham.store import Store
from gingham.store.open import open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def store_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database that nobody has opened yet."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/gingham.db"
    else:
        async with fresh_schema(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await open_store(store_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(store: Store, store_url: str) -> AsyncIterator[Store]:
    """The same database, as another process sees it."""
    opened = await open_store(store_url)
    yield opened
    await opened.close()
