"""Which core serves and which one asks.

A server and its load generator that share a core measure the scheduler. Where the system lets us (Linux), every
server under measurement gets the first core that this process may use and the load generator the last one, so all
servers meet the same core and the same neighbour. Elsewhere nobody is pinned, and the ratios are noisier.
"""

import os
import platform
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_OURS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

SERVER: set[int] | None = {_OURS[0]} if len(_OURS) > 1 else None
CLIENT: set[int] | None = {_OURS[-1]} if len(_OURS) > 1 else None


@contextmanager
def pinned(cores: set[int] | None) -> Generator[None, None, None]:
    """What this process does and which processes it starts in the block stays on these cores."""
    if cores is None:
        yield
        return
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, _OURS)


def described() -> list[str]:
    """The machine, in lines."""
    return [
        f"{_model()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "servers on one core, load generator on another" if SERVER else "no process pinned to a core",
        "load average " + ", ".join(f"{value:.1f}" for value in os.getloadavg()),
    ]


def _model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.processor() or platform.machine()
