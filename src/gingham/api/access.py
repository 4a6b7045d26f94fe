"""The way from a call to the Item or the user it is about."""

from gingham.api.call import Call
from gingham.items import lookup, users
from gingham.items.lookup import ItemView
from gingham.store.users import UserRow


async def item_of(call: Call, access_token: str) -> ItemView:
    """The caller's Item. Raises `PlaidError` INVALID_ACCESS_TOKEN or ITEM_NOT_FOUND."""
    return await lookup.by_access_token(call.platform, access_token, call.client_id, call.environment)


async def user_of(call: Call, user_id: str | None, user_token: str | None) -> UserRow:
    """The caller's user. Raises `PlaidError` MISSING_FIELDS, INVALID_USER_TOKEN or USER_NOT_FOUND."""
    return await users.find(call.platform, call.client_id, call.environment, user_id, user_token)
