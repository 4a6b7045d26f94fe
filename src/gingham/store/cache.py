"""What was read is kept for as long as nobody has written.

On an engine that counts commits (`Store.version`) a kept value is good until the number moves, whoever moved
it, another process too. On an engine that does not, nothing is kept.
"""

from typing import Any

from gingham.store import Store

CAPACITY = 50_000
"""Values kept at most; the cache starts anew beyond it. An Item with 14 accounts takes about 12 kB."""


class ReadCache:
    """Values by key, valid for one version of the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version: int | None = None
        self._values: dict[bytes, Any] = {}

    def get(self, key: bytes) -> Any:
        """The value, or None when it is not known to be current."""
        version = self._store.version()
        if version is None or version != self._version:
            if self._values:
                self._values = {}
            self._version = version
            return None
        return self._values.get(key)

    def version(self) -> int | None:
        """The version to remember before reading what shall be kept."""
        return self._store.version()

    def put(self, key: bytes, value: Any, version: int | None) -> None:
        """Keeps a value read after `version` was asked; it is dropped if the database has moved since."""
        if version is None or version != self._version:
            return
        if len(self._values) >= CAPACITY:
            self._values = {}
        self._values[key] = value
