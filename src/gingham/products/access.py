"""May this Item be read for this product? Item state, product support and auto-adding (Plaid docs: Errors)."""

from collections.abc import Iterable

from gingham.banks.protocol import Connection, Institution, Login
from gingham.errors import error
from gingham.items import pulls
from gingham.items.lookup import ItemView
from gingham.items.products import PRODUCTS, suits
from gingham.platform import Platform
from gingham.store import items
from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow


def healthy(item: ItemRow) -> None:
    """Raises the error the Item is in."""
    if item.error_code is not None:
        raise error(item.error_code, type="ITEM_ERROR")


async def allow(
    platform: Platform, view: ItemView, product: str, *, days_requested: int | None = None
) -> ItemRow:
    """The Item, with the product on it: adds one that calling adds.

    `days_requested`: history of transactions, only heeded when this very call adds the product (Plaid docs:
    API reference).

    Raises `PlaidError`: the Item's own error, PRODUCTS_NOT_SUPPORTED (the institution lacks it),
    ADDITIONAL_CONSENT_REQUIRED (nobody agreed to it),
    PRODUCT_NOT_ENABLED (cannot be added by a call), or the product's code for "no account it could work
    with".
    """
    item = view.row
    healthy(item)
    row = PRODUCTS[product]
    if product not in item.products:
        institution = platform.banks.institution(item.institution_id)
        if institution is None or product not in institution.products:
            raise error("PRODUCTS_NOT_SUPPORTED", message=not_supported([product]))
        if item.consented_products is not None and product not in item.consented_products:
            raise error(
                "ADDITIONAL_CONSENT_REQUIRED",
                message=f"client does not have user consent to access the PRODUCT_{product.upper()} product",
            )
        if not row.adds_on_call:
            raise error("PRODUCT_NOT_ENABLED", type="ITEM_ERROR")
    if not any(suits(product, account.type, account.subtype) for account in view.accounts):
        raise error(row.no_accounts_code, type="ITEM_ERROR")
    return item if product in item.products else await _add(platform, item, product, days_requested)


async def _add(platform: Platform, item: ItemRow, product: str, days_requested: int | None) -> ItemRow:
    async with platform.store.writing() as writer:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.removed_at is not None:
            raise error("ITEM_CONCURRENTLY_DELETED")
        if product in locked.products:
            return locked
        changes: dict[str, object] = {
            "products": tuple(sorted({*locked.products, product})),
            "billed_products": tuple(sorted({*locked.billed_products, product})),
        }
        if product == "auth":
            changes["auth_method"] = "INSTANT_AUTH"
        if product == "transactions" and days_requested is not None:
            changes["days_requested"] = days_requested
        await items.update_item(writer, locked.item_id, **changes)
        if product == "transactions":
            await pulls.begin(platform, writer, locked)
        changed = await items.item(writer, locked.item_id)
    if changed is None:
        raise error("ITEM_CONCURRENTLY_DELETED")
    return changed


def not_supported(names: Iterable[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f"the following products are not supported by this institution: [{listed}]"


def pick(view: ItemView, account_ids: Iterable[str] | None) -> tuple[AccountRow, ...]:
    """The Item's accounts, or those asked for, in the Item's order.

    Raises `PlaidError` INVALID_ACCOUNT_ID when a well-formed id is not on the Item.
    """
    if account_ids is None:
        return view.accounts
    wanted = set(account_ids)
    chosen = tuple(account for account in view.accounts if account.account_id in wanted)
    if len(chosen) != len(wanted):
        raise error("INVALID_ACCOUNT_ID")
    return chosen


def open_bank(platform: Platform, item: ItemRow) -> tuple[Institution, Connection]:
    """The bank behind the Item, as of now. Raises `PlaidError` INSTITUTION_NO_LONGER_SUPPORTED when the
    catalogue lost it."""
    institution = platform.banks.institution(item.institution_id)
    if institution is None:
        raise error("INSTITUTION_NO_LONGER_SUPPORTED")
    login = Login(institution=institution, environment=item.environment, now=platform.clock.now())
    grant = platform.vault.open(item.grant, item.item_id)
    return institution, platform.banks.bank_of_grant(institution, grant).connect(login, grant)
