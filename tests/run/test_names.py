"""The hosts file of a command's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gingham.run.names import NAMES, hosts

LINE = f"127.64.0.1 {' '.join(NAMES)}"


def test_plaids_hosts_come_first_and_the_others_stay() -> None:
    before = "127.0.0.1 localhost\n# the shop's\n10.0.0.7 shop.test\n"

    assert hosts(before, "127.64.0.1") == f"{LINE}\n{before}"


def test_what_was_said_of_plaids_hosts_before_is_left_out() -> None:
    before = "10.0.0.8 Sandbox.Plaid.com other.test # by hand\n10.0.0.9 cdn.plaid.com\n"

    assert hosts(before, "127.64.0.1") == f"{LINE}\n10.0.0.8 other.test\n"


def test_a_name_that_ends_like_one_of_plaids_is_another() -> None:
    assert "10.0.0.8 not-sandbox.plaid.com.test" in hosts("10.0.0.8 not-sandbox.plaid.com.test", "127.64.0.1")


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

ENTERS = """
import os, socket, sys
from pathlib import Path
from gingham.run.names import enter, possible
user = os.getuid(), os.getgid()
print(possible(Path(sys.argv[1])), "plaid" in Path("/etc/hosts").read_text())
enter(Path(sys.argv[1]))
print(socket.gethostbyname("sandbox.plaid.com"), user == (os.getuid(), os.getgid()))
"""


@pytest.mark.parametrize("rights", [[], NOBODY], ids=["us", "nobody"])
def test_the_hosts_file_is_another_for_the_process_alone(rights: list[str]) -> None:
    # Where root's home has the Python of these tests, nobody needs another one.
    python = [*rights, (rights and shutil.which("python3", path="/usr/local/bin:/usr/bin")) or sys.executable]
    allowed = [
        *rights,
        "unshare",
        "--user",
        "--mount",
        python[-1],
        "-c",
        "import gingham.run, datetime; datetime.UTC",
    ]
    sources = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if sys.platform != "linux" or not runs(allowed, sources):
        pytest.skip("namespaces are not for everybody here")
    before = Path("/etc/hosts").read_text()

    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"127.64.0.1 {' '.join(NAMES)}\n")
        file.flush()
        Path(file.name).chmod(0o644)
        done = subprocess.run(
            [*python, "-c", ENTERS, file.name], env=sources, capture_output=True, text=True, check=False
        )

    assert done.stdout.splitlines() == ["True False", "127.64.0.1 True"], done.stderr
    assert Path("/etc/hosts").read_text() == before


def runs(command: list[str], environ: dict[str, str]) -> bool:
    try:
        return subprocess.run(command, env=environ, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
