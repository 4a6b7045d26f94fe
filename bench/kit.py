"""The test kit: what a test waits for."""

import subprocess
import sys
import time
from statistics import median

from bench import children
from bench.report import Line, Report, at_most
from gingham.testing import Gingham

BAR_SECONDS = 0.5
ITEMS = 50


def measure(report: Report, *, rounds: int) -> None:
    starts = sorted(_start() for _ in range(rounds))
    report.add(
        Line(
            name=f"from its import to a ready server, median of {rounds}",
            value=f"{median(starts):.3f} s",
            bar=f"<= {BAR_SECONDS} s",
            verdict=at_most(median(starts), BAR_SECONDS),
        )
    )
    with Gingham() as gingham:
        _states(report, gingham, 1, rounds)
        _states(report, gingham, ITEMS, rounds)


def _start() -> float:
    """Seconds, in a process that has imported what every suite has."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import asyncio, httpx, pytest, time; began = time.perf_counter()\n"
            "from gingham.testing import Gingham\n"
            "with Gingham(): print(time.perf_counter() - began)",
        ],
        env=children.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _states(report: Report, gingham: Gingham, items: int, rounds: int) -> None:
    """Items with the two years of transactions that the Sandbox has."""
    for number in range(items):
        gingham.link(
            user={"client_user_id": f"user-{number}"},
            products=["transactions"],
            transactions={"days_requested": 730},
        )
    gingham.clock.advance(minutes=1)
    kept, back, forked = [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        snapshot = gingham.snapshot()
        kept.append(time.perf_counter() - began)
        began = time.perf_counter()
        gingham.restore(snapshot)
        back.append(time.perf_counter() - began)
        began = time.perf_counter()
        fork = gingham.fork(snapshot)
        forked.append(time.perf_counter() - began)
        fork.close()
        gingham.forget(snapshot)
    report.add(
        Line(
            name=f"keep a state of {items} more Item{'s' * (items > 1)}, put it back, fork",
            value=f"{1000 * median(kept):.1f} ms",
            ratio=f"{1000 * median(back):.1f} ms, {1000 * median(forked):.0f} ms",
        )
    )
