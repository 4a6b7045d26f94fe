"""PostgreSQL, by asyncpg, for when one machine is not enough.

* `writing()` is a READ COMMITTED transaction. Writers of one row take turns on its lock: an UPDATE
  decides and acts in one statement (`… WHERE exchanged_at IS NULL RETURNING …`), and whoever has to look
  first reads with `/* FOR UPDATE */`. Nothing has to be repeated because of a serialisation failure.
* `reading()` is a REPEATABLE READ, READ ONLY transaction: three round trips for one statement. A single
  question is better asked of the store itself: one round trip.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from gingham.store import (
    PATIENCE,
    ConflictError,
    Row,
    StoreBusyError,
    StoreError,
    StoreUnreachableError,
    UnstorableError,
    Value,
    storable,
)

if TYPE_CHECKING:
    _Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record]
else:
    _Connection = PoolConnectionProxy  # the real one takes no parameter

CONNECTIONS = 10
"""At most, per process. PostgreSQL allows 100 in all unless told otherwise."""

_FAREWELL = 5.0
"""Seconds that `close` waits for blocks to end."""

_SETTINGS = {
    "application_name": "gingham",
    "lock_timeout": f"{int(PATIENCE * 1000)}ms",
    "jit": "off",  # every statement is over before it could pay
}

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"


class PostgresStore:
    """A database on a server."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._writers: set[asyncio.Task[object]] = set()

    @classmethod
    async def open(cls, url: str) -> "PostgresStore":
        """`url`: as libpq takes it; what libpq does not know in its query is a setting of the session
        (`?search_path=…`).

        Raises `StoreUnreachableError` when the server does not answer or refuses us; the message holds no
        password.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=CONNECTIONS,
                max_inactive_connection_lifetime=0,
                server_settings=_SETTINGS,
                # asyncpg's own costs a round trip, and undoes what nothing here does.
                reset=_leave,
            )
        except (OSError, ValueError, OverflowError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise StoreUnreachableError(f"no PostgreSQL database at {_where(url)}: {reason}") from None
        return cls(pool)

    async def one(self, sql: str, *values: Value) -> Row | None:
        connection = await self.acquire()
        try:
            return await _Statements(connection).one(sql, *values)
        finally:
            await self.release(connection)

    async def all(self, sql: str, *values: Value) -> list[Row]:
        connection = await self.acquire()
        try:
            return await _Statements(connection).all(sql, *values)
        finally:
            await self.release(connection)

    def reading(self) -> "_Transaction":
        return _Transaction(self, _READ)

    def writing(self) -> "_Writing":
        return _Writing(self, self._writers)

    def version(self) -> None:
        return None

    async def close(self) -> None:
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def acquire(self) -> _Connection:
        try:
            with _translated():
                return await self._pool.acquire(timeout=PATIENCE)
        except TimeoutError:
            raise StoreBusyError(
                f"all {CONNECTIONS} connections are busy for more than {PATIENCE:.0f} s"
            ) from None

    async def release(self, connection: _Connection) -> None:
        with _translated():
            await self._pool.release(connection)


class _Statements:
    """Statements on one connection."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        storable(values)
        with _translated(self._connection):
            record = await self._connection.fetchrow(_dollars(sql), *values)
        return None if record is None else tuple(record)

    async def all(self, sql: str, *values: Value) -> list[Row]:
        storable(values)
        with _translated(self._connection):
            records = await self._connection.fetch(_dollars(sql), *values)
        return [tuple(record) for record in records]

    async def run(self, sql: str, *values: Value) -> int:
        storable(values)
        with _translated(self._connection):
            status = await self._connection.execute(_dollars(sql), *values)
        # "INSERT 0 1", "UPDATE 3", "CREATE TABLE"
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def run_many(self, sql: str, rows: list[tuple[Value, ...]]) -> None:
        for values in rows:
            storable(values)
        with _translated(self._connection):
            await self._connection.executemany(_dollars(sql), rows)


class _Transaction(_Statements):
    """A block on a connection of its own."""

    def __init__(self, store: PostgresStore, begin: str) -> None:
        self._store = store
        self._begin = begin

    async def __aenter__(self) -> _Statements:
        connection = await self._store.acquire()
        try:
            with _translated(connection):
                await connection.execute(self._begin)
        except BaseException:
            await self._store.release(connection)
            raise
        self._connection = connection
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._connection
        del self._connection  # the block is over; so are its statements
        try:
            if kind is None:
                with _translated(connection):
                    done = await connection.execute("COMMIT")
                if done != "COMMIT":
                    # The server's word for a transaction in which a statement had failed and nobody listened.
                    raise StoreError("nothing was written: a statement of the transaction had failed")
            else:
                with suppress(
                    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError
                ):
                    await connection.execute("ROLLBACK")
        finally:
            await self._store.release(connection)


class _Writing(_Transaction):
    def __init__(self, store: PostgresStore, writers: set[asyncio.Task[object]]) -> None:
        super().__init__(store, _WRITE)
        self._writers = writers

    async def __aenter__(self) -> _Statements:
        self._task = asyncio.current_task()
        if self._task in self._writers:
            raise RuntimeError("writing() inside writing() of the same task")
        entered = await super().__aenter__()
        if self._task is not None:
            self._writers.add(self._task)
        return entered

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._writers.discard(self._task)
        await super().__aexit__(kind, error, trace)


@cache
def _dollars(sql: str) -> str:
    """`?` to `$1` (none of our statements holds a quoted question mark), and the locks that SQLite does
    not need.
    """
    first, *rest = re.sub(r"/\* (FOR UPDATE\b[\w ]*) \*/", r"\1", sql).split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


@contextmanager
def _translated(connection: _Connection | None = None) -> Iterator[None]:
    """An error of the driver in this room's terms: without the values that it may quote."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConflictError(f"{error.constraint_name or error.column_name} of {error.table_name}") from None
    except (
        asyncpg.LockNotAvailableError,
        asyncpg.DeadlockDetectedError,
        asyncpg.SerializationError,
    ) as error:
        raise StoreBusyError(f"others hold the rows: {type(error).__name__}") from None
    except (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError) as error:
        raise StoreBusyError(f"the database takes no more connections now: {type(error).__name__}") from None
    except asyncpg.DataError as error:
        # Of asyncpg's own and of the server (class 22); both quote the value.
        raise UnstorableError(f"a value cannot be stored: {type(error).__name__}") from None
    except asyncpg.InterfaceError as error:
        # Of asyncpg itself: what it is asked on a connection that broke before, and whatever we do wrong.
        if connection is not None and not _gone(connection):
            raise
        raise StoreUnreachableError(f"the database is gone: {type(error).__name__}") from None
    except asyncpg.InternalClientError as error:
        # The server's farewell came in between.
        raise StoreUnreachableError(f"the database is gone: {type(error).__name__}") from None
    except TimeoutError:
        raise  # an OSError, but not about the connection
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        raise StoreUnreachableError(f"the database is gone: {type(error).__name__}") from None


def _gone(connection: _Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back
        return True


async def _leave(_connection: object) -> None:
    """Leaves a returned connection as it is."""


def _where(url: str) -> str:
    """Host, port and database of a URL, for messages."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'the local socket'}{parts.path}"
