"""Webhooks reach a receiver in Node, which checks them as Plaid's guide says, with jose and the official client."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.process import Process
from tests.servers import KEYS
from tests.world import BANK

SCRIPT = Path(__file__).parent / "node" / "receiver.mjs"


class Receiver:
    def __init__(self, server: Process) -> None:
        node = shutil.which("node")
        assert node is not None, "tests need Node.js: `make test` installs it"
        self.process = subprocess.Popen(
            [node, str(SCRIPT), f"http://127.0.0.1:{server.port}", KEYS["client_id"], KEYS["secret"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self.line()['port']}/webhook"

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))


@pytest.fixture
def receiver(live: Process) -> Iterator[Receiver]:
    made = Receiver(live)
    yield made
    made.process.communicate(timeout=30)


def test_every_webhook_of_a_first_minute_is_genuine(live: Process, receiver: Receiver) -> None:
    asked = {
        "institution_id": BANK,
        "initial_products": ["transactions"],
        "options": {"webhook": receiver.url},
    }
    _, made = live.post("/sandbox/public_token/create", {**KEYS, **asked})
    _, item = live.post("/item/public_token/exchange", {**KEYS, "public_token": made["public_token"]})
    live.post("/transactions/sync", {**KEYS, "access_token": item["access_token"]})
    heard = [receiver.line() for _ in range(3)]
    assert {each["verdict"] for each in heard} == {"genuine"}
    assert {each["code"] for each in heard} >= {"INITIAL_UPDATE", "HISTORICAL_UPDATE"}


def test_a_webhook_of_a_new_key_is_genuine_too(live: Process, receiver: Receiver) -> None:
    live.post("/gingham/v1/webhooks/keys/rotate", KEYS)
    asked = {"institution_id": BANK, "initial_products": ["auth"], "options": {"webhook": receiver.url}}
    _, made = live.post("/sandbox/public_token/create", {**KEYS, **asked})
    _, item = live.post("/item/public_token/exchange", {**KEYS, "public_token": made["public_token"]})
    live.post("/sandbox/item/reset_login", {**KEYS, "access_token": item["access_token"]})
    assert receiver.line() == {"verdict": "genuine", "code": "ERROR"}
