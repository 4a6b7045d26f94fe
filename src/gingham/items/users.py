"""The people a client knows by user_id or user_token, and the Items that are theirs (Plaid docs: Users).

Two generations of this part of the API live side by side, and a request says which one it means:

    identity, or with_upgraded_user     a user_id; asking again gives the same one; a removed name may be used again
    consumer_report_user_identity       a user_token and an id; a name is good once, for ever
    neither                             both a user_id and a user_token; asking again gives the same ones
"""

from typing import Any, Literal

import msgspec

from gingham.errors import error
from gingham.ids import digest
from gingham.items import tokens
from gingham.platform import Platform
from gingham.store import ConflictError, Writer, items, users
from gingham.store.items import ItemRow
from gingham.store.users import UserRow

Generation = Literal["upgraded", "report", "either"]

_PREFIX = "usr_"
_ID_LENGTH = 22
MOST_ASSOCIATED = 100
"""Items that one call of /user/items/associate moves (Plaid docs: Users)."""


async def create(
    platform: Platform,
    client_id: str,
    environment: str,
    client_user_id: str,
    identity: dict[str, Any] | None,
    generation: Generation,
) -> tuple[str, str | None]:
    """Makes a user, or finds the one there is; returns the user_id and, but for upgraded users, the user_token.

    What is told of a user who exists changes nothing; `update` is there for that. Raises `PlaidError`
    INVALID_FIELD where the name is taken for good.
    """
    async with platform.store.reading() as reader:
        known = await users.user_by_name(reader, client_id, environment, client_user_id)
    if known is None:
        user = _new(platform, client_id, environment, client_user_id, identity, generation)
        try:
            async with platform.store.writing() as writer:
                await users.add_user(writer, user)
            return user.user_id, _token(platform, user)
        except ConflictError:  # somebody asked for the same name at the same time
            async with platform.store.reading() as reader:
                known = await users.user_by_name(reader, client_id, environment, client_user_id)
    if known is None or generation == "report" or not known.user_id.startswith(_PREFIX):
        raise error("INVALID_FIELD", message="client_user_id has been used for another user already")
    return known.user_id, _token(platform, known) if generation == "either" else None


def _new(
    platform: Platform,
    client_id: str,
    environment: str,
    client_user_id: str,
    identity: dict[str, Any] | None,
    generation: Generation,
) -> UserRow:
    opaque = platform.ids.opaque()
    user_id = opaque if generation == "report" else _PREFIX + opaque[:_ID_LENGTH]
    token = platform.ids.token("user", environment) if generation != "upgraded" else None
    return UserRow(
        user_id=user_id,
        client_id=client_id,
        environment=environment,
        client_user_id=client_user_id,
        token_digest=digest(token) if token else None,
        token=platform.vault.seal(token.encode(), user_id) if token else None,
        identity=_sealed(platform, user_id, identity) if identity else None,
        holds_name=True,
        created_at=platform.clock.now(),
        updated_at=None,
        removed_at=None,
    )


def _token(platform: Platform, user: UserRow) -> str | None:
    return platform.vault.open(user.token, user.user_id).decode() if user.token is not None else None


async def find(
    platform: Platform, client_id: str, environment: str, user_id: str | None, user_token: str | None
) -> UserRow:
    """The client's user. Raises `PlaidError` MISSING_FIELDS, INVALID_USER_TOKEN, USER_NOT_FOUND, and INVALID_FIELD when
    the two name different people."""
    if user_id is None and user_token is None:
        raise error("MISSING_FIELDS", fields="user_id")
    found: list[UserRow] = []
    async with platform.store.reading() as reader:
        if user_token is not None:
            by_token = await users.user_by_token(reader, digest(user_token))
            found.append(_own(by_token, client_id, environment, "INVALID_USER_TOKEN"))
        if user_id is not None:
            by_id = await users.user(reader, user_id)
            found.append(_own(by_id, client_id, environment, "USER_NOT_FOUND"))
    if found[0].user_id != found[-1].user_id:
        raise error("INVALID_FIELD", message="user_id and user_token must belong to the same user")
    return found[0]


def _own(user: UserRow | None, client_id: str, environment: str, code: str) -> UserRow:
    # The same words for a stranger's user as for one that never was.
    if user is None or user.removed_at is not None:
        raise error(code)
    if user.client_id != client_id or user.environment != environment:
        raise error(code)
    return user


def is_upgraded(user: UserRow) -> bool:
    """Whether the user can be read and described by its user_id alone."""
    return user.user_id.startswith(_PREFIX)


def identity_of(platform: Platform, user: UserRow) -> dict[str, Any]:
    """What the client told of the person."""
    if user.identity is None:
        return {}
    told: dict[str, Any] = msgspec.json.decode(platform.vault.open(user.identity, user.user_id))
    return told


async def update(platform: Platform, user: UserRow, identity: dict[str, Any]) -> None:
    """What is given replaces what was there under the same name; the rest stays."""
    async with platform.store.writing() as writer:
        locked = _own(
            await users.lock_user(writer, user.user_id), user.client_id, user.environment, "USER_NOT_FOUND"
        )
        told = {**identity_of(platform, locked), **identity}
        sealed = _sealed(platform, user.user_id, told)
        await users.set_identity(writer, user.user_id, sealed, platform.clock.now())


def _sealed(platform: Platform, user_id: str, identity: dict[str, Any]) -> bytes:
    return platform.vault.seal(msgspec.json.encode(identity), user_id)


async def remove(platform: Platform, user: UserRow) -> None:
    """Ends the user and every Item of theirs, all or nothing."""
    async with platform.store.writing() as writer:
        _own(await users.lock_user(writer, user.user_id), user.client_id, user.environment, "USER_NOT_FOUND")
        for item in await items.items_of_user(writer, user.user_id):
            await items.lock_item(writer, item.item_id)
            await tokens.end(platform, writer, item.item_id)
        await users.remove_user(writer, user.user_id, platform.clock.now(), holds_name=not is_upgraded(user))


async def remove_items(platform: Platform, user: UserRow, item_ids: list[str]) -> None:
    """Ends these Items of the user, or none of them. Raises `PlaidError` INVALID_FIELD for one that is not theirs."""
    async with platform.store.writing() as writer:
        for item in await _locked(writer, user, item_ids):
            await tokens.end(platform, writer, item.item_id)


async def reset_login(platform: Platform, user: UserRow, item_ids: list[str]) -> None:
    """Puts these Items of the user, or without any named all that have a login, into ITEM_LOGIN_REQUIRED.

    Raises `PlaidError` ITEM_NOT_SUPPORTED where a named one has none.
    """
    async with platform.store.writing() as writer:
        having = await items.items_of_user(writer, user.user_id)
        named = item_ids or [item.item_id for item in having if item.institution_id is not None]
        for item in await _locked(writer, user, named):
            await tokens.require_login(platform, writer, item)


async def to_update(platform: Platform, user: UserRow, item_ids: list[str]) -> ItemRow:
    """The Item of the user that update mode mends: the one that broke last, among those named if any are.

    Raises `PlaidError` INVALID_FIELD where none of them is broken.
    """
    async with platform.store.reading() as reader:
        found = await items.items_of_user(reader, user.user_id)
    if not set(item_ids) <= {item.item_id for item in found}:
        raise error("INVALID_FIELD", message="update.item_ids must name Items of this user")
    broken = [item for item in found if item.error_code and (not item_ids or item.item_id in item_ids)]
    if not broken:
        raise error("INVALID_FIELD", message="update.user needs an Item of the user that is in an error")
    return max(broken, key=lambda item: (item.broken_at or 0, item.created_at, item.item_id))


async def associate(platform: Platform, user: UserRow, item_ids: list[str]) -> None:
    """Gives these Items of the client to the user, whosever they were; all or none."""
    async with platform.store.writing() as writer:
        for item_id in sorted(set(item_ids)):
            item = await items.lock_item(writer, item_id)
            if (
                item is None
                or item.removed_at is not None
                or (item.client_id, item.environment) != (user.client_id, user.environment)
            ):
                raise error("ITEM_NOT_FOUND")
            await items.update_item(writer, item_id, user_id=user.user_id)


async def _locked(writer: Writer, user: UserRow, item_ids: list[str]) -> list[ItemRow]:
    """In one order for everybody, so that two calls never wait for each other."""
    locked = []
    for item_id in sorted(set(item_ids)):
        item = await items.lock_item(writer, item_id)
        if item is None or item.removed_at is not None or item.user_id != user.user_id:
            raise error("INVALID_FIELD", message="item_ids must name Items of this user")
        locked.append(item)
    return locked
