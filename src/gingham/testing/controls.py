"""What a test holds in its hands: the clock, the faults, the webhooks. Each call is one of the test kit's over HTTP.

`ask(path, **body)` calls the API with the client's keys and raises `Refused` for an error object.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

Json = dict[str, Any]
Ask = Callable[..., Json]
PAGE = 500
INBOX = "/gingham/v1/webhooks/inbox"


class Clock:
    """The platform's clock. It stands still until it is moved, unless it was started otherwise."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def __repr__(self) -> str:
        return f"<Clock {self.now().isoformat()}>"

    def now(self) -> datetime:
        return _moment(self._ask("/gingham/v1/clock/get")["now"])

    @property
    def next_due(self) -> datetime | None:
        """When something happens next by itself; None when nothing is waiting."""
        due = self._ask("/gingham/v1/clock/get")["next_due"]
        return None if due is None else _moment(due)

    def advance(
        self,
        step: timedelta | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> datetime:
        """Moves forward. Pulls, webhooks and expiries that are due on the way have happened when it returns."""
        further = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) + (step or timedelta())
        return _moment(self._ask("/gingham/v1/clock/advance", seconds=further.total_seconds())["now"])

    def set(self, now: datetime | str) -> datetime:
        """Moves forward to an instant (a datetime with an offset, or ISO 8601)."""
        text = now if isinstance(now, str) else now.isoformat()
        return _moment(self._ask("/gingham/v1/clock/set", now=text)["now"])

    def run(self) -> None:
        """From now on it goes as the machine's does."""
        self._ask("/gingham/v1/clock/set", running=True)

    def stop(self) -> None:
        self._ask("/gingham/v1/clock/set", running=False)


class Faults:
    """What is to go wrong. `times`: so often; None: until it is cleared. Each returns the id of its rule."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def error(
        self, path: str | None, error_code: str, *, error_type: str | None = None, times: int | None = 1
    ) -> str:
        """The next calls of an endpoint are answered with an error. `path`: None for all of the protocol's."""
        return self._set(path=path, error_code=error_code, error_type=error_type, times=times)

    def latency(self, path: str | None, seconds: float, *, times: int | None = None) -> str:
        """Answers take so much longer."""
        return self._set(path=path, latency_ms=round(1000 * seconds), times=times)

    def rate_limit(self, path: str | None, *, calls_per_minute: int) -> str:
        """Calls beyond that are refused, by the platform's clock."""
        return self._set(path=path, calls_per_minute=calls_per_minute)

    def lose_webhooks(self, webhook_code: str | None = None, *, times: int | None = 1) -> str:
        """The next attempts to deliver never arrive; the platform tries again by its clock."""
        return self._set(webhooks="lost", webhook_code=webhook_code, times=times)

    def repeat_webhooks(self, webhook_code: str | None = None, *, times: int | None = 1) -> str:
        """The next ones arrive, but the receiver's answer gets lost: so they will arrive once more."""
        return self._set(webhooks="unheard", webhook_code=webhook_code, times=times)

    def institution(self, institution_id: str, health: Literal["HEALTHY", "DEGRADED", "DOWN"] | None) -> None:
        """How well an institution works from now on; None as the catalogue says."""
        self._ask("/gingham/v1/institutions/health/set", institution_id=institution_id, health=health)

    def all(self) -> list[Json]:
        """The rules that are left."""
        return list(self._ask("/gingham/v1/faults/list")["faults"])

    def clear(self, fault_id: str | None = None) -> None:
        """Takes back one rule, or all of them. Institutions keep the health that was set."""
        self._ask("/gingham/v1/faults/clear", fault_id=fault_id)

    def _set(self, **rule: Any) -> str:
        return str(self._ask("/gingham/v1/faults/set", **rule)["fault"]["fault_id"])


class Webhook:
    """One webhook and what became of it when it was asked for."""

    def __init__(self, ask: Ask, told: Json) -> None:
        self._ask = ask
        self.webhook_id: str = told["webhook_id"]
        self.type: str = told["webhook_type"]
        self.code: str = told["webhook_code"]
        self.item_id: str | None = told["item_id"]
        self.url: str = told["url"]
        self.state: str = told["state"]
        """waiting, delivered or given_up."""
        self.created_at = _moment(told["created_at"])

    def __repr__(self) -> str:
        of = f" of {self.item_id}" if self.item_id else ""
        return f"<{self.type} {self.code}{of}, {self.state}>"

    @property
    def body(self) -> Json:
        """What the receiver reads."""
        return dict(self._whole["body"])

    @property
    def attempts(self) -> list[Json]:
        """Each with `status`, `failure`, `took_ms` and the first bytes of the receiver's answer."""
        return list(self._whole["attempts"])

    @cached_property
    def _whole(self) -> Json:
        return self._ask("/gingham/v1/webhooks/get", webhook_id=self.webhook_id)


class Webhooks:
    """Every webhook of this client, and waiting for one."""

    def __init__(self, ask: Ask, url: str) -> None:
        self._ask = ask
        self.url = url + INBOX
        """A receiver that is there already: it checks signatures as Plaid's recipe does, and says thank you."""

    @property
    def sent(self) -> list[Webhook]:
        """All that the platform has written, oldest first, whatever became of them."""
        told: list[Json] = []
        while True:
            before = {"before": told[-1]["webhook_id"]} if told else {}
            page = self._ask("/gingham/v1/webhooks/list", count=PAGE, **before)["webhooks"]
            told += page
            if len(page) < PAGE:
                return [Webhook(self._ask, each) for each in reversed(told)]

    @property
    def received(self) -> list[Webhook]:
        """Those that a receiver has taken."""
        return [webhook for webhook in self.sent if webhook.state == "delivered"]

    def wait_for(
        self,
        webhook_type: str,
        webhook_code: str,
        *,
        item_id: str | None = None,
        after: Webhook | None = None,
        timeout: float = 5.0,
    ) -> Webhook:
        """The first such webhook that a receiver has taken, as soon as it has. Sleeps nowhere.

        after: only what came after that one. timeout: in seconds of the machine's clock. Raises `AssertionError`,
        which tells what was sent instead.
        """
        until = time.monotonic() + timeout
        asked: Json = {"webhook_type": webhook_type, "webhook_code": webhook_code, "item_id": item_id}
        while True:
            left = max(0.0, until - time.monotonic())
            found = self._ask(
                "/gingham/v1/webhooks/wait",
                **asked,
                after=None if after is None else after.webhook_id,
                timeout_seconds=min(left, 20.0),
            )["found"]
            if found is not None:
                return Webhook(self._ask, found["webhook"])
            if time.monotonic() >= until:
                raise AssertionError(self._missing(webhook_type, webhook_code, item_id, timeout))

    def assert_sent(
        self, webhook_type: str, webhook_code: str, *, item_id: str | None = None, times: int = 1
    ) -> list[Webhook]:
        """Exactly so many were written. Returns them; raises `AssertionError`, which tells what was sent."""
        sent = self.sent
        fitting = [
            webhook
            for webhook in sent
            if (webhook.type, webhook.code) == (webhook_type, webhook_code)
            and item_id in (None, webhook.item_id)
        ]
        if len(fitting) != times:
            what = _named(webhook_type, webhook_code, item_id)
            raise AssertionError(f"{what} was sent {len(fitting)} times, not {times}{_listed(sent)}")
        return fitting

    def resend(self, webhook: Webhook) -> None:
        """Delivers it once more, at once: what a receiver must bear."""
        self._ask("/gingham/v1/webhooks/resend", webhook_id=webhook.webhook_id)

    def _missing(self, webhook_type: str, webhook_code: str, item_id: str | None, timeout: float) -> str:
        clock = self._ask("/gingham/v1/clock/get")
        why = (
            f"{_named(webhook_type, webhook_code, item_id)} was not taken by a receiver within {timeout:g} s"
        )
        if not clock["running"] and clock["next_due"] is not None:
            why += (
                f"; the clock stands at {clock['now']}, and what comes next is due at {clock['next_due']}:"
                " move it with clock.advance"
            )
        return why + _listed(self.sent)


def _named(webhook_type: str, webhook_code: str, item_id: str | None) -> str:
    return f"{webhook_type} {webhook_code}" + (f" of {item_id}" if item_id else "")


def _listed(sent: list[Webhook]) -> str:
    if not sent:
        return "\nNothing was sent. Has the Item a webhook address?"
    return "\nSent were:\n" + "\n".join(f"  {webhook.created_at.isoformat()} {webhook!r}" for webhook in sent)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
