"""/accounts/get and /accounts/balance/get."""

from datetime import datetime
from typing import Annotated, cast

from msgspec import Meta, Raw, Struct

from gingham.api.access import item_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, AccountIds, Nested
from gingham.api.registry import endpoint
from gingham.items.lookup import ItemView
from gingham.items.shapes import Account, Item
from gingham.products import balance
from gingham.products.access import healthy, pick
from gingham.store.accounts import AccountRow


class AccountsGetOptions(Nested, kw_only=True, frozen=True):
    account_ids: AccountIds | None = None


class AccountsGetRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    options: AccountsGetOptions | None = None


class AccountsGetResponse(Struct, kw_only=True):
    accounts: list[Account]
    item: Item


def embedded_item(view: ItemView) -> Item:
    """The Item object, already encoded."""
    return cast(Item, Raw(view.item_json))


def embedded_accounts(view: ItemView, chosen: tuple[AccountRow, ...]) -> list[Account]:
    """The Account objects, already encoded."""
    if chosen is view.accounts:
        return cast(list[Account], Raw(view.accounts_json))
    return [cast(Account, Raw(account.encoded)) for account in chosen]


@endpoint("/accounts/get", tag="Accounts")
async def accounts_get(call: Call, request: AccountsGetRequest) -> AccountsGetResponse:
    """Lists the accounts of an Item with the balances known last."""
    view = await item_of(call, request.access_token)
    healthy(view.row)
    chosen = pick(view, request.options.account_ids if request.options else None)
    return AccountsGetResponse(accounts=embedded_accounts(view, chosen), item=embedded_item(view))


class BalanceGetOptions(Nested, kw_only=True, frozen=True):
    account_ids: AccountIds | None = None
    min_last_updated_datetime: (
        Annotated[
            datetime, Meta(tz=True, extra={"must": "be an ISO 8601 date-time such as 2026-05-04T12:00:00Z"})
        ]
        | None
    ) = None


class AccountsBalanceGetRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    options: BalanceGetOptions | None = None


@endpoint("/accounts/balance/get", tag="Accounts")
async def accounts_balance_get(call: Call, request: AccountsBalanceGetRequest) -> AccountsGetResponse:
    """Asks the bank for the balances of an Item's accounts, now."""
    view = await item_of(call, request.access_token)
    options = request.options or BalanceGetOptions()
    chosen = pick(view, options.account_ids)
    rows = await balance.balances(call.platform, view, chosen, options.min_last_updated_datetime)
    return AccountsGetResponse(accounts=[cast(Account, Raw(row)) for row in rows], item=embedded_item(view))
