"""What is PostgreSQL's own: connections that break, transactions that were lost on the way."""

# ruff: noqa: PT012 (a transaction fails as a whole)

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
from tests.postgres import fresh_schema

from gingham.store import (
    ConflictError,
    Store,
    StoreBusyError,
    StoreError,
    StoreUnreachableError,
    meta,
    postgres,
)
from gingham.store.open import open_store


@pytest.fixture
async def url(postgres_server: str) -> AsyncIterator[str]:
    async with fresh_schema(postgres_server) as url:
        yield url


@pytest.fixture
async def server(url: str) -> AsyncIterator[Store]:
    opened = await open_store(url)
    yield opened
    await opened.close()


async def test_an_unknown_database_is_a_clear_error(postgres_server: str) -> None:
    with pytest.raises(StoreUnreachableError, match=r'/nowhere: database "nowhere" does not exist'):
        await open_store(postgres_server.replace("/postgres?", "/nowhere?"))


async def test_a_broken_connection_is_a_clear_error_and_the_next_one_works(server: Store, url: str) -> None:
    with pytest.raises(StoreUnreachableError):
        async with server.writing() as writer:
            await meta.put(writer, "color", "red")
            (backend,) = await writer.one("SELECT pg_backend_pid()::bigint") or ()
            connection = await asyncpg.connect(url)
            await connection.execute(f"SELECT pg_terminate_backend({backend})")
            await connection.close()
            await meta.put(writer, "color", "blue")

    async with server.writing() as writer:
        assert await meta.get(writer, "color") is None


async def test_a_failed_statement_that_was_ignored_is_not_a_success(server: Store) -> None:
    with pytest.raises(StoreError, match="nothing was written"):
        async with server.writing() as writer:
            await meta.put(writer, "color", "red")
            with pytest.raises(ConflictError):
                await writer.run("INSERT INTO meta (name, value) VALUES (?, ?)", "color", "blue")

    assert await meta.get(server, "color") is None


async def test_more_tasks_than_connections_take_turns(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async with AsyncExitStack() as blocks:
        for _ in range(postgres.CONNECTIONS):
            await blocks.enter_async_context(server.reading())
        monkeypatch.setattr(postgres, "PATIENCE", 0.02)
        with pytest.raises(StoreBusyError, match="connections are busy"):
            await meta.get(server, "color")

    assert await meta.get(server, "color") is None
