"""The embedded engine: sqlite3 on the event loop.

No thread stands between: a read takes about ten microseconds, a hundred times less than handing it to a
thread and back. What could take long is waiting for another process's lock, and that is never done inside
SQLite (`timeout=0`): the statement fails at once, the task sleeps a little and tries again.

Transactions that end in the same turn of the event loop are committed together (group commit), each still whole or
not at all: a commit copies every page it touched to the log, and under load most touch the same few.

Write-ahead logging lets readers go on while somebody writes. With `synchronous=normal`, the default, a
commit is in the operating system's hands when the block ends: it survives `kill -9` of the process, while
a power cut may take the last commits with it, though never the database. `?synchronous=full` waits for
the disk on every commit and survives that as well.
"""

import asyncio
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from gingham.store import (
    PATIENCE,
    ConflictError,
    Row,
    StoreBusyError,
    StoreUnreachableError,
    UnstorableError,
    Value,
    storable,
)

T = TypeVar("T")

SYNCHRONOUS = ("normal", "full")

_OLDEST = (3, 37, 0)
"""Brought STRICT tables; RETURNING is older."""

_STATEMENTS = 256
"""Prepared statements kept per connection: more than there are."""

_IDLE = 8
"""Snapshots kept open for the next `reading()`. More than one is at work only while a task awaits inside
its block.
"""

_CHECKPOINT = 8000
"""32 MB of log, eight times the usual. It says nothing about power cuts: the system writes the log out by itself
(Linux: within half a minute)."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.02
"""Seconds between two tries for a lock. A write transaction takes about a millisecond."""


class _Statements:
    """Statements on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        storable(values)
        try:
            # The cursor is gone with this line, and with it the statement's hold on the database.
            row: Row | None = self._connection.execute(sql, values).fetchone()
        except _FAILURES as error:
            _raise_unless_busy(error)
            row = await _patiently(lambda: self._connection.execute(sql, values).fetchone())
        return row

    async def all(self, sql: str, *values: Value) -> list[Row]:
        storable(values)
        try:
            rows: list[Row] = self._connection.execute(sql, values).fetchall()
        except _FAILURES as error:
            _raise_unless_busy(error)
            rows = await _patiently(lambda: self._connection.execute(sql, values).fetchall())
        return rows


class SqliteStore(_Statements):
    """A database in a file."""

    def __init__(self, path: Path, synchronous: str, vanishing: Path | None = None) -> None:
        """`open` makes a store ready. `vanishing`: a folder to delete in the end."""
        self._path = path
        self._synchronous = synchronous
        self._vanishing = vanishing
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self._group: list[asyncio.Future[None]] = []
        self._committing: asyncio.Task[None] | None = None
        self._idle: list[_Snapshot] = []
        self._connections: set[sqlite3.Connection] = set()
        self._version: int | None = None
        self._alike: tuple[sqlite3.Connection, int] | None = None
        """A copy, and the version at which this database was the same."""
        self._doubts = 0
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, synchronous: str = "normal") -> "SqliteStore":
        """Opens or creates the file (mode 0600) and its folder. Raises `StoreUnreachableError` where that
        is not possible.
        """
        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreUnreachableError(
                f"SQLite {'.'.join(map(str, _OLDEST))} or newer is needed; this is {sqlite3.sqlite_version}"
            )
        store = cls(path, synchronous)
        try:
            await store._prepare()
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def vanishing(cls, start: sqlite3.Connection | None = None) -> "SqliteStore":
        """A database of its own that is gone once closed: the same code on a file in a temporary folder.

        `start`: what `copy` made, to begin with.
        """
        folder = Path(tempfile.mkdtemp(prefix="gingham-"))
        store = cls(folder / "gingham.db", "off", folder)
        await store._prepare()
        if start is not None:
            await store.become(start)
        return store

    def copy(self) -> sqlite3.Connection:
        """Everything committed so far, in memory. Takes one or two milliseconds for every megabyte."""
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        version = self._data_version()
        self._connection.backup(kept)
        self._alike = kept, version
        return kept

    async def become(self, copy: sqlite3.Connection) -> None:
        """Puts what was copied in the place of everything, in one transaction: nobody sees half of it.

        Costs nothing where nobody has written since this copy was made or put back.
        """
        await self._lock.acquire()
        while self._group:
            # A transaction has ended and is about to be committed.
            self._lock.release()
            await asyncio.sleep(0)
            await self._lock.acquire()
        try:
            if self._alike != (copy, self._data_version()):
                await _patiently(lambda: copy.backup(self._writer))
                self._alike = copy, self._data_version()
                self._forget_version()
        finally:
            self._lock.release()

    async def _prepare(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The log and its index take over the mode of the database.
            self._path.touch(mode=0o600, exist_ok=True)
        except OSError as error:
            raise StoreUnreachableError(f"{self._path} cannot be opened: {error.strerror}") from None
        self._writer = await self.connect()
        mode = await _patiently(lambda: self._writer.execute("PRAGMA journal_mode = wal").fetchone())
        if mode != ("wal",):
            raise StoreUnreachableError(f"the file system of {self._path} has no write-ahead logging")
        self._connection = await self.connect(query_only=True)

    async def connect(self, *, query_only: bool = False) -> sqlite3.Connection:
        """One more connection, which `close` closes."""
        if self._closed:
            raise StoreUnreachableError("the store is closed")
        try:
            connection = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, cached_statements=_STATEMENTS
            )
            self._connections.add(connection)
            for pragma in (
                f"synchronous = {self._synchronous}",
                "foreign_keys = on",
                # Pages of the log after which they are brought into the database, and both synced: the same few
                # pages change all the time, and the longer they wait, the less is written.
                f"wal_autocheckpoint = {_CHECKPOINT}",
                "cache_size = -16384",  # KiB: the pages of the largest transaction, so that none spills
                f"query_only = {int(query_only)}",
                "schema_version",  # the first that opens the file
            ):
                await _patiently(lambda pragma=pragma: connection.execute(f"PRAGMA {pragma}").fetchone())  # type: ignore[misc]
        except sqlite3.DatabaseError as error:
            raise StoreUnreachableError(f"{self._path} cannot be opened: {error}") from None
        return connection

    def reading(self) -> "_Snapshot":
        return self._idle.pop() if self._idle else _Snapshot(self)

    def rest(self, snapshot: "_Snapshot", connection: sqlite3.Connection) -> None:
        """Ends a snapshot, and keeps it for the next block unless there are enough."""
        if self._closed:
            return
        connection.rollback()
        if len(self._idle) < _IDLE:
            self._idle.append(snapshot)
        else:
            self._connections.discard(connection)
            connection.close()

    def writing(self) -> "_Transaction":
        return _Transaction(self)

    async def begin(self) -> sqlite3.Connection:
        """Waits for this process's turn, then for the other processes."""
        task = asyncio.current_task()
        if task is not None and task is self._owner:
            raise RuntimeError("writing() inside writing() of the same task")
        await self._lock.acquire()
        try:
            if self._group:
                self._execute("SAVEPOINT joined")
            else:
                await _patiently(lambda: self._writer.execute("BEGIN IMMEDIATE"))
        except BaseException:
            self._lock.release()
            raise
        self._owner = task
        return self._writer

    async def end(self, *, commit: bool) -> None:
        """Returns when the transaction is committed, with all that ended in this turn of the event loop."""
        committed: asyncio.Future[None] | None = None
        try:
            if self._group:
                if not commit:
                    self._execute("ROLLBACK TO joined")
                self._execute("RELEASE joined")
            elif not commit and not self._closed:
                self._writer.rollback()
            if commit:
                committed = asyncio.get_running_loop().create_future()
                if not self._group:
                    self._committing = asyncio.create_task(self._commit())
                self._group.append(committed)
        finally:
            self._owner = None
            self._lock.release()
        if committed is not None:
            await committed
        elif self._group and self._committing is not None:
            # What stood in its way may be of this turn too, and whoever looks next has to see it.
            await asyncio.wait({self._committing})

    async def _commit(self) -> None:
        """Commits the group, once nobody writes who came before."""
        async with self._lock:
            failure: Exception | None = None
            try:
                await _patiently(self._writer.commit)
            except Exception as error:
                failure = error
            self._forget_version()
            group, self._group = self._group, []
            if not self._closed:
                self._writer.rollback()  # nothing, once committed
        for waiting in group:
            if waiting.done():
                continue  # its task was cancelled meanwhile
            if failure is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(failure)

    def _execute(self, sql: str) -> None:
        """A statement inside a transaction, which therefore meets no lock."""
        try:
            self._writer.execute(sql)
        except _FAILURES as error:
            _raise_unless_busy(error)
            raise

    def version(self) -> int:
        # A question takes four microseconds, a seventh of a cheap request, so it is put once per turn of the
        # event loop. What is answered within a turn had arrived before the turn began: nobody who asked can
        # know yet of what another process commits meanwhile. Our own commits forget the answer.
        if self._version is None:
            self._version = self._data_version()
            asyncio.get_running_loop().call_soon(self._forget_version)
        return self._version

    def _forget_version(self) -> None:
        self._version = None

    def _data_version(self) -> int:
        # data_version counts the commits of all other connections; ours that writes is another one than this.
        try:
            row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:
            # Another process repairs the log after a crash. Whoever asks had better read again.
            self._doubts += 1
            return -self._doubts
        return row[0]

    async def close(self) -> None:
        self._closed = True
        while self._connections:
            self._connections.pop().close()
        self._idle.clear()
        if self._vanishing is not None:
            shutil.rmtree(self._vanishing, ignore_errors=True)


class _Snapshot(_Statements):
    """A `reading()`: a connection of its own, so that a task that awaits inside its block keeps its view."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def __aenter__(self) -> _Statements:
        if not hasattr(self, "_connection"):
            self._connection = await self._store.connect(query_only=True)
        self._connection.execute("BEGIN")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.rest(self, self._connection)


class _Transaction(_Statements):
    """A `writing()`."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def __aenter__(self) -> "_Transaction":
        self._connection = await self._store.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del (
            self._connection
        )  # a statement after the block would otherwise land in somebody else's transaction
        await self._store.end(commit=kind is None)

    async def run(self, sql: str, *values: Value) -> int:
        storable(values)
        try:
            return self._connection.execute(sql, values).rowcount
        except _FAILURES as error:
            _raise_unless_busy(error)
            return await _patiently(lambda: self._connection.execute(sql, values).rowcount)

    async def run_many(self, sql: str, rows: list[tuple[Value, ...]]) -> None:
        for values in rows:
            storable(values)
        try:
            self._connection.executemany(sql, rows)
        except _FAILURES as error:
            _raise_unless_busy(error)
            # Only the first row can meet a lock.
            await _patiently(lambda: self._connection.executemany(sql, rows))


_FAILURES = (sqlite3.Error, OverflowError, UnicodeEncodeError)


def _busy(error: Exception) -> bool:
    # The lower byte is the primary code; the rest tells apart why.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _raise_unless_busy(error: Exception) -> None:
    """Raises the error in this room's terms, without the values that an error of the driver may quote."""
    if _busy(error):
        return
    if isinstance(error, sqlite3.IntegrityError):
        raise ConflictError(str(error)) from None
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        raise StoreUnreachableError("the store is closed") from None
    if isinstance(error, OverflowError):
        raise UnstorableError("a number beyond 64 bits cannot be stored") from None
    if isinstance(error, UnicodeEncodeError):
        raise UnstorableError("text with a lone surrogate cannot be stored") from None
    raise error


async def _patiently(attempt: Callable[[], T]) -> T:
    """Tries until nobody is in the way. Raises `StoreBusyError` after `PATIENCE`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    pause = _FIRST_PAUSE
    while True:
        try:
            return attempt()
        except _FAILURES as error:
            _raise_unless_busy(error)
        if loop.time() >= deadline:
            raise StoreBusyError(f"the database is locked by another process for more than {PATIENCE:.0f} s")
        # Jitter: processes that collided once do not go on doing so in step.
        await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311
        pause = min(2 * pause, _LONGEST_PAUSE)
