"""Facts that webhooks report: each is written to the outbox inside the transaction that makes it true.

Nothing is written for an Item without a webhook. Bodies are two-space indented with sorted keys: receivers
verify a hash over the exact bytes (Plaid docs: Webhooks), so the bytes are fixed here, once.
"""

import json
from typing import Any

from gingham.clock import iso_seconds
from gingham.errors import item_error
from gingham.platform import Platform
from gingham.store import Writer, outbox
from gingham.store.items import ItemRow
from gingham.store.outbox import OutboxRow


def body(webhook_type: str, code: str, environment: str, members: dict[str, Any]) -> bytes:
    """The exact bytes of a webhook."""
    whole = {"webhook_type": webhook_type, "webhook_code": code, "environment": environment, **members}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False).encode()


def wire(platform: Platform, webhook: OutboxRow) -> bytes:
    """The bytes to send: what the receiver's signature is over."""
    return platform.vault.open(webhook.body, webhook.webhook_id) if webhook.sealed else webhook.body


async def owe(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    webhook_type: str,
    code: str,
    *,
    to: str | None = None,
    **members: Any,
) -> None:
    """Owes the Item's receiver (or `to`) a webhook with `members` beside the common keys."""
    url = to if to is not None else item.webhook
    if not url:
        return
    await outbox.owe(
        writer,
        OutboxRow(
            webhook_id=platform.ids.uuid(),
            client_id=item.client_id,
            environment=item.environment,
            item_id=item.item_id,
            url=url,
            type=webhook_type,
            code=code,
            body=body(webhook_type, code, item.environment, {"item_id": item.item_id, **members}),
            created_at=platform.clock.now(),
        ),
    )


async def login_required(
    platform: Platform, writer: Writer, item: ItemRow, code: str = "ITEM_LOGIN_REQUIRED"
) -> None:
    """ITEM: ERROR. Inside a webhook the error object carries the HTTP status and no request_id (Plaid docs:
    Errors)."""
    await owe(platform, writer, item, "ITEM", "ERROR", error={**item_error(code), "status": 400})


async def pending_disconnect(platform: Platform, writer: Writer, item: ItemRow, at: int) -> None:
    """ITEM: PENDING_DISCONNECT, for a consent in North America that ends at `at`."""
    await owe(
        platform,
        writer,
        item,
        "ITEM",
        "PENDING_DISCONNECT",
        reason="INSTITUTION_TOKEN_EXPIRATION",
        disconnect_time=iso_seconds(at),
    )


async def pending_expiration(platform: Platform, writer: Writer, item: ItemRow, at: int) -> None:
    """ITEM: PENDING_EXPIRATION, for a consent elsewhere."""
    await owe(platform, writer, item, "ITEM", "PENDING_EXPIRATION", consent_expiration_time=iso_seconds(at))


async def permission_revoked(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """ITEM: USER_PERMISSION_REVOKED: the person has ended the consent at the bank."""
    await owe(
        platform,
        writer,
        item,
        "ITEM",
        "USER_PERMISSION_REVOKED",
        error={**item_error("USER_PERMISSION_REVOKED"), "status": 400},
    )


async def login_repaired(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """ITEM: LOGIN_REPAIRED: the Item is healthy again, and its own update mode was not needed for it."""
    await owe(platform, writer, item, "ITEM", "LOGIN_REPAIRED")


async def new_accounts_available(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """ITEM: NEW_ACCOUNTS_AVAILABLE: the bank shows accounts that the person has not been asked about."""
    await owe(platform, writer, item, "ITEM", "NEW_ACCOUNTS_AVAILABLE", error=None)


async def webhook_acknowledged(platform: Platform, writer: Writer, item: ItemRow, url: str) -> None:
    """ITEM: WEBHOOK_UPDATE_ACKNOWLEDGED, to the new address."""
    await owe(
        platform, writer, item, "ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED", to=url, new_webhook_url=url, error=None
    )


async def transactions_pulled(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    code: str,
    new_transactions: int,
    *,
    initial: bool,
    historical: bool,
) -> None:
    """INITIAL_UPDATE, HISTORICAL_UPDATE or DEFAULT_UPDATE; and SYNC_UPDATES_AVAILABLE once sync was ever
    called."""
    await owe(platform, writer, item, "TRANSACTIONS", code, new_transactions=new_transactions, error=None)
    await sync_updates_available(platform, writer, item, initial=initial, historical=historical)


async def transactions_removed(platform: Platform, writer: Writer, item: ItemRow, ids: list[str]) -> None:
    await owe(
        platform, writer, item, "TRANSACTIONS", "TRANSACTIONS_REMOVED", removed_transactions=ids, error=None
    )


async def sync_updates_available(
    platform: Platform, writer: Writer, item: ItemRow, *, initial: bool, historical: bool
) -> None:
    if item.synced:
        await owe(
            platform,
            writer,
            item,
            "TRANSACTIONS",
            "SYNC_UPDATES_AVAILABLE",
            initial_update_complete=initial,
            historical_update_complete=historical,
        )


async def verification_ended(
    platform: Platform, writer: Writer, item: ItemRow, account_id: str, *, verified: bool
) -> None:
    """AUTH: AUTOMATICALLY_VERIFIED or VERIFICATION_EXPIRED, of automated micro-deposits (Plaid docs: Auth)."""
    code = "AUTOMATICALLY_VERIFIED" if verified else "VERIFICATION_EXPIRED"
    await owe(platform, writer, item, "AUTH", code, account_id=account_id, error=None)
