"""A real server process on a free port of the loopback."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

READY = re.compile(r"^Gingham listens on http://127\.0\.0\.1:(\d+)\n$")
SOURCES = Path(__file__).parents[2] / "src"


class Process:
    """`gingham serve` on a database of its own. `told`: standard output up to and including the ready line."""

    def __init__(self, state: Path, *options: str, environ: Mapping[str, str] | None = None) -> None:
        # A file and not a pipe: nobody reads it meanwhile, and a full pipe would stop the server.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed when the process has ended
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GINGHAM_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gingham", "serve", "--port", "0", *options],
            env=clean | {"XDG_STATE_HOME": str(state), "PYTHONPATH": str(SOURCES), **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.told = ""
        self.port = 0
        self._logged: str | None = None

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told += line
            if ready := READY.match(line):
                self.port = int(ready[1])
                return
        code, logged = self.ended()
        raise AssertionError(f"ended with {code} before it was ready:\n{logged}")

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str) -> tuple[int, Any]:
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: object) -> tuple[int, Any]:
        connection = self.connect()
        try:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Sends the signal and waits; returns the exit code and what was logged."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Waits for the end; returns the exit code and what was logged."""
        if self._logged is None:
            told, _ = self.process.communicate(timeout=60)
            self.told += told
            with self._log:
                self._log.seek(0)
                self._logged = self._log.read()
        return self.process.returncode, self._logged

    def crash(self) -> None:
        """Kills all its processes at once, as a power cut would."""
        for pid in (self.process.pid, *self.workers()):
            os.kill(pid, signal.SIGKILL)
        self.ended()

    def workers(self) -> list[int]:
        """The process ids of the children."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split() for line in listed.splitlines()]
        return [
            int(pid)
            for pid, parent, state in rows
            if int(parent) == self.process.pid and not state.startswith("Z")
        ]


@contextmanager
def serving(state: Path, *options: str, environ: Mapping[str, str] | None = None) -> Iterator[Process]:
    """A server that is ready, and gone at the end of the block."""
    process = Process(state, *options, environ=environ)
    try:
        process.wait_until_ready()
        yield process
    finally:
        if process.process.poll() is None:
            process.process.kill()
        process.ended()
