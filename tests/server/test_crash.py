"""What was answered is true for ever: the server is killed at work, again and again, and asked afterwards.

And a public_token is exchanged once, however many race for it and in however many processes.
"""

import http.client
import threading
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import fresh_schema
from tests.server.process import Process, serving
from tests.servers import ENVIRON, KEYS, until
from tests.world import BANK

CLIENTS = 6
CRASHES = (1, 10, 40)
"""After how many exchanges the server is killed, each time with the database of the time before."""
RACERS = 200


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/gingham.db"
    else:
        async with fresh_schema(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture(params=["1", "2"], ids=["1 worker", "2 workers"])
def workers(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass
class Answered:
    """What the clients were told. Appending to a list is safe between threads."""

    created: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    exchanged: dict[str, tuple[str, str]] = field(default_factory=dict)
    """public_token -> (access_token, item_id)"""


@pytest.mark.timeout(300)
def test_what_was_answered_outlives_every_crash(database: str, workers: str, tmp_path: Path) -> None:
    options = ("--database", database, "--workers", workers)
    answered = Answered()

    for exchanges in CRASHES:
        with serving(tmp_path, *options, environ=ENVIRON) as server:
            _load_until_killed(server, answered, exchanges)

    with serving(tmp_path, *options, environ=ENVIRON) as server:
        assert len(answered.exchanged) >= sum(CRASHES)
        _every_access_token_works(server, answered)
        _every_exchanged_token_is_spent(server, answered)
        _every_other_token_can_be_exchanged(server, answered)
        _work_that_was_due_is_done(server, answered)
        code, logged = server.end()

    assert code == 0
    assert '"level":"error"' not in logged


@pytest.mark.parametrize("workers", ["2"], indirect=True)
def test_a_public_token_is_exchanged_once_however_many_race(
    database: str, workers: str, tmp_path: Path
) -> None:
    with serving(tmp_path, "--database", database, "--workers", workers, environ=ENVIRON) as server:
        token = _created(server)
        at_once = threading.Barrier(RACERS)

        def race(_: int) -> tuple[int, str]:
            # A connection of its own for each, so that both workers get their share.
            at_once.wait(60)
            status, answer = server.post("/item/public_token/exchange", {**KEYS, "public_token": token})
            return status, answer.get("error_code", "")

        with ThreadPoolExecutor(RACERS) as threads:
            outcomes = Counter(threads.map(race, range(RACERS)))

    assert outcomes == {(200, ""): 1, (400, "INVALID_PUBLIC_TOKEN"): RACERS - 1}


def _load_until_killed(server: Process, answered: Answered, exchanges: int) -> None:
    """Clients create and exchange, and in the middle of it every process is killed."""
    enough = threading.Event()
    goal = len(answered.exchanged) + exchanges

    def work(_: int) -> None:
        # Far more rounds than are wanted, but not for ever.
        for _ in range(20 * exchanges):
            try:
                token = _created(server)
                answered.created.append(token)
                answered.tried.append(token)
                status, answer = server.post("/item/public_token/exchange", {**KEYS, "public_token": token})
            except (OSError, http.client.HTTPException):
                return  # this is the crash
            assert status == 200, answer
            answered.exchanged[token] = answer["access_token"], answer["item_id"]
            if len(answered.exchanged) >= goal:
                enough.set()

    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = threads.map(work, range(CLIENTS))
        assert enough.wait(120)
        server.crash()
        list(clients)


def _every_access_token_works(server: Process, answered: Answered) -> None:
    for access_token, item_id in answered.exchanged.values():
        assert _asked(server, "/item/get", access_token=access_token)["item"]["item_id"] == item_id


def _every_exchanged_token_is_spent(server: Process, answered: Answered) -> None:
    for token in answered.exchanged:
        status, answer = server.post("/item/public_token/exchange", {**KEYS, "public_token": token})
        assert (status, answer.get("error_code")) == (400, "INVALID_PUBLIC_TOKEN")


def _every_other_token_can_be_exchanged(server: Process, answered: Answered) -> None:
    for token in answered.created:
        if token not in answered.exchanged:
            status, answer = server.post("/item/public_token/exchange", {**KEYS, "public_token": token})
            # The crash may have come between the exchange and its answer.
            spent = token in answered.tried and answer.get("error_code") == "INVALID_PUBLIC_TOKEN"
            assert status == 200 or spent, answer


def _work_that_was_due_is_done(server: Process, answered: Answered) -> None:
    """The pulls of Items that the crash overtook."""
    for access_token, _ in list(answered.exchanged.values())[:: len(answered.exchanged) // 8]:
        until(
            lambda token=access_token: _asked(server, "/transactions/sync", access_token=token),
            lambda page: page["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE",
        )


def _created(server: Process) -> str:
    asked = {"institution_id": BANK, "initial_products": ["transactions"]}
    return str(_asked(server, "/sandbox/public_token/create", **asked)["public_token"])


def _asked(server: Process, path: str, **body: object) -> dict[str, Any]:
    status, answer = server.post(path, {**KEYS, **body})
    assert status == 200, answer
    return dict(answer)
