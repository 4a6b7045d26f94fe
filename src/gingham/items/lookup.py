"""From an access_token to its Item, as fast as the engine allows.

A view is immutable and kept in the read cache: it is replaced when anything in the database has changed,
never altered.
"""

import re
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from gingham.clock import iso_seconds
from gingham.errors import error, item_error
from gingham.ids import digest
from gingham.items import products
from gingham.items.shapes import ErrorObject, Item, encode
from gingham.platform import Platform
from gingham.store import accounts, items
from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow

_ACCESS_TOKEN = re.compile(
    r"access-(sandbox|development|production)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"
)
_MALFORMED = (
    "provided access token is in an invalid format. expected format: access-<environment>-<identifier>"
)


@dataclass(frozen=True, slots=True)
class ItemView:
    """An Item with its accounts, and the JSON that most answers embed."""

    row: ItemRow
    accounts: tuple[AccountRow, ...]
    item_json: bytes
    """The Item object as every endpoint but /item/get embeds it."""
    accounts_json: bytes
    """The array of all accounts."""


async def by_access_token(platform: Platform, token: str, client_id: str, environment: str) -> ItemView:
    """The live Item of this client that the token opens.

    Raises `PlaidError` INVALID_ACCESS_TOKEN (malformed, unknown, invalidated, of another client or
    environment) and ITEM_NOT_FOUND (removed).
    """
    key = digest(token)
    found: ItemView | None = platform.cache.get(key)
    if found is None:
        if _ACCESS_TOKEN.match(token) is None:
            raise error("INVALID_ACCESS_TOKEN", message=_MALFORMED)
        version = platform.cache.version()
        found = await _read(platform, key)
        platform.cache.put(key, found, version)
    row = found.row
    if row.client_id != client_id or row.environment != environment:
        # The same words as for a token that never was: an answer must not tell a stranger that it exists.
        raise error("INVALID_ACCESS_TOKEN")
    if row.removed_at is not None:
        raise error("ITEM_NOT_FOUND")
    return found


async def _read(platform: Platform, key: bytes) -> ItemView:
    async with platform.store.reading() as reader:
        row = await items.item_by_access_token(reader, key)
        if row is None:
            raise error("INVALID_ACCESS_TOKEN")
        return view(platform, row, tuple(await accounts.accounts(reader, row.item_id)))


def view(platform: Platform, row: ItemRow, own: tuple[AccountRow, ...]) -> ItemView:
    """Builds the view of an Item."""
    return ItemView(
        row=row,
        accounts=own,
        item_json=encode(item_object(platform, row)),
        accounts_json=b"[" + b",".join(account.encoded for account in own) + b"]",
    )


def item_object(platform: Platform, row: ItemRow, *, whole: bool = False) -> Item:
    """The Item object; `whole` adds what only /item/get shows, the error among it (Plaid docs: Items)."""
    institution = platform.banks.institution(row.institution_id)
    return Item(
        item_id=row.item_id,
        institution_id=row.institution_id,
        institution_name=institution.name if institution else None,
        webhook=row.webhook,
        auth_method=row.auth_method,
        error=msgspec.convert(item_error(row.error_code), ErrorObject) if whole and row.error_code else None,
        available_products=products.available(
            institution.products if institution else (), row.billed_products
        ),
        billed_products=row.billed_products,
        products=row.products,
        consented_products=row.consented_products if row.consented_products is not None else UNSET,
        consented_data_scopes=row.consented_scopes if whole and row.consented_scopes is not None else UNSET,
        consented_use_cases=row.consented_use_cases
        if whole and row.consented_use_cases is not None
        else UNSET,
        consent_expiration_time=iso_seconds(row.consent_expires_at)
        if row.consent_expires_at is not None
        else None,
        update_type="background",
        created_at=iso_seconds(row.created_at) if whole else UNSET,
    )
