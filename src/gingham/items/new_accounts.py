"""Accounts that appear at the bank after an Item was linked (Plaid docs: Items, NEW_ACCOUNTS_AVAILABLE).

Whoever asks the bank for something says here which accounts it showed. One that nobody has seen before is told of
once; it is shared when the person selects it in update mode, and until then nothing of it is read.
"""

from collections.abc import Iterable, Sequence

from gingham.banks.protocol import BankAccount
from gingham.items import facts
from gingham.platform import Platform
from gingham.store import Writer, items
from gingham.store.items import ItemRow


def references(told: Iterable[BankAccount]) -> tuple[str, ...]:
    return tuple(account.reference for account in told)


def any_new(item: ItemRow, told: Sequence[BankAccount]) -> bool:
    return not {*references(told)} <= {*(item.seen_accounts or ())}


async def notice(platform: Platform, writer: Writer, item: ItemRow, told: Sequence[BankAccount]) -> None:
    """Owes NEW_ACCOUNTS_AVAILABLE if the bank shows accounts of a locked Item that were never seen."""
    if not any_new(item, told):
        return
    await saw(writer, item, told)
    if item.seen_accounts is not None:
        await facts.new_accounts_available(platform, writer, item)


async def saw(writer: Writer, item: ItemRow, told: Sequence[BankAccount]) -> None:
    """The person was shown these accounts, so there is nothing to tell of them."""
    seen = tuple(dict.fromkeys((*(item.seen_accounts or ()), *references(told))))
    await items.update_item(writer, item.item_id, seen_accounts=seen)
