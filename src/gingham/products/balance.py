"""/accounts/balance/get: balances from the bank, now (Plaid docs: API reference)."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from gingham.banks.protocol import BankRefused
from gingham.clock import instant, iso_seconds
from gingham.errors import error, invalid_field
from gingham.items import encode, new_accounts, verification
from gingham.items.lookup import ItemView
from gingham.items.shapes import Account
from gingham.items.shapes import encode as encoded
from gingham.platform import Platform
from gingham.products.access import healthy, not_supported, open_bank
from gingham.store import accounts, items
from gingham.store.accounts import AccountRow

FRESHNESS_REQUIRED = frozenset({"ins_128026"})
"""Institutions that want `min_last_updated_datetime` for accounts other than depository, heed it, and say how
old a balance is (Plaid docs: Balance, Capital One). Elsewhere it means nothing."""


async def balances(
    platform: Platform, view: ItemView, chosen: tuple[AccountRow, ...], min_last_updated: datetime | None
) -> list[bytes]:
    """Encoded accounts with the balances the bank reports; what changed is kept.

    Raises `PlaidError`: the Item's own error, INVALID_FIELD where the institution needs
    `min_last_updated_datetime`, LAST_UPDATED_DATETIME_OUT_OF_RANGE for one that no balance is new enough for,
    or the bank's.
    """
    healthy(view.row)
    now = platform.clock.now()
    dated = view.row.institution_id in FRESHNESS_REQUIRED
    if dated and min_last_updated is None and any(account.type != "depository" for account in chosen):
        raise invalid_field(
            "options.min_last_updated_datetime is required for this institution's non-depository accounts"
        )
    if dated and min_last_updated is not None and instant(min_last_updated) > now:
        raise error("LAST_UPDATED_DATETIME_OUT_OF_RANGE", datetime=iso_seconds(now))
    if view.row.institution_id is None:
        raise error("PRODUCTS_NOT_SUPPORTED", message=not_supported(["balance"]))
    institution, connection = open_bank(platform, view.row)
    try:
        said = {account.reference: account for account in await connection.accounts()}
    except BankRefused as refusal:
        raise error(refusal.refused.error_code, type=refusal.refused.error_type) from None
    current = [
        encoded(verification.kept(row, encode.account(view.row.item_id, said[row.reference])))
        if row.reference in said
        else row.encoded
        for row in chosen
    ]
    moved = [(row, new) for row, new in zip(chosen, current, strict=True) if row.encoded != new]
    told = () if institution.oauth else tuple(said.values())
    if moved or new_accounts.any_new(view.row, told):
        async with platform.store.writing() as writer:
            for row, new in moved:
                await accounts.set_encoded(writer, row.account_id, new)
            locked = await items.lock_item(writer, view.row.item_id)
            if locked is not None and locked.removed_at is None:
                await new_accounts.notice(platform, writer, locked, told)
    return [_dated(row, now) for row in current] if dated else current


def _dated(row: bytes, now: int) -> bytes:
    """The encoded account, with the instant of its balances."""
    account = msgspec.json.decode(row, type=Account)
    balances = replace(account.balances, last_updated_datetime=iso_seconds(now))
    return encoded(replace(account, balances=balances))
