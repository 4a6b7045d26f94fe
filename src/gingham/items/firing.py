"""Webhooks that the sandbox sends on demand (Plaid docs: Sandbox).

Firing changes nothing about an Item. So nothing is ever new, numbers are those of the Item as it is, and the
accounts that are named are those the product can use.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from gingham.clock import DAY, iso_seconds
from gingham.errors import error, item_error
from gingham.items import facts
from gingham.items.products import suits
from gingham.platform import Platform
from gingham.store import accounts, items
from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow

MIGRATES_AFTER = 7 * DAY
"""Notice that PENDING_DISCONNECT gives where no consent ends by itself."""

Members = Callable[[ItemRow, Sequence[str], int], dict[str, Any]]
"""What a body has beside the common keys, of the Item, its account_ids, and now."""


class Fired(Struct, frozen=True, kw_only=True):
    """One webhook that can be fired."""

    members: Members
    product: str | None = None
    """Must be on the Item; its body names only accounts that the product can use."""
    auth_method: str | None = None
    """The only kind of Item that gets it."""


def _pending_disconnect(item: ItemRow, _: Sequence[str], now: int) -> dict[str, Any]:
    ends = item.consent_expires_at
    return {
        "reason": "INSTITUTION_MIGRATION" if ends is None else "INSTITUTION_TOKEN_EXPIRATION",
        "disconnect_time": iso_seconds(now + MIGRATES_AFTER if ends is None else ends),
    }


def _nothing_new(*counts: str) -> Members:
    return lambda *_: {**dict.fromkeys(counts, 0), "error": None}


def _updated(product: str, attribute: str, *, may_be_new: bool = True) -> Members:
    def members(_: ItemRow, ids: Sequence[str], _now: int) -> dict[str, Any]:
        new: dict[str, Any] = {f"account_ids_with_new_{product}": []} if may_be_new else {}
        updated = {account_id: [attribute] for account_id in ids}
        return {**new, f"account_ids_with_updated_{product}": updated, "error": None}

    return members


def _nothing(*_: object) -> dict[str, Any]:
    return {}


def _no_error(*_: object) -> dict[str, Any]:
    return {"error": None}


def _recurring(_: ItemRow, ids: Sequence[str], _now: int) -> dict[str, Any]:
    return {"account_ids": list(ids)}


def _one_account(_: ItemRow, ids: Sequence[str], _now: int) -> dict[str, Any]:
    if not ids:
        raise error("NO_ACCOUNTS", type="ITEM_ERROR")
    return {"account_id": ids[0]}


def _verified_by_text(item: ItemRow, ids: Sequence[str], now: int) -> dict[str, Any]:
    return {**_one_account(item, ids, now), "status": "MANUALLY_VERIFIED"}


def _permission_revoked(*_: object) -> dict[str, Any]:
    return {"error": {**item_error("USER_PERMISSION_REVOKED"), "status": 400}}


def _sync_updates(item: ItemRow, *_: object) -> dict[str, Any]:
    return {
        "initial_update_complete": item.initial_at is not None,
        "historical_update_complete": item.historical_at is not None,
    }


TABLE: Mapping[tuple[str, str], Fired] = {
    ("TRANSACTIONS", "DEFAULT_UPDATE"): Fired(
        product="transactions", members=_nothing_new("new_transactions")
    ),
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): Fired(product="transactions", members=_sync_updates),
    ("TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE"): Fired(
        product="recurring_transactions", members=_recurring
    ),
    ("AUTH", "DEFAULT_UPDATE"): Fired(product="auth", members=_updated("auth", "ACCOUNT_NUMBER")),
    ("AUTH", "SMS_MICRODEPOSITS_VERIFICATION"): Fired(
        product="auth",
        auth_method="SAME_DAY_MICRODEPOSITS",
        members=_verified_by_text,
    ),
    ("IDENTITY", "DEFAULT_UPDATE"): Fired(
        product="identity", members=_updated("identity", "ADDRESSES", may_be_new=False)
    ),
    ("HOLDINGS", "DEFAULT_UPDATE"): Fired(
        product="investments", members=_nothing_new("new_holdings", "updated_holdings")
    ),
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"): Fired(
        product="investments",
        members=_nothing_new("new_investments_transactions", "cancelled_investments_transactions"),
    ),
    ("LIABILITIES", "DEFAULT_UPDATE"): Fired(
        product="liabilities", members=_updated("liabilities", "past_amount_due")
    ),
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): Fired(members=_no_error),
    ("ITEM", "LOGIN_REPAIRED"): Fired(members=_nothing),
    ("ITEM", "PENDING_DISCONNECT"): Fired(members=_pending_disconnect),
    ("ITEM", "AUTHORIZATION_GRANTED"): Fired(members=_no_error),
    ("ITEM", "USER_PERMISSION_REVOKED"): Fired(members=_permission_revoked),
    ("ITEM", "USER_ACCOUNT_REVOKED"): Fired(members=_one_account),
}
"""By type and code. The first row of a code is meant when the request names no type."""

_ASSETS = frozenset({"PRODUCT_READY", "ERROR"})
"""They tell of asset reports, which nothing here makes."""


async def fire(platform: Platform, item: ItemRow, webhook_type: str | None, code: str) -> None:
    """Owes the Item's receiver the webhook.

    Raises `PlaidError`: INVALID_FIELD for a code that the type does not have, or that is not for this kind of
    Item; SANDBOX_PRODUCT_NOT_ENABLED; SANDBOX_WEBHOOK_INVALID when the Item has no webhook.
    """
    if code in _ASSETS and webhook_type in (None, "ASSETS"):
        raise error("SANDBOX_PRODUCT_NOT_ENABLED", product="assets")
    webhook_type = webhook_type or next(kind for kind, name in TABLE if name == code)
    fired = TABLE.get((webhook_type, code))
    if fired is None:
        raise error("INVALID_FIELD", message=f"webhook_code {code} is not one of webhook_type {webhook_type}")
    async with platform.store.writing() as writer:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.removed_at is not None:
            raise error("ITEM_CONCURRENTLY_DELETED")
        if fired.product is not None and fired.product not in locked.products:
            raise error("SANDBOX_PRODUCT_NOT_ENABLED", product=fired.product)
        if fired.auth_method is not None and fired.auth_method != locked.auth_method:
            raise error("INVALID_FIELD", message=f"webhook_code {code} is for Items of {fired.auth_method}")
        if not locked.webhook:
            raise error("SANDBOX_WEBHOOK_INVALID")
        rows = await accounts.accounts(writer, locked.item_id)
        members = fired.members(locked, _ids(fired, rows), platform.clock.now())
        await facts.owe(platform, writer, locked, webhook_type, code, **members)


def _ids(fired: Fired, rows: Sequence[AccountRow]) -> list[str]:
    product = fired.product
    return [row.account_id for row in rows if product is None or suits(product, row.type, row.subtype)]
