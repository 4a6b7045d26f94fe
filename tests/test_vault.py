"""Sealing secrets, and keys that can be rotated under a running server."""

import json
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham.vault import Vault, VaultError

ENVIRON = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")}


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault.ephemeral()


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keyring.json"


@given(plaintext=st.binary(), context=st.text())
def test_what_is_sealed_opens_again(vault: Vault, plaintext: bytes, context: str) -> None:
    assert vault.open(vault.seal(plaintext, context), context) == plaintext


def test_a_sealed_secret_is_not_readable(vault: Vault) -> None:
    assert b"pass_good" not in vault.seal(b"pass_good", "item")


def test_sealing_twice_gives_different_bytes_so_that_equal_secrets_do_not_show(vault: Vault) -> None:
    assert vault.seal(b"pass_good", "item") != vault.seal(b"pass_good", "item")


def test_a_sealed_secret_does_not_open_in_another_context(vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.open(vault.seal(b"pass_good", "item-1"), "item-2")


@given(where=st.integers(min_value=0))
def test_a_changed_byte_is_noticed(vault: Vault, where: int) -> None:
    sealed = bytearray(vault.seal(b"pass_good", "item"))
    sealed[where % len(sealed)] ^= 1

    with pytest.raises(VaultError):
        vault.open(bytes(sealed), "item")


@given(st.binary())
def test_bytes_that_were_never_sealed_are_refused(vault: Vault, anything: bytes) -> None:
    with pytest.raises(VaultError):
        vault.open(anything, "item")


def test_another_ring_opens_nothing(vault: Vault) -> None:
    with pytest.raises(VaultError) as refused:
        Vault.ephemeral().open(vault.seal(b"pass_good", "item"), "item")

    assert "pass_good" not in str(refused.value)


def test_the_ring_is_made_on_first_use_and_readable_by_its_owner_only(ring: Path) -> None:
    Vault(ring).seal(b"pass_good", "item")

    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.parent.stat().st_mode) == 0o700
    assert [file.name for file in ring.parent.iterdir()] == ["keyring.json"]


def test_the_ring_outlives_the_process(ring: Path) -> None:
    sealed = Vault(ring).seal(b"pass_good", "item")

    assert Vault(ring).open(sealed, "item") == b"pass_good"


def test_vaults_that_start_at_once_agree_on_one_ring(ring: Path) -> None:
    program = (
        "import sys, pathlib; from gingham.vault import Vault; "
        "print(Vault(pathlib.Path(sys.argv[1])).seal(b'pass_good', 'item').hex())"
    )
    start = [sys.executable, "-c", program, str(ring)]

    processes = [subprocess.Popen(start, stdout=subprocess.PIPE, text=True, env=ENVIRON) for _ in range(4)]
    sealed = [bytes.fromhex(process.communicate()[0]) for process in processes]

    assert [Vault(ring).open(one, "item") for one in sealed] == [b"pass_good"] * 4


def test_threads_that_start_at_once_agree_on_one_ring(ring: Path) -> None:
    vault, sealed = Vault(ring), []
    threads = [threading.Thread(target=lambda: sealed.append(vault.seal(b"x", "item"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [vault.open(one, "item") for one in sealed] == [b"x"] * 4


def test_rotating_adds_a_key_for_new_secrets_and_keeps_the_old_one(ring: Path) -> None:
    vault = Vault(ring)
    old = vault.seal(b"before", "item")
    first = vault.sealing_keys()

    added = vault.rotate()
    new = vault.seal(b"after", "item")

    assert [key.key_id for key in vault.sealing_keys()] == [first[0].key_id, added.key_id]
    assert [key.primary for key in vault.sealing_keys()] == [False, True]
    assert (vault.open(old, "item"), vault.open(new, "item")) == (b"before", b"after")
    # The id of the key is in Tink's prefix: a version byte, then four bytes, big endian.
    assert int.from_bytes(new[1:5], "big") == added.key_id


def test_a_running_vault_notices_that_another_process_rotated_the_ring(ring: Path) -> None:
    running = Vault(ring)
    running.warm()

    elsewhere = Vault(ring)
    elsewhere.rotate()
    sealed = elsewhere.seal(b"after", "item")

    assert running.open(sealed, "item") == b"after"


def test_rotations_at_once_lose_no_key(ring: Path) -> None:
    threads = [threading.Thread(target=Vault(ring).rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Four that were added, and the one that a new ring has.
    assert len(Vault(ring).sealing_keys()) == 5


def test_a_rotated_ring_is_still_readable_by_its_owner_only(ring: Path) -> None:
    Vault(ring).rotate()

    assert stat.S_IMODE(ring.stat().st_mode) == 0o600


def test_a_ring_that_disappears_from_under_a_running_vault_does_not_lose_what_was_sealed(ring: Path) -> None:
    vault = Vault(ring)
    sealed = vault.seal(b"pass_good", "item")

    ring.unlink()

    assert vault.open(sealed, "item") == b"pass_good"
    assert not ring.exists()


def test_a_ring_can_be_given_as_text(ring: Path) -> None:
    sealed = Vault(ring).seal(b"pass_good", "item")

    assert Vault(ring.read_text()).open(sealed, "item") == b"pass_good"


def test_a_ring_given_as_text_is_rotated_where_it_is_kept() -> None:
    with pytest.raises(VaultError, match="rotate it where it is kept"):
        Vault.ephemeral().rotate()


@pytest.mark.parametrize("content", ["", "secret", "[]", "{}", '{"sealing": {"key": []}, "digests": {}}'])
def test_a_file_that_is_no_ring_is_refused_by_name_and_left_alone(ring: Path, content: str) -> None:
    ring.parent.mkdir()
    ring.write_text(content)

    with pytest.raises(VaultError, match=r"keyring\.json"):
        Vault(ring).seal(b"x", "item")

    assert ring.read_text() == content


def test_a_ring_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(VaultError, match="cannot be written"):
        Vault(tmp_path / "file" / "keyring.json").seal(b"x", "item")


def test_a_digest_is_the_same_for_the_same_text_also_after_a_rotation(ring: Path) -> None:
    vault = Vault(ring)
    before = vault.keyed_digest("user_good", "username")

    vault.rotate()

    assert Vault(ring).keyed_digest("user_good", "username") == before
    assert len(before) == 32


def test_digests_of_different_purposes_cannot_be_compared(vault: Vault) -> None:
    assert vault.keyed_digest("user_good", "username") != vault.keyed_digest("user_good", "phone")


def test_digests_of_different_rings_cannot_be_compared(vault: Vault) -> None:
    digest = vault.keyed_digest("user_good", "username")

    assert Vault.ephemeral().keyed_digest("user_good", "username") != digest


def test_a_ring_is_told_from_another_also_after_a_rotation(ring: Path) -> None:
    vault = Vault(ring)
    before = vault.ring_id()

    vault.rotate()

    assert vault.ring_id() == before
    assert Vault.ephemeral().ring_id() != before


def test_nothing_of_tink_is_imported_before_the_first_use() -> None:
    program = "import sys, gingham.vault; print([name for name in sys.modules if name.startswith('tink')])"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=ENVIRON
    )

    assert json.loads(loaded.stdout) == []


def test_threads_that_begin_at_once_share_one_ring() -> None:
    vault = Vault.ephemeral()
    with ThreadPoolExecutor(8) as threads:
        digests = set(threads.map(lambda _: vault.keyed_digest("ada", "test"), range(8)))

    assert len(digests) == 1
