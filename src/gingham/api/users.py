"""/user/*: the people Items belong to, by user_id or, in older integrations, by user_token."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gingham.api.access import user_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import Day, ItemIds, Nested, UserId, UserToken
from gingham.api.items import Nothing
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.errors import error
from gingham.items import users
from gingham.items.lookup import item_object
from gingham.items.shapes import Item
from gingham.store import items
from gingham.store.users import UserRow

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REPORT = "consumer_report_user_identity"

ClientUserId = Annotated[
    str,
    Meta(min_length=1, max_length=128, extra={"must": "be a non-empty string of at most 128 characters"}),
]
Words = Annotated[str, Meta(max_length=1000)]


class UserName(Nested, kw_only=True, frozen=True):
    given_name: Words
    family_name: Words


class UserContact(Nested, kw_only=True, frozen=True):
    data: Words
    primary: bool


class UserAddress(Nested, kw_only=True, frozen=True):
    country: Words
    primary: bool
    street_1: Words | None = None
    street_2: Words | None = None
    city: Words | None = None
    region: Words | None = None
    postal_code: Words | None = None


class UserIdNumber(Nested, kw_only=True, frozen=True):
    value: Words
    type: Words


class UserIdentity(Nested, kw_only=True, frozen=True, omit_defaults=True):
    name: UserName | None = None
    date_of_birth: Day | None = None
    emails: Annotated[list[UserContact], Meta(max_length=100)] | None = None
    phone_numbers: Annotated[list[UserContact], Meta(max_length=100)] | None = None
    addresses: Annotated[list[UserAddress], Meta(max_length=100)] | None = None
    id_numbers: Annotated[list[UserIdNumber], Meta(max_length=100)] | None = None


class ReportAddress(Nested, kw_only=True, frozen=True):
    street: Words
    city: Words | None
    region: Words | None
    postal_code: Words | None
    country: Words | None


class ReportIdentity(Nested, kw_only=True, frozen=True):
    """What consumer reports were made from; kept, though this server makes none."""

    first_name: Words
    last_name: Words
    phone_numbers: Annotated[list[Words], Meta(max_length=100)]
    emails: Annotated[list[Words], Meta(max_length=100)]
    primary_address: ReportAddress
    date_of_birth: Day | None = None
    ssn_full: Words | None = None
    ssn_last_4: Words | None = None


class UserCreateRequest(Request, kw_only=True, frozen=True):
    client_user_id: ClientUserId
    identity: UserIdentity | None = None
    consumer_report_user_identity: ReportIdentity | None = None
    end_customer: Words | None = None
    with_upgraded_user: bool | None = None


class UserCreateResponse(Struct, kw_only=True):
    user_id: str
    user_token: str | UnsetType = UNSET


@endpoint("/user/create", tag="Users")
async def user_create(call: Call, request: UserCreateRequest) -> UserCreateResponse:
    """Makes a user, to whom the Items of a link_token with this `user_id` or `user_token` will belong.

    Asking again for the same `client_user_id` gives the same user, but with
    `consumer_report_user_identity`, where a name is good once.
    """
    upgraded = bool(request.identity or request.with_upgraded_user)
    if upgraded and request.consumer_report_user_identity is not None:
        raise error("INVALID_FIELD", message=f"{_REPORT} must not be given for an upgraded user")
    told = _told(request.identity, request.consumer_report_user_identity)
    generation: users.Generation = (
        "upgraded" if upgraded else "report" if request.consumer_report_user_identity else "either"
    )
    user_id, user_token = await users.create(
        call.platform, call.client_id, call.environment, request.client_user_id, told, generation
    )
    return UserCreateResponse(user_id=user_id, user_token=user_token if user_token else UNSET)


def _told(identity: UserIdentity | None, report: ReportIdentity | None) -> dict[str, Any]:
    """What is to be remembered. Raises `PlaidError` INVALID_USER_IDENTITY_DATA."""
    emails = [contact.data for contact in (identity.emails or ())] if identity else []
    emails += report.emails if report else []
    if not all(_EMAIL.fullmatch(email) for email in emails):
        raise error("INVALID_USER_IDENTITY_DATA", type="USER_ERROR")
    told: dict[str, Any] = msgspec.to_builtins(identity) if identity is not None else {}
    if report is not None:
        told[_REPORT] = msgspec.to_builtins(report)
    return told


class UserGetRequest(Request, kw_only=True, frozen=True):
    user_id: UserId


class UserGetResponse(Struct, kw_only=True):
    user_id: str
    client_user_id: str
    created_at: str
    updated_at: str
    identity: dict[str, Any] | UnsetType = UNSET


@endpoint("/user/get", tag="Users")
async def user_get(call: Call, request: UserGetRequest) -> UserGetResponse:
    """What is known of a user, for users with a `user_id` that begins with `usr_`."""
    user = await user_of(call, request.user_id, None)
    if not users.is_upgraded(user):
        raise error(
            "INVALID_FIELD", message="user_id must be of a user who is not known by a user_token alone"
        )
    told = users.identity_of(call.platform, user)
    told.pop(_REPORT, None)
    return UserGetResponse(
        user_id=user.user_id,
        client_user_id=user.client_user_id,
        created_at=iso_seconds(user.created_at),
        updated_at=iso_seconds(user.updated_at or user.created_at),
        identity=told or UNSET,
    )


class UserUpdateRequest(Request, kw_only=True, frozen=True):
    user_id: UserId | None = None
    user_token: UserToken | None = None
    identity: UserIdentity | None = None
    consumer_report_user_identity: ReportIdentity | None = None


@endpoint("/user/update", tag="Users")
async def user_update(call: Call, request: UserUpdateRequest) -> Nothing:
    """Adds to what is known of a user: members that are given replace those of before, the others stay."""
    user = await user_of(call, request.user_id, request.user_token)
    if request.identity is not None and not users.is_upgraded(user):
        raise error("INVALID_FIELD", message=f"identity must be given as {_REPORT} for this user")
    if request.consumer_report_user_identity is not None and user.token is None:
        raise error("INVALID_FIELD", message=f"{_REPORT} must be given as identity for this user")
    told = _told(request.identity, request.consumer_report_user_identity)
    if told:
        await users.update(call.platform, user, told)
    return Nothing()


class UserRequest(Request, kw_only=True, frozen=True):
    user_id: UserId | None = None
    user_token: UserToken | None = None


@endpoint("/user/remove", tag="Users")
async def user_remove(call: Call, request: UserRequest) -> Nothing:
    """Ends a user and every Item of theirs."""
    await users.remove(call.platform, await user_of(call, request.user_id, request.user_token))
    return Nothing()


class UserItemsGetResponse(Struct, kw_only=True):
    items: list[Item]


@endpoint("/user/items/get", tag="Users")
async def user_items_get(call: Call, request: UserRequest) -> UserItemsGetResponse:
    """The Items of a user, each with the error it is in, oldest first."""
    return UserItemsGetResponse(
        items=await _items(call, await user_of(call, request.user_id, request.user_token))
    )


async def _items(call: Call, user: UserRow) -> list[Item]:
    async with call.platform.store.reading() as reader:
        rows = await items.items_of_user(reader, user.user_id)
    return [item_object(call.platform, row, whole=True) for row in rows]


class UserItemsRemoveRequest(Request, kw_only=True, frozen=True):
    item_ids: ItemIds
    user_id: UserId | None = None
    user_token: UserToken | None = None


@endpoint("/user/items/remove", tag="Users")
async def user_items_remove(call: Call, request: UserItemsRemoveRequest) -> Nothing:
    """Ends Items of a user without their access_tokens: all of them, or, if one is not the user's, none."""
    user = await user_of(call, request.user_id, request.user_token)
    await users.remove_items(call.platform, user, request.item_ids)
    return Nothing()


class UserItemsAssociateRequest(Request, kw_only=True, frozen=True):
    user_id: UserId
    item_ids: ItemIds


@endpoint("/user/items/associate", tag="Users")
async def user_items_associate(call: Call, request: UserItemsAssociateRequest) -> Nothing:
    """Gives Items to a user, whosever they were before; a hundred at most, all or none."""
    user = await user_of(call, request.user_id, None)
    if len(request.item_ids) > users.MOST_ASSOCIATED:
        raise error("INVALID_FIELD", message=f"item_ids must name at most {users.MOST_ASSOCIATED} Items")
    await users.associate(call.platform, user, request.item_ids)
    return Nothing()
