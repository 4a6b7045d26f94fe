"""/transactions/sync: net changes since a cursor (Plaid docs: Transactions sync).

A cursor names the Item, the stream (the whole Item or one account), the change where the client's last
finished update ended (`base`), the bound of the update it is in (`upto`, fixed on the first page), and the
place inside it. When the Item's newest change is no longer `upto`, the data moved under the pages and the
client must begin again from `base`.
"""

import base64
import binascii
import hashlib
import struct
from typing import Literal

from msgspec import Struct

from gingham.errors import PlaidError, error
from gingham.items.encode import DEFAULT_CATEGORY_VERSION, served
from gingham.platform import Platform
from gingham.store import items, transactions
from gingham.store.items import ItemRow
from gingham.store.transactions import Change

Status = Literal[
    "TRANSACTIONS_UPDATE_STATUS_UNKNOWN", "NOT_READY", "INITIAL_UPDATE_COMPLETE", "HISTORICAL_UPDATE_COMPLETE"
]

# Cursors seen in public begin with these bytes (base64 "CAES"); clients treat them as opaque.
_MAGIC = b"\x08\x01\x12"
_LAYOUT = struct.Struct(">3s8s8sQQQQ")
_NO_ACCOUNT = bytes(8)


class Cursor(Struct, frozen=True, kw_only=True):
    base: int
    upto: int
    after: int
    """Sequence of the last change handed out; `base` before the first page."""
    since: int = 0
    """Where a stream that began with "now" began: sync never told what existed before, so its later changes
    count as added (Plaid docs: Transactions sync). It is still removed when it goes, because whoever begins
    with "now" has it from /transactions/get."""


class Update(Struct, frozen=True, kw_only=True):
    """One page. `added` and `modified` are encoded transactions, `removed` pairs of (transaction_id,
    account_id)."""

    status: Status
    added: list[bytes]
    modified: list[bytes]
    removed: list[tuple[str, str]]
    next_cursor: str
    has_more: bool
    account_ids: frozenset[str] = frozenset()
    """Accounts that have transactions; the answer lists only those (Plaid docs: Transactions sync)."""


def status(item: ItemRow) -> Status:
    """`transactions_update_status` of the Item."""
    if item.initial_at is None:
        return "NOT_READY"
    return "INITIAL_UPDATE_COMPLETE" if item.historical_at is None else "HISTORICAL_UPDATE_COMPLETE"


async def page(
    platform: Platform,
    item: ItemRow,
    *,
    cursor: str | None,
    count: int,
    account_id: str | None,
    original_description: bool,
    category_version: str | None,
) -> Update:
    """The next page of net changes.

    Raises `PlaidError` INVALID_FIELD (cursor of another Item or stream, or garbage) and
    TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION.
    """
    at = parse(cursor, item.item_id, account_id) if cursor and cursor != "now" else None
    if not item.synced:
        async with platform.store.writing() as writer:
            await items.update_item(writer, item.item_id, synced=True)
    async with platform.store.reading() as reader:
        # Read again, in one snapshot with its changes: a row that changed in between would be told wrongly.
        item = await items.item(reader, item.item_id) or item
        if status(item) == "NOT_READY":
            # Never PRODUCT_NOT_READY here; clients keep calling with the empty cursor (Plaid docs:
            # Transactions sync).
            return Update(
                status="NOT_READY", added=[], modified=[], removed=[], next_cursor="", has_more=False
            )
        at = _begun(at, item.sequence, from_now=cursor == "now")
        found = await transactions.changes(
            reader,
            item.item_id,
            base=at.base,
            after=(at.after + 1, ""),
            upto=at.upto,
            account_id=account_id,
            limit=count + 1,
        )
        holders = await transactions.accounts_with_transactions(reader, item.item_id)
    more = len(found) > count
    found = found[:count]
    following = Cursor(
        base=at.base if more else at.upto,
        upto=at.upto,
        after=found[-1].sequence if more else at.upto,
        since=at.since,
    )
    version = category_version or DEFAULT_CATEGORY_VERSION
    told: dict[str, list[Change]] = {"added": [], "modified": [], "removed": []}
    for change in found:
        told[_kind(change, at.since)].append(change)

    def shown(changes: list[Change]) -> list[bytes]:
        return [
            served(change.encoded, original_description=original_description, category_version=version)
            for change in changes
        ]

    return Update(
        status=status(item),
        added=shown(told["added"]),
        modified=shown(told["modified"]),
        removed=[(change.transaction_id, change.account_id) for change in told["removed"]],
        next_cursor=write(following, item.item_id, account_id),
        has_more=more,
        account_ids=frozenset(holders if account_id is None else holders & {account_id}),
    )


def _kind(change: Change, since: int) -> str:
    """How a stream that began after the change `since` tells of this one."""
    return "added" if change.kind == "modified" and change.added_sequence <= since else change.kind


def _begun(at: Cursor | None, head: int, *, from_now: bool) -> Cursor:
    """The cursor with the bound of its update, which the first page fixes. Raises `PlaidError` as `page`
    does."""
    if at is None:
        base = head if from_now else 0
        return Cursor(base=base, upto=head, after=base, since=base)
    if at.upto > head:
        raise _foreign()
    if at.after == at.upto:
        return Cursor(base=at.upto, upto=head, after=at.upto, since=at.since)
    if at.upto != head:
        raise error("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
    return at


def write(cursor: Cursor, item_id: str, account_id: str | None) -> str:
    """The opaque text of a cursor."""
    raw = _LAYOUT.pack(
        _MAGIC,
        _mark(item_id),
        _stream(account_id),
        cursor.base,
        cursor.upto,
        cursor.after,
        cursor.since,
    )
    return base64.b64encode(raw).decode("ascii")


def parse(text: str, item_id: str, account_id: str | None) -> Cursor:
    """Reads a cursor. Raises `PlaidError` INVALID_FIELD when it is garbage or belongs to another Item or
    stream."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
        magic, owner, stream, base, upto, after, since = _LAYOUT.unpack(raw)
    except (UnicodeEncodeError, binascii.Error, struct.error):
        raise _foreign() from None
    if (
        magic != _MAGIC
        or owner != _mark(item_id)
        or stream != _stream(account_id)
        or not since <= base <= after <= upto < 2**63
    ):
        raise _foreign()
    return Cursor(base=base, upto=upto, after=after, since=since)


def _foreign() -> PlaidError:
    return error("INVALID_FIELD", message="cursor not associated with access_token")


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _stream(account_id: str | None) -> bytes:
    return _mark(account_id) if account_id is not None else _NO_ACCOUNT
