"""A person opens one more account at the sandbox's bank, after an Item was linked."""

from msgspec import Struct

from gingham.banks.protocol import BankAccount
from gingham.banks.sandbox import custom
from gingham.clock import iso_milliseconds
from gingham.errors import error
from gingham.items import pulls
from gingham.platform import Platform
from gingham.store import items
from gingham.store.items import ItemRow


class Opened(Struct, frozen=True, kw_only=True):
    """`noticed_at`: when the bank is asked next, so that the Item's client hears of it."""

    account: BankAccount
    noticed_at: str


async def open_account(platform: Platform, item: ItemRow, account: custom.Account) -> Opened:
    """The bank's person of the Item has `account` from now on; the Item shares it when it is selected.

    Raises `PlaidError`: ITEM_NOT_SUPPORTED for an Item without a bank of this kind, INVALID_FIELD naming the member.
    """
    async with platform.store.writing() as writer:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.removed_at is not None:
            raise error("ITEM_CONCURRENTLY_DELETED")
        institution = platform.banks.institution(locked.institution_id)
        if institution is None or institution.oauth:
            raise error(
                "ITEM_NOT_SUPPORTED",
                message="accounts are opened for items with a login that is typed: at an OAuth institution the person"
                " chooses the accounts of a consent on its own pages, and typed account numbers have no bank",
            )
        grant = platform.vault.open(locked.grant, locked.item_id)
        try:
            grant, shown = platform.banks.sandbox.open_account(institution, grant, account)
        except custom.ScriptError as problem:
            raise error("INVALID_FIELD", message=str(problem)) from None
        await items.update_item(writer, locked.item_id, grant=platform.vault.seal(grant, locked.item_id))
        delay = platform.settings.initial_pull_delay_ms * 1000
        await pulls.look(platform, writer, locked, delay)
    return Opened(account=shown, noticed_at=iso_milliseconds(platform.clock.now() + delay))
