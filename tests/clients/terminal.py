"""A person at a terminal: a real pseudo-terminal, so that what is echoed and what is not can be seen."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DEADLINE_SECONDS = 30.0


class Terminal:
    """`gingham …` in a terminal of 100 columns. `seen`: what it has shown, without colours."""

    def __init__(self, *words: str) -> None:
        self._own, theirs = pty.openpty()
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GINGHAM_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gingham", *words],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
            env=environ | {"PYTHONPATH": str(SOURCES), "COLUMNS": "100", "TERM": "xterm"},
        )
        os.close(theirs)
        self.seen = ""
        self._read_to = 0

    def expect(self, words: str) -> None:
        """Waits until `words` appear after what was expected last."""
        until = time.monotonic() + DEADLINE_SECONDS
        while (at := self.seen.find(words, self._read_to)) < 0:
            ready, _, _ = select.select([self._own], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{words!r} did not come after:\n{self.seen[self._read_to :]}"
            try:
                got = os.read(self._own, 65536)
            except OSError:  # Linux's way to say that the other side has closed
                raise AssertionError(f"ended before {words!r}:\n{self.seen[self._read_to :]}") from None
            self.seen += ESCAPES.sub("", got.decode())
        self._read_to = at + len(words)

    def type(self, words: str) -> None:
        os.write(self._own, f"{words}\n".encode())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, str]:
        """The exit code, and what went to standard output."""
        told, _ = self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.returncode, told.decode()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._own)
