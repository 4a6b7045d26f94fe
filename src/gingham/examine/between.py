"""What stands between the app and the platform: sees every request, may hold it, and catches the webhooks."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx

HOOK = "/gingham/examine/webhook"
ANSWERS_WITHIN_SECONDS = 60.0
_KEPT = ("content-type", "plaid-client-id", "plaid-secret", "plaid-version", "authorization")

Json = dict[str, Any]


class Seen(NamedTuple):
    """A request of the app, and its answer."""

    path: str
    body: Json
    status: int
    answer: Json


class Caught(NamedTuple):
    """A webhook, to the byte."""

    body: bytes
    signature: str
    told: Json


class Between:
    """An HTTP server in a thread.

    before: may change the body of a request, or take its time. after: told of every answer before the app is.
    """

    def __init__(self, upstream: str) -> None:
        self.seen: list[Seen] = []
        self.caught: list[Caught] = []
        self.before: Callable[[str, Json], None] | None = None
        self.after: Callable[[Seen], None] | None = None
        self._upstream = httpx.Client(
            base_url=upstream,
            verify=False,  # noqa: S501  loopback
            trust_env=False,
            timeout=ANSWERS_WITHIN_SECONDS,
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.hook = self.url + HOOK
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def forget(self) -> None:
        """Begins anew."""
        self.seen, self.caught, self.before, self.after = [], [], None, None

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, type and body of the platform's answer."""
        told = _json(body)
        before = self.before
        if before is not None and told:
            before(path, told)
            body = json.dumps(told).encode()
        try:
            answer = self._upstream.request(method, path, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL):
            return 502, "text/plain", b"the examiner has no platform any more"
        seen = Seen(path, told, answer.status_code, _json(answer.content))
        self.seen.append(seen)
        after = self.after
        if after is not None:
            after(seen)
        return answer.status_code, answer.headers.get("content-type", "application/json"), answer.content

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._upstream.close()


def _handler(between: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = ANSWERS_WITHIN_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "0")
            if not length.isdecimal():
                self._answer(411, "text/plain", b"")
                return
            body = self.rfile.read(int(length))
            if self.path == HOOK:
                between.caught.append(Caught(body, self.headers.get("plaid-verification", ""), _json(body)))
                self._answer(200, "text/plain", b"")
                return
            headers = {name: self.headers[name] for name in _KEPT if name in self.headers}
            self._answer(*between.pass_on(self.command, self.path, headers, body))

        do_GET = do_POST  # noqa: N815  http.server's names

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


def _json(body: bytes) -> Json:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
