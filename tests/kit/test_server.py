"""Where the kit is served, and where it is not."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.server.process import serving
from tests.world import World

from gingham.api import registry
from gingham.kit import check, check_beside
from gingham.settings import SettingError, Settings
from gingham.testing import Gingham, Kit
from gingham.testing.inside import PRODUCTION_SECRET

PATHS = [path for path, endpoint in registry.load().items() if endpoint.tag == registry.TEST_KIT]


async def test_a_server_without_the_kit_does_not_have_these_paths(quick_world: World) -> None:
    assert len(PATHS) == 11
    for path in [*PATHS, "/gingham/v1/webhooks/inbox"]:
        reply = await quick_world.post(path)
        assert (reply.status, reply.code) == (404, "NOT_FOUND")
    described = (await quick_world.http.get("/openapi.json")).json()
    assert not described["paths"].keys() & set(PATHS)


def test_a_server_with_the_kit_describes_them(gingham: Gingham) -> None:
    described = httpx.get(gingham.url + "/openapi.json", trust_env=False).json()
    assert set(PATHS) <= described["paths"].keys()


def test_keys_of_production_open_nothing_of_it(gingham: Gingham) -> None:
    with Kit(gingham.url, gingham.client_id, PRODUCTION_SECRET) as kit:
        for path in PATHS:
            with pytest.raises(Exception, match=r"SANDBOX_ONLY|INVALID_FIELD|MISSING_FIELDS"):
                kit.post(path)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(database_url="sqlite:///x", workers=2), "GINGHAM_WORKERS must be 1, not 2"),
        (Settings(database_url="postgresql://host/name"), "GINGHAM_DATABASE_URL must be sqlite"),
    ],
)
def test_what_would_break_its_promises_is_refused(settings: Settings, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        check(settings)


def test_no_process_works_beside_it() -> None:
    check_beside(Settings(database_url="sqlite:///x"))
    with pytest.raises(SettingError, match="GINGHAM_TEST_KIT"):
        check_beside(Settings(database_url="sqlite:///x", test_kit=True))


def test_the_command_serves_it_with_a_clock_that_runs(tmp_path: Path) -> None:
    environ = {"GINGHAM_CLIENT_ID": "client-of-the-test", "GINGHAM_SANDBOX_SECRET": "secret-of-the-test"}
    with serving(tmp_path, "--test-kit", environ=environ) as server:
        with Kit(f"http://127.0.0.1:{server.port}", "client-of-the-test", "secret-of-the-test") as kit:
            kit.clock.stop()
            item = kit.link()
            kit.clock.advance(minutes=1)
            kit.webhooks.wait_for("TRANSACTIONS", "INITIAL_UPDATE", item_id=item.item_id)
        assert server.end()[0] == 0


def test_a_bank_with_pages_of_its_own_is_linked(gingham: Gingham) -> None:
    item = gingham.link("Platypus OAuth Bank", products=["auth"])
    assert item.metadata["institution"]["name"] == "Platypus OAuth Bank"
    assert gingham.post("/auth/get", access_token=item.access_token)["numbers"]["ach"]


def test_two_servers_never_meet(gingham: Gingham) -> None:
    with Gingham() as other:
        assert other.url != gingham.url
        mine = gingham.link()
        assert other.webhooks.sent == []
        assert other.post("/gingham/v1/clock/get")["next_due"] is None
        # The same seed, the same calls, the same ids: nothing leaks from one into the other.
        assert other.link().item_id == mine.item_id


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(TypeError, match="no_such"):
        Gingham(no_such="setting")
    with pytest.raises(SettingError, match="must differ"):
        Gingham(sandbox_secret="the-same-one", production_secret="the-same-one")


def test_the_plugin_costs_suites_that_do_not_use_it_nothing() -> None:
    seen = (
        "import sys, pytest; before = set(sys.modules);"
        "import gingham.pytest_plugin; print(*set(sys.modules) - before)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", seen], capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(loaded) == {"gingham", "gingham.pytest_plugin"}
