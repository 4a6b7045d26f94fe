"""A real server process that the tests of a room share, and waiting for what it does in its own time."""

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from tests.server.process import Process, serving
from tests.world import CLIENT_ID, PRODUCTION_SECRET, SANDBOX_SECRET

Seen = TypeVar("Seen")

ENVIRON = {
    "GINGHAM_CLIENT_ID": CLIENT_ID,
    "GINGHAM_SANDBOX_SECRET": SANDBOX_SECRET,
    "GINGHAM_PRODUCTION_SECRET": PRODUCTION_SECRET,
    # Long enough to be seen from outside, short enough not to be waited for.
    "GINGHAM_INITIAL_PULL_DELAY_MS": "50",
    "GINGHAM_HISTORICAL_PULL_DELAY_MS": "150",
}
KEYS = {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET}

DEADLINE_SECONDS, BETWEEN_SECONDS = 60.0, 0.02


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One server for all tests of this process, each with Items of its own."""
    with serving(tmp_path_factory.mktemp("live"), environ=ENVIRON) as server:
        yield server


def until(ask: Callable[[], Seen], good: Callable[[Seen], bool]) -> Seen:
    """Asks again and again until the answer is good: a server tells nobody when it is done with its own work."""
    pause = threading.Event()
    for _ in range(round(DEADLINE_SECONDS / BETWEEN_SECONDS)):
        seen = ask()
        if good(seen):
            return seen
        pause.wait(BETWEEN_SECONDS)
    raise AssertionError(f"still not after {DEADLINE_SECONDS:.0f} s: {seen}")
