"""The team's keys and the key ring, when a server starts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.postgres import fresh_schema

from gingham.clock import ManualClock
from gingham.ids import Ids, digest
from gingham.provision import Made, add_secret, check_ring, provision, vault_for
from gingham.settings import SettingError, Settings
from gingham.store import Store, clients
from gingham.store.open import open_store
from gingham.vault import Vault

CLOCK = ManualClock.at("2026-05-04T12:00:00Z")
GIVEN = Settings(
    client_id="client-of-the-team",
    sandbox_secret="sandbox-secret",
    production_secret="production-secret",
    public_key="public-key",
    hub_api_key="hub-api-key",
)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite:///:memory:")
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/gingham.db"
    else:
        async with fresh_schema(request.getfixturevalue("postgres_server")) as url:
            yield url


async def start(store: Store, settings: Settings) -> Made | None:
    return await provision(settings, store, Ids(), CLOCK)


async def valid(store: Store) -> set[tuple[str, str, str, bytes]]:
    return {(key.client_id, key.kind, key.environment, key.digest) for key in await clients.keys(store)}


async def test_what_is_not_given_is_made(store: Store) -> None:
    made = await start(store, Settings())

    assert made is not None
    assert await valid(store) == {
        (made.client_id, "secret", "sandbox", digest(dict(made.keys)["secret (sandbox)"])),
        (made.client_id, "secret", "production", digest(dict(made.keys)["secret (production)"])),
        (made.client_id, "public", "", digest(dict(made.keys)["public_key"])),
        (made.client_id, "hub", "", digest(dict(made.keys)["Hub API key"])),
    }


async def test_nothing_is_made_twice(store: Store) -> None:
    await start(store, Settings())

    assert await start(store, Settings()) is None


async def test_servers_that_start_at_once_make_one_set_of_keys(database_url: str) -> None:
    stores = [await open_store(database_url) for _ in range(4)]
    try:
        made = await asyncio.gather(*(start(store, Settings()) for store in stores))
        there = await valid(stores[0])
    finally:
        for store in stores:
            await store.close()

    assert sum(each is not None for each in made) == 1
    assert len(there) == 4


async def test_what_is_given_is_used_and_nothing_is_made(store: Store) -> None:
    assert await start(store, GIVEN) is None

    assert await valid(store) == {
        ("client-of-the-team", "secret", "sandbox", digest("sandbox-secret")),
        ("client-of-the-team", "secret", "production", digest("production-secret")),
        ("client-of-the-team", "public", "", digest("public-key")),
        ("client-of-the-team", "hub", "", digest("hub-api-key")),
    }


async def test_only_what_is_missing_is_made(store: Store) -> None:
    made = await start(store, Settings(client_id="client-of-the-team", sandbox_secret="sandbox-secret"))

    assert made is not None
    assert [label for label, _ in made.keys] == ["secret (production)", "public_key", "Hub API key"]


async def test_a_key_given_later_is_valid_beside_the_one_before(store: Store) -> None:
    made = await start(store, Settings())
    assert made is not None

    assert await start(store, Settings(sandbox_secret="another-secret")) is None

    sandbox = {
        (client, hashed) for client, _, environment, hashed in await valid(store) if environment == "sandbox"
    }
    assert sandbox == {
        (made.client_id, digest(dict(made.keys)["secret (sandbox)"])),
        (made.client_id, digest("another-secret")),
    }


async def test_a_client_id_given_later_is_another_team_with_keys_of_its_own(store: Store) -> None:
    first = await start(store, Settings())
    second = await start(store, Settings(client_id="client-of-the-team"))

    assert first is not None
    assert second is not None
    assert (second.client_id, len(second.keys)) == ("client-of-the-team", 4)
    assert len(await valid(store)) == 8


async def test_one_secret_cannot_be_given_for_two_environments(store: Store) -> None:
    with pytest.raises(SettingError, match="must differ"):
        await start(store, Settings(sandbox_secret="same-secret", production_secret="same-secret"))


async def test_a_secret_cannot_move_to_another_environment(store: Store) -> None:
    await start(store, GIVEN)
    moved = Settings(client_id="client-of-the-team", production_secret="sandbox-secret")

    with pytest.raises(SettingError) as refused:
        await start(store, moved)

    assert str(refused.value) == "GINGHAM_PRODUCTION_SECRET is already a secret for sandbox"


async def test_keys_that_were_made_do_not_show_in_a_log(store: Store) -> None:
    made = await start(store, Settings())

    assert made is not None
    assert not [key for _, key in made.keys if key in repr(made)]


async def test_another_secret_can_be_added(store: Store) -> None:
    made = await start(store, Settings())
    assert made is not None

    client_id, secret = await add_secret(store, Ids(), CLOCK, "production")

    assert (client_id, "secret", "production", digest(secret)) in await valid(store)
    assert len(await valid(store)) == 5


async def test_a_database_without_a_team_gets_no_secret(store: Store) -> None:
    with pytest.raises(LookupError, match="start the server once"):
        await add_secret(store, Ids(), CLOCK, "sandbox")


async def test_a_database_stays_with_its_key_ring(store: Store, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "keyring.json")

    await check_ring(store, vault, CLOCK)
    vault.rotate()
    await check_ring(store, vault, CLOCK)

    with pytest.raises(SettingError, match="GINGHAM_KEYRING must name the ring"):
        await check_ring(store, Vault(tmp_path / "another.json"), CLOCK)


@pytest.mark.parametrize(
    ("settings", "ring"),
    [
        (Settings(database_url="sqlite:///{folder}/gingham.db"), "{folder}/keyring.json"),
        (Settings(database_url="sqlite:///{folder}/gingham.db?synchronous=full"), "{folder}/keyring.json"),
        (Settings(database_url="postgresql://host/name"), "{folder}/state/gingham/keyring.json"),
        (Settings(database_url="sqlite:///other.db", keyring="{folder}/ring.json"), "{folder}/ring.json"),
    ],
)
def test_the_key_ring_lies_beside_the_database_unless_it_is_named(
    settings: Settings, ring: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = str(tmp_path)
    placed = Settings(
        database_url=settings.database_url.replace("{folder}", folder),
        keyring=settings.keyring and settings.keyring.replace("{folder}", folder),
    )

    vault_for(placed).warm()

    assert Path(ring.replace("{folder}", folder)).exists()


def test_a_database_in_memory_has_a_key_ring_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    vault_for(Settings(database_url="sqlite:///:memory:")).warm()

    assert list(tmp_path.iterdir()) == []
