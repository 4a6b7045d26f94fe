"""Logins at any institution of the built-in catalogue, at an instant of the test's choosing."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from gingham import clock
from gingham.banks.catalogue import Catalogue
from gingham.banks.protocol import Login
from gingham.banks.sandbox import SandboxBank

FIRST_PLATYPUS = "ins_109508"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.builtin()


@pytest.fixture
def bank() -> SandboxBank:
    return SandboxBank()


@pytest.fixture
def login_at(catalogue: Catalogue) -> Callable[..., Login]:
    """`login_at("ins_43", date(2026, 5, 4))`: a login at noon UTC of that day."""

    def make(institution_id: str = FIRST_PLATYPUS, today: date = date(2026, 5, 4)) -> Login:
        institution = catalogue.get(institution_id)
        assert institution is not None
        noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
        return Login(institution=institution, environment="sandbox", now=clock.instant(noon))

    return make
