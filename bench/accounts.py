"""/accounts/get of an Item with 14 accounts, beside the ceiling and beside two mock servers."""

from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench import rivals, turns
from bench.children import CannotRun
from bench.load import Generating, Job
from bench.report import Line, Report, at_least
from bench.rivals import Rival
from bench.turns import Turn

CONNECTIONS = 64
"""Enough that a server is never idle, even while a busy machine keeps the load generator waiting."""


def measure(report: Report, generator: Generating, folder: Path, *, rounds: int, seconds: float) -> None:
    """Every server is asked for `seconds` in each of the rounds. Ratios are taken within a round."""
    with ExitStack() as stack:
        ours = stack.enter_context(rivals.ours(folder))
        others = [stack.enter_context(rivals.bare(ours, folder))]
        for start in (rivals.prism, rivals.mimic):
            try:
                others.append(stack.enter_context(start()))
            except (CannotRun, RuntimeError) as reason:
                report.note(f"{start.__name__.title()} is left out: {reason}")
        taken: dict[str, list[Turn]] = {rival.name: [] for rival in (ours, *others)}
        for _ in range(rounds):
            for rival in (ours, *others):
                taken[rival.name].append(_turn(generator, rival, seconds))

    accounts = len(msgspec.json.decode(ours.body)["accounts"])
    report.add(Line(name=f"{ours.name}, an Item with {accounts} accounts", value=_value(taken[ours.name])))
    for rival in others:
        report.add(_compared(rival, taken[ours.name], taken[rival.name]))
    busy = max(turn.generator_busy for row in taken.values() for turn in row)
    report.note(f"answers in bytes: {', '.join(f'{len(rival.body):,}' for rival in (ours, *others))}")
    report.note(f"load generator: busy {busy:.0%} of the time at most")


def _turn(generator: Generating, rival: Rival, seconds: float) -> Turn:
    job = Job(port=rival.child.port, connections=CONNECTIONS, seconds=seconds, requests=[rival.request])
    return turns.take(generator, rival.child, job)


def _compared(rival: Rival, ours: list[Turn], theirs: list[Turn]) -> Line:
    ratio = turns.ratio(ours, theirs)
    return Line(
        name=rival.name,
        value=_value(theirs),
        ratio=str(ratio),
        bar="" if rival.bar is None else f">= {turns.times(rival.bar)}",
        verdict="" if rival.bar is None else at_least(ratio.counts, rival.bar),
    )


def _value(row: list[Turn]) -> str:
    return f"{turns.rate(row):,.0f}/s"
