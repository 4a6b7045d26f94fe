"""The way from a call to the Item it is about."""

from gingham.api.call import Call
from gingham.items import lookup
from gingham.items.lookup import ItemView


async def item_of(call: Call, access_token: str) -> ItemView:
    """The caller's Item. Raises `PlaidError` INVALID_ACCESS_TOKEN or ITEM_NOT_FOUND."""
    return await lookup.by_access_token(call.platform, access_token, call.client_id, call.environment)
