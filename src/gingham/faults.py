"""What goes wrong because a test wants it to: answers of the API, and webhooks on their way.

Kept in memory, in the one process that the test kit allows. A server without the kit has an empty list, and
whoever could stumble over a fault asks first whether there is any.
"""

from collections import deque
from copy import copy
from typing import Literal

from msgspec import Struct

from gingham.clock import MINUTE
from gingham.errors import TABLE, PlaidError, error

Mishap = Literal["lost", "unheard"]
"""Of a webhook: it never arrives, or it arrives and the receiver's answer does not come back."""

OWN = "/gingham/"
"""What the protocol does not know is spared unless it is named."""


class Fault(Struct, kw_only=True):
    """One rule. It is about calls of the API unless it names a mishap of `webhooks`."""

    fault_id: str = ""
    path: str | None = None
    """The endpoint; None: every one of the protocol's."""
    error_code: str | None = None
    error_type: str | None = None
    calls_per_minute: int | None = None
    """What comes beyond that is refused, by the platform's clock."""
    latency_ms: int = 0
    webhooks: Mishap | None = None
    webhook_code: str | None = None
    times: int | None = None
    """So many are left; None: until it is cleared."""


class Faults:
    """The rules, in the order they were set. The first that fits is met; what it says happens all at once."""

    def __init__(self) -> None:
        self._made = 0
        self._rules: list[Fault] = []
        self._calls: dict[str, deque[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def add(self, fault: Fault) -> Fault:
        """Returns it with its id."""
        self._made += 1
        fault.fault_id = f"fault-{self._made}"
        self._rules.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """Copies."""
        return [copy(rule) for rule in self._rules]

    def replace(self, rules: list[Fault]) -> None:
        """These and no others."""
        self._rules, self._calls = [copy(rule) for rule in rules], {}

    def clear(self, fault_id: str | None = None) -> int:
        """Takes back one, or all; returns how many."""
        before = len(self._rules)
        kept = [rule for rule in self._rules if fault_id is not None and rule.fault_id != fault_id]
        self._rules = kept
        return before - len(kept)

    def of_call(self, path: str, now: int) -> tuple[float, PlaidError | None]:
        """What a call of an endpoint meets: seconds to wait, and the error to end with."""
        for rule in self._rules:
            if rule.webhooks is not None or not _fits(rule, path):
                continue
            if rule.calls_per_minute is not None and not self._beyond(rule, now):
                continue
            self._count(rule)
            problem = None
            if rule.error_code is not None:
                problem = error(rule.error_code, type=rule.error_type)
            elif rule.calls_per_minute is not None:
                problem = rate_limit(path)
            return rule.latency_ms / 1000, problem
        return 0, None

    def of_webhook(self, code: str) -> Mishap | None:
        """What happens to a webhook that is about to leave."""
        for rule in self._rules:
            if rule.webhooks is not None and rule.webhook_code in (None, code):
                self._count(rule)
                return rule.webhooks
        return None

    def _beyond(self, rule: Fault, now: int) -> bool:
        calls = self._calls.setdefault(rule.fault_id, deque())
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if rule.calls_per_minute is not None and len(calls) >= rule.calls_per_minute:
            return True
        calls.append(now)
        return False

    def _count(self, rule: Fault) -> None:
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self.clear(rule.fault_id)


def _fits(rule: Fault, path: str) -> bool:
    return path == rule.path if rule.path is not None else not path.startswith(OWN)


def rate_limit(path: str) -> PlaidError:
    """The protocol's error for too many calls of an endpoint."""
    words = path.strip("/").replace("/", "_").upper()
    names = (f"{words}_LIMIT", f"{words.removesuffix('_GET')}_LIMIT", f"{words.partition('_')[0]}_LIMIT")
    return error(next((name for name in names if "RATE_LIMIT_EXCEEDED" in TABLE.get(name, {})), "RATE_LIMIT"))
