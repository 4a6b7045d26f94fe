"""Nothing acknowledged is lost, whenever the process is killed."""

import signal
import sqlite3
from pathlib import Path

from tests.store import processes

from gingham.store import Store, meta
from gingham.store.open import open_store

# Each transaction writes a pair. A name is printed once its block has ended: from then on it is promised.
WRITE = """
import asyncio, sys
from gingham.store import meta
from gingham.store.open import open_store

async def write(url, me):
    store = await open_store(url)
    for n in range(1_000_000):
        async with store.writing() as writer:
            await meta.put(writer, f"{me} {n} left", "x" * 500)
            await meta.put(writer, f"{me} {n} right", "x" * 500)
        print(f"{me} {n}", flush=True)

asyncio.run(write(*sys.argv[1:]))
"""


async def test_what_was_acknowledged_survives_kill_9(
    store_url: str, store: Store, engine: str, tmp_path: Path
) -> None:
    writers = [processes.start(WRITE, store_url, str(n)) for n in range(4)]
    promised: set[str] = set()
    try:
        for victim, writer in enumerate(writers):
            # Everyone gets somewhere, then one dies in the middle of whatever it does, and the others go on.
            for alive in writers[victim:]:
                assert alive.stdout is not None
                promised |= {alive.stdout.readline().strip() for _ in range(20)}
            writer.send_signal(signal.SIGKILL)
            rest = writer.communicate()[0].split("\n")
            # The last line may be cut off.
            promised |= {line for line in rest[:-1] if line}
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()

    kept = {str(row[0]) for row in await store.all("SELECT name FROM meta")}
    assert len(promised) >= 200
    assert {f"{name} {side}" for name in promised for side in ("left", "right")} <= kept
    assert {name.removesuffix(" left") for name in kept if name.endswith("left")} == {
        name.removesuffix(" right") for name in kept if name.endswith("right")
    }
    if engine == "sqlite":
        with sqlite3.connect(tmp_path / "gingham.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()

    again = await open_store(store_url)
    async with again.writing() as writer:
        await meta.put(writer, "still", "writable")
    await again.close()
