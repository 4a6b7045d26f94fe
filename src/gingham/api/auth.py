"""/auth/get."""

from msgspec import Struct

from gingham.api.access import item_of
from gingham.api.accounts import embedded_accounts, embedded_item
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, AccountIds, Nested
from gingham.api.registry import endpoint
from gingham.items.lookup import view as view_of
from gingham.items.shapes import Account, Item
from gingham.products import auth
from gingham.products.access import allow, healthy, pick
from gingham.products.auth import AuthNumbers


class AuthGetOptions(Nested, kw_only=True, frozen=True):
    account_ids: AccountIds | None = None


class AuthGetRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    options: AuthGetOptions | None = None


class AuthGetResponse(Struct, kw_only=True):
    accounts: list[Account]
    numbers: AuthNumbers
    item: Item


@endpoint("/auth/get", tag="Auth")
async def auth_get(call: Call, request: AuthGetRequest) -> AuthGetResponse:
    """Account and routing numbers of checking, savings and cash management accounts.

    Adds the auth product to an Item that lacks it.
    """
    view = await item_of(call, request.access_token)
    healthy(view.row)
    account_ids = request.options.account_ids if request.options else None
    chosen = pick(view, account_ids) if account_ids is not None else auth.eligible(view)
    item = await allow(call.platform, view, "auth")
    numbers = await auth.numbers(call.platform, view, chosen)
    current = view if item is view.row else view_of(call.platform, item, view.accounts)
    return AuthGetResponse(
        accounts=embedded_accounts(view, chosen), numbers=numbers, item=embedded_item(current)
    )
