"""/transactions/get and /transactions/refresh (Plaid docs: API reference)."""

from datetime import date

from gingham.banks.protocol import BankRefused
from gingham.errors import error, invalid_field
from gingham.items import pulls
from gingham.items.encode import DEFAULT_CATEGORY_VERSION, served
from gingham.items.lookup import ItemView
from gingham.platform import Platform
from gingham.store import transactions
from gingham.store.items import ItemRow


def check_range(start: date, end: date) -> None:
    """Raises `PlaidError` INVALID_FIELD for a range that ends before it starts."""
    if end < start:
        raise invalid_field("start_date must not be after end_date")


async def page(
    platform: Platform,
    item: ItemRow,
    *,
    start: date,
    end: date,
    account_ids: tuple[str, ...] | None,
    count: int,
    offset: int,
    original_description: bool,
    category_version: str | None,
) -> tuple[list[bytes], int]:
    """Encoded transactions dated start..end, newest first, and how many match in all.

    Raises `PlaidError` PRODUCT_NOT_READY before the initial pull.
    """
    if item.initial_at is None:
        raise error("PRODUCT_NOT_READY", type="ITEM_ERROR")
    async with platform.store.reading() as reader:
        stored, total = await transactions.page(
            reader,
            item.item_id,
            start=start.isoformat(),
            end=end.isoformat(),
            account_ids=account_ids,
            limit=count,
            offset=offset,
        )
    version = category_version or DEFAULT_CATEGORY_VERSION
    return [
        served(row, original_description=original_description, category_version=version) for row in stored
    ], total


async def refresh(platform: Platform, view: ItemView) -> None:
    """Asks the bank for news now.

    Raises `PlaidError`: PRODUCT_NOT_ENABLED when transactions are not on the Item (a refresh does not add
    them), or the bank's failure.
    """
    if "transactions" not in view.row.products:
        raise error("PRODUCT_NOT_ENABLED", type="ITEM_ERROR")
    try:
        await pulls.refresh(platform, view.row)
    except BankRefused as refusal:
        raise error(refusal.refused.error_code, type=refusal.refused.error_type) from None
