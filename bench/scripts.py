"""What one connection asks: generators that yield a request's bytes and are sent the body of its answer.

They know no sockets. `again` asks the same few things for ever; `link_sessions` is a person who opens Link, signs
in, and an app that exchanges what comes out of it, over the JSON protocol of docs/link-protocol.md.
"""

from collections.abc import Callable, Generator
from typing import Any

import msgspec

from bench.wire import written

Script = Generator[bytes, bytes, None]


def again(requests: list[bytes], finished: Callable[[], None]) -> Script:
    """The requests in turn; `finished` is called after each turn."""
    while True:
        for request in requests:  # noqa: UP028  a list cannot be sent answers
            yield request
        finished()


def link_sessions(port: int, finished: Callable[[], None]) -> Script:
    """Whole logins, one after another."""
    while True:
        yield from link_session(port)
        finished()


def link_session(port: int) -> Script:
    """One login of a person with one bank, from the link_token to the access_token."""
    created = yield from _asked(
        port,
        "/link/token/create",
        {
            "client_name": "Bench",
            "language": "en",
            "country_codes": ["US"],
            "products": ["transactions"],
            "user": {"client_user_id": "bench"},
        },
    )
    now = yield from _asked(port, f"{_SESSION}/start", {"link_token": created["link_token"]})
    session_token = now["session_token"]
    while now["result"] is None:
        pane = now["pane"]
        if pane["name"] == "loading":
            waiting = {"session_token": session_token, "after_revision": now["revision"]}
            now = yield from _asked(port, f"{_SESSION}/get", waiting)
        else:
            turn = {
                "session_token": session_token,
                "revision": now["revision"],
                "action": ACTIONS[pane["name"]],
            }
            now = yield from _asked(port, f"{_SESSION}/act", turn)
    exchange = {"public_token": now["result"]["public_token"]}
    yield from _asked(port, "/item/public_token/exchange", exchange)


_SESSION = "/gingham/v1/link/session"

ACTIONS: dict[str, dict[str, object]] = {
    "consent": {"type": "continue"},
    "select_institution": {"type": "select_institution", "institution_id": "ins_109508"},
    "credentials": {
        "type": "submit_credentials",
        "values": {"username": "user_good", "password": "pass_good"},
    },
    "select_accounts": {"type": "submit_accounts", "accounts": ["0", "1"]},
    "connected": {"type": "finish"},
}
"""By pane: what the person does there."""


def _asked(port: int, path: str, body: object) -> Generator[bytes, bytes, Any]:
    return msgspec.json.decode((yield written(path, body, port=port)))
