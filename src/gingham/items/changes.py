"""What a pull changes: the rows a bank tells now, against the rows known before. Pure.

A row that the bank no longer tells is removed, be it a pending one that vanished or one that was posted under
a new reference; a row that reads otherwise than before is modified; all others are new. Each change gets the
next number of its Item: first what is gone, then the rest from the oldest row to the newest, so that
/transactions/sync tells a history in the order it grew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from gingham.banks.protocol import BankTransaction
from gingham.items import encode
from gingham.store.items import ItemRow
from gingham.store.transactions import TransactionRow


class Changes(Struct, frozen=True, kw_only=True):
    """`added`: rows to insert. `replaced`: rows to write over. `new`: how many the client has not seen, those
    that came back among them. `removed`: ids of the rows that are gone. `sequence`: the Item's newest number.
    """

    added: tuple[TransactionRow, ...]
    replaced: tuple[TransactionRow, ...]
    new: int
    removed: tuple[str, ...]
    sequence: int


def compare(item: ItemRow, told: Sequence[BankTransaction], known: Iterable[TransactionRow]) -> Changes:
    """`told`: all rows of a range of days, newest first, in the bank's order within a day. `known`: the rows
    alive in that range, and every other one with the id of a told row."""
    before = {row.reference: row for row in known}
    references = {row.reference for row in told}
    gone = sorted(
        (row for row in before.values() if not row.removed and row.reference not in references),
        key=lambda row: (row.date, row.transaction_id),
    )
    sequence = item.sequence
    added: list[TransactionRow] = []
    replaced: list[TransactionRow] = []
    new = 0
    for row in gone:
        sequence += 1
        replaced.append(replace(row, removed=True, changed_seq=sequence))
    for row in _encoded(item, told, before):
        old = before.get(row.reference)
        if old is None or old.removed:
            sequence += 1
            new += 1
            (added if old is None else replaced).append(
                replace(row, added_seq=sequence, changed_seq=sequence)
            )
        elif old.encoded != row.encoded:
            sequence += 1
            replaced.append(replace(row, added_seq=old.added_seq, changed_seq=sequence))
        elif old.place != row.place:
            # Only its neighbours changed: that is no news of this row.
            replaced.append(replace(old, place=row.place))
    return Changes(
        added=tuple(added),
        replaced=tuple(replaced),
        new=new,
        removed=tuple(row.transaction_id for row in gone),
        sequence=sequence,
    )


def _encoded(
    item: ItemRow, told: Sequence[BankTransaction], before: Mapping[str, TransactionRow]
) -> Iterable[TransactionRow]:
    """The told rows as they are kept, oldest first, not numbered yet."""
    places: list[int] = []
    on_day: dict[date, int] = {}
    for said in told:
        places.append(on_day.get(said.date, 0))
        on_day[said.date] = places[-1] + 1
    # Ids are digests: the few of accounts are made once, and those of known rows not at all.
    references = {said.account_reference for said in told}
    account_ids = {reference: encode.account_id(item.item_id, reference) for reference in references}
    for said, place in zip(reversed(told), reversed(places), strict=True):
        old = before.get(said.reference)
        transaction_id = (
            encode.transaction_id(item.item_id, said.reference) if old is None else old.transaction_id
        )
        account_id = account_ids[said.account_reference]
        yield TransactionRow(
            transaction_id=transaction_id,
            item_id=item.item_id,
            account_id=account_id,
            reference=said.reference,
            date=said.date.isoformat(),
            place=place,
            pending=said.pending,
            added_seq=0,
            changed_seq=0,
            removed=False,
            encoded=encode.transaction(item.item_id, transaction_id, account_id, said),
        )
