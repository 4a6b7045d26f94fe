"""The whole platform in memory, without a port."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.process import SOURCES

from gingham import server as composition
from gingham.clock import ManualClock
from gingham.server import Face, Server, build
from gingham.settings import Settings
from gingham.store import StoreUnreachableError
from gingham.vault import Vault

IN_MEMORY = Settings(database_url="sqlite:///:memory:", seed="spring")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    built = await build(IN_MEMORY, clock=ManualClock.at("2026-05-04T12:00:00Z"), vault=Vault.ephemeral())
    yield built
    await built.stop()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=server)
    async with httpx.AsyncClient(transport=transport, base_url="http://gingham") as client:
        yield client


async def test_health_is_200_when_requests_are_taken(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["version"]) == ("ok", "0.1.0")


async def test_health_is_503_while_draining(client: httpx.AsyncClient, server: Server) -> None:
    server.drain()

    answer = await client.get("/health")

    assert answer.status_code == 503
    assert answer.json()["error_message"] == "the server is shutting down"


async def test_health_is_503_without_a_database(
    client: httpx.AsyncClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: str) -> None:
        raise StoreUnreachableError("nobody there")

    monkeypatch.setattr(server.platform.store, "one", gone)

    answer = await client.get("/health")

    assert answer.status_code == 503
    assert answer.json()["error_message"] == "the database is not reachable"


async def test_a_path_of_the_api_beats_the_pages_under_the_same_first_segment(
    client: httpx.AsyncClient,
) -> None:
    api = await client.post("/link/token/create", json={})
    page = await client.get("/link/v2/stable/link-initialize.js")

    assert api.json()["error_code"] == "MISSING_FIELDS"
    assert page.headers["content-type"].startswith("text/javascript")


async def test_a_path_of_nobody_is_an_error_of_the_protocol(client: httpx.AsyncClient) -> None:
    for path in ("/", "", "/nowhere", "//", "/nowhere/link"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")


async def test_the_same_seed_gives_the_same_keys() -> None:
    first, second = await build(IN_MEMORY), await build(IN_MEMORY)
    try:
        assert first.made is not None
        assert second.made is not None
        assert first.made.keys == second.made.keys
    finally:
        await first.stop()
        await second.stop()


async def test_a_restart_with_the_same_seed_repeats_no_id(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/gingham.db", seed="spring")
    seen = []
    for _ in range(2):
        server = await build(settings)
        seen.append(server.platform.ids.opaque())
        await server.stop()

    assert len(set(seen)) == 2


async def test_the_lifespan_of_the_application_starts_and_stops_the_background(server: Server) -> None:
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.create_task(server({"type": "lifespan"}, inbox.get, outbox.put))

    inbox.put_nowait({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    running = {task.get_name() for task in asyncio.all_tasks()}
    inbox.put_nowait({"type": "lifespan.shutdown"})
    assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
    await living

    assert "gingham jobs" in running
    assert "gingham jobs" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_pages_are_made_once_however_many_ask_at_once(server: Server) -> None:
    made: list[str] = []

    async def page(scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})

    def make() -> Any:
        made.append("once")
        return page

    face = Face(make, server.platform.ids)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=face), base_url="http://gingham"
    ) as client:
        answers = await asyncio.gather(*(client.get("/page") for _ in range(5)))

    assert [answer.text for answer in answers] == ["page"] * 5
    assert made == ["once"]


async def test_a_page_that_fails_says_nothing_of_the_inside(
    server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    def make() -> Any:
        raise RuntimeError("access-sandbox-12345678-1234-4234-8234-123456789abc")

    face = Face(make, server.platform.ids)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=face), base_url="http://gingham"
    ) as client:
        answer = await client.get("/page")

    assert answer.status_code == 500
    assert answer.json()["error_code"] == "INTERNAL_SERVER_ERROR"
    assert "RuntimeError" not in answer.text
    logged = capfd.readouterr().err
    assert answer.json()["request_id"] in logged
    assert "12345678" not in logged


async def test_a_failed_start_closes_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    store = await composition.open_store(f"sqlite:///{tmp_path}/gingham.db")
    close = store.close

    async def closing() -> None:
        closed.append("closed")
        await close()

    monkeypatch.setattr(store, "close", closing)
    same = Settings(sandbox_secret="same-secret", production_secret="same-secret")

    with pytest.raises(ValueError, match="must differ"):
        await build(same, store=store, vault=Vault.ephemeral())

    assert closed == ["closed"]


async def test_what_costs_time_is_not_imported_to_serve_the_api() -> None:
    program = (
        "import asyncio, sys\n"
        "from gingham import serving\n"
        "from gingham.settings import Settings\n"
        "asyncio.run(serving.built(Settings(database_url='sqlite:///:memory:')))\n"
        "print(sorted(sys.modules.keys() & {'sqlalchemy', 'alembic', 'tink', 'starlette', 'httpx', 'babel',"
        " 'jinja2', 'rich', 'asyncpg', 'typer'}))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
    )
    told, _ = await process.communicate()

    assert told == b"[]\n"
