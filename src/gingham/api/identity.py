"""/identity/get."""

import msgspec
from msgspec import Struct

from gingham.api.access import item_of
from gingham.api.accounts import embedded_item
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, AccountIds, Nested
from gingham.api.registry import endpoint
from gingham.items.lookup import view as view_of
from gingham.items.shapes import Account, Item
from gingham.products import identity
from gingham.products.access import allow, healthy, pick
from gingham.products.identity import Owner
from gingham.store.accounts import AccountRow


class IdentityGetOptions(Nested, kw_only=True, frozen=True):
    account_ids: AccountIds | None = None


class IdentityGetRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    options: IdentityGetOptions | None = None


class AccountIdentity(Account, kw_only=True, frozen=True):
    owners: tuple[Owner, ...]


class IdentityGetResponse(Struct, kw_only=True):
    accounts: list[AccountIdentity]
    item: Item


@endpoint("/identity/get", tag="Identity")
async def identity_get(call: Call, request: IdentityGetRequest) -> IdentityGetResponse:
    """Accounts with the people who own them. Adds the identity product to an Item that lacks it."""
    view = await item_of(call, request.access_token)
    healthy(view.row)
    chosen = pick(view, request.options.account_ids if request.options else None)
    item = await allow(call.platform, view, "identity")
    owners = await identity.owners(call.platform, view)
    current = view if item is view.row else view_of(call.platform, item, view.accounts)
    return IdentityGetResponse(
        accounts=[_with_owners(row, owners[row.account_id]) for row in chosen],
        item=embedded_item(current),
    )


def _with_owners(row: AccountRow, owners: tuple[Owner, ...]) -> AccountIdentity:
    account = msgspec.json.decode(row.encoded, type=Account)
    return AccountIdentity(**msgspec.structs.asdict(account), owners=owners)
