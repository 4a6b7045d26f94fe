"""Comparing servers on a machine that is not theirs alone: they take turns, and are compared by what a turn cost.

A server with a core to itself answers as much per second as per second of processor time. Where others want the
core too, only the second figure still compares servers; the first compares their luck.
"""

from statistics import median

from msgspec import Struct

from bench.children import Child
from bench.load import Generating, Job


class Turn(Struct, frozen=True):
    """What one of them did in one round.

    `rate`: answers per second. `answers`, `cpu_seconds`: of the whole turn, the warm-up included; the latter is None
    where the system does not tell.
    """

    rate: float
    answers: int
    cpu_seconds: float | None
    generator_busy: float = 0.0


def take(generator: Generating, child: Child, job: Job) -> Turn:
    """A turn of a server."""
    before = child.cpu_seconds()
    load = generator.run(job)
    after = child.cpu_seconds()
    cpu_seconds = None if before is None or after is None else after - before
    return Turn(load.answers / load.seconds, load.answers_in_all, cpu_seconds, load.busy)


def rate(turns: list[Turn]) -> float:
    """Answers per second, the median of all turns."""
    return median(turn.rate for turn in turns)


class Ratio(Struct, frozen=True):
    """How many times as fast as another. `by_cpu` counts where it is known."""

    by_clock: float
    by_cpu: float | None

    @property
    def counts(self) -> float:
        return self.by_clock if self.by_cpu is None else self.by_cpu

    def __str__(self) -> str:
        clock = f" (by the clock {times(self.by_clock)})" if self.by_cpu is not None else ""
        return times(self.counts) + clock


def ratio(ours: list[Turn], theirs: list[Turn]) -> Ratio:
    """By the clock it is the median of the rounds, within each of which both had their turn."""
    by_clock = median(one.rate / other.rate for one, other in zip(ours, theirs, strict=True))
    our_cpu, their_cpu = per_cpu_second(ours), per_cpu_second(theirs)
    return Ratio(by_clock, our_cpu / their_cpu if our_cpu and their_cpu else None)


def times(value: float) -> str:
    """`0.52 x`, `38 x`."""
    return f"{value:.2f} x" if value < 10 else f"{value:.0f} x"


def per_cpu_second(turns: list[Turn]) -> float | None:
    """Answers per second of processor time; None where the system does not tell."""
    seconds = sum(turn.cpu_seconds or 0.0 for turn in turns)
    return sum(turn.answers for turn in turns) / seconds if seconds else None
