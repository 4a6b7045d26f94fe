"""Work that is due at an instant: pulls of an Item's history and whatever else the clock starts."""

from typing import cast

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class JobRow(Struct, frozen=True, kw_only=True):
    job_id: str
    kind: str
    item_id: str
    due_at: int


_ROWS = Rows(JobRow, "jobs")

ADD = _ROWS.insert()
DUE = _ROWS.select("WHERE due_at <= ? ORDER BY due_at, arrival LIMIT ?")
DUE_OF_ITEM = _ROWS.select("WHERE item_id = ? AND due_at <= ? ORDER BY due_at, arrival LIMIT ?")
NEXT_DUE = "SELECT due_at FROM jobs ORDER BY due_at LIMIT 1"
TAKE = "DELETE FROM jobs WHERE job_id = ?"
CANCEL = "DELETE FROM jobs WHERE item_id = ?"
CANCEL_KIND = "DELETE FROM jobs WHERE item_id = ? AND kind = ?"


async def schedule(writer: Writer, *scheduled: JobRow) -> None:
    """Raises `ConflictError` when a job_id is taken."""
    await writer.run_many(ADD, [_ROWS.row(job) for job in scheduled])


async def due(reader: Reader, now: int, *, item_id: str | None = None, limit: int = 100) -> list[JobRow]:
    """Due by `now`, earliest first; what is due at one instant, in the order of scheduling."""
    if item_id is None:
        rows = await reader.all(DUE, now, limit)
    else:
        rows = await reader.all(DUE_OF_ITEM, item_id, now, limit)
    return [_ROWS.read(row) for row in rows]


async def next_due(reader: Reader) -> int | None:
    """The earliest instant anything is due; None when nothing is scheduled."""
    row = await reader.one(NEXT_DUE)
    return None if row is None else cast("int", row[0])


async def take(writer: Writer, job_id: str) -> bool:
    """Deletes the job; True for exactly one of any number of racing callers.

    If its transaction is rolled back, the job is there again.
    """
    return await writer.run(TAKE, job_id) == 1


async def cancel(writer: Writer, item_id: str, *, kind: str | None = None) -> None:
    """Deletes every job of the Item, or those of one kind."""
    if kind is None:
        await writer.run(CANCEL, item_id)
    else:
        await writer.run(CANCEL_KIND, item_id, kind)
