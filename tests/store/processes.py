"""Other processes that use the same database."""

import os
import subprocess
import sys
from pathlib import Path

import gingham

_SOURCES = str(Path(gingham.__file__).parents[1])


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs a program's text; its output is a pipe."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": _SOURCES},
    )
