"""The server that is fuzzed, and the count of what was sent to it."""

from collections import Counter
from collections.abc import Iterator

import pytest
from tests.fuzz.target import Target
from tests.server.process import serving
from tests.servers import ENVIRON

_SEEN = pytest.StashKey[Counter[int]]()


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Target]:
    """In the end the server must be well, and its log must tell of no defect."""
    with serving(tmp_path_factory.mktemp("fuzz"), environ=ENVIRON) as server:
        target = Target(server)
        pytestconfig.stash[_SEEN] = target.seen
        yield target
        target.close()
        assert server.get("/health")[0] == 200
        code, logged = server.end()
    assert code == 0
    told = [line for line in logged.splitlines() if '"level":"error"' in line or not line.startswith("{")]
    assert told == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if seen := config.stash.get(_SEEN, None):
        counts = ", ".join(f"{count} of status {status}" for status, count in sorted(seen.items()))
        terminalreporter.write_line(f"fuzz: {seen.total()} requests; {counts}")
