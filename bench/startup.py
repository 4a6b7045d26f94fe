"""From the start of the process to its first answer."""

import shutil
import time
from pathlib import Path
from statistics import median

from msgspec import Struct

from bench import children
from bench.report import Line, Report, at_most

BAR_SECONDS = 0.5
ASK_EVERY_SECONDS = 0.002


class Start(Struct, frozen=True):
    """Seconds until `GET /health` was answered with 200, and of processor time meanwhile."""

    by_clock: float
    cpu_seconds: float | None


def measure(report: Report, folder: Path, *, rounds: int) -> None:
    """In turns on a database that has to be made and on one that is there, with Python's byte code cached."""
    existing = folder / "existing"
    _start(existing)
    made: list[Start] = []
    found: list[Start] = []
    for number in range(rounds):
        new = folder / f"new-{number}"
        made.append(_start(new))
        shutil.rmtree(new)
        found.append(_start(existing))
    report.add(_line(f"new database, median of {rounds}", made))
    report.add(_line(f"existing database, median of {rounds}", found))


def _start(state: Path) -> Start:
    began = time.perf_counter()
    child = children.gingham(state, pinned=False)
    try:
        child.wait_until(children.healthy, pause=ASK_EVERY_SECONDS)
        return Start(time.perf_counter() - began, child.cpu_seconds())
    finally:
        child.end()


def _line(name: str, starts: list[Start]) -> Line:
    seconds = median(start.by_clock for start in starts)
    cpu = [start.cpu_seconds for start in starts if start.cpu_seconds is not None]
    return Line(
        name=name,
        value=f"{seconds:.3f} s",
        ratio=f"of which CPU {median(cpu):.3f} s" if cpu else "",
        bar=f"<= {BAR_SECONDS} s",
        verdict=at_most(seconds, BAR_SECONDS),
    )
