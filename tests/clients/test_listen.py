"""`gingham listen`, as a process beside a real server."""

import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from tests.clients.terminal import SOURCES
from tests.server.process import Process
from tests.servers import KEYS
from tests.servers import live as live
from typer.testing import CliRunner, Result

from gingham.cli import app

HOOK = "http://127.0.0.1:9/nobody"


def broken_item(live: Process) -> None:
    """An Item that owes ITEM: ERROR."""
    bank = {"institution_id": "ins_109508", "initial_products": ["auth"], "options": {"webhook": HOOK}}
    _, made = live.post("/sandbox/public_token/create", {**KEYS, **bank})
    _, item = live.post("/item/public_token/exchange", {**KEYS, "public_token": made["public_token"]})
    live.post("/sandbox/item/reset_login", {**KEYS, "access_token": item["access_token"]})


def command(live: Process, *words: str) -> list[str]:
    keys = ["--client-id", KEYS["client_id"], "--secret", KEYS["secret"]]
    return ["listen", "--server", f"http://127.0.0.1:{live.port}", *keys, *words]


def gingham_listen(live: Process, *words: str) -> Result:
    return CliRunner().invoke(app, command(live, *words))


@contextmanager
def listening(live: Process, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gingham", *command(live, *words)],
        env={"PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    heard: list[tuple[dict[str, str], bytes]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_is_shown_and_forwarded_with_a_signature_that_verifies(live: Process) -> None:
    with receiver() as (url, heard), listening(live, "--forward-to", url) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline().strip().endswith(f"forwarding to {url}")
        broken_item(live)
        shown = process.stdout.readline()
        assert "ITEM ERROR" in shown
        assert "-> 200 in" in shown
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0

    (headers, body) = heard[0]
    token = headers["plaid-verification"]
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    _, key = live.post("/webhook_verification_key/get", {**KEYS, "key_id": kid})
    claims = jwt.decode(token, ECKey.import_key(key["key"]), algorithms=["ES256"]).claims
    assert claims["request_body_sha256"] == hashlib.sha256(body).hexdigest()
    assert json.loads(body)["error"]["error_code"] == "ITEM_LOGIN_REQUIRED"


@pytest.fixture
def past(live: Process) -> dict[str, Any]:
    """A webhook that was written before anybody listened."""
    broken_item(live)
    return dict(live.post("/gingham/v1/webhooks/list", {**KEYS, "count": 1})[1]["webhooks"][0])


def test_one_of_the_past_is_replayed(live: Process, past: dict[str, Any]) -> None:
    with receiver() as (url, heard):
        done = gingham_listen(live, "--replay", past["webhook_id"], "--forward-to", url, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["forwarded"]["status"]) == (0, 200)
    assert told["body"] == json.loads(heard[0][1])


def test_a_replay_that_is_not_taken_ends_with_1(live: Process, past: dict[str, Any]) -> None:
    with receiver(500) as (url, _):
        assert gingham_listen(live, "--replay", past["webhook_id"], "--forward-to", url).exit_code == 1
    nobody = gingham_listen(live, "--replay", past["webhook_id"], "--forward-to", HOOK)
    assert (nobody.exit_code, "not delivered" in nobody.stdout) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--secret", "wrong"], 1, "INVALID_API_KEYS: "),
        (["--replay", "nonsense"], 1, "INVALID_FIELD: webhook_id is not the id of a webhook of this client"),
        (["--server", "http://127.0.0.1:9"], 1, "http://127.0.0.1:9 cannot be reached: "),
        (["--secret", ""], 2, "give --client-id and --secret"),
    ],
)
def test_what_is_wrong_is_one_line(live: Process, words: list[str], code: int, why: str) -> None:
    done = gingham_listen(live, *words)
    assert done.exit_code == code
    assert done.stderr.startswith(f"gingham: {why}")
    assert done.stderr.count("\n") == 1
