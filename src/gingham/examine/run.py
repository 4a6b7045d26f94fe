"""The run: scenario after scenario against one app, and what a scenario holds in its hands."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx
from msgspec import Struct

from gingham.examine.app import App, CannotStart, Fell
from gingham.examine.between import Between
from gingham.examine.scenarios import Scenario
from gingham.examine.trial import Trial
from gingham.testing import Gingham, LinkRefused, LinkStopped, Refused


class Options(Struct, frozen=True, kw_only=True):
    """How patient the examiner is, in seconds of the machine's clock."""

    webhook_path: str = "/plaid/webhook"
    limit: float = 30.0
    """For a whole scenario; then the app is killed."""
    patience: float = 3.0
    """For the app to have stored what it was told of."""
    start_limit: float = 20.0


class Verdict(Struct, frozen=True, kw_only=True):
    name: str
    survived: bool
    reason: str
    """Of a failure what the app did, of a success what it was asked for."""
    seconds: float
    requests: list[str]
    """What the app asked the platform for, in order."""
    output: list[str]
    """The last of what the app printed meanwhile."""


def examine(
    command: Sequence[str],
    scenarios: Sequence[Scenario],
    options: Options,
    told: Callable[[Verdict], None] = lambda _: None,
) -> list[Verdict]:
    """Raises `CannotStart` when the app does not even answer once. `told` hears of every verdict at once."""
    verdicts: list[Verdict] = []
    with Gingham() as gingham:
        between = Between(gingham.url)
        app = App(
            command,
            {
                "PLAID_BASE_URL": between.url,
                "PLAID_CLIENT_ID": gingham.client_id,
                "PLAID_SECRET": gingham.secret,
                "PLAID_ENV": "sandbox",
                "PLAID_WEBHOOK_URL": between.hook,
            },
            options.webhook_path,
        )
        try:
            app.start(options.start_limit)
            for scenario in scenarios:
                verdicts.append(_judge(scenario, gingham, between, app, options))
                told(verdicts[-1])
        except CannotStart as problem:
            raise CannotStart("\n".join([str(problem), *app.said(0)])) from None
        finally:
            app.close()
            between.close()
    return verdicts


def _judge(scenario: Scenario, gingham: Gingham, between: Between, app: App, options: Options) -> Verdict:
    gingham.faults.clear()
    between.forget()
    mark, began, reason = app.mark(), time.monotonic(), ""
    try:
        if not app.running:
            try:
                app.start(options.start_limit)
            except CannotStart as problem:
                app.stop()
                raise Fell(f"it could not be started again: {problem}") from None
        trial = Trial(gingham, between, app, options.limit, options.patience)
        with _killed_after(options.limit, app) as late:
            try:
                scenario.play(trial)
            except Fell as fall:
                reason = f"it took longer than {options.limit:g} s" if late() else str(fall)
            except (AssertionError, LookupError, Refused, LinkRefused, LinkStopped, httpx.HTTPError) as lost:
                # An app may, for instance, have removed the Item that the scenario is about.
                reason = f"the scenario could not go on: {str(lost) or type(lost).__name__}"
    except Fell as fall:
        reason = str(fall)
    between.before = between.after = None
    if not app.running:
        reason = reason or "the app died"
        app.stop()
    return Verdict(
        name=scenario.name,
        survived=not reason,
        reason=reason or scenario.asks,
        seconds=round(time.monotonic() - began, 3),
        requests=[
            f"{seen.path} {seen.status}" + (f" {code}" if (code := seen.answer.get("error_code")) else "")
            for seen in between.seen
        ],
        output=app.said(mark),
    )


@contextmanager
def _killed_after(seconds: float, app: App) -> Iterator[Callable[[], bool]]:
    """Whatever the app holds up ends with the app."""
    late = threading.Event()

    def end() -> None:
        late.set()
        app.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()
        timer.join()
