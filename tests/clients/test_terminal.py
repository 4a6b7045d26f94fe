"""`gingham link`: Link in a terminal, asked and unasked, against a real server."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from tests.clients.headless import link_token
from tests.clients.terminal import SOURCES, Terminal
from tests.server.process import Process
from tests.servers import KEYS
from tests.servers import live as live
from typer.testing import CliRunner, Result

from gingham.cli import app


def gingham_link(server: Process, *words: str, **environ: str) -> Result:
    return CliRunner().invoke(
        app, ["link", "--server", f"http://127.0.0.1:{server.port}", *words], env=environ
    )


def accounts(server: Process, public_token: str) -> list[str]:
    _, exchanged = server.post("/item/public_token/exchange", {**KEYS, "public_token": public_token})
    _, answer = server.post("/accounts/get", {**KEYS, "access_token": exchanged["access_token"]})
    return [account["name"] for account in answer["accounts"]]


# --- nothing is asked -------------------------------------------------------------------------------------------------


def test_one_command_connects_a_bank(live: Process) -> None:
    done = gingham_link(
        live, "--token", link_token(live, "transactions"), "--institution", "Tartan Bank", "--account", "0000"
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert accounts(live, done.stdout.strip()) == ["Plaid Checking"]


def test_the_result_as_json_is_what_on_success_gets(live: Process) -> None:
    done = gingham_link(live, "--token", link_token(live, "auth"), "--institution", "ins_109511", "--json")
    told = json.loads(done.stdout)
    assert told["metadata"]["institution"] == {"institution_id": "ins_109511", "name": "Tartan Bank"}
    assert told["public_token"].startswith("public-sandbox-")


def test_the_teams_keys_make_a_link_token(live: Process) -> None:
    keys = {"GINGHAM_CLIENT_ID": KEYS["client_id"], "GINGHAM_SANDBOX_SECRET": KEYS["secret"]}
    done = gingham_link(live, "--product", "auth", "--username", "user_good", **keys)
    assert done.exit_code == 0
    assert accounts(live, done.stdout.strip())


def test_answers_are_given_in_the_order_they_are_asked_for(live: Process) -> None:
    done = gingham_link(
        live, "--token", link_token(live, "auth"), "--password", "mfa_questions_2_1",
        "--mfa", "answer_0_0", "--mfa", "answer_1_0",
    )  # fmt: skip
    assert done.exit_code == 0


def test_an_item_is_mended_in_update_mode(live: Process) -> None:
    keys = ["--client-id", KEYS["client_id"], "--secret", KEYS["secret"]]
    public_token = gingham_link(live, *keys, "--username", "user_good").stdout.strip()
    _, exchanged = live.post("/item/public_token/exchange", {**KEYS, "public_token": public_token})
    item = {**KEYS, "access_token": exchanged["access_token"]}
    live.post("/sandbox/item/reset_login", item)
    assert live.post("/accounts/get", item)[1]["error_code"] == "ITEM_LOGIN_REQUIRED"

    done = gingham_link(live, *keys, "--access-token", exchanged["access_token"], "--username", "user_good")

    assert done.exit_code == 0
    assert live.post("/accounts/get", item)[0] == 200


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--password", "wrong"], "INVALID_CREDENTIALS"),
        (["--password", "error_ITEM_LOCKED"], "ITEM_LOCKED"),
        (["--password", "mfa_device"], "no answer is known for 'One-time code'"),
        (["--institution", "Bank of Nowhere"], "there is no institution 'Bank of Nowhere'"),
        (["--institution", "ins_0"], "Link shows an error"),
        (["--account", "4711", "--username", "user_good"], "4711"),
    ],
)
def test_what_stops_link_is_said_in_a_line(live: Process, words: list[str], why: str) -> None:
    done = gingham_link(live, "--token", link_token(live, "auth"), *words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("gingham: ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_session_that_stopped_is_left(live: Process) -> None:
    token = link_token(live, "auth")
    gingham_link(live, "--token", token, "--password", "wrong")
    _, told = live.post("/link/token/get", {**KEYS, "link_token": token})
    assert told["link_sessions"][0]["exit"]["error"]["error_code"] == "INVALID_CREDENTIALS"


def test_a_server_that_is_not_there_is_said_in_a_line() -> None:
    done = CliRunner().invoke(app, ["link", "--server", "http://127.0.0.1:1", "--token", "link-sandbox-1"])
    assert done.exit_code == 1
    assert done.stderr == "gingham: there is no server at that address: start one with `gingham serve`\n"


def test_without_token_and_keys_it_is_said_what_to_give() -> None:
    done = CliRunner().invoke(app, ["link"], env={"GINGHAM_CLIENT_ID": "", "GINGHAM_SANDBOX_SECRET": ""})
    assert done.exit_code == 2
    assert "give --token, or --client-id and --secret" in done.stderr


def test_serving_does_not_load_what_only_the_terminal_needs() -> None:
    asked = "import sys, gingham.cli; print([m for m in sys.modules if m in ('gingham.terminal', 'httpx')])"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(SOURCES)},
    )
    assert told.stdout == "[]\n"


# --- a person is asked ------------------------------------------------------------------------------------------------


@pytest.fixture
def at_link(live: Process) -> Iterator[Callable[[str], Terminal]]:
    """Sits down at Link with a link_token."""
    opened: list[Terminal] = []

    def sit_down(token: str) -> Terminal:
        opened.append(Terminal("link", "--server", f"http://127.0.0.1:{live.port}", "--token", token))
        return opened[-1]

    yield sit_down
    for terminal in opened:
        terminal.close()


def test_a_person_is_led_through_link_and_the_password_is_not_shown(
    live: Process, at_link: Callable[[str], Terminal]
) -> None:
    terminal = at_link(link_token(live, "auth"))
    terminal.expect("Connect your bank to Ledger")
    terminal.type("")
    terminal.expect("(optional)")
    terminal.type("")
    terminal.expect("Choose your bank")
    terminal.type("tartan")
    terminal.expect("1 bank found")
    terminal.expect("Tartan Bank")
    terminal.type("1")
    terminal.expect("Sign in to Tartan Bank")
    terminal.type("")
    terminal.expect("Username")
    terminal.type("user_good")
    terminal.expect("Password")
    terminal.type("wrong-secret")
    terminal.expect("did not accept these details")
    terminal.type("")
    terminal.expect("Username")
    terminal.type("user_good")
    terminal.expect("Password")
    terminal.type("mfa_device")
    terminal.expect("xxx-xxx-3333")
    terminal.type("")
    terminal.expect("a number")
    terminal.type("1")
    terminal.expect("Enter your code")
    terminal.type("")
    terminal.expect("One-time code: ")
    terminal.type("1234")
    terminal.expect("Choose the accounts to share")
    terminal.type("")
    terminal.expect("Numbers, or all")
    terminal.type("1 2")
    terminal.expect("Your accounts are connected")
    terminal.type("")
    code, told = terminal.ended()
    assert code == 0
    assert accounts(live, told.strip()) == ["Plaid Checking", "Plaid Saving"]
    assert "wrong-secret" not in terminal.seen
    assert "mfa_device" not in terminal.seen


def test_leaving_asks_first_and_tells_how_it_ended(live: Process, at_link: Callable[[str], Terminal]) -> None:
    token = link_token(live, "auth")
    terminal = at_link(token)
    terminal.expect("Connect your bank")
    terminal.type("")
    terminal.expect("(optional)")
    terminal.type("")
    terminal.expect("Choose your bank")
    terminal.type("1")
    terminal.expect("Sign in to")
    terminal.type("q")
    terminal.expect("Yes, exit")
    terminal.type("o")
    terminal.expect("Link was left without connecting a bank")
    assert terminal.ended() == (1, "")


def test_an_interrupt_leaves_link(live: Process, at_link: Callable[[str], Terminal]) -> None:
    token = link_token(live, "auth")
    terminal = at_link(token)
    terminal.expect("Connect your bank")
    terminal.interrupt()
    code, told = terminal.ended()
    assert (code != 0, told) == (True, "")
    _, answer = live.post("/link/token/get", {**KEYS, "link_token": token})
    assert answer["link_sessions"][0]["finished_at"] is not None


def test_a_bank_with_pages_of_its_own_is_opened_in_a_browser(
    live: Process, at_link: Callable[[str], Terminal]
) -> None:
    terminal = at_link(link_token(live, "auth"))
    terminal.expect("Connect your bank")
    terminal.type("")
    terminal.expect("(optional)")
    terminal.type("")
    terminal.expect("Choose your bank")
    terminal.type("Platypus OAuth Bank")
    terminal.expect("Continue at Platypus OAuth Bank")
    terminal.type("")
    terminal.expect("Open this address in a browser")
    terminal.expect("authorize?")
    terminal.interrupt()
    assert terminal.ended()[1] == ""
