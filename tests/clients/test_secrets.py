"""What must not be readable anywhere: what a person types into Link, and every token.

One person signs in, badly, then well, is asked a question, and shares two accounts, and the app uses the Item;
all in a real process that logs as much as it can. Then everything the process leaves behind is searched.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.clients.headless import Person, link_token
from tests.server.process import Process, serving
from tests.servers import ENVIRON, KEYS, until
from tests.world import PRODUCTION_SECRET, SANDBOX_SECRET

HUB_API_KEY = "hub-api-key-of-the-tests"

WRONG_PASSWORD = "hunter2-9f83c1a75e"
# Accepted although nobody else would type it so: space in a JSON password means nothing to the sandbox.
RIGHT_PASSWORD = '{  "recaptcha"   :    "good"     }'
ASKING_PASSWORD = "mfa_questions_1_2"
WRONG_ANSWER = "my-first-pet-4411d0"
RIGHT_ANSWERS = ["answer_0_0", "answer_0_1"]
TYPED = [WRONG_PASSWORD, RIGHT_PASSWORD, ASKING_PASSWORD, WRONG_ANSWER, *RIGHT_ANSWERS]


@dataclass
class Left:
    """What a run left behind. `tokens`: by kind; `answers`: (path, body) of everything that was answered."""

    tokens: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    database: dict[str, bytes] = field(default_factory=dict)
    told: str = ""
    logged: str = ""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("secrets")
    environ = {**ENVIRON, "GINGHAM_LOG_LEVEL": "debug", "GINGHAM_HUB_API_KEY": HUB_API_KEY}
    left = Left()
    with serving(folder, environ=environ) as server:
        first = Run(server, left)
        # The first person gets stuck at the question, so that an unfinished session is searched too.
        stuck = first.opens_link()
        stuck.sign_in(WRONG_PASSWORD)
        assert stuck.sees == "credentials"
        stuck.sign_in(ASKING_PASSWORD)
        stuck.act("submit_mfa", answers=[WRONG_ANSWER, WRONG_ANSWER])
        assert stuck.sees == "mfa_questions"
        first.notes("stuck", stuck)

        second = first.opens_link()
        second.sign_in(ASKING_PASSWORD)
        second.act("submit_mfa", answers=RIGHT_ANSWERS)
        assert second.sees == "select_accounts"
        first.notes("second", second)

        third = first.opens_link()
        third.sign_in(RIGHT_PASSWORD)
        third.act("submit_recaptcha")
        public_token = third.shares("0", "1")
        first.notes("third", third)

        first.uses(public_token)
        left.database = _files(folder / "gingham")
        _, left.logged = server.end()
        left.told = server.told
        left.database |= {f"{name} (closed)": data for name, data in _files(folder / "gingham").items()}
    return left


class Run:
    """An app at a server, noting every answer and every token."""

    def __init__(self, server: Process, left: Left) -> None:
        self._server = server
        self._left = left

    def opens_link(self) -> Person:
        token = link_token(self._server, "transactions", "auth")
        person = Person(self._server, token)
        number = len(self._left.tokens)
        self._left.tokens |= {
            f"link_token {number}": token,
            f"session_token {number}": person.session_token,
        }
        person.chooses_bank()
        return person

    def notes(self, who: str, person: Person) -> None:
        self._left.answers += [(f"Link of {who}", json.dumps(answer)) for answer in person.answers]

    def uses(self, public_token: str) -> None:
        self._left.tokens["public_token"] = public_token
        first = self._post("/item/public_token/exchange", public_token=public_token)["access_token"]
        token = self._post("/item/access_token/invalidate", access_token=first)["new_access_token"]
        fresh = self._post("/item/public_token/create", access_token=token)["public_token"]
        self._left.tokens |= {"old access_token": first, "access_token": token, "fresh public_token": fresh}
        until(
            lambda: self._post("/transactions/sync", access_token=token),
            lambda page: page["transactions_update_status"] == "HISTORICAL_UPDATE_COMPLETE",
        )
        for path in ("/item/get", "/accounts/get", "/accounts/balance/get", "/auth/get", "/identity/get"):
            self._post(path, access_token=token)
        for path, body in {
            "/item/get": {"access_token": first},
            "/accounts/get": {"access_token": token + "0"},
            "/auth/get": {"access_token": [token]},
            "/identity/get": {"access_token": public_token},
            "/item/public_token/exchange": {"public_token": public_token},
            "/link/token/get": {"link_token": token},
            "/transactions/sync": {"access_token": token, "cursor": token},
            "/institutions/get_by_id": {"institution_id": token, "country_codes": ["US"]},
            f"/{token}": {},
            f"/link/{token}": {},
            "/sandbox/public_token/create": {
                "institution_id": "ins_109508",
                "initial_products": ["auth"],
                "options": {"override_password": WRONG_PASSWORD},
            },
            "/gingham/v1/link/session/get": {"session_token": token},
        }.items():
            status, answer = self._server.post(path, {**KEYS, **body})
            assert status in (400, 404), answer
            self._left.refusals.append((path, json.dumps(answer)))

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        status, answer = self._server.post(path, {**KEYS, **body})
        assert status == 200, answer
        self._left.answers.append((path, json.dumps(answer)))
        return dict(answer)


def _files(folder: Path) -> dict[str, bytes]:
    """The database, its write-ahead log included."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if ".db" in path.name}


def _forms(secret: str) -> Iterator[bytes]:
    """How a text may be readable in bytes: as it is, inside JSON, in hexadecimal, in base64 at any offset."""
    raw = secret.encode()
    yield raw
    yield json.dumps(secret)[1:-1].encode()
    yield raw.hex().encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        yield whole[4 if offset else 0 : len(whole) // 4 * 4 - 4]


def _readable(secrets: dict[str, str], places: dict[str, bytes]) -> list[str]:
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, content in places.items()
        if any(form in content for form in _forms(secret))
    ]


def _bare(tokens: dict[str, str]) -> dict[str, str]:
    """Tokens without the part that everybody knows: access-sandbox-<uuid> -> <uuid>."""
    return {name: re.sub(r"^\w+-sandbox-", "", token) for name, token in tokens.items()}


@pytest.fixture(scope="module")
def typed() -> dict[str, str]:
    return {text: text for text in TYPED}


def test_the_search_would_find_a_secret_in_each_form() -> None:
    hidden = [b"xx-secret-7261-xx", b'{"a":"\\"secret-7261"}', b"xx" + b"secret-7261".hex().encode()]
    encoded = [base64.b64encode(b"x" * offset + b"secret-7261" + b"yyy") for offset in range(3)]

    for content in [*hidden, *encoded]:
        assert _readable({"it": "secret-7261"}, {"there": content}) == ["it in there"]


def test_the_database_was_searched_with_its_log(left: Left) -> None:
    assert {"gingham.db", "gingham.db-wal", "gingham.db (closed)"} <= left.database.keys()
    assert sum(map(len, left.database.values())) > 100_000


def test_nothing_typed_is_in_the_database(left: Left, typed: dict[str, str]) -> None:
    assert _readable(typed, left.database) == []


def test_no_token_is_in_the_database(left: Left) -> None:
    assert _readable(_bare(left.tokens), left.database) == []


def test_no_key_of_the_team_is_in_the_database(left: Left) -> None:
    keys = {"sandbox": SANDBOX_SECRET, "production": PRODUCTION_SECRET, "hub": HUB_API_KEY}

    assert _readable(keys, left.database) == []


def test_nothing_typed_is_answered(left: Left, typed: dict[str, str]) -> None:
    places = {place: text.encode() for place, text in [*left.answers, *left.refusals]}

    assert len(left.answers) > 20
    assert _readable(typed, places) == []


@pytest.mark.parametrize(
    ("kind", "may_hold"),
    [
        ("access_token", {"/item/access_token/invalidate"}),
        ("old access_token", {"/item/public_token/exchange"}),
        ("fresh public_token", {"/item/public_token/create"}),
        # The last answer of the session hands it over.
        ("public_token", {"Link of third"}),
    ],
)
def test_a_token_is_answered_only_by_the_call_that_makes_it(
    left: Left, kind: str, may_hold: set[str]
) -> None:
    token = _bare(left.tokens)[kind]

    assert {path for path, text in left.answers if token in text} == may_hold


def test_a_session_token_is_answered_only_at_the_start(left: Left) -> None:
    for kind, token in left.tokens.items():
        if kind.startswith("session_token"):
            assert sum(token in text for _, text in left.answers) == 1


def test_no_refusal_repeats_a_token(left: Left) -> None:
    assert _readable(_bare(left.tokens), {path: text.encode() for path, text in left.refusals}) == []


@pytest.mark.parametrize("stream", [lambda left: left.told, lambda left: left.logged], ids=["told", "logged"])
def test_nothing_typed_and_no_token_is_logged(
    left: Left, typed: dict[str, str], stream: Callable[[Left], str]
) -> None:
    keys = {"sandbox": SANDBOX_SECRET, "production": PRODUCTION_SECRET, "hub": HUB_API_KEY}

    assert _readable(typed | _bare(left.tokens) | keys, {"it": stream(left).encode()}) == []


def test_the_log_was_searched_with_every_request(left: Left) -> None:
    lines = [json.loads(line) for line in left.logged.splitlines()]

    assert sum(line["event"] == "request" for line in lines) > 40
    assert [line for line in lines if line["level"] in ("warning", "error")] == []
