"""The container file and the compose file, held against what they use; no container is started."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from gingham import settings
from gingham.cli import app
from gingham.settings import Settings

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "database"]
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def image_environment() -> dict[str, str]:
    return dict(re.findall(r"(GINGHAM_\w+)=(\S+)", CONTAINERFILE))


def filled_in(value: str) -> str:
    """As Compose reads `${NAME:-default}` where nobody has set NAME."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_with_a_value_that_is_good(name: str) -> None:
    environ = image_environment() | {
        key: filled_in(value) for key, value in SERVICES[name]["environment"].items()
    }
    assert environ.keys() <= {settings.variable(row) for row in Settings.__struct_fields__}
    chosen = settings.load(environ)
    assert chosen.database_url == "postgresql://gingham:gingham@database/gingham"
    assert chosen.host == "0.0.0.0"


def test_there_are_two_workers_a_server_and_a_database() -> None:
    assert set(SERVICES) == {"database", "server", "worker"}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    # Who delivers webhooks is not who serves.
    assert SERVICES["server"]["environment"]["GINGHAM_BACKGROUND"] == "false"
    assert "GINGHAM_BACKGROUND" not in SERVICES["worker"]["environment"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    program, command = SERVICES[name]["command"]
    assert program == "gingham"
    assert command in COMMANDS


def test_all_share_the_key_ring_and_wait_for_the_database() -> None:
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["keys:/var/lib/gingham"]
    assert set(COMPOSE["volumes"]) == {"keys", "data"}
    assert SERVICES["server"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert SERVICES["worker"]["depends_on"] == {"server": {"condition": "service_healthy"}}


def test_what_the_image_copies_is_there_and_sent_along() -> None:
    sent = {
        line.removeprefix("!/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line[0] == "!"
    }
    copied = [
        line.split()[1:-1]
        for line in CONTAINERFILE.splitlines()
        if line.startswith("COPY") and "--from" not in line
    ]
    assert {name for names in copied for name in names} == sent
    assert all((ROOT / name).exists() for name in sent)
    for lock in re.findall(r"--requirement /src/(\S+)", CONTAINERFILE):
        assert (ROOT / lock).is_file()


def test_ports_are_published_to_this_machine_alone() -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["server"]["ports"])
