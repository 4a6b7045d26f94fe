"""The users of the clients, to whom Items belong (Plaid docs: Users)."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class UserRow(Struct, frozen=True, kw_only=True):
    user_id: str
    client_id: str
    environment: str
    client_user_id: str
    token_digest: bytes | None
    """Of the user_token; None: this user has none."""
    token: bytes | None
    """The user_token itself, sealed (associated data: the user_id)."""
    identity: bytes | None
    """What the client told of the person, JSON, sealed (associated data: the user_id)."""
    holds_name: bool
    """No other user may be made under this client_user_id."""
    created_at: int
    updated_at: int | None
    removed_at: int | None


_USERS = Rows(UserRow, "users")

ADD = _USERS.insert()
BY_ID = _USERS.select("WHERE user_id = ?")
BY_TOKEN = _USERS.select("WHERE token_digest = ?")
BY_NAME = _USERS.select("WHERE client_id = ? AND environment = ? AND client_user_id = ? AND holds_name = 1")
LOCK = _USERS.select("WHERE user_id = ? /* FOR UPDATE */")
SET_IDENTITY = _USERS.update(("identity", "updated_at"), "WHERE user_id = ?")
REMOVE = _USERS.update(("identity", "holds_name", "removed_at"), "WHERE user_id = ?")


async def add_user(writer: Writer, user: UserRow) -> None:
    """Raises `ConflictError` when the name is taken."""
    await writer.run(ADD, *_USERS.row(user))


async def user(reader: Reader, user_id: str) -> UserRow | None:
    row = await reader.one(BY_ID, user_id)
    return None if row is None else _USERS.read(row)


async def user_by_token(reader: Reader, digest: bytes) -> UserRow | None:
    row = await reader.one(BY_TOKEN, digest)
    return None if row is None else _USERS.read(row)


async def user_by_name(
    reader: Reader, client_id: str, environment: str, client_user_id: str
) -> UserRow | None:
    """The user who holds that name, which a removed one may."""
    row = await reader.one(BY_NAME, client_id, environment, client_user_id)
    return None if row is None else _USERS.read(row)


async def lock_user(writer: Writer, user_id: str) -> UserRow | None:
    """Reads the user and keeps other writers of it out until the transaction ends."""
    row = await writer.one(LOCK, user_id)
    return None if row is None else _USERS.read(row)


async def set_identity(writer: Writer, user_id: str, identity: bytes, at: int) -> None:
    await writer.run(SET_IDENTITY, identity, at, user_id)


async def remove_user(writer: Writer, user_id: str, at: int, *, holds_name: bool) -> None:
    """What was told of the person goes at once; the row stays, so that its id and token stay void."""
    await writer.run(REMOVE, None, int(holds_name), at, user_id)
