"""/transactions/sync, /transactions/get, /transactions/refresh and /categories/get."""

from typing import Annotated, Literal, cast

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from gingham.api.access import item_of
from gingham.api.accounts import embedded_accounts, embedded_item
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, AccountId, AccountIds, Count, Day, Nested, Offset
from gingham.api.items import Nothing
from gingham.api.registry import endpoint
from gingham.items.lookup import view as view_of
from gingham.items.shapes import Account, Item, Transaction
from gingham.products import categories, sync, transactions
from gingham.products.access import allow, healthy, pick
from gingham.products.categories import Category

DaysRequested = Annotated[int, Meta(ge=1, le=730)]
Cursor = Annotated[str, Meta(max_length=256, extra={"must": "be a cursor of at most 256 characters"})]
CategoryVersion = Literal["v1", "v2"]


class SyncOptions(Nested, kw_only=True, frozen=True):
    include_original_description: bool | None = None
    include_personal_finance_category: bool | None = None
    include_logo_and_counterparty_beta: bool | None = None
    personal_finance_category_version: CategoryVersion | None = None
    days_requested: DaysRequested | None = None
    account_id: AccountId | None = None


class TransactionsSyncRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    cursor: Cursor | None = None
    count: Count = 100
    options: SyncOptions | UnsetType = UNSET


class RemovedTransaction(Struct, kw_only=True):
    transaction_id: str
    account_id: str


class TransactionsSyncResponse(Struct, kw_only=True):
    accounts: list[Account]
    added: list[Transaction]
    modified: list[Transaction]
    removed: list[RemovedTransaction]
    next_cursor: str
    has_more: bool
    transactions_update_status: sync.Status


@endpoint("/transactions/sync", tag="Transactions")
async def transactions_sync(call: Call, request: TransactionsSyncRequest) -> TransactionsSyncResponse:
    """What was added, modified and removed since a cursor, page by page.

    Without a cursor the history is told from its beginning. The first call adds the transactions product to
    an Item that lacks it.
    """
    view = await item_of(call, request.access_token)
    options = request.options or SyncOptions()
    healthy(view.row)
    if options.account_id is not None:
        pick(view, [options.account_id])
    item = await allow(call.platform, view, "transactions", days_requested=options.days_requested)
    update = await sync.page(
        call.platform,
        item,
        cursor=request.cursor,
        count=request.count,
        account_id=options.account_id,
        original_description=bool(options.include_original_description),
        category_version=options.personal_finance_category_version,
    )
    holders = tuple(account for account in view.accounts if account.account_id in update.account_ids)
    return TransactionsSyncResponse(
        accounts=embedded_accounts(view, holders),
        added=_embedded(update.added),
        modified=_embedded(update.modified),
        removed=[
            RemovedTransaction(transaction_id=row_id, account_id=account_id)
            for row_id, account_id in update.removed
        ],
        next_cursor=update.next_cursor,
        has_more=update.has_more,
        transactions_update_status=update.status,
    )


def _embedded(rows: list[bytes]) -> list[Transaction]:
    """Transaction objects, already encoded."""
    return cast(list[Transaction], [Raw(row) for row in rows])


class GetOptions(Nested, kw_only=True, frozen=True):
    account_ids: AccountIds | None = None
    count: Count = 100
    offset: Offset = 0
    include_original_description: bool | None = None
    include_personal_finance_category_beta: bool | None = None
    include_personal_finance_category: bool | None = None
    include_logo_and_counterparty_beta: bool | None = None
    personal_finance_category_version: CategoryVersion | None = None
    days_requested: DaysRequested | None = None


class TransactionsGetRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    start_date: Day
    end_date: Day
    options: GetOptions | UnsetType = UNSET


class TransactionsGetResponse(Struct, kw_only=True):
    accounts: list[Account]
    transactions: list[Transaction]
    total_transactions: int
    item: Item


@endpoint("/transactions/get", tag="Transactions")
async def transactions_get(call: Call, request: TransactionsGetRequest) -> TransactionsGetResponse:
    """Transactions between two days, newest first. The first call adds the product to an Item that lacks it."""
    transactions.check_range(request.start_date, request.end_date)
    view = await item_of(call, request.access_token)
    options = request.options or GetOptions()
    healthy(view.row)
    chosen = pick(view, options.account_ids)
    item = await allow(call.platform, view, "transactions", days_requested=options.days_requested)
    rows, total = await transactions.page(
        call.platform,
        item,
        start=request.start_date,
        end=request.end_date,
        account_ids=tuple(account.account_id for account in chosen)
        if options.account_ids is not None
        else None,
        count=options.count,
        offset=options.offset,
        original_description=bool(options.include_original_description),
        category_version=options.personal_finance_category_version,
    )
    current = view if item is view.row else view_of(call.platform, item, view.accounts)
    return TransactionsGetResponse(
        accounts=embedded_accounts(view, chosen),
        transactions=_embedded(rows),
        total_transactions=total,
        item=embedded_item(current),
    )


class TransactionsRefreshRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken


@endpoint("/transactions/refresh", tag="Transactions")
async def transactions_refresh(call: Call, request: TransactionsRefreshRequest) -> Nothing:
    """Asks the bank for new transactions now. The Item must already have the product."""
    view = await item_of(call, request.access_token)
    healthy(view.row)
    await transactions.refresh(call.platform, view)
    return Nothing()


class CategoriesGetRequest(Request, kw_only=True, frozen=True):
    pass


class CategoriesGetResponse(Struct, kw_only=True):
    categories: tuple[Category, ...]


@endpoint("/categories/get", tag="Transactions", auth="none", accepts_empty_body=True)
async def categories_get(call: Call, request: CategoriesGetRequest) -> CategoriesGetResponse:  # noqa: ARG001
    """The legacy categories of transactions. Needs no keys."""
    return CategoriesGetResponse(categories=categories.categories())
