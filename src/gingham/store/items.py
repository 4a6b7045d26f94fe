"""Items and the tokens that open them. Tokens are kept as SHA-256 digests only."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows, value


class ItemRow(Struct, frozen=True, kw_only=True):
    """One Item. Instants in microseconds; `products` and friends sorted."""

    item_id: str
    client_id: str
    environment: str
    institution_id: str | None
    client_user_id: str | None
    created_at: int
    webhook: str | None
    products: tuple[str, ...]
    """Everything added to the Item."""
    billed_products: tuple[str, ...]
    consented_products: tuple[str, ...] | None
    auth_method: str | None
    consent_expires_at: int | None
    error_code: str | None
    """None while healthy, otherwise a code of ITEM_ERROR, such as ITEM_LOGIN_REQUIRED."""
    grant: bytes
    """What the bank left for later reads, sealed (associated data: the item_id)."""
    username_digest: bytes | None
    """Keyed hash of the login name: update mode compares it."""
    removed_at: int | None
    days_requested: int
    """History of transactions asked for, in days."""
    transactions_from: int | None
    """When the pull of transactions began; None: transactions are not on the Item."""
    initial_at: int | None
    """When about 30 days of transactions were there."""
    historical_at: int | None
    """When the whole history asked for was there."""
    refreshed_at: int | None
    """Last successful contact with the bank about transactions."""
    synced: bool
    """Whether /transactions/sync was ever called: only then SYNC_UPDATES_AVAILABLE is sent."""
    sequence: int
    """Number of the newest change to the Item's transactions."""
    webhook_sent_at: int | None
    webhook_code: str | None
    user_id: str | None
    """The user (`/user/create`) the Item belongs to."""
    broken_at: int | None
    """When `error_code` was set; None while healthy."""
    consented_scopes: tuple[str, ...] | None = None
    """The kinds of data that the person has consented to; None: was never asked, and nothing is limited."""
    consented_use_cases: tuple[str, ...] | None = None
    seen_accounts: tuple[str, ...] | None = None
    """The bank's references of every account that it has ever shown, shared or not; None: nobody has looked."""


_ITEMS = Rows(ItemRow, "items")
_COLUMNS = frozenset(_ITEMS.columns) - {"item_id"}

ADD = _ITEMS.insert()
BY_ID = _ITEMS.select("WHERE item_id = ?")
WEBHOOK_SENT = _ITEMS.update(("webhook_sent_at", "webhook_code"), "WHERE item_id = ?")
LOCK = _ITEMS.select("WHERE item_id = ? /* FOR UPDATE */")
BY_ACCESS_TOKEN = _ITEMS.select(
    "JOIN access_tokens ON access_tokens.item_id = items.item_id"
    " WHERE access_tokens.digest = ? AND access_tokens.revoked_at IS NULL"
)
OF_USER = _ITEMS.select(
    "WHERE user_id = ? AND user_id IS NOT NULL AND removed_at IS NULL ORDER BY user_id, created_at, item_id"
)
OF_CLIENT_USER = _ITEMS.select(
    "WHERE client_id = ? AND environment = ? AND client_user_id = ? AND client_user_id IS NOT NULL"
    " AND removed_at IS NULL ORDER BY client_id, environment, client_user_id, created_at, item_id"
)
ADD_ACCESS_TOKEN = "INSERT INTO access_tokens (digest, item_id, created_at) VALUES (?, ?, ?)"
REVOKE_ACCESS_TOKENS = "UPDATE access_tokens SET revoked_at = ? WHERE item_id = ? AND revoked_at IS NULL"


async def add_item(writer: Writer, item: ItemRow) -> None:
    """Raises `ConflictError` when the item_id is taken."""
    await writer.run(ADD, *_ITEMS.row(item))


async def item(reader: Reader, item_id: str) -> ItemRow | None:
    row = await reader.one(BY_ID, item_id)
    return None if row is None else _ITEMS.read(row)


async def items_of_user(reader: Reader, user_id: str) -> list[ItemRow]:
    """Those that were not removed, oldest first."""
    return [_ITEMS.read(row) for row in await reader.all(OF_USER, user_id)]


async def items_of_client_user(
    reader: Reader, client_id: str, environment: str, client_user_id: str
) -> list[ItemRow]:
    """Those that were linked under this name of the client's and not removed, oldest first."""
    found = await reader.all(OF_CLIENT_USER, client_id, environment, client_user_id)
    return [_ITEMS.read(row) for row in found]


async def break_item(writer: Writer, item_id: str, error_code: str, at: int) -> None:
    """The Item needs a new login: `error_code` says why."""
    await update_item(writer, item_id, error_code=error_code, broken_at=at)


async def update_item(writer: Writer, item_id: str, **changes: object) -> None:
    """Sets the named columns (members of `ItemRow`, all but its id).

    Raises `LookupError` when there is no such Item, `TypeError` for a name that is no column.
    """
    if unknown := changes.keys() - _COLUMNS:
        raise TypeError(f"an Item has no {', '.join(sorted(unknown))} to set")
    if not changes:
        return
    # In the order of the columns, so that one set of changes is one statement for the driver's cache.
    columns = tuple(column for column in _ITEMS.columns if column in changes)
    values = [value(changes[column]) for column in columns]
    if not await writer.run(_ITEMS.update(columns, "WHERE item_id = ?"), *values, item_id):
        raise LookupError("no such Item")


async def webhook_sent(writer: Writer, item_id: str, at: int, code: str) -> None:
    """Remembers the Item's last webhook. An Item that is gone needs no memory."""
    await writer.run(WEBHOOK_SENT, at, code, item_id)


async def lock_item(writer: Writer, item_id: str) -> ItemRow | None:
    """Reads the Item and keeps other writers of it out until the transaction ends."""
    row = await writer.one(LOCK, item_id)
    return None if row is None else _ITEMS.read(row)


async def add_access_token(writer: Writer, digest: bytes, item_id: str, created_at: int) -> None:
    """Raises `ConflictError` when there is no such Item or the token is taken."""
    await writer.run(ADD_ACCESS_TOKEN, digest, item_id, created_at)


async def item_by_access_token(reader: Reader, digest: bytes) -> ItemRow | None:
    """The Item an access token opens, also when it was removed; None when unknown or invalidated."""
    row = await reader.one(BY_ACCESS_TOKEN, digest)
    return None if row is None else _ITEMS.read(row)


async def revoke_access_tokens(writer: Writer, item_id: str, at: int) -> int:
    """Invalidates every live access token of the Item; returns how many."""
    return await writer.run(REVOKE_ACCESS_TOKENS, at, item_id)


class PublicTokenRow(Struct, frozen=True, kw_only=True):
    digest: bytes
    item_id: str
    created_at: int
    expires_at: int
    exchanged_at: int | None
    for_update: bool
    """Came out of update mode or /item/public_token/create."""


_PUBLIC_TOKENS = Rows(PublicTokenRow, "public_tokens")

ADD_PUBLIC_TOKEN = _PUBLIC_TOKENS.insert()
PUBLIC_TOKEN = _PUBLIC_TOKENS.select("WHERE digest = ?")
# Whoever comes second waits for the first to commit, and then finds the token spent.
SPEND = _PUBLIC_TOKENS.update(
    ("exchanged_at",),
    f"WHERE digest = ? AND exchanged_at IS NULL AND expires_at > ? RETURNING {_PUBLIC_TOKENS.names()}",
)


async def add_public_token(writer: Writer, token: PublicTokenRow) -> None:
    """Raises `ConflictError` when there is no such Item or the token is taken."""
    await writer.run(ADD_PUBLIC_TOKEN, *_PUBLIC_TOKENS.row(token))


async def public_token(reader: Reader, digest: bytes) -> PublicTokenRow | None:
    row = await reader.one(PUBLIC_TOKEN, digest)
    return None if row is None else _PUBLIC_TOKENS.read(row)


async def spend_public_token(writer: Writer, digest: bytes, at: int) -> PublicTokenRow | None:
    """Marks the token exchanged and returns it, or returns None if it is unknown, expired at `at` or
    already exchanged.

    However many race for one token, exactly one call returns it.
    """
    row = await writer.one(SPEND, at, digest, at)
    return None if row is None else _PUBLIC_TOKENS.read(row)
