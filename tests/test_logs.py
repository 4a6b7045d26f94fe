"""Log lines: what they look like, and that no secret is in them."""

import asyncio
import io
import json
import logging
import re
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham import logs
from gingham.ids import Ids
from gingham.logs import MASK, Log, masked

KINDS = ["link", "public", "access", "processor", "user", "asset", "item", "hosted-link", "connect-session"]
ENVIRONMENTS = ["sandbox", "development", "production"]

ids = Ids()
tokens = st.builds(ids.token, st.sampled_from(KINDS), st.sampled_from(ENVIRONMENTS))
secrets = st.builds(ids.secret, st.integers(min_value=15, max_value=32))
surroundings = st.text(alphabet=st.characters(exclude_categories=["L", "N"], exclude_characters="-"))


class Lines(io.BytesIO):
    """What was written, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def flush(self) -> None:
        self.written.set()

    def text(self) -> str:
        return self.getvalue().decode()

    def one(self) -> dict[str, Any]:
        (line,) = self.text().splitlines()
        return dict(json.loads(line))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def log(lines: Lines) -> Log:
    return Log(lines)


@pytest.fixture
def process_log() -> Iterator[None]:
    """Lets a test change what the whole process logs with, and puts it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    chatty = {name: logging.getLogger(name).level for name in ("uvicorn", "httpx", "httpcore", "asyncio")}
    yield
    logs.configure()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in chatty.items():
        logging.getLogger(name).setLevel(before)


def test_a_line_is_an_event_with_fields(log: Log, lines: Lines) -> None:
    log.event("info", "webhook delivered", code="SYNC_UPDATES_AVAILABLE", attempt=2)

    line = lines.one()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "event": "webhook delivered",
        "code": "SYNC_UPDATES_AVAILABLE",
        "attempt": 2,
    }


def test_what_is_below_the_level_is_not_written(lines: Lines) -> None:
    log = Log(lines, "warning")

    log.event("info", "request")
    log.access("POST", "/item/get", 200, 0.001, "abcdefghijklmno")
    log.flush()

    assert lines.text() == ""


def test_an_exception_is_told_with_its_stack(log: Log, lines: Lines) -> None:
    try:
        int("nobody expected this")
    except ValueError as error:
        log.event("error", "request failed", error)

    told = lines.one()["error"]
    assert "ValueError: invalid literal for int() with base 10: 'nobody expected this'" in told
    assert "in test_an_exception_is_told_with_its_stack" in told


def test_a_value_that_json_does_not_know_is_told_as_text(log: Log, lines: Lines) -> None:
    log.event("info", "odd", where={1: {2}}, what=object)

    line = lines.one()
    assert (line["where"], line["what"]) == ({"1": [2]}, "<class 'object'>")


async def test_an_answered_request_is_written_a_moment_later(log: Log, lines: Lines) -> None:
    log.access("POST", "/item/get", 200, 0.0012345, "abcdefghijklmno")
    assert lines.text() == ""

    await lines.written.wait()

    line = lines.one()
    del line["time"]
    assert line == {
        "level": "info",
        "event": "request",
        "method": "POST",
        "path": "/item/get",
        "status": 200,
        "ms": 1.234,
        "request_id": "abcdefghijklmno",
    }


async def test_an_event_does_not_overtake_the_requests_before_it(log: Log, lines: Lines) -> None:
    log.access("POST", "/item/get", 200, 0.001, "abcdefghijklmno")
    log.event("warning", "webhook refused")

    assert [json.loads(line)["event"] for line in lines.text().splitlines()] == ["request", "webhook refused"]


async def test_requests_that_wait_do_not_pile_up(log: Log, lines: Lines) -> None:
    for _ in range(1500):
        log.access("POST", "/item/get", 200, 0.001, "abcdefghijklmno")

    assert len(lines.text().splitlines()) >= 1000


async def test_a_request_costs_less_than_ten_microseconds_of_log(log: Log) -> None:
    # It is 1.5 µs on a slow machine; the bound leaves room for a busy one.
    began = time.process_time()
    for _ in range(10_000):
        log.access("POST", "/transactions/sync", 200, 0.001, "abcdefghijklmno")
    log.flush()

    assert (time.process_time() - began) / 10_000 < 10e-6


async def test_on_a_terminal_a_line_is_text(lines: Lines) -> None:
    log = Log(lines, text=True)

    log.access("GET", "/health", 200, 0.0012, "abcdefghijklmno")
    log.event("warning", "webhook refused", status=500)

    first, second = (line[13:] for line in lines.text().splitlines())
    assert first == "GET /health 200 1.2 ms abcdefghijklmno"
    assert second == "warning: webhook refused status=500"


async def test_nobody_can_write_a_line_of_their_own(lines: Lines) -> None:
    for text in (False, True):
        log = Log(lines, text=text)
        log.access("GET", '/a\n{"event":"forged"}\x1b[2J', 404, 0.001, "abcdefghijklmno")
        log.event("info", "logged", what="a\nforged\x1b[2J")

    assert len(lines.text().splitlines()) == 4
    assert "\x1b" not in lines.text()


async def test_any_path_can_be_logged(log: Log, lines: Lines) -> None:
    log.access("GET", '/"\\\ud800\x00é', 404, 0.001, "abcdefghijklmno")
    log.flush()

    assert lines.one()["path"] == '/"\\\\ud800\x00é'


def test_serving_goes_on_when_nobody_reads_the_log(lines: Lines) -> None:
    log = Log(lines)
    lines.close()

    log.event("info", "unheard")


@given(before=surroundings, token=tokens, after=surroundings)
def test_a_token_is_masked_wherever_it_stands(before: str, token: str, after: str) -> None:
    kind, uuid = token[:-36], token[-36:]

    shown = masked(before + token + after)

    assert kind + MASK in shown
    assert uuid[:8] not in shown


@given(before=surroundings, secret=secrets, after=surroundings)
def test_a_secret_is_masked_wherever_it_stands(before: str, secret: str, after: str) -> None:
    assert secret not in masked(before + secret + after)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic aHVudGVyMg==hunter2",
        "Authorization: Bearer hunter2",
        "authorization=hunter2",
        'body {"password": "hunter2"}',
        'body {"password":"with \\" a quote, hunter2"}',
        "{'secret': 'hunter2', 'client_id': 'x'}",
        "login with password=hunter2&next=1",
        "api_key: hunter2",
        "X-Api-Key: hunter2",
        "postgresql://gingham:hunter2@db.example/gingham",
        "eyJhbGciOiJIUzI1NiJ9.hunter2.hunter2",
        "Set-Cookie: session=hunter2",
    ],
)
def test_what_is_called_a_secret_is_masked_in_any_text(text: str) -> None:
    assert "hunter2" not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "POST /link/token/create",
        "/link/v2/stable/link-initialize.js",
        "item vokyE5Rn6vHKqDLRXEn5fne7LwbKPLIXGK98d",
        "client 5f3a9c1e7b2d4860a1b2c3d4",
        "request_id abcdefghijklmno",
        "2026-05-04T12:00:00Z",
    ],
)
def test_what_an_operator_needs_stays_readable(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("field", ["secret", "password", "access_token", "Authorization", "hub_api_key"])
def test_a_field_that_is_called_a_secret_is_masked_whatever_it_holds(
    log: Log, lines: Lines, field: str
) -> None:
    log.event("info", "called", **{field: "hunter2", "body": {field: ["hunter2"], "inner": [{field: b"x"}]}})

    assert "hunter2" not in lines.text()
    assert lines.one()[field] == MASK


def test_the_text_of_an_exception_is_masked(log: Log, lines: Lines) -> None:
    token, cause = ids.token("access", "sandbox"), ids.token("public", "production")
    error = RuntimeError(f"no item for {token}")
    error.__cause__ = KeyError(cause)

    log.event("error", f"failed for {token}", error, detail=(token,))

    assert token not in lines.text()
    assert cause not in lines.text()
    assert f"no item for access-sandbox-{MASK}" in lines.one()["error"]


async def test_a_token_in_a_path_is_masked(log: Log, lines: Lines) -> None:
    token = ids.token("access", "sandbox")
    log.access("GET", f"/items/{token}", 404, 0.001, "abcdefghijklmno")
    log.flush()

    assert lines.one()["path"] == f"/items/access-sandbox-{MASK}"


@given(st.text(max_size=3000))
def test_masking_never_fails_and_never_grows_a_text_beyond_a_line(text: str) -> None:
    assert len(masked(text)) <= 3 * len(text) + len(MASK)


@pytest.mark.usefixtures("process_log")
def test_what_libraries_log_takes_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    token = ids.token("access", "sandbox")
    logs.configure("info", "json")

    logging.getLogger("library").warning("cannot use %s", token)

    line = json.loads(capfd.readouterr().err)
    assert (line["level"], line["logger"]) == ("warning", "library")
    assert line["event"] == f"cannot use access-sandbox-{MASK}"


@pytest.mark.usefixtures("process_log")
def test_warnings_take_the_same_way(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    assert json.loads(capfd.readouterr().err)["logger"] == "py.warnings"


@pytest.mark.usefixtures("process_log")
def test_what_uvicorn_tells_of_its_own_start_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")

    logging.getLogger("uvicorn.error").info("Started server process [1]")

    assert capfd.readouterr().err == ""
