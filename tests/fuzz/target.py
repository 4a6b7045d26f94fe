"""What is fuzzed: a real server, and what every answer of it has to be, whatever was asked."""

import gzip
import http.client
import json
import os
import re
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from hypothesis import HealthCheck, settings
from msgspec import Struct
from tests.server.process import Process
from tests.servers import KEYS
from tests.world import BANK, CLIENT_ID, SANDBOX_SECRET

FEW = 12
"""Examples for each endpoint in an ordinary run, always the same ones; `GINGHAM_FUZZ_EXAMPLES` asks for more,
new ones each time.
"""
EXAMPLES = int(os.environ.get("GINGHAM_FUZZ_EXAMPLES") or FEW)
SHARE = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == FEW,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

HEADERS = {"content-type": "application/json", "plaid-client-id": CLIENT_ID, "plaid-secret": SANDBOX_SECRET}

# What only the inside of a program says.
INSIDE = re.compile(
    rb'Traceback|File \\?"|line \d+, in |site-packages|sqlite|asyncpg|\bat 0x[0-9a-f]{6,}|Error\('
)


class Answer(Struct):
    status: int
    content_type: str
    body: bytes


def judge(answer: Answer) -> dict[str, Any]:
    """Asserts what holds for every answer of the API; returns its object."""
    assert answer.status < 500, answer
    assert answer.content_type.startswith("application/json"), answer
    assert INSIDE.search(answer.body) is None, answer
    told = json.loads(answer.body)
    assert re.fullmatch(r"[A-Za-z0-9]{15}", told["request_id"]), answer
    if answer.status >= 400:
        assert {"error_type", "error_code", "error_message", "display_message"} <= told.keys(), answer
        assert told["error_code"] != "INTERNAL_SERVER_ERROR", answer
    return dict(told)


class Target:
    """Sends whatever it is given. `seen`: how often which status was answered.

    `samples`: for each field name that the API knows, a value that is right, so that what is hostile gets past
    the first checks.
    """

    def __init__(self, server: Process) -> None:
        self.server = server
        self.seen: Counter[int] = Counter()
        self._connection = server.connect()
        self.samples = self._made()

    def send(
        self, path: str, body: object = b"", headers: Mapping[str, str] = HEADERS, method: str = "POST"
    ) -> Answer:
        """One request. `body`: bytes, or an iterable of them that is sent in chunks."""
        for attempt in (1, 2):
            try:
                self._connection.request(
                    method, path, body, dict(headers), encode_chunked=not isinstance(body, bytes)
                )
                return self._read(self._connection.getresponse())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A server may close a connection between two requests, but not refuse a new one.
                self._connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def wire(self, raw: bytes) -> list[Answer]:
        """Bytes that need not be HTTP, on a connection of their own: all answers until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            with suppress(ConnectionError):  # it may have heard enough before the end
                connection.sendall(raw)
            with connection.makefile("rb") as reader:
                answers = list(_answers(reader))
        self.seen.update(answer.status for answer in answers)
        return answers

    def hang_up(self, raw: bytes) -> None:
        """The beginning of something, and then nobody is there any more."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(raw)

    def pour(self, start: bytes, more: bytes, times: int) -> None:
        """Sends and sends. Raises `ConnectionError` when the server has had enough."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(start)
            for _ in range(times):
                connection.sendall(more)

    def close(self) -> None:
        self._connection.close()

    def count(self, status: int) -> None:
        """Notes a request that somebody else sent."""
        self.seen[status] += 1

    def item(self) -> str:
        """The access_token of a new Item."""
        asked = {"institution_id": BANK, "initial_products": ["auth", "transactions"]}
        public = self._asked("/sandbox/public_token/create", asked)["public_token"]
        return str(self._asked("/item/public_token/exchange", {"public_token": public})["access_token"])

    def _read(self, answer: http.client.HTTPResponse) -> Answer:
        body = answer.read()
        if answer.getheader("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if answer.will_close:
            self._connection.close()
        self.seen[answer.status] += 1
        return Answer(answer.status, answer.getheader("content-type", ""), body)

    def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.server.post(path, {**KEYS, **body})
        assert status == 200, answer
        return dict(answer)

    def _made(self) -> dict[str, Any]:
        access_token = self.item()
        asked = {"client_name": "x", "language": "en", "country_codes": ["US"], "products": ["auth"]}
        user = {"client_user_id": "u", "phone_number": "+14155550010", "email_address": "a@b.example"}
        link_token = self._asked("/link/token/create", {**asked, "user": user})["link_token"]
        session = self._asked("/gingham/v1/link/session/start", {"link_token": link_token})
        account_id = self._asked("/accounts/get", {"access_token": access_token})["accounts"][0]["account_id"]
        public = {"institution_id": BANK, "initial_products": ["auth"]}
        return {
            **asked,
            "user": user,
            "access_token": access_token,
            "public_token": self._asked("/sandbox/public_token/create", public)["public_token"],
            "link_token": link_token,
            "session_token": session["session_token"],
            "revision": session["revision"],
            "events_seen": 0,
            "action": {
                "type": "submit_credentials",
                "values": {"username": "user_good", "password": "mfa_device"},
            },
            "institution_id": BANK,
            "initial_products": ["auth", "transactions"],
            "start_date": "2020-01-01",
            "end_date": "2030-01-01",
            "cursor": "",
            "count": 10,
            "offset": 0,
            "query": "bank",
            "webhook": "http://127.0.0.1:9/",
            "redirect_uri": "http://localhost:9/",
            "reason_code": "OTHER",
            "reason_note": "x",
            "transactions": {"days_requested": 30},
            "account_filters": {"depository": {"account_subtypes": ["checking"]}},
            "account_ids": [account_id],
            "account_id": account_id,
            "days_requested": 30,
            "override_username": "user_good",
            "override_password": "pass_good",
            "oauth": False,
            "routing_numbers": ["021000021"],
        }


def _answers(reader: BinaryIO) -> Iterator[Answer]:
    while head := reader.readline():
        headers = http.client.parse_headers(reader)
        status = int(head.split()[1])
        if status != 100:
            body = reader.read(int(headers["content-length"]))
            yield Answer(status, headers.get("content-type", ""), body)
