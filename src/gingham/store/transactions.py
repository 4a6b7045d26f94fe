"""Transactions of an Item: each row keeps its encoded JSON and the numbers of the changes that made and
last touched it.

Sequence numbers are per Item and only grow. Against a cursor's `base`: a row added after it and alive is
`added`; known before and touched since is `modified`; known before and removed since is `removed`; added
and removed since is not mentioned at all.
"""

from typing import cast

from msgspec import Struct

from gingham.store import Reader, Value, Writer
from gingham.store.rows import Rows


class TransactionRow(Struct, frozen=True, kw_only=True):
    transaction_id: str
    item_id: str
    account_id: str
    reference: str
    """The bank's own key of the row, unique within the Item."""
    date: str
    """YYYY-MM-DD."""
    place: int
    """Order within a day, ascending as the bank lists it (0 first)."""
    pending: bool
    added_seq: int
    changed_seq: int
    """Equal to added_seq until modified or removed."""
    removed: bool
    encoded: bytes
    """The Transaction object of the API, compact JSON, without the members that depend on the request's
    options.
    """


class Change(Struct, frozen=True, kw_only=True):
    """One line of an update. `kind`: added, modified or removed."""

    kind: str
    sequence: int
    added_sequence: int
    transaction_id: str
    account_id: str
    encoded: bytes


_ROWS = Rows(TransactionRow, "transactions")

ADD = _ROWS.insert()
BY_ID = _ROWS.select("WHERE item_id = ? AND transaction_id = ?")
REPLACE = _ROWS.update(_ROWS.columns, "WHERE item_id = ? AND transaction_id = ?")
ACCOUNTS = "SELECT DISTINCT account_id FROM transactions WHERE item_id = ? AND removed = 0"

DATED = "FROM transactions WHERE item_id = ? AND removed = 0 AND date BETWEEN ? AND ?"
BETWEEN = _ROWS.select("WHERE item_id = ? AND removed = 0 AND date BETWEEN ? AND ?")
AT_ONCE = 200
WITH_IDS = _ROWS.select(f"WHERE item_id = ? AND transaction_id IN ({', '.join('?' * AT_ONCE)})")
NEWEST_FIRST = "ORDER BY date DESC, place, transaction_id LIMIT ? OFFSET ?"
PAGE = f"SELECT encoded {DATED} {NEWEST_FIRST}"
COUNT = f"SELECT count(*) {DATED}"

# A row that came and went since `base` is nobody's business.
CHANGES = (
    "SELECT removed, added_seq, changed_seq, transaction_id, account_id, encoded FROM transactions"
    " WHERE item_id = ? AND (changed_seq, transaction_id) > (?, ?) AND changed_seq <= ?"
    " AND (removed = 0 OR added_seq <= ?)"
)
IN_ORDER = "ORDER BY changed_seq, transaction_id LIMIT ?"
CHANGES_OF_ITEM = f"{CHANGES} {IN_ORDER}"
CHANGES_OF_ACCOUNT = f"{CHANGES} AND account_id = ? {IN_ORDER}"


async def add_transactions(writer: Writer, rows: list[TransactionRow]) -> None:
    """Raises `ConflictError` when the Item has a transaction_id already."""
    await writer.run_many(ADD, [_ROWS.row(row) for row in rows])


async def transaction(reader: Reader, item_id: str, transaction_id: str) -> TransactionRow | None:
    """The row, removed or not."""
    row = await reader.one(BY_ID, item_id, transaction_id)
    return None if row is None else _ROWS.read(row)


async def update_transaction(writer: Writer, row: TransactionRow) -> None:
    """Replaces the Item's row of that transaction_id. Raises `LookupError` when there is none."""
    if not await writer.run(REPLACE, *_ROWS.row(row), row.item_id, row.transaction_id):
        raise LookupError("no such transaction")


async def between(reader: Reader, item_id: str, *, start: str, end: str) -> list[TransactionRow]:
    """The rows dated start..end (inclusive) that are alive, in no particular order."""
    return [_ROWS.read(row) for row in await reader.all(BETWEEN, item_id, start, end)]


async def with_ids(reader: Reader, item_id: str, transaction_ids: list[str]) -> list[TransactionRow]:
    """Those of the rows that the Item has, removed or not, in no particular order."""
    found: list[TransactionRow] = []
    for at in range(0, len(transaction_ids), AT_ONCE):
        some = transaction_ids[at : at + AT_ONCE]
        # Filled up with one of them, so that any number is one statement for the driver's cache.
        some += some[:1] * (AT_ONCE - len(some))
        found += [_ROWS.read(row) for row in await reader.all(WITH_IDS, item_id, *some)]
    return found


async def page(
    reader: Reader,
    item_id: str,
    *,
    start: str,
    end: str,
    account_ids: tuple[str, ...] | None,
    limit: int,
    offset: int,
) -> tuple[list[bytes], int]:
    """Encoded rows dated start..end (inclusive), newest first, then by place; and how many there are in all.

    Removed rows are out. `account_ids`: None for every account. Read inside `reading()`: it may take two
    statements.
    """
    if account_ids is None:
        page_sql, count_sql = PAGE, COUNT
        values: tuple[Value, ...] = (item_id, start, end)
    else:
        among = f"AND account_id IN ({', '.join('?' * len(account_ids))})"
        page_sql, count_sql = f"SELECT encoded {DATED} {among} {NEWEST_FIRST}", f"{COUNT} {among}"
        values = (item_id, start, end, *account_ids)
        if not account_ids:
            return [], 0
    found = await reader.all(page_sql, *values, limit, offset)
    encoded = [cast("bytes", row[0]) for row in found]
    if len(encoded) < limit and (encoded or not offset):
        return encoded, offset + len(encoded)  # the last page: nothing left to count
    return encoded, cast("tuple[int]", await reader.one(count_sql, *values))[0]


async def changes(
    reader: Reader,
    item_id: str,
    *,
    base: int,
    after: tuple[int, str],
    upto: int,
    account_id: str | None,
    limit: int,
) -> list[Change]:
    """Net changes since `base`, touched no later than `upto`, in order of (sequence, transaction_id),
    beginning behind `after`.

    `after`: the last change of the page before; what it says of `base` or older does not matter, so an
    update may begin with `(0, "")`. `account_id`: None for every account.
    """
    sequence, transaction_id = max(after, (base + 1, ""))
    values: tuple[Value, ...] = (item_id, sequence, transaction_id, upto, base)
    if account_id is None:
        rows = await reader.all(CHANGES_OF_ITEM, *values, limit)
    else:
        rows = await reader.all(CHANGES_OF_ACCOUNT, *values, account_id, limit)
    return [_change(base, *cast("tuple[int, int, int, str, str, bytes]", row)) for row in rows]


def _change(
    base: int,
    removed: int,
    added_seq: int,
    changed_seq: int,
    transaction_id: str,
    account_id: str,
    encoded: bytes,
) -> Change:
    kind = "removed" if removed else "added" if added_seq > base else "modified"
    return Change(
        kind=kind,
        sequence=changed_seq,
        added_sequence=added_seq,
        transaction_id=transaction_id,
        account_id=account_id,
        encoded=encoded,
    )


async def accounts_with_transactions(reader: Reader, item_id: str) -> set[str]:
    """The accounts that have rows alive."""
    return {cast("str", row[0]) for row in await reader.all(ACCOUNTS, item_id)}
