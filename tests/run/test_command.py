"""Why a command is not run: one line, and the exit code that a shell would give."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from gingham.cli import app


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    # Names of its own would be tried in a fork, and this process is no command: it has threads.
    monkeypatch.setattr("gingham.run.names.listener", lambda: None)


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["run", *words])
    return done.exit_code, done.stderr


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    assert run("no-such-program") == (127, "gingham: no-such-program: command not found\n")
    assert run("--", str(tmp_path / "none"))[0] == 127


def test_a_command_that_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("hello")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert run("text") == (126, "gingham: text: not a program that may be executed\n")
    assert run(str(tmp_path))[0] == 126


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://host", "http://host/path", "http://host:port"])
def test_a_server_that_is_no_address(address: str) -> None:
    code, said = run("--server", address, "true")

    assert code == 2
    assert said.startswith("gingham: --server must be an address such as http://127.0.0.1:8000, not ")


def test_a_server_that_does_not_answer_and_nothing_is_left_behind(tmp_path: Path) -> None:
    code, said = run("--server", "http://127.0.0.1:1", "true")

    assert code == 1
    assert said.startswith("gingham: no server answers at http://127.0.0.1:1: ")
    assert list(tmp_path.glob("gingham-run-*")) == []


def test_a_server_that_is_another() -> None:
    with another() as address:
        code, said = run("--server", address, "true")

    assert (code, said) == (1, f"gingham: {address} answers, but is no Gingham that is ready\n")


def test_keys_of_the_app_that_cannot_be_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAID_SECRET", "short")

    code, said = run("true")

    assert code == 2
    assert said == "gingham: PLAID_SECRET must be 8 to 256 printable ASCII characters without a space\n"


@contextmanager
def another() -> Iterator[str]:
    """Some server that knows nothing of us."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
