"""The commands, apart from serving."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gingham import __version__
from gingham.cli import app


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def gingham(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_version_prints_the_version() -> None:
    assert gingham("version").stdout == f"{__version__}\n"


def test_openapi_prints_the_document_of_the_api() -> None:
    document = json.loads(gingham("openapi").stdout)

    assert "/item/public_token/exchange" in document["paths"]


def test_migrate_makes_a_database_and_leaves_one_that_is_up_to_date_alone(tmp_path: Path) -> None:
    first = gingham("migrate")
    before = (tmp_path / "gingham" / "gingham.db").read_bytes()
    second = gingham("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (tmp_path / "gingham" / "gingham.db").read_bytes() == before


def test_rotating_adds_a_sealing_key_that_the_list_shows() -> None:
    assert gingham("keys", "rotate").exit_code == 0

    listed = gingham("keys", "list").stdout.splitlines()

    assert len(listed) == 2
    assert [line.endswith("seals") for line in listed] == [False, True]


def test_a_list_of_keys_shows_no_key(tmp_path: Path) -> None:
    listed = gingham("keys", "list").stdout

    ring = json.loads((tmp_path / "gingham" / "keyring.json").read_text())
    assert listed == f"{ring['sealing']['primaryKeyId']}  seals\n"


def test_a_secret_needs_a_database_with_a_team() -> None:
    refused = gingham("keys", "add")

    assert refused.exit_code == 1
    assert refused.stderr == "gingham: this database has no keys yet: start the server once\n"


def test_an_environment_that_does_not_exist_is_a_usage_error() -> None:
    refused = gingham("keys", "add", "--environment", "staging")

    assert refused.exit_code == 2
    assert "staging" in refused.stderr


def test_a_setting_that_does_not_fit_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GINGHAM_DATABASE_URL", "mysql://user:hunter2@host/name")

    refused = gingham("migrate")

    assert refused.exit_code == 2
    assert refused.stderr.startswith("gingham: GINGHAM_DATABASE_URL must be sqlite:///path or postgresql://")
    assert "hunter2" not in refused.output


def test_a_key_ring_that_is_none_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ring.json").write_text("[]")
    monkeypatch.setenv("GINGHAM_KEYRING", str(tmp_path / "ring.json"))

    refused = gingham("keys", "list")

    assert refused.exit_code == 1
    assert refused.stderr == f"gingham: the key ring {tmp_path}/ring.json is not a key ring\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    assert gingham("sew").exit_code == 2
