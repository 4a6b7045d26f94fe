"""`gingham examine`: an app that is right survives all of it, one that is naive falls where it must."""

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gingham import cli
from gingham.examine import SCENARIOS, CannotStart, Options, examine

ROOT = Path(__file__).parents[2]
QUICK = Options(patience=0.5, limit=20)
PATIENT = Options(patience=10, limit=60)

# A server of one page: what it does with a request is the test's to say.
SERVER = """
import http.server, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    def say(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        {get}
    def do_POST(self):
        {post}
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
EMPTY = """self.say(200, b'{"items": []}')"""


def named(*names):
    return [scenario for scenario in SCENARIOS if scenario.name in names]


def app(get=EMPTY, post="self.say(200, b'')"):
    return [sys.executable, "-c", SERVER.format(get=get, post=post)]


def test_an_app_that_is_right_survives_everything():
    verdicts = examine([sys.executable, str(ROOT / "examples/examined/app.py")], SCENARIOS, PATIENT)
    assert {verdict.name: verdict.reason for verdict in verdicts if not verdict.survived} == {}
    assert [verdict.name for verdict in verdicts] == [scenario.name for scenario in SCENARIOS]


def test_a_mutation_during_paging_is_one_of_the_platform():
    [verdict] = examine(
        [sys.executable, str(ROOT / "examples/examined/app.py")], named("mutation-during-paging"), PATIENT
    )
    refused = "/transactions/sync 400 TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"
    assert refused in verdict.requests


def test_a_naive_app_falls_where_it_must():
    verdicts = examine([sys.executable, str(ROOT / "tests/examine/naive.py")], SCENARIOS, QUICK)
    fell = {verdict.name: verdict for verdict in verdicts if not verdict.survived}
    assert fell.keys() == {
        "mutation-during-paging",
        "webhooks-out-of-order",
        "webhook-forged",
        "webhook-early",
        "api-slow",
        "api-fails",
        "rate-limited",
        "bank-down",
        "pending-posts",
        "consent-revoked",
    }
    assert fell["webhook-forged"].reason == "it took a webhook without a signature (answer 200)"
    assert fell["bank-down"].reason == "it asks for a login because the bank was down"
    assert "the naive app was asked" in fell["webhook-forged"].output


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (app(), "it never exchanged the public_token it was given"),
        (app(post="self.say(500, b'')"), "it answered 500 to POST /gingham/link"),
        (app(post="os._exit(3)"), "the app died"),
        (app(get="self.say(200, b'<html>')", post="self.say(200, b'')"), "it never exchanged"),
    ],
    ids=["does nothing", "refuses", "dies", "garbage"],
)
def test_an_app_that_cannot_link_is_told_why(command, reason):
    [verdict] = examine(command, named("webhook-twice"), Options(patience=0.2))
    assert not verdict.survived
    assert reason in verdict.reason


def test_an_app_that_hangs_is_left_when_its_time_is_over():
    [verdict] = examine(app(post="time.sleep(60)"), named("webhook-twice"), Options(patience=0.2, limit=1))
    assert not verdict.survived
    # Whichever ends first: the request, or the scenario that waits for it.
    assert re.match(r"it (took longer than 1 s|did not answer POST /gingham/link within)", verdict.reason)


@pytest.mark.parametrize(
    ("get", "reason"),
    [
        ("self.say(200, b'<html>')", "not as agreed"),
        ("""self.say(200, b'{"items": [{"item_id": 7}]}')""", "`$.items[0].item_id`"),
        ("""self.say(200, b'{"items": [{"item_id": "\\\\xff"}]}')""", "not as agreed"),
        ("self.say(404, b'')", "answered 404 to GET /gingham/state"),
    ],
)
def test_garbage_from_the_adapter_is_named(get, reason):
    [verdict] = examine(app(get), named("oauth-abandoned"), QUICK)
    assert reason in verdict.reason


def test_an_app_that_died_is_started_again():
    verdicts = examine(
        app(post="os._exit(3)"), named("webhook-twice", "oauth-abandoned", "pending-posts"), QUICK
    )
    assert ["died" in verdict.reason for verdict in verdicts] == [True, True, True]


def test_an_app_that_never_answers_ends_the_run():
    with pytest.raises(CannotStart, match=r"did not answer GET /gingham/state .* within 0.3 s"):
        examine([sys.executable, "-c", "import time; time.sleep(60)"], SCENARIOS, Options(start_limit=0.3))


def test_an_app_that_ends_at_once_is_told_with_its_last_words():
    with pytest.raises(CannotStart, match=r"(?s)exit code 4 .*no database"):
        examine([sys.executable, "-c", "print('no database', flush=True); exit(4)"], SCENARIOS, QUICK)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--list"], 0, "mutation-during-paging"),
        ([], 2, "give the command that starts your app"),
        (["--only", "luck", "--", "true"], 2, "--only luck: there is no such scenario"),
        (["--", "/no/such/app"], 1, "'/no/such/app' cannot be started"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, code, said):
    result = CliRunner().invoke(cli.app, ["examine", *arguments])
    assert result.exit_code == code
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_command_reports_and_writes_json(tmp_path):
    report = tmp_path / "report.json"
    naive = [sys.executable, str(ROOT / "tests/examine/naive.py")]
    result = CliRunner().invoke(
        cli.app,
        [
            "examine",
            "--only",
            "webhook-twice",
            "--only",
            "webhook-forged",
            "--json",
            str(report),
            "--",
            *naive,
        ],
    )
    assert result.exit_code == 1
    assert "1 of 2 survived" in result.output
    told = json.loads(report.read_text())
    assert (told["survived"], told["fell"]) == (1, 1)
    assert [each["name"] for each in told["scenarios"]] == ["webhook-twice", "webhook-forged"]


def test_the_page_names_every_scenario():
    text = (ROOT / "docs/examine.md").read_text(encoding="utf-8")
    table = text.partition("## What it is put through")[2].partition("## Options")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named_there = [name.strip(" `") for cell in cells for name in cell.split(",")]
    assert named_there == [scenario.name for scenario in SCENARIOS]
