"""Identifiers and tokens, in the shapes that clients of the field rely on.

All randomness of the platform comes through one `Ids`. Without a seed it is the operating system's. With a
seed the same calls in the same order give the same ids, for reproducible tests; never use a seed where tokens
must be unguessable.
"""

import hashlib
import os
import uuid
from collections.abc import Callable
from typing import NamedTuple

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_BYTES = _BASE62.encode()
# 248 = 4 * 62: bytes below it map evenly onto the alphabet, the rest are thrown away, so no character is
# likelier than another.
_FOLD = bytes(_BASE62_BYTES[b % 62] for b in range(256))
_UNEVEN = bytes(range(248, 256))

Take = Callable[[int], bytes]

ID_LENGTH = 37
REQUEST_ID_LENGTH = 15


class Ids:
    """A source of ids.

    `seed` makes it reproducible; `stream` tells apart processes and restarts that share a seed (see
    `store.meta.next_boot`).
    """

    def __init__(self, seed: str | None = None, stream: str = "") -> None:
        self._pool = ""
        self._at = 0
        self._stream = None if seed is None else _Stream(f"{seed}/{stream}")
        self._take: Take = os.urandom if self._stream is None else self._stream.take
        # How often somebody asks what is new must not decide which ids others get.
        self._take_for_requests: Take = (
            os.urandom if seed is None else _Stream(f"{seed}/{stream}/requests").take
        )

    def request_id(self) -> str:
        """15 characters of base62, unique per answer."""
        at = self._at
        end = at + REQUEST_ID_LENGTH
        if end > len(self._pool):
            # Drawn in bulk: one request id costs a slice, not a system call.
            self._pool = _base62(self._take_for_requests, 4096)
            at, end = 0, REQUEST_ID_LENGTH
        self._at = end
        return self._pool[at:end]

    def opaque(self) -> str:
        """37 characters of base62: item_id, webhook ids and the like."""
        return _base62(self._take, ID_LENGTH)

    def uuid(self) -> str:
        """A version 4 UUID in lower case."""
        raw = bytearray(self._take(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token(self, kind: str, environment: str) -> str:
        """`<kind>-<environment>-<uuid>`: link, public, access, processor."""
        return f"{kind}-{environment}-{self.uuid()}"

    def secret(self, size_bytes: int = 15) -> str:
        """Random hex, for API keys (30 characters by default) and session secrets."""
        return self._take(size_bytes).hex()

    def mark(self) -> "Mark | None":
        """Where the stream stands; None without a seed."""
        stream = self._stream
        return None if stream is None else Mark(stream.counter, stream.left)

    def back_to(self, mark: "Mark | None") -> None:
        """The ids that came after the mark come again. For whoever has put the database back as well."""
        if mark is not None and self._stream is not None:
            self._stream.counter, self._stream.left = mark


def derived(parent: str, name: str) -> str:
    """37 characters of base62 that belong to `name` under `parent`: account and transaction ids follow from
    their item_id."""
    out = ""
    block = 0
    while len(out) < ID_LENGTH:
        digest = hashlib.blake2b(f"{parent}\0{name}\0{block}".encode(), digest_size=64).digest()
        out += digest.translate(_FOLD, _UNEVEN).decode("ascii")
        block += 1
    return out[:ID_LENGTH]


def uuid_of(material: str) -> str:
    """A version 4 UUID that belongs to `material`: the `kid` of a key, so that two keys never share one."""
    return str(uuid.UUID(bytes=hashlib.sha256(material.encode()).digest()[:16], version=4))


def digest(token: str) -> bytes:
    """How a token or key is kept: SHA-256. They carry 100 bits and more, so neither salt nor stretching adds
    anything."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _base62(take: Take, length: int) -> str:
    out = b""
    while len(out) < length:
        out += take(length + 8).translate(_FOLD, _UNEVEN)
    return out[:length].decode("ascii")


class Mark(NamedTuple):
    """A place in a stream of ids."""

    counter: int
    left: bytes


class _Stream:
    """Reproducible bytes: BLAKE2b of a counter under the seed."""

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).digest()
        self.counter = 0
        self.left = b""

    def take(self, size: int) -> bytes:
        while len(self.left) < size:
            counter = self.counter.to_bytes(8, "big")
            self.left += hashlib.blake2b(counter, key=self._key).digest()
            self.counter += 1
        out, self.left = self.left[:size], self.left[size:]
        return out
