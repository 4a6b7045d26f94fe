"""Accounts of an Item, in the order the bank lists them, each with its encoded JSON so that reads copy
bytes.
"""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class AccountRow(Struct, frozen=True, kw_only=True):
    account_id: str
    item_id: str
    position: int
    reference: str
    """The bank's own key of the account."""
    type: str
    subtype: str | None
    name: str
    mask: str | None
    encoded: bytes
    """The Account object of the API, compact JSON."""
    verification_status: str | None = None
    """How far its numbers are proved; None where nothing had to be."""
    numbers: bytes | None = None
    """What the person typed, sealed (associated data: the account_id)."""
    wrong_codes: int | None = None
    """Attempts at the code of a micro-deposit that failed."""


_ROWS = Rows(AccountRow, "accounts")

ADD = _ROWS.insert()
OF_ITEM = _ROWS.select("WHERE item_id = ? ORDER BY position")
DELETE_OF_ITEM = "DELETE FROM accounts WHERE item_id = ?"
SET_VERIFICATION = (
    "UPDATE accounts SET encoded = ?, verification_status = ?, wrong_codes = ? WHERE account_id = ?"
)
SET_ENCODED = "UPDATE accounts SET encoded = ? WHERE account_id = ?"


async def add_accounts(writer: Writer, accounts: list[AccountRow]) -> None:
    """The Item must be there already. Raises `ConflictError` if it is not, or for an account_id that is
    taken.
    """
    await writer.run_many(ADD, [_ROWS.row(account) for account in accounts])


async def accounts(reader: Reader, item_id: str) -> list[AccountRow]:
    """By position."""
    return [_ROWS.read(row) for row in await reader.all(OF_ITEM, item_id)]


async def replace_accounts(writer: Writer, item_id: str, accounts: list[AccountRow]) -> None:
    """The Item's accounts are these from now on."""
    await writer.run(DELETE_OF_ITEM, item_id)
    await add_accounts(writer, accounts)


async def set_encoded(writer: Writer, account_id: str, encoded: bytes) -> None:
    """Raises `LookupError` when there is no such account."""
    if not await writer.run(SET_ENCODED, encoded, account_id):
        raise LookupError("no such account")


async def set_verification(writer: Writer, account: AccountRow) -> None:
    """Writes what `account` says of its verification. Raises `LookupError` when there is no such account."""
    values = (account.encoded, account.verification_status, account.wrong_codes, account.account_id)
    if not await writer.run(SET_VERIFICATION, *values):
        raise LookupError("no such account")
