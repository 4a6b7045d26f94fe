"""What one worker keeps in memory while nobody asks anything of it."""

import subprocess
import time
from pathlib import Path

from msgspec import Struct

from bench import children, wire
from bench.report import Line, Report, at_most
from gingham.link.web.pages import PAGE, PREFIX

BAR_MB = 90
MB = 1_000_000

SETTLED_SECONDS = 3.0
"""From the first answer until everything that is loaded in the background is there."""


class Memory(Struct, frozen=True):
    """Bytes. `resident`: pages in memory. `proportional`: each divided by how many processes share it, or None."""

    resident: int
    proportional: int | None


def measure(report: Report, folder: Path) -> None:
    """A worker of its own: after the start, and after somebody has opened Link."""
    with children.serving(children.gingham(folder)) as child:
        time.sleep(SETTLED_SECONDS)
        report.add(_line("after the start", _of(child.process.pid)))
        wire.get(child.port, PREFIX + PAGE)
        report.add(_line("after a page of Link was served", _of(child.process.pid)))


def _of(pid: int) -> Memory:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if rollup.exists():
        rows = dict(line.split(":", 1) for line in rollup.read_text().splitlines()[1:])
        resident, proportional = (int(rows[name].split()[0]) * 1024 for name in ("Rss", "Pss"))
        return Memory(resident, proportional)
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return Memory(int(told.stdout) * 1024, None)


def _line(name: str, memory: Memory) -> Line:
    return Line(
        name=name,
        value=f"RSS {memory.resident / MB:.1f} MB",
        ratio="" if memory.proportional is None else f"PSS {memory.proportional / MB:.1f} MB",
        bar=f"<= {BAR_MB} MB",
        verdict=at_most(memory.resident, BAR_MB * MB),
    )
