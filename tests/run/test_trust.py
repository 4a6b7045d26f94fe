"""What a command finds in its environment."""

import os
import subprocess
import sys
from pathlib import Path

from gingham.run import trust

OURS = b"-- ours --\n"


def test_every_client_gets_the_authority_besides_what_it_trusted(tmp_path: Path) -> None:
    company = tmp_path / "company.pem"
    company.write_text("-- company's --")
    made = trust.trusting({"REQUESTS_CA_BUNDLE": str(company)}, OURS, tmp_path)

    assert set(made) == {*trust.ALONE, trust.BESIDES, "GINGHAM_AUTHORITY"}
    assert Path(made["GINGHAM_AUTHORITY"]).read_bytes() == OURS
    assert Path(made["REQUESTS_CA_BUNDLE"]).read_bytes() == b"-- company's --\n-- ours --\n"
    assert Path(made["NODE_EXTRA_CA_CERTS"]).read_bytes() == OURS
    system = Path(made["SSL_CERT_FILE"]).read_bytes()
    assert system.endswith(OURS)
    assert b"BEGIN CERTIFICATE" in system


def test_a_folder_of_authorities_is_read_whole_and_one_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    for name in ("a.pem", "b.pem"):
        (folder / name).write_text(f"-- {name} --")
    before = {"REQUESTS_CA_BUNDLE": str(folder), "CURL_CA_BUNDLE": str(tmp_path / "nowhere")}

    made = trust.trusting(before, OURS, tmp_path)

    assert Path(made["REQUESTS_CA_BUNDLE"]).read_bytes() == b"-- a.pem --\n-- b.pem --\n" + OURS
    assert Path(made["CURL_CA_BUNDLE"]).read_bytes() == OURS


def test_a_proxy_that_was_there_is_gone_past_for_plaids_hosts_only() -> None:
    added = trust.around_proxies({"HTTPS_PROXY": "http://proxy.test:3128", "no_proxy": "intranet.test"})

    assert added["no_proxy"].startswith("intranet.test,sandbox.plaid.com,")
    assert added["NO_PROXY"] == added["no_proxy"]
    assert trust.around_proxies({"no_proxy": "intranet.test"}) == {}


def test_python_finds_the_front_and_its_own_customization(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.customized = True\n")
    added = trust.through_proxy({"PYTHONPATH": str(tmp_path)}, "127.0.0.1:1", "127.0.0.1:2345")
    asked = (
        "import socket, sys; print(sys.customized);"
        "print(socket.getaddrinfo('Sandbox.Plaid.com', 443, type=socket.SOCK_STREAM)[0][4]);"
        "print(socket.getaddrinfo('127.0.0.1', 443, type=socket.SOCK_STREAM)[0][4])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | added, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == ["True", "('127.0.0.1', 2345)", "('127.0.0.1', 443)"]
