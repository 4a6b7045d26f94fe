"""The banks beside the server: a second socket of the same processes, or a process of their own."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from tests.oauthbank.client import SCOPE
from tests.oauthbank.house import NO_TLS
from tests.oauthbank.person import Person
from tests.server.process import SOURCES, Process, serving

from gingham.banks.oauth.registration import CLIENT_ID, RETURN_PATH, client_secret
from gingham.vault import Vault

BANK = re.compile(r"^The sandbox's OAuth banks listen on (http://127\.0\.0\.1:\d+)\n$")


def bank_of(server: Process) -> str:
    """What it says after it has said where it listens itself."""
    assert server.process.stdout is not None
    told = BANK.match(server.process.stdout.readline())
    assert told is not None
    return told[1]


async def conversation(bank: str, main: str, ring: Path) -> httpx.Response:
    """A whole login, with every request on a connection of its own, so that any worker may answer it."""
    verifier = "v" * 43
    person = Person(bank)
    person.browser = httpx.AsyncClient(verify=NO_TLS, trust_env=False, headers={"connection": "close"})
    query = httpx.QueryParams(
        response_type="code",
        client_id=CLIENT_ID,
        redirect_uri=main + RETURN_PATH,
        scope=SCOPE,
        state="s",
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    issuer = f"{bank}/ins_127287"
    brought = await person.allow(f"{issuer}/authorize?{query}")
    form = {"grant_type": "authorization_code", "code": brought["code"], "code_verifier": verifier}
    issued = await person.browser.post(
        f"{issuer}/token",
        data={**form, "redirect_uri": main + RETURN_PATH},
        auth=(CLIENT_ID, client_secret(Vault(ring))),
    )
    headers = {"authorization": f"Bearer {issued.json()['access_token']}"}
    answer = await person.browser.get(f"{issuer}/api/accounts", headers=headers)
    await person.close()
    return answer


@pytest.mark.parametrize("workers", ["1", "3"])
async def test_every_worker_serves_the_banks(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers) as server:
        bank, main = bank_of(server), f"http://127.0.0.1:{server.port}"
        answers = [await conversation(bank, main, tmp_path / "gingham" / "keyring.json") for _ in range(3)]
        ended = server.end()

    assert [len(answer.json()) for answer in answers] == [2, 2, 2]
    assert ended[0] == 0


def test_each_socket_answers_for_itself(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        bank = bank_of(server)
        metadata = "/ins_127287/.well-known/openid-configuration"

        assert httpx.get(bank + metadata).json()["issuer"] == f"{bank}/ins_127287"
        assert httpx.get(bank + "/health").status_code == 404
        assert server.get("/health")[0] == 200
        assert server.get(metadata)[0] == 404


def test_the_banks_can_be_off(tmp_path: Path) -> None:
    with serving(tmp_path, environ={"GINGHAM_OAUTH_BANK_PORT": "off"}) as server:
        _, _ = server.end()

        assert "OAuth" not in server.told


def test_a_port_that_was_asked_for_is_taken_or_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        server = Process(tmp_path, environ={"GINGHAM_OAUTH_BANK_PORT": port})
        code, logged = server.ended()

    assert code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in logged


def test_a_bank_behind_a_proxy_says_its_public_address(tmp_path: Path) -> None:
    environ = {"GINGHAM_OAUTH_BANK_URL": "https://bank.example/"}
    with serving(tmp_path, environ=environ) as server:
        metadata = httpx.get(f"{bank_of(server)}/ins_56/.well-known/openid-configuration").json()

    assert metadata["token_endpoint"] == "https://bank.example/ins_56/token"


@contextmanager
def alone(state: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`gingham oauth-bank` on the database of a server that ran before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gingham", "oauth-bank", "--port", "0"],
        env={"XDG_STATE_HOME": str(state), "PYTHONPATH": str(SOURCES), "GINGHAM_LOG_LEVEL": "error"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = BANK.match(process.stdout.readline())
    assert told is not None
    try:
        yield told[1], process
    finally:
        process.terminate()
        process.communicate(timeout=60)


async def test_the_banks_can_run_alone(tmp_path: Path) -> None:
    with (
        serving(tmp_path, environ={"GINGHAM_OAUTH_BANK_PORT": "off"}) as server,
        alone(tmp_path) as (bank, process),
    ):
        main = f"http://127.0.0.1:{server.port}"
        answer = await conversation(bank, main, tmp_path / "gingham" / "keyring.json")

    assert len(answer.json()) == 2
    assert process.returncode == 0


def test_a_start_imports_nothing_of_the_bank(tmp_path: Path) -> None:
    script = (
        "import sys, gingham.serving\n"
        "print(sorted({'authlib', 'joserfc', 'httpx', 'starlette', 'jinja2', 'gingham.oauthbank'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "[]\n"
