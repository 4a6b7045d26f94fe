"""How the process ends while somebody is still connected."""

import http.client
import json
from pathlib import Path

import pytest
from tests.clients.headless import SESSION, Person, link_token
from tests.server.process import Process, serving
from tests.servers import ENVIRON


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_waits_for_news_is_answered_before_it_ends(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers, environ=ENVIRON) as server:
        person = Person(server, link_token(server, "auth"))
        waiting = _long_poll(server, person)
        _let_it_be_received(server)

        code, logged = server.end()

        answer = waiting.getresponse()
        picture = json.loads(answer.read())
        waiting.close()
    assert (code, answer.status) == (0, 200)
    assert picture["revision"] == person.picture["revision"]
    assert _complaints(logged) == []


def test_who_only_keeps_a_connection_open_does_not_hold_it_up(tmp_path: Path) -> None:
    with serving(tmp_path, environ=ENVIRON) as server:
        idle = server.connect()
        idle.request("GET", "/health")
        idle.getresponse().read()

        code, logged = server.end()

        assert idle.sock is not None
        assert idle.sock.recv(1) == b""
        idle.close()
    assert code == 0
    assert _complaints(logged) == []


def _long_poll(server: Process, person: Person) -> http.client.HTTPConnection:
    connection = server.connect()
    body = {"session_token": person.session_token, "after_revision": person.picture["revision"]}
    connection.request("POST", f"{SESSION}/get", json.dumps(body), {"content-type": "application/json"})
    return connection


def _let_it_be_received(server: Process) -> None:
    """A server that has had time for these has read what was sent before."""
    for _ in range(20):
        server.get("/health")


def _complaints(logged: str) -> list[str]:
    return [line for line in logged.splitlines() if json.loads(line)["level"] in ("warning", "error")]
