"""Runs Gingham and the sample app side by side until Ctrl-C: `make demo`.

The keys and the database are kept in `.demo/`, so what was connected yesterday is still there today. Each
program's output goes to a file there too, and its last lines are shown if it stops by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".demo"
HOST = "127.0.0.1"
# The keys that a server has, and their sizes in random bytes.
KEYS = {
    "GINGHAM_CLIENT_ID": 12,
    "GINGHAM_SANDBOX_SECRET": 15,
    "GINGHAM_PRODUCTION_SECRET": 15,
    "GINGHAM_PUBLIC_KEY": 15,
    "GINGHAM_HUB_API_KEY": 16,
}
READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 15


class Program:
    """A child in a session of its own, so that Ctrl-C reaches it through us, by its own process id, once."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.log = STATE / f"{name}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_it_answers(self, url: str) -> None:
        give_up = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < give_up:
            if self.process.poll() is not None:
                self.fail("stopped while starting")
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.fail(f"did not answer at {url} within {READY_WITHIN_SECONDS} seconds")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def fail(self, what: str) -> NoReturn:
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        sys.exit("\n".join([f"{self.name} {what}. The end of {self.log}:", "", *lines]))


def main() -> None:
    arguments = argparse.ArgumentParser(description="Run Gingham and the sample app.")
    arguments.add_argument("--port", type=int, default=8000, help="Gingham's port (default: %(default)s)")
    arguments.add_argument("--app-port", type=int, default=8080, help="the app's port (default: %(default)s)")
    wanted = arguments.parse_args()

    for stopping in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopping, lambda *_: sys.exit(0))
    STATE.mkdir(mode=0o700, exist_ok=True)
    named = keys()
    client_id, secret = named["GINGHAM_CLIENT_ID"], named["GINGHAM_SANDBOX_SECRET"]

    programs: list[Program] = []
    try:
        port, app_port = str(free_port(wanted.port)), str(free_port(wanted.app_port))
        api, app = f"http://{HOST}:{port}", f"http://{HOST}:{app_port}"
        server = Program(
            "gingham",
            [str(Path(sys.executable).with_name("gingham")), "serve"],
            named
            | {
                "GINGHAM_HOST": HOST,
                "GINGHAM_PORT": port,
                "GINGHAM_DATABASE_URL": f"sqlite:///{STATE}/gingham.db",
            },
        )
        programs.append(server)
        # The app starts meanwhile: loading the client library takes it longer than the server takes.
        sample = Program(
            "quickstart",
            [sys.executable, "examples/quickstart/app.py"],
            {"PLAID_CLIENT_ID": client_id, "PLAID_SECRET": secret, "PLAID_BASE_URL": api, "PORT": app_port},
        )
        programs.append(sample)
        server.wait_until_it_answers(f"{api}/health")
        sample.wait_until_it_answers(app)
        print(welcome(app, api, named), flush=True)
        while True:
            time.sleep(0.25)
            for program in programs:
                if program.process.poll() is not None:
                    program.fail(f"stopped (exit code {program.process.returncode})")
    finally:
        for program in reversed(programs):
            program.stop()


def keys() -> dict[str, str]:
    """The server's keys, as environment variables: those set already, else the last run's, else new ones."""
    file = STATE / "keys.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    named = {
        name: os.environ.get(name) or kept.get(name) or secrets.token_hex(size) for name, size in KEYS.items()
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(named, indent=2) + "\n")
    return named


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    sys.exit("no free port")


def welcome(app: str, api: str, named: dict[str, str]) -> str:
    return f"""
Gingham is running.

  Sample app   {app}
  API          {api}
  client_id    {named["GINGHAM_CLIENT_ID"]}
  secret       {named["GINGHAM_SANDBOX_SECRET"]}   (sandbox)

In the sample app pick any bank; the user name is user_good, the password pass_good.
Data, all keys and logs are in {STATE.relative_to(ROOT)}/. Ctrl-C stops both programs.
"""


if __name__ == "__main__":
    main()
