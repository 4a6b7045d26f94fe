"""The app that is examined: its process, and its adapter over HTTP. Nothing it does raises anything but `Fell`."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
import msgspec
from msgspec import Struct

ADAPTER_BYTES = 32 << 20
"""What is read of one answer."""
SHOWN_LINES = 20
SHOWN_BYTES = 8192
ENDS_WITHIN_SECONDS = 2.0
DIES_WITHIN_SECONDS = 0.3
LOOKS_EVERY_SECONDS = 0.02


class Fell(Exception):  # noqa: N818  a verdict, not a mistake of ours
    """The app did not survive; the message says why, in plain words."""


class CannotStart(Exception):  # noqa: N818
    """The command is none, or the app never answered."""


class Transaction(Struct, frozen=True, kw_only=True):
    """What the app holds of one."""

    transaction_id: str
    amount: float
    pending: bool = False


class Item(Struct, frozen=True, kw_only=True):
    item_id: str
    needs_login: bool = False
    transactions: list[Transaction] = []


class State(Struct, frozen=True, kw_only=True):
    """The answer of `GET /gingham/state`. Further members are the app's own affair."""

    items: list[Item]


class App:
    """One process at a time, on a port that stays the same."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], webhook_path: str) -> None:
        self._command = list(command)
        self._port = _free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        self._environment = {**os.environ, **environment, "PORT": str(self._port)}
        self._webhook_path = webhook_path
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed with the app
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self._url, verify=False, trust_env=False)  # noqa: S501  loopback

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, within: float) -> None:
        """Returns once the adapter answers. Raises `CannotStart`."""
        try:
            self._process = subprocess.Popen(  # noqa: S603  the command is the user's own
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as problem:
            raise CannotStart(f"{self._command[0]!r} cannot be started: {problem}") from None
        until = time.monotonic() + within
        while time.monotonic() < until:
            if not self.running:
                raise CannotStart(
                    f"the app ended with exit code {self._process.returncode} before it answered"
                )
            try:
                self._http.get("/gingham/state", timeout=max(0.05, until - time.monotonic()))
            except httpx.HTTPError:
                time.sleep(LOOKS_EVERY_SECONDS)
            else:
                return
        raise CannotStart(
            f"the app did not answer GET /gingham/state on {self._url} within {within:g} s; "
            "it must listen on the port in PORT"
        )

    def kill(self) -> None:
        """At once, with all it has started; who waits for an answer gets none."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Asks it to end, and ends it."""
        if self._process is not None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDS_WITHIN_SECONDS)
            self.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        self.stop()
        self._http.close()
        self._output.close()

    def mark(self) -> int:
        """Where its output has got to."""
        return os.fstat(self._output.fileno()).st_size

    def said(self, since: int) -> list[str]:
        """The last lines of what it has printed since a mark."""
        end = self.mark()
        start = max(since, end - SHOWN_BYTES)
        text = os.pread(self._output.fileno(), end - start, start).decode(errors="replace")
        return text.splitlines()[-SHOWN_LINES:]

    def link(self, public_token: str, within: float) -> None:
        """Hands over a public_token, as the page's onSuccess would."""
        status, _ = self._ask("POST", "/gingham/link", within, json={"public_token": public_token})
        if status // 100 != 2:
            raise Fell(f"it answered {status} to POST /gingham/link with a good public_token")

    def state(self, within: float) -> State:
        status, body = self._ask("GET", "/gingham/state", within)
        if status != 200:
            raise Fell(f"its adapter answered {status} to GET /gingham/state")
        try:
            return msgspec.json.decode(body, type=State)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise Fell(f"its adapter's answer to GET /gingham/state is not as agreed: {problem}") from None

    def webhook(self, body: bytes, signature: str | None, within: float) -> int:
        """Delivers one; the status of the answer, 0 for none in time."""
        headers = {"content-type": "application/json"}
        if signature is not None:
            headers["plaid-verification"] = signature
        try:
            return self._ask("POST", self._webhook_path, within, content=body, headers=headers)[0]
        except _Late:
            return 0

    def _ask(self, method: str, path: str, within: float, **what: Any) -> tuple[int, bytes]:
        try:
            with self._http.stream(method, path, timeout=within, **what) as answer:
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > ADAPTER_BYTES:
                        raise Fell(f"its answer to {method} {path} is larger than {ADAPTER_BYTES >> 20} MB")
                return answer.status_code, bytes(body)
        except httpx.TimeoutException:
            raise _Late(f"it did not answer {method} {path} within {within:.3g} s") from None
        except httpx.HTTPError as problem:
            # Its connections end a moment before it does.
            if self._process is not None:
                with suppress(subprocess.TimeoutExpired):
                    code = self._process.wait(DIES_WITHIN_SECONDS)
                    raise Fell(f"the app died (exit code {code})") from None
            raise Fell(f"{method} {path} failed: {str(problem) or type(problem).__name__}") from None

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        # It has a session of its own, so what it has started goes too.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


class _Late(Fell):
    """No answer in time."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
