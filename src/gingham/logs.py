"""Structured log lines on standard error, with every secret masked.

A line is an event with fields: JSON for machines, or text on a terminal. Whatever is logged through Python's
`logging` (uvicorn, asyncio, a library) takes the same way out. Every text is masked on that way, be it a
field, a message or the text of an exception, so no caller has to think of it.

Answered requests go through `access`, which only remembers them; they are written together a moment later. A
killed process loses that moment of its access log, and nothing else: every other event is written at once.
"""

import asyncio
import atexit
import logging
import re
import sys
import time
import traceback
from collections import deque
from functools import lru_cache
from typing import BinaryIO, Literal

import msgspec

Level = Literal["debug", "info", "warning", "error"]

FLUSH_SECONDS = 0.1
"""How long an answered request may wait for its line: a busy server writes a hundred lines at once."""

MASK = "***"

_RANKS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

# Answered requests that wait at most, so that their memory is bounded; characters of a text that are kept.
_WAITING = 1000
_LONGEST = 20_000

# POSIX's PIPE_BUF on Linux: what several workers write to one pipe in such pieces does not get mixed up.
_ATOMIC = 4096

# What a secret is called, as a field or inside a text.
_NAMES = r"(?:passw|secret|token|api[_-]?key|authorization|credential|cookie|keyring)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)

# What a secret looks like. No pattern begins with a repetition, so that a text chosen to be slow is not.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # access-sandbox-…, link-production-…, processor-…: the kind and the environment stay readable.
    (re.compile(r"-(sandbox|development|production)-[0-9A-Za-z][0-9A-Za-z_-]{7,}"), rf"-\1-{MASK}"),
    # Secrets and API keys are 30 hexadecimal digits and more; a client_id has 24 and is not secret.
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{30,}(?![0-9A-Za-z])"), MASK),
    (re.compile(r"\b(bearer|basic)\s+[0-9A-Za-z+/=._~-]+", re.IGNORECASE), rf"\1 {MASK}"),
    # A JSON Web Token.
    (re.compile(r"\beyJ[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]*){1,4}"), MASK),
    # https://user:password@host
    (re.compile(r"://[^\s/@\"']+@"), f"://{MASK}@"),
    # password=…, "password": "…", 'secret': '…'
    (
        re.compile(
            rf"({_NAMES}[\w-]{{0,24}}[\"']?\s{{0,8}}[:=]\s{{0,8}})"
            r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]]+)",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
)


def masked(text: str) -> str:
    """The text without what looks like a secret, and not longer than a log line should be."""
    text = text[:_LONGEST]
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


class Log:
    """Writes lines to one stream; without one, to what is standard error at the time."""

    def __init__(self, stream: BinaryIO | None = None, level: Level = "info", *, text: bool = False) -> None:
        self._stream = stream
        self._least = _RANKS[level]
        self._text = text
        # Threads log too, and this is safe between them.
        self._waiting: deque[tuple[int, str, str, int, float, str]] = deque()
        self._timed: asyncio.AbstractEventLoop | None = None

    def event(
        self, level: Level, event: str, error: BaseException | None = None, /, **fields: object
    ) -> None:
        """Writes one line. `event`: a few words that never vary; what varies goes into fields.

        `error` adds an exception with its stack.
        """
        if _RANKS[level] < self._least:
            return
        self.flush()
        line: dict[str, object] = {"time": _instant(time.time_ns()), "level": level, "event": masked(event)}
        line.update((name, _clean(name, value)) for name, value in fields.items())
        if error is not None:
            line["error"] = masked("".join(traceback.format_exception(error)).rstrip())
        self._write(_told(line) if self._text else msgspec.json.encode(line) + b"\n")

    def access(self, method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        """Remembers one answered request. `path`: without its query; `seconds`: how long the answer took."""
        if self._least > _RANKS["info"]:
            return
        # A log says when it was written, so it asks the machine, not the platform's clock.
        self._waiting.append((time.time_ns(), method, path, status, seconds, request_id))
        loop = asyncio.get_running_loop()
        if loop is not self._timed:
            self._timed = loop
            loop.call_later(FLUSH_SECONDS, self._tick)
        elif len(self._waiting) >= _WAITING:
            self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        if not self._waiting:
            return
        lines: list[bytes] = []
        size = 0
        encode = _told_request if self._text else _encoded_request
        while self._waiting:
            line = encode(*self._waiting.popleft()).encode()
            size += len(line)
            if size > _ATOMIC:
                self._write(b"".join(lines))
                lines, size = [], len(line)
            lines.append(line)
        self._write(b"".join(lines))

    def _tick(self) -> None:
        self._timed = None
        self.flush()

    def _write(self, lines: bytes) -> None:
        try:
            stream = self._stream or sys.stderr.buffer
            stream.write(lines)
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # Nobody reads standard error any more. Serving goes on without a log.
            return


_log = Log()


def configure(level: Level = "info", form: Literal["auto", "json", "text"] = "auto") -> None:
    """Sets up the log of this process, which then also gets what goes through `logging` and `warnings`."""
    global _log
    _log.flush()
    _log = Log(None, level, text=form == "text" or (form == "auto" and sys.stderr.isatty()))
    atexit.register(_log.flush)
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(_RANKS[level])
    logging.captureWarnings(capture=True)
    for chatty in ("uvicorn", "httpx", "httpcore", "asyncio"):
        # At "info" they tell of every start and every request, which we do ourselves.
        logging.getLogger(chatty).setLevel(max(_RANKS[level], logging.WARNING))


def limit(level: Level) -> None:
    """Logs nothing below `level`, and leaves Python's `logging` alone: for a server inside somebody else's process."""
    global _log
    _log.flush()
    _log = Log(None, level)


def debug(event: str, /, **fields: object) -> None:
    """For whoever looks for a fault in Gingham itself."""
    _log.event("debug", event, **fields)


def info(event: str, /, **fields: object) -> None:
    """What an operator likes to know."""
    _log.event("info", event, **fields)


def warning(event: str, error: BaseException | None = None, /, **fields: object) -> None:
    """What an operator should look at some day."""
    _log.event("warning", event, error, **fields)


def error(event: str, error: BaseException | None = None, /, **fields: object) -> None:
    """What an operator should look at now."""
    _log.event("error", event, error, **fields)


def access(method: str, path: str, status: int, seconds: float, request_id: str) -> None:
    """An answered request: see `Log.access`. To be called on the event loop."""
    _log.access(method, path, status, seconds, request_id)


def flush() -> None:
    """Writes what waits."""
    _log.flush()


class _Handler(logging.Handler):
    """From Python's `logging` into ours."""

    def emit(self, record: logging.LogRecord) -> None:
        rank = max(10, min(40, record.levelno // 10 * 10))
        level: Level = {10: "debug", 20: "info", 30: "warning", 40: "error"}[rank]  # type: ignore[assignment]
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        failure = record.exc_info[1] if record.exc_info else None
        _log.event(level, message, failure, logger=record.name)


def _encoded_request(at: int, method: str, path: str, status: int, seconds: float, request_id: str) -> str:
    # By hand, as nothing here needs escaping any more: half the price of a Struct and its encoder.
    return (
        f'{{"time":"{_instant(at)}","level":"info","event":"request",{_encoded_target(method, path)},'
        f'"status":{status},"ms":{seconds * 1000:.3f},"request_id":"{request_id}"}}\n'
    )


def _told_request(at: int, method: str, path: str, status: int, seconds: float, request_id: str) -> str:
    return (
        f"{_instant(at)[11:23]} {_told_target(method, path)} {status} {seconds * 1000:.1f} ms {request_id}\n"
    )


# The same few paths come again and again, and masking one takes longer than all the rest of its line.


@lru_cache(maxsize=1024)
def _encoded_target(method: str, path: str) -> str:
    return msgspec.json.encode({"method": method, "path": _path(path)}).decode()[1:-1]


@lru_cache(maxsize=1024)
def _told_target(method: str, path: str) -> str:
    return _printable(f"{method} {_path(path)}")


def _path(path: str) -> str:
    return masked(path[:500].encode("utf-8", "backslashreplace").decode())


def _told(line: dict[str, object]) -> bytes:
    fields = " ".join(f"{name}={value}" for name, value in line.items() if name not in _LEADING)
    says = _printable(f"{line['event']} {fields}".rstrip())
    text = f"{str(line['time'])[11:23]} {line['level']}: {says}\n"
    if "error" in line:
        text += "\n".join(_printable(row) for row in str(line["error"]).split("\n")) + "\n"
    return text.encode()


_LEADING = ("time", "level", "event", "error")


def _clean(name: str, value: object) -> object:
    """The value in JSON's types, masked to its depths."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, str):
        return masked(value.encode("utf-8", "backslashreplace").decode())
    if isinstance(value, dict):
        return {masked(str(key)): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(name, inner) for inner in value]
    return masked(str(value))


def _printable(text: str) -> str:
    """Whoever chose the text must not be able to write a line of their own, or move a terminal's cursor."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _instant(at: int) -> str:
    """`at`: nanoseconds since the epoch."""
    return _millisecond(at // 1_000_000)


# A busy server answers several requests within a millisecond.
@lru_cache(maxsize=2)
def _millisecond(at: int) -> str:
    return f"{_second(at // 1000)}.{at % 1000:03d}Z"


@lru_cache(maxsize=2)
def _second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
