"""Sealing: bank logins and access tokens are kept only as ciphertext.

The sealing is Tink's AEAD (AES-256-GCM): every ciphertext begins with the id of its key, so that keys can be
rotated while old ciphertexts stay readable, and is bound to a context (an item_id, say), so that a ciphertext
copied into another row does not open there. Lookups go by keyed digests (Tink's PRF, HMAC-SHA256) under a key
that never rotates, because a digest cannot be computed anew without the plaintext.

The keys are a *key ring*: one JSON file of two Tink keysets, `{"sealing": …, "digests": …}`. It is made on
first use, is readable by its owner only, and belongs into a backup of its own: who has only the database has
only ciphertext.

Tink is imported on first use, never when the server starts (about 90 ms and 15 MB).
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

DIGEST_BYTES = 32


class VaultError(Exception):
    """What was sealed does not open (wrong key ring, wrong context, or changed), or the key ring is unusable.

    The message never repeats plaintext, ciphertext or key.
    """


class KeyInfo(Struct, frozen=True):
    """One sealing key, without the key. `primary`: new secrets are sealed with it."""

    key_id: int
    primary: bool


class Vault:
    """Seals and opens with one key ring, and notices when the ring's file changes.

    `ring`: the path of the ring's file, made on first use, or the ring itself as JSON text.
    """

    def __init__(self, ring: Path | str) -> None:
        self._ring = ring
        self.is_ephemeral = ring == ""
        self._seen: tuple[int, int, int] | None = None
        self._sealer: Any = None
        self._digester: Any = None
        self._loading = threading.Lock()

    @classmethod
    def ephemeral(cls) -> "Vault":
        """A vault whose keys end with the process, for tests."""
        return cls("")

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Ciphertext that opens only under the same `context`. Raises `VaultError` for an unusable ring."""
        self._refresh()
        sealed: bytes = self._sealer.encrypt(plaintext, _bytes(context))
        return sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises `VaultError` when `sealed` is not from this ring, not of this context, or was changed."""
        from tink import TinkError

        self._refresh()
        try:
            plaintext: bytes = self._sealer.decrypt(sealed, _bytes(context))
        except TinkError:
            raise VaultError("a sealed secret does not open with this key ring and context") from None
        return plaintext

    def keyed_digest(self, text: str, purpose: str) -> bytes:
        """32 bytes that stand for `text` in a lookup: useless without the ring, different per `purpose`."""
        self._refresh()
        # Two purposes never share an input: a purpose is one of our own words and holds no NUL.
        digest: bytes = self._digester.compute(_bytes(purpose) + b"\0" + _bytes(text), DIGEST_BYTES)
        return digest

    def warm(self) -> None:
        """Does now, say in a background thread, what the first use would pay for."""
        self._refresh()

    def ring_id(self) -> int:
        """Tells rings apart: the id of the key that never rotates."""
        return _keyset(self._read(), "digests").primary

    def sealing_keys(self) -> list[KeyInfo]:
        """The sealing keys, oldest first."""
        keyset = _keyset(self._read(), "sealing")
        return [KeyInfo(key["keyId"], key["keyId"] == keyset.primary) for key in keyset.key]

    def rotate(self) -> KeyInfo:
        """Adds a sealing key and makes it primary; old secrets stay readable, running servers notice.

        Raises `VaultError` when the ring was given as text, since there is no file to change.
        """
        if isinstance(self._ring, str):
            raise VaultError("the key ring is given as text; rotate it where it is kept")
        with _locked(self._ring):
            ring = _decoded(self._ring.read_bytes(), self._named()) if self._ring.exists() else _new_ring()
            sealing, added = _keyset(ring, "sealing"), _new_sealing_keyset(ring)
            merged = _Keyset(primary=added.primary, key=[*sealing.key, *added.key])
            _replace(self._ring, _encoded({**ring, "sealing": merged}))
        return KeyInfo(added.primary, primary=True)

    def _refresh(self) -> None:
        """Loads the ring on first use, and again when another process has rotated it."""
        if isinstance(self._ring, str):
            if self._sealer is None:
                # Threads that come at the same time must not each make a ring of their own.
                with self._loading:
                    if self._sealer is None:
                        self._load(self._read())
            return
        seen = _state(self._ring)
        if self._sealer is not None and seen in (self._seen, None):
            # Where the file is gone, going on with the keys in memory loses nothing; a new ring would.
            return
        self._load(self._read())
        self._seen = seen

    def _load(self, ring: dict[str, Any]) -> None:
        from tink import TinkError, aead, json_proto_keyset_format, prf, secret_key_access

        aead.register()
        prf.register()

        def primitive(name: str, kind: Any) -> Any:
            text = msgspec.json.encode(ring[name]).decode()
            return json_proto_keyset_format.parse(text, secret_key_access.TOKEN).primitive(kind)

        try:
            sealer = primitive("sealing", aead.Aead)
            digester = primitive("digests", prf.PrfSet).primary()
        except (TinkError, KeyError):
            raise VaultError(f"{self._named()} holds no usable keys") from None
        # The sealer last: it is what others look at to see whether the ring is loaded.
        self._digester, self._sealer = digester, sealer

    def _read(self) -> dict[str, Any]:
        if isinstance(self._ring, str):
            self._ring = self._ring or _encoded(_new_ring())
            return _decoded(self._ring, self._named())
        _make(self._ring)
        try:
            return _decoded(self._ring.read_bytes(), self._named())
        except OSError as error:
            raise VaultError(f"{self._named()} cannot be read: {error.strerror}") from None

    def _named(self) -> str:
        return (
            "the key ring in GINGHAM_KEYRING" if isinstance(self._ring, str) else f"the key ring {self._ring}"
        )


class _Keyset(Struct, rename={"primary": "primaryKeyId"}):
    """A keyset in Tink's JSON format. Of a key only `keyId` is looked at."""

    primary: int
    key: list[dict[str, Any]]


def _keyset(ring: dict[str, Any], name: str) -> _Keyset:
    try:
        return msgspec.convert(ring[name], _Keyset)
    except (KeyError, msgspec.ValidationError):
        raise VaultError(f"the key ring has no keyset called {name!r}") from None


def _new_ring() -> dict[str, Any]:
    from tink.prf import prf_key_templates

    return {"sealing": _new_sealing_keyset({}), "digests": _new_keyset(prf_key_templates.HMAC_SHA256)}


def _new_sealing_keyset(ring: dict[str, Any]) -> _Keyset:
    """A keyset of one fresh key, whose id no key of `ring` has."""
    from tink.aead import aead_key_templates

    taken = {key["keyId"] for key in _keyset(ring, "sealing").key} if ring else set()
    while True:
        made = _new_keyset(aead_key_templates.AES256_GCM)
        if made.primary not in taken:
            return made


def _new_keyset(template: Any) -> _Keyset:
    import tink
    from tink import aead, json_proto_keyset_format, prf, secret_key_access

    aead.register()
    prf.register()
    handle = tink.new_keyset_handle(template)
    text = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return msgspec.json.decode(text, type=_Keyset)


def _state(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file is replaced; None when it cannot be reached."""
    try:
        stat = os.stat(path)  # noqa: PTH116  on the way of every seal, at half the price of Path.stat
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _make(path: Path) -> None:
    """Makes the ring's file unless it is there. Safe when several processes start at once."""
    if _state(path) is None:
        with _locked(path):
            if not path.exists():
                _replace(path, _encoded(_new_ring()))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time changes the ring: a lost update would lose a key that already sealed something.

    The lock is on the folder, because the file itself is replaced.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise VaultError(f"the key ring {path} cannot be written: {error.strerror}") from None


def _replace(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, never half of one, also after a power cut."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _decoded(text: str | bytes, named: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        raise VaultError(f"{named} is not a key ring") from None


def _encoded(ring: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(ring)).decode() + "\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
