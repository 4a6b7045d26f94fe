"""The server as a process: how it starts, what it says, and how it ends."""

import os
import re
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.server.process import Process, serving

KEY = re.compile(r"^  (client_id|secret \(\w+\)|public_key|Hub API key) +([0-9a-f]{24,30})$", re.MULTILINE)


def test_it_says_where_it_listens_and_answers_there(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        status, health = server.get("/health")

    assert status == 200
    assert (health["status"], health["version"]) == ("ok", "0.1.0")


def test_the_first_start_makes_keys_and_shows_them(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        shown = dict(KEY.findall(server.told))

    assert list(shown) == [
        "client_id",
        "secret (sandbox)",
        "secret (production)",
        "public_key",
        "Hub API key",
    ]
    assert {name: len(key) for name, key in shown.items()} == {
        "client_id": 24,
        "secret (sandbox)": 30,
        "secret (production)": 30,
        "public_key": 30,
        "Hub API key": 30,
    }


def test_a_key_that_was_shown_once_is_kept(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        shown = dict(KEY.findall(server.told))
        server.end()

    with serving(tmp_path) as server:
        assert server.told.count("\n") == 1
        assert _is_valid(server, shown["client_id"], shown["secret (sandbox)"])
        assert not _is_valid(server, shown["client_id"], "0" * 30)


def test_keys_of_the_environment_are_used_and_not_shown(tmp_path: Path) -> None:
    environ = {
        "GINGHAM_CLIENT_ID": "client-of-the-environment",
        "GINGHAM_SANDBOX_SECRET": "sandbox-secret",
        "GINGHAM_PRODUCTION_SECRET": "production-secret",
        "GINGHAM_PUBLIC_KEY": "public-key",
        "GINGHAM_HUB_API_KEY": "hub-api-key",
    }
    with serving(tmp_path, environ=environ) as server:
        assert server.told.count("\n") == 1
        assert _is_valid(server, "client-of-the-environment", "sandbox-secret")
        assert _is_valid(server, "client-of-the-environment", "production-secret")


def test_no_key_can_be_read_in_the_state_folder(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        shown = dict(KEY.findall(server.told))
        server.end()

    del shown["client_id"]
    for file in (tmp_path / "gingham").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        content = file.read_bytes()
        assert not [name for name, key in shown.items() if key.encode() in content]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_exit_code_0_when_told_to(tmp_path: Path, number: int) -> None:
    with serving(tmp_path) as server:
        code, _ = server.end(number)

    assert code == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_that_has_begun_is_answered_before_it_ends(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers) as server:
        connection = server.connect()
        connection.putrequest("POST", "/institutions/get")
        connection.putheader("content-type", "application/json")
        connection.putheader("content-length", "2")
        connection.endheaders(b"{")
        # The request is with the application once the server has had time for another one.
        for _ in range(20):
            server.get("/health")

        server.process.send_signal(signal.SIGTERM)
        _wait_until_refused(server.port)
        connection.send(b"}")
        answer = connection.getresponse()
        code, _ = server.ended()

    assert answer.status == 400
    assert b"MISSING_FIELDS" in answer.read()
    assert code == 0


def test_requests_are_logged_without_the_secrets_in_them(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        token = "access-sandbox-12345678-1234-4234-8234-123456789abc"
        server.post(f"/items/{token}", {"access_token": token})
        code, logged = server.end()

    assert code == 0
    assert '"path":"/items/access-sandbox-***","status":404' in logged
    assert "12345678-1234" not in logged


def test_two_workers_answer_on_one_port(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        assert len(server.workers()) == 2
        assert [server.get("/health")[0] for _ in range(20)] == [200] * 20
        assert server.told.count("Gingham listens") == 1
        assert server.told.count("client_id") == 1
        code, _ = server.end()

    assert code == 0


def test_keys_that_the_parent_made_are_valid_in_every_worker(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        shown = dict(KEY.findall(server.told))

        assert all(_is_valid(server, shown["client_id"], shown["secret (sandbox)"]) for _ in range(10))


def test_a_killed_worker_is_replaced_and_nobody_notices(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        before = server.workers()
        os.kill(before[0], signal.SIGKILL)

        _wait_until(lambda: len(set(server.workers()) - set(before)) == 1)
        assert [server.get("/health")[0] for _ in range(20)] == [200] * 20
        code, logged = server.end()

    assert code == 0
    assert '"event":"worker died","exit_code":-9' in logged


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        workers = server.workers()
        server.process.kill()

        _wait_until(lambda: not [pid for pid in workers if _is_alive(pid)])


def test_nobody_is_left_when_the_parent_is_told_to_end(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        workers = server.workers()
        server.end()

    assert not [pid for pid in workers if _is_alive(pid)]


def test_servers_that_start_at_once_on_a_fresh_database_share_one_set_of_keys(tmp_path: Path) -> None:
    servers = [Process(tmp_path) for _ in range(3)]
    try:
        for server in servers:
            server.wait_until_ready()
        assert sum(server.told.count("client_id") for server in servers) == 1
    finally:
        for server in servers:
            server.end()


def test_an_address_that_is_taken_is_said_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, logged = Process(tmp_path, "--port", str(port)).ended()

    assert code == 1
    assert logged == f"gingham: cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    assert not (tmp_path / "gingham").exists()


def test_a_host_that_does_not_exist_is_said_in_a_line(tmp_path: Path) -> None:
    code, logged = Process(tmp_path, "--host", "256.0.0.1").ended()

    assert code == 1
    assert logged.startswith("gingham: cannot listen on 256.0.0.1 port 0: ")
    assert logged.count("\n") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_database_that_cannot_be_opened_is_said_in_a_line(tmp_path: Path, workers: str) -> None:
    database = tmp_path / "file" / "gingham.db"
    database.parent.write_text("")
    code, logged = Process(tmp_path, "--database", f"sqlite:///{database}", "--workers", workers).ended()

    assert code == 1
    assert logged.startswith(f"gingham: {database} cannot be opened")
    assert logged.count("\n") == 1


def test_a_setting_that_does_not_fit_is_said_in_a_line(tmp_path: Path) -> None:
    code, logged = Process(tmp_path, environ={"GINGHAM_WORKERS": "many"}).ended()

    assert code == 2
    assert logged == "gingham: GINGHAM_WORKERS must be a whole number from 1 to 256, not 'many'\n"


def test_an_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    code, logged = Process(tmp_path, "--colour", "blue").ended()

    assert code == 2
    assert "--colour" in logged


def test_a_database_of_another_key_ring_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.end()
    (tmp_path / "gingham" / "keyring.json").unlink()

    code, logged = Process(tmp_path).ended()

    assert code == 2
    assert "GINGHAM_KEYRING must name the ring that belongs to the database" in logged


def test_everything_is_in_the_database_that_is_asked_for(tmp_path: Path) -> None:
    database = tmp_path / "elsewhere" / "accounts.db"
    with serving(tmp_path, "--database", f"sqlite:///{database}") as server:
        server.end()

    assert sorted(file.name for file in database.parent.iterdir()) == ["accounts.db", "keyring.json"]
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT count(*) FROM client_keys").fetchone() == (4,)
    assert not (tmp_path / "gingham").exists()


def _is_valid(server: Process, client_id: str, secret: str) -> bool:
    keys = {"client_id": client_id, "secret": secret}
    status, answer = server.post(
        "/institutions/get", {**keys, "count": 1, "offset": 0, "country_codes": ["US"]}
    )
    assert status == 200 or answer["error_code"] == "INVALID_API_KEYS"
    return bool(status == 200)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_until_refused(port: int) -> None:
    def refused() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return True
        return False

    _wait_until(refused)


def _wait_until(happened: Callable[[], bool]) -> None:
    """Other processes tell nobody when they are gone, so this has to look again and again."""
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.02)
