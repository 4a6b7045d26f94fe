"""The servers under measurement: child processes that are there for a block and gone after it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import cores, wire

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

READY_SECONDS = 90
"""How long a server may take to answer for the first time: Prism reads an OpenAPI file of 3 MB for a while."""

END_SECONDS = 5


class CannotRun(Exception):  # noqa: N818  the reason why a line is left out, not a fault
    """A server that is measured beside Gingham is not to be had here. The message says why."""


class Child:
    """A process of ours that serves on a port of the loopback.

    What it prints goes to a file, as in a deployment, and not to a pipe that fills up. `pinned`: to the core of the
    servers.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        environ: Mapping[str, str] | None = None,
        *,
        pinned: bool = True,
    ) -> None:
        self.port = port
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed when the process has ended
        with cores.pinned(cores.SERVER if pinned else None):
            self.process = subprocess.Popen(
                command,
                cwd=HERE,
                env=environment(environ or {}),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
            )

    def wait_until(self, answers: Callable[[int], bool], *, pause: float = 0.05) -> None:
        """Asks until `answers(port)` is true. Raises `CannotRun` with the end of the log if it never is."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if answers(self.port):
                    return
            except OSError:
                pass
            time.sleep(pause)
        raise CannotRun(f"does not answer: {self.logged()[-300:] or 'and says nothing'}")

    def cpu_seconds(self) -> float | None:
        """Processor time that its threads have taken so far; None where the system does not tell (not Linux)."""
        threads = list(Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"))
        if not threads:
            return None
        # The first number is the time on a core, in nanoseconds (Documentation/scheduler/sched-stats.rst).
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def logged(self) -> str:
        """What it has printed."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip()

    def end(self) -> None:
        """SIGTERM, and SIGKILL if it is still there some seconds later."""
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Ours without Gingham's settings, with this checkout first, and with Python's byte-code cache switched on."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GINGHAM_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**clean, "PYTHONPATH": path, **extra}


@contextmanager
def serving(child: Child, answers: Callable[[int], bool] | None = None) -> Generator[Child, None, None]:
    """The child once it answers (by default: `GET /health` with 200), ended with the block."""
    try:
        child.wait_until(answers or healthy)
        yield child
    finally:
        child.end()


def healthy(port: int) -> bool:
    """Whether Gingham answers."""
    return wire.get(port, "/health").status == 200


def gingham(state: Path, *, pinned: bool = True, **settings: str) -> Child:
    """`gingham serve`: one worker, default settings, an SQLite database in the folder `state`."""
    given = {
        "XDG_STATE_HOME": str(state),
        "GINGHAM_CLIENT_ID": wire.CLIENT_ID,
        "GINGHAM_SANDBOX_SECRET": wire.SECRET,
        **settings,
    }
    port = free_port()
    return Child([sys.executable, "-m", "gingham", "serve", "--port", str(port)], port, given, pinned=pinned)


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
