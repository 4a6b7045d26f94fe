"""The authority in the user's folder."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from gingham.run import authority as room
from gingham.run.authority import BadAuthority, authority, new_key
from gingham.run.names import NAMES


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = authority(tmp_path / "authority"), authority(tmp_path / "authority")

    assert first.pem() == second.pem()
    assert [path.name for path in (tmp_path / "authority").iterdir()] == ["authority.pem"]
    assert (tmp_path / "authority").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "authority" / "authority.pem").stat().st_mode & 0o777 == 0o600


def test_it_can_vouch_for_plaids_hosts_only(tmp_path: Path) -> None:
    certificate = authority(tmp_path).certificate

    found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical
    assert found.value.permitted_subtrees == [x509.DNSName(name) for name in NAMES]


@pytest.mark.parametrize(("host", "trusted"), [("sandbox.plaid.com", True), ("bank.example", False)])
def test_strict_clients_believe_it_for_those_and_no_others(
    host: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = authority(tmp_path)
    monkeypatch.setattr(room, "NAMES", (host,))
    (tmp_path / "leaf.pem").write_bytes(made.leaf(new_key()))

    assert (shaken_hands(tmp_path / "leaf.pem", made.pem().decode(), host) is None) == trusted


def test_one_that_ends_soon_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "AUTHORITY_LASTS", timedelta(days=29))
    first = authority(tmp_path)
    monkeypatch.undo()

    second = authority(tmp_path)

    assert second.pem() != first.pem()
    assert second.certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=300)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    authority(tmp_path)
    (tmp_path / "authority.pem").chmod(0o640)

    with pytest.raises(BadAuthority, match=r"authority\.pem can be read by others"):
        authority(tmp_path)


def test_a_file_that_holds_something_else_is_named(tmp_path: Path) -> None:
    authority(tmp_path)
    (tmp_path / "authority.pem").write_text("no key")

    with pytest.raises(BadAuthority, match=r"authority\.pem holds no key and certificate"):
        authority(tmp_path)


def test_a_leaf_lasts_for_days(tmp_path: Path) -> None:
    leaf = x509.load_pem_x509_certificate(authority(tmp_path).leaf(new_key()))

    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=3)
    assert isinstance(leaf.signature_hash_algorithm, hashes.SHA256)


def shaken_hands(leaf: Path, trusted: str, host: str) -> ssl.SSLError | None:
    """A client's refusal, if it refuses: TLS in memory."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(leaf)
    asking = ssl.create_default_context(cadata=trusted)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname=host)
    server = serving.wrap_bio(up, down, server_side=True)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                return error
    return None
