"""Where everything lasts.

Two engines, one suite: `sqlite.py` (embedded, the default) and `postgres.py` promise the same, and
`tests/store` holds both to it. `open.py` opens either from a URL.

Promises of every engine:

* `writing()` is one transaction: all of it or nothing, serialised against other writers of the same rows,
  durable against `kill -9` once the block has ended.
* `reading()` sees one consistent snapshot of everything committed before its first statement.
* A store is itself a `Reader` of single statements, each on its own: the cheapest way to ask one question.
* Statements are the same SQL text for both engines: `?` for a parameter, and only TEXT, BIGINT and bytes
  as types. Instants are microseconds since the epoch; money is text; JSON is bytes; text sorts by code
  point, whatever the locale.
* `/* FOR UPDATE */` in a statement locks the rows it reads until the transaction ends, and
  `/* FOR UPDATE OF table SKIP LOCKED */` passes those by that somebody else has locked. SQLite takes
  either for the comment it is, since there one transaction writes at a time anyway.
* The event loop is never blocked while waiting for another process's lock.

A block should hold nothing but statements: whoever awaits the network inside `writing()` keeps every
other writer out. After an exception from a statement the block is over; leave it.

The schema is declared in `schema.py` (SQLAlchemy) and evolves by Alembic migrations (`upgrade.py`);
serving imports neither, because their import alone costs as much as the whole start is allowed to
(docs/architecture.md, "What is imported when").
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

Value = str | int | bytes | None
Row = tuple[Value, ...]


class StoreError(Exception):
    """What goes wrong in this room. No message holds a stored value or a password."""


class StoreBusyError(StoreError):
    """Others held a lock, or every connection, for longer than `PATIENCE`; nothing was written. Trying
    again is safe.
    """


class StoreUnreachableError(StoreError):
    """There is no database at the address, it refuses us, or it went away."""


class ConflictError(StoreError):
    """A row would repeat a key or point at nothing."""


class UnstorableError(StoreError, ValueError):
    """A value that one of the engines cannot hold, so that neither takes it: text with U+0000 or a lone
    surrogate, or a number beyond 64 bits. Input from outside must be refused before it comes here.
    """


PATIENCE = 30.0
"""Seconds that a statement waits for others before it gives up with `StoreBusyError`."""


class Reader(Protocol):
    """Statements that look."""

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, sql: str, *values: Value) -> list[Row]:
        """Every row."""
        ...


class Writer(Reader, Protocol):
    """Statements inside a transaction."""

    async def run(self, sql: str, *values: Value) -> int:
        """Executes and returns how many rows it touched."""
        ...

    async def run_many(self, sql: str, rows: list[tuple[Value, ...]]) -> None:
        """Executes once per row, in one round trip where the driver can."""
        ...


class Store(Reader, Protocol):
    """One database."""

    def reading(self) -> AbstractAsyncContextManager[Reader]: ...

    def writing(self) -> AbstractAsyncContextManager[Writer]:
        """Raises `RuntimeError` when the task is already inside a `writing()` of this store: it would
        wait for itself.
        """
        ...

    def version(self) -> int | None:
        """A number that moves whenever anybody commits, cheap enough to ask on every request; None where
        there is no such thing.

        It lets a reader keep what it read last and drop it when the number moves (SQLite: `PRAGMA
        data_version`). Ask before reading: what is read afterwards is at least as new as the number. It moves
        at once for commits through this store, and by the next turn of the event loop for all others.
        """
        ...

    async def close(self) -> None: ...


def storable(values: tuple[Value, ...]) -> None:
    """Raises `UnstorableError` for what PostgreSQL refuses and SQLite would take: U+0000 inside text."""
    for value in values:
        if type(value) is str and "\0" in value:
            raise UnstorableError("text with U+0000 cannot be stored")
