"""Every webhook that is owed arrives: the server is killed over them, and receivers are as bad as they come."""

import hashlib
import http.client
import itertools
import json
import os
import random
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from tests.postgres import fresh_schema
from tests.server.process import Process, serving
from tests.servers import ENVIRON, KEYS, until
from tests.world import BANK

SOAK = bool(os.environ.get("GINGHAM_SOAK"))
"""`make soak`: some two thousand facts and ten crashes on each engine."""
CRASHES = 10 if SOAK else 1
AT_MOST, MAKERS = (100, 4) if SOAK else (12, 1)
"""Webhooks that the good receiver gets between two crashes, and threads that make facts."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/gingham.db"
    else:
        async with fresh_schema(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.mark.timeout(900 if SOAK else 180)
def test_every_owed_webhook_arrives_in_spite_of_crashes_and_bad_receivers(
    database: str, tmp_path: Path
) -> None:
    options = ("--database", database, "--workers", "2")
    chance = random.Random(7)
    with (
        receiving() as good,
        receiving(500) as bad,
        receiving(slow=2) as slow,
        garbled() as garbage,
        deaf() as dead,
    ):
        urls = [good.url, bad.url, slow.url, garbage, dead]
        owed: set[str] = set()
        for _ in range(CRASHES):
            with serving(tmp_path, *options, environ=ENVIRON) as server:
                enough = len(good.heard) + chance.randint(1, AT_MOST)
                making = [threading.Thread(target=_facts, args=(server, urls, owed)) for _ in range(MAKERS)]
                for each in making:
                    each.start()
                until(lambda: len(good.heard), lambda heard, enough=enough: heard >= enough)
                server.crash()
                for each in making:
                    each.join()
        with serving(tmp_path, *options, environ=ENVIRON) as server:
            until(lambda: owed - {item for item, _, _ in good.heard}, lambda missing: not missing)
            keys: dict[str, ECKey] = {}
            wrong = [heard for heard in good.heard if not _verified(server, keys, *heard[1:])]
            code, logged = server.end()

    print(f"{len(owed)} owed to the good receiver of some {5 * len(owed)} facts, {len(good.heard)} arrived")
    assert wrong == []
    assert code == 0
    assert '"level":"error"' not in logged
    again = sum(
        count - 1 for count in Counter((item, code_of(body)) for item, body, _ in good.heard).values()
    )
    assert again <= 64 * CRASHES  # at most what was under way when it was killed


def _facts(server: Process, urls: list[str], owed: set[str]) -> None:
    """Items whose login is reset, an equal number at each receiver, until the crash; those of the good one whose
    reset was answered are noted."""
    for url in itertools.cycle(urls):
        asked = {"institution_id": BANK, "initial_products": ["auth"], "options": {"webhook": url}}
        try:
            public_token = _asked(server, "/sandbox/public_token/create", **asked)["public_token"]
            exchanged = _asked(server, "/item/public_token/exchange", public_token=public_token)
            _asked(server, "/sandbox/item/reset_login", access_token=exchanged["access_token"])
        except (OSError, http.client.HTTPException):
            return  # this is the crash
        if url == urls[0]:
            owed.add(exchanged["item_id"])


def _verified(server: Process, keys: dict[str, ECKey], body: bytes, token: str) -> bool:
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    if kid not in keys:
        keys[kid] = ECKey.import_key(_asked(server, "/webhook_verification_key/get", key_id=kid)["key"])
    claims = jwt.decode(token, keys[kid], algorithms=["ES256"]).claims
    return bool(claims["request_body_sha256"] == hashlib.sha256(body).hexdigest())


def code_of(body: bytes) -> str:
    return str(json.loads(body)["webhook_code"])


def _asked(server: Process, path: str, **body: object) -> dict[str, Any]:
    status, answer = server.post(path, {**KEYS, **body})
    assert status == 200, answer
    return dict(answer)


class Hearing(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, status: int, slow: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.slow = status, slow
        self.ending = threading.Event()
        self.heard: list[tuple[str, bytes, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hearing

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((json.loads(body)["item_id"], body, self.headers["plaid-verification"]))
        self.server.ending.wait(self.server.slow)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiving(status: int = 200, slow: float = 0) -> Iterator[Hearing]:
    """`slow`: seconds before it answers."""
    server = Hearing(status, slow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.ending.set()
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def garbled() -> Iterator[str]:
    """Answers with what is no HTTP."""

    class Garbled(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"\x16\x03\x01 not HTTP at all\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Garbled) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@contextmanager
def deaf() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
