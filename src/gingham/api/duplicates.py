"""/gingham/v1/items/duplicates: Items of one person that are probably the same login."""

from typing import Annotated

from msgspec import Meta, Struct

from gingham.api.access import user_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import UserId, UserToken
from gingham.api.registry import endpoint
from gingham.errors import error
from gingham.items import duplicates
from gingham.items.duplicates import Pair
from gingham.store import accounts, items

MOST_ITEMS = 200
"""Of one person: every two are compared."""


class ItemsDuplicatesRequest(Request, kw_only=True, frozen=True):
    client_user_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    user_id: UserId | None = None
    user_token: UserToken | None = None


class ItemsDuplicatesResponse(Struct, kw_only=True):
    duplicates: list[Pair]


@endpoint("/gingham/v1/items/duplicates", tag="Items")
async def items_duplicates(call: Call, request: ItemsDuplicatesRequest) -> ItemsDuplicatesResponse:
    """Pairs of one person's Items that look like one login linked twice, with the reasons.

    The person is named by `client_user_id`, as in /link/token/create, or by `user_id` or `user_token`. The
    newest two hundred Items are compared. Nothing is changed.
    """
    store = call.platform.store
    if request.user_id is not None or request.user_token is not None:
        user = await user_of(call, request.user_id, request.user_token)
        rows = await items.items_of_user(store, user.user_id)
    elif request.client_user_id is not None:
        rows = await items.items_of_client_user(
            store, call.client_id, call.environment, request.client_user_id
        )
    else:
        raise error("MISSING_FIELDS", fields="client_user_id")
    newest = rows[-MOST_ITEMS:]
    found = [(row, await accounts.accounts(store, row.item_id)) for row in newest]
    return ItemsDuplicatesResponse(duplicates=duplicates.pairs(found))
