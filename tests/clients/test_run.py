"""`gingham run`: apps as they are, with Plaid's own hosts in them, against this server."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.clients.terminal import SOURCES
from tests.server.process import Process
from tests.world import CLIENT_ID, SANDBOX_SECRET

APPS = Path(__file__).parent / "apps"
RUN = [sys.executable, "-m", "gingham", "run"]
KEYS = {"PLAID_CLIENT_ID": CLIENT_ID, "PLAID_SECRET": SANDBOX_SECRET}

# What nobody but the superuser may do is taken from it, for good and for all its programs.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.fixture(params=["with our rights", "with nobody's rights"])
def rights(request: pytest.FixtureRequest) -> list[str]:
    """What stands before the command. The superuser's gets a hosts file, others' a proxy where the system is strict."""
    if request.param == "with our rights":
        return []
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("our rights are nobody's already")
    return WITHOUT_RIGHTS


def environ(state: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GINGHAM_", "PLAID_"))}
    return clean | {"XDG_STATE_HOME": str(state), "PYTHONPATH": str(SOURCES), **more}


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        cwd=APPS,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # An app may be several processes: a Node.js from PyPI is two.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def accounts(process: subprocess.Popen[str]) -> Any:
    """What the app answers at the port that it has printed."""
    assert process.stdout is not None
    assert process.stderr is not None
    port = process.stdout.readline().strip()
    assert port, process.stderr.read()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts", timeout=60) as answer:
        return json.load(answer)


def test_a_flask_app_works_against_a_server_of_its_own(rights: list[str], tmp_path: Path) -> None:
    command = [*rights, *RUN, "--", sys.executable, "shop.py"]
    with running(command, environ(tmp_path)) as process:
        answer = accounts(process)
        assert answer["link_token"].startswith("link-sandbox-")
        assert "Plaid Checking" in answer["accounts"]

        process.send_signal(signal.SIGTERM)
        # Standard error is also the server's: its end is the server's end.
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGTERM


def test_a_node_app_works_against_a_server_that_runs(
    rights: list[str], live: Process, tmp_path: Path
) -> None:
    node = shutil.which("node")
    assert node is not None, "tests need Node.js: `make test` installs it"
    command = [*rights, *RUN, "--server", f"http://127.0.0.1:{live.port}", node, "shop.mjs"]
    with running(command, environ(tmp_path, **KEYS)) as process:
        answer = accounts(process)

    assert "Plaid Checking" in answer["accounts"]
    _, told = live.post(
        "/link/token/get",
        {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET, "link_token": answer["link_token"]},
    )
    assert told["link_token"] == answer["link_token"]


LOADER = "https://cdn.plaid.com/link/v2/stable/link-initialize.js"


def test_the_exit_code_is_the_commands_and_nothing_outside_is_changed(live: Process, tmp_path: Path) -> None:
    before = Path("/etc/hosts").read_text()
    fetch = (
        f"import sys, urllib.request; print(urllib.request.urlopen('{LOADER}').read().decode()); sys.exit(7)"
    )
    server = f"http://127.0.0.1:{live.port}"
    done = subprocess.run(
        [*RUN, "--server", server, "--", sys.executable, "-c", fetch],
        capture_output=True, text=True, env=environ(tmp_path), check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 7
    # Whoever loads it needs to be told of no name but the CDN's: the rest is the server's own address.
    assert f'"{server}"' in done.stdout
    assert Path("/etc/hosts").read_text() == before
    assert [path.name for path in (tmp_path / "gingham").rglob("*")] == ["authority", "authority.pem"]
