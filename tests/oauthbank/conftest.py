"""A house with its banks, a person with a browser, and a client that is not our own."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.oauthbank.client import App
from tests.oauthbank.house import House, house
from tests.oauthbank.person import Person
from tests.postgres import emptied_schema
from tests.postgres import postgres_server as postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
async def bank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    if request.param == "sqlite":
        async with house(f"sqlite:///{tmp_path}/gingham.db") as made:
            yield made
    else:
        async with emptied_schema(request.getfixturevalue("postgres_server")) as url, house(url) as made:
            yield made


@pytest.fixture
async def person(bank: House) -> AsyncIterator[Person]:
    made = Person(bank.bank)
    yield made
    await made.close()


@pytest.fixture
async def app_at(bank: House) -> AsyncIterator[Callable[..., App]]:
    """`app_at("ins_56")`: an app that is a client of that institution."""
    made: list[App] = []

    def make(institution_id: str = "ins_127287") -> App:
        made.append(App(bank, institution_id))
        return made[-1]

    yield make
    for app in made:
        await app.close()


@pytest.fixture
def app(app_at: Callable[..., App]) -> App:
    return app_at()
