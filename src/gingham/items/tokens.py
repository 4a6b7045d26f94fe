"""Exchanging, rotating and ending the tokens of Items (Plaid docs: Items)."""

import re

from gingham.errors import error
from gingham.ids import digest
from gingham.items import facts
from gingham.platform import Platform
from gingham.store import Writer, items, jobs
from gingham.store.items import ItemRow

_PUBLIC_TOKEN = re.compile(
    r"public-(sandbox|development|production)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"
)


async def exchange(
    platform: Platform, public_token: str, client_id: str, environment: str
) -> tuple[str, str]:
    """Trades a public_token for (access_token, item_id), exactly once however many race for it.

    A token that came out of update mode gives a further access_token of the same Item; the earlier one stays
    good, because only its hash is kept and an app that exchanges needlessly must not lose the token it has.

    Raises `PlaidError` INVALID_PUBLIC_TOKEN: malformed, unknown, expired, spent, or not this client's.
    """
    if _PUBLIC_TOKEN.match(public_token) is None:
        raise error(
            "INVALID_PUBLIC_TOKEN",
            message="provided public token is in an invalid format. expected format: public-<environment>-<identifier>",
        )
    key = digest(public_token)
    now = platform.clock.now()
    async with platform.store.writing() as writer:
        # The owner is checked before the token is spent, so that a stranger who guesses cannot burn it.
        token = await items.public_token(writer, key)
        item = await items.item(writer, token.item_id) if token else None
        if item is None or item.client_id != client_id or item.environment != environment:
            raise error("INVALID_PUBLIC_TOKEN")
        if item.removed_at is not None or await items.spend_public_token(writer, key, now) is None:
            raise error("INVALID_PUBLIC_TOKEN")
        access_token = platform.ids.token("access", environment)
        await items.add_access_token(writer, digest(access_token), item.item_id, now)
    return access_token, item.item_id


async def rotate(platform: Platform, item: ItemRow) -> str:
    """Ends every access_token of the Item and returns the only one that works from now on."""
    now = platform.clock.now()
    access_token = platform.ids.token("access", item.environment)
    async with platform.store.writing() as writer:
        _still_there(await items.lock_item(writer, item.item_id))
        await items.revoke_access_tokens(writer, item.item_id, now)
        await items.add_access_token(writer, digest(access_token), item.item_id, now)
    return access_token


async def remove(platform: Platform, item: ItemRow) -> None:
    """Ends the Item for good. Its tokens answer ITEM_NOT_FOUND from now on; no webhook is sent
    (docs/architecture.md)."""
    async with platform.store.writing() as writer:
        _still_there(await items.lock_item(writer, item.item_id))
        await end(platform, writer, item.item_id)


async def end(platform: Platform, writer: Writer, item_id: str) -> None:
    """Ends an Item that the transaction holds locked."""
    # The grant goes with the Item: nothing that could open the bank outlives the person's consent.
    await items.update_item(writer, item_id, removed_at=platform.clock.now(), grant=b"")
    await jobs.cancel(writer, item_id)


async def reset_login(platform: Platform, item: ItemRow) -> None:
    """Puts the Item into ITEM_LOGIN_REQUIRED. The webhook fires once per transition (docs/architecture.md).

    Raises `PlaidError` ITEM_NOT_SUPPORTED for an Item of typed account numbers: it has no login, and no update
    mode could mend it.
    """
    async with platform.store.writing() as writer:
        await require_login(platform, writer, _still_there(await items.lock_item(writer, item.item_id)))


async def require_login(platform: Platform, writer: Writer, locked: ItemRow) -> None:
    """Breaks an Item that the transaction holds locked. Raises as `reset_login` does."""
    if locked.institution_id is None:
        raise error(
            "ITEM_NOT_SUPPORTED", message="this item was made of account numbers and has no login to reset"
        )
    if locked.error_code != "ITEM_LOGIN_REQUIRED":
        await items.break_item(writer, locked.item_id, "ITEM_LOGIN_REQUIRED", platform.clock.now())
        await facts.login_required(platform, writer, locked)


async def set_webhook(platform: Platform, item: ItemRow, url: str | None) -> None:
    """Sets or clears the Item's webhook and acknowledges to the new address."""
    async with platform.store.writing() as writer:
        locked = _still_there(await items.lock_item(writer, item.item_id))
        await items.update_item(writer, item.item_id, webhook=url)
        if url:
            await facts.webhook_acknowledged(platform, writer, locked, url)


def _still_there(item: ItemRow | None) -> ItemRow:
    """Raises ITEM_CONCURRENTLY_DELETED when the Item went while the request was running (errors.csv)."""
    if item is None or item.removed_at is not None:
        raise error("ITEM_CONCURRENTLY_DELETED")
    return item
