"""Who is calling: a client_id and one of its secrets, from two headers or from the body.

The table of keys is kept in memory, as digests. It is looked at again when a pair of keys is not in it, so
a new key works at once, and when the last look is a second old, so a revoked one stops within that second,
in every process.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, TypeGuard

from msgspec import UNSET

from gingham.clock import SECOND, Clock
from gingham.errors import PlaidError, error, invalid_field
from gingham.ids import digest
from gingham.store import Store
from gingham.store import clients as store_clients

# Asking SQLite whether anybody committed costs 4 µs: too much for every call, nothing for one call a second.
_FRESH_FOR = SECOND
# Characters; a key that somebody made is shorter.
_MAX_KEY_LENGTH = 256


class Client(NamedTuple):
    """The owner of a pair of keys, in the environment of the secret."""

    client_id: str
    environment: str


class Keys:
    """The keys of all clients, as last seen in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._clients: dict[tuple[str, bytes], Client] = {}
        self._looked_at: int | None = None
        self._version: int | None = None
        self._looking = asyncio.Lock()

    async def client(
        self, headers: Mapping[bytes, bytes], client_id: object = UNSET, secret: object = UNSET
    ) -> Client:
        """Whose keys these are. `client_id` and `secret` are the body's; a header that has a value beats
        the body's.

        Raises MISSING_FIELDS, INVALID_FIELD or INVALID_API_KEYS (Plaid docs: API, "API host and
        authentication").
        """
        if given := headers.get(b"plaid-client-id"):
            client_id = given.decode("latin-1")
        if given := headers.get(b"plaid-secret"):
            secret = given.decode("latin-1")
        if self._looked_at is None or self._clock.now() - self._looked_at >= _FRESH_FOR:
            await self._look()
        if found := self._find(client_id, secret):
            return found
        # Only now, so that a good pair of keys pays for nothing but its look-up.
        if not (_sound(client_id) and _sound(secret)):
            raise _unsound(headers, client_id, secret)
        await self._look()
        if found := self._find(client_id, secret):
            return found
        raise error("INVALID_API_KEYS")

    def _find(self, client_id: object, secret: object) -> Client | None:
        if type(client_id) is not str or type(secret) is not str:
            return None
        # An unknown client_id costs the same as a wrong secret, and what is compared are digests: time tells
        # nothing.
        return self._clients.get((client_id, digest(secret)))

    async def _look(self) -> None:
        async with self._looking:
            now = self._clock.now()
            # Asked before the keys are read: a commit in between moves the number again, and the next look
            # sees it.
            version = self._store.version()
            if self._looked_at is None or version is None or version != self._version:
                async with self._store.reading() as reader:
                    keys = await store_clients.keys(reader)
                self._clients = {
                    (key.client_id, key.digest): Client(key.client_id, key.environment)
                    for key in keys
                    if key.kind == "secret"
                }
            self._version = version
            self._looked_at = now


def _sound(key: object) -> TypeGuard[str]:
    return (
        isinstance(key, str)
        and 0 < len(key) <= _MAX_KEY_LENGTH
        and key.isascii()
        and key.isprintable()
        and " " not in key
    )


def _unsound(headers: Mapping[bytes, bytes], client_id: object, secret: object) -> PlaidError:
    # An empty header is a key that is present and empty, as when a variable was not set where the client
    # runs.
    given = {
        "client_id": "" if client_id is UNSET and b"plaid-client-id" in headers else client_id,
        "secret": "" if secret is UNSET and b"plaid-secret" in headers else secret,
    }
    if missing := [name for name, key in given.items() if key is UNSET]:
        return error("MISSING_FIELDS", fields=", ".join(missing))
    name = next(name for name, key in given.items() if not _sound(key))
    return invalid_field(f"{name} must be a properly formatted, non-empty string")
