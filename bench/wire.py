"""HTTP as the measurements need it: requests written beforehand, and single questions."""

import http.client
import json
from typing import Any

from msgspec import Struct

CLIENT_ID = "bench0000000000000000aa"
SECRET = "bench-secret-of-the-measurements"

# What an official client sends with every call. None asks for compression, so none gets it.
HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": "gingham-bench",
    "PLAID-CLIENT-ID": CLIENT_ID,
    "PLAID-SECRET": SECRET,
    "Plaid-Version": "2020-09-14",
}


class Answer(Struct, frozen=True):
    """What a server said. `headers`: as it wrote them."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def written(path: str, body: object, *, port: int, **headers: str) -> bytes:
    """A POST of JSON, as the bytes that go over a connection that stays open."""
    content = json.dumps(body, separators=(",", ":")).encode()
    fields = {"Host": f"127.0.0.1:{port}", **HEADERS, **headers, "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def post(port: int, path: str, body: object) -> Answer:
    """Asks once, on a connection of its own."""
    return _asked(port, "POST", path, json.dumps(body), HEADERS)


def call(port: int, path: str, **body: object) -> Any:
    """The object that a call of the API answers with. Raises `RuntimeError` when it refuses."""
    answer = post(port, path, body)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
    return json.loads(answer.body)


def get(port: int, path: str, **headers: str) -> Answer:
    """Asks once, on a connection of its own."""
    return _asked(port, "GET", path, None, headers)


def _asked(port: int, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()
