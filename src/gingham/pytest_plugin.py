"""The fixtures `gingham` and its siblings, for pytest (docs/testing.md).

pytest imports this in every suite of an environment that Gingham is installed in, so nothing is imported here until
a test asks for it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gingham.testing.kit import Gingham, Snapshot


@pytest.fixture(scope="session")
def gingham_options() -> dict[str, Any]:
    """The arguments of `gingham.testing.Gingham`. Override it in conftest.py."""
    return {}


@pytest.fixture(scope="session")
def gingham_session(gingham_options: dict[str, Any]) -> "Iterator[Gingham]":
    """The server that all tests of this process share. Tests use `gingham`; this one is for fixtures that prepare."""
    from gingham.testing.kit import Gingham

    with Gingham(**gingham_options) as running:
        yield running


@pytest.fixture(scope="session")
def gingham_start(gingham_session: "Gingham") -> Any:  # noqa: ARG001  overriding fixtures use it
    """What every test begins with. Override it in conftest.py: link banks, and return what tests want to know."""
    return None


@pytest.fixture(scope="session")
def _gingham_snapshot(gingham_session: "Gingham", gingham_start: Any) -> "Snapshot":  # noqa: ARG001
    return gingham_session.snapshot("start")


@pytest.fixture
def gingham(gingham_session: "Gingham", _gingham_snapshot: "Snapshot") -> "Iterator[Gingham]":
    """The whole platform, as `gingham_start` has left it. What the test does is undone after it."""
    yield gingham_session
    gingham_session.restore(_gingham_snapshot)
