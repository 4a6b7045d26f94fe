"""`gingham listen`: webhooks in the terminal as a server writes them, and on to an address of one's own.

A client of the server like any other, with the team's keys. What is forwarded has the bytes and the header of a real
delivery, so a receiver verifies it the way it does in production.
"""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
from msgspec import Struct

WAIT_SECONDS = 25
"""So long the server waits for news before it says that there are none."""
TIMEOUT_SECONDS = WAIT_SECONDS + 15.0
FORWARD_SECONDS = 10.0
"""As long as Plaid and this server give a receiver (Plaid docs: Webhooks)."""
AGAIN_SECONDS = 1.0
"""Between two tries to reach a server that was there before."""


class ListenError(Exception):
    """The server cannot be listened to. The message is for whoever sits at the terminal."""


class Webhook(Struct, frozen=True):
    """`told`: what the server says of it."""

    told: dict[str, Any]
    body: bytes
    signature: str


class Forwarded(Struct, frozen=True):
    """How a receiver answered. `status`: None when it did not; `why` says how."""

    status: int | None
    took_ms: int
    why: str | None = None

    def __str__(self) -> str:
        return f"{self.why or self.status} in {self.took_ms} ms"


class Listener:
    """One client's webhooks at one server."""

    def __init__(self, server: str, client_id: str, secret: str) -> None:
        self._http = httpx.Client(
            base_url=server.rstrip("/"),
            headers={"PLAID-CLIENT-ID": client_id, "PLAID-SECRET": secret},
            timeout=TIMEOUT_SECONDS,
        )

    def close(self) -> None:
        self._http.close()

    def follow(self, *, from_the_first: bool = False) -> Iterator[Webhook | None]:
        """Webhooks as they are written, for ever; None when it begins, and when the server was away and is back.

        Raises `ListenError` when the server is not there to begin with, or refuses.
        """
        after = "" if from_the_first else self._ask("follow")["after"]
        yield None
        while True:
            try:
                answer = self._ask("follow", after=after, wait_seconds=WAIT_SECONDS)
            except _AwayError:
                after = self._until_back(after)
                yield None
                continue
            yield from (_webhook(told) for told in answer["webhooks"])
            after = answer["after"]

    def one(self, webhook_id: str) -> Webhook:
        """One webhook of the past, signed now. Raises `ListenError`."""
        answer = self._ask("get", webhook_id=webhook_id)
        return _webhook({**answer["webhook"], **answer})

    def _until_back(self, after: str) -> str:
        while True:
            time.sleep(AGAIN_SECONDS)
            try:
                self._ask("list", count=1)
            except _AwayError:
                continue
            return after

    def _ask(self, what: str, **members: object) -> dict[str, Any]:
        try:
            answer = self._http.post(f"/gingham/v1/webhooks/{what}", json=members)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _AwayError(f"{self._http.base_url} cannot be reached: {error}") from None
        except ValueError:
            raise _AwayError(f"{self._http.base_url} does not answer as Gingham does") from None
        if answer.status_code >= 500:
            raise _AwayError(f"{self._http.base_url} answers {answer.status_code}")
        if answer.status_code != 200 or not isinstance(said, dict):
            raise ListenError(_refusal(said, answer.status_code))
        return said


class _AwayError(ListenError):
    """The server is not there now."""


def _refusal(said: object, status: int) -> str:
    members = said if isinstance(said, dict) else {}
    return f"{members.get('error_code', status)}: {members.get('error_message', 'the server refuses')}"


def _webhook(told: dict[str, Any]) -> Webhook:
    return Webhook(told, base64.b64decode(told["body_base64"]), told["plaid_verification"])


def forward(url: str, webhook: Webhook) -> Forwarded:
    """Gives a webhook to a receiver, once, as a delivery would."""
    began = time.monotonic()
    status, why = None, None
    try:
        # To the address that was typed and no other, as deliveries go.
        with httpx.Client(timeout=FORWARD_SECONDS, trust_env=False) as client:
            headers = {"Content-Type": "application/json", "Plaid-Verification": webhook.signature}
            with client.stream("POST", url, content=webhook.body, headers=headers) as answer:
                status = answer.status_code
    except httpx.TimeoutException:
        why = "no answer"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"not delivered ({error})"
    return Forwarded(status, round(1000 * (time.monotonic() - began)), why)


def line(webhook: Webhook, forwarded: Forwarded | None) -> str:
    """A webhook for a person."""
    told = webhook.told
    parts = [told["created_at"][11:19], f"{told['webhook_type']} {told['webhook_code']}", told["item_id"]]
    parts += [f"-> {forwarded}" if forwarded else None, f"[{told['webhook_id']}]"]
    return "  ".join(part for part in parts if part)


def as_json(webhook: Webhook, forwarded: Forwarded | None) -> str:
    """A webhook for a program, in one line."""
    known = {name: webhook.told[name] for name in ("webhook_id", "created_at", "url", "item_id")}
    answered = None
    if forwarded is not None:
        answered = {"status": forwarded.status, "took_ms": forwarded.took_ms, "failure": forwarded.why}
    return json.dumps({**known, "body": json.loads(webhook.body), "forwarded": answered})
