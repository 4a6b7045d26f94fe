"""Proving account numbers that a person typed (Plaid docs: Auth).

    INSTANT_MATCH              the bank's own numbers are the same: nothing is left to prove
    AUTOMATED_MICRODEPOSITS    pending_automatic_verification -> automatically_verified | verification_expired
    SAME_DAY_MICRODEPOSITS     pending_manual_verification -> manually_verified | verification_failed | _expired
    INSTANT_MICRODEPOSITS      manually_verified from the start
    DATABASE_INSIGHTS          database_insights_pass | _pass_with_caution | _fail

An account number is a secret: it is kept sealed, with the code of its deposit.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gingham.clock import DAY
from gingham.errors import PlaidError, error
from gingham.items import facts
from gingham.items.shapes import Account, encode
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, jobs
from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow
from gingham.store.jobs import JobRow

VERIFY_DEPOSIT = "verify_deposit"
EXPIRE_DEPOSIT = "expire_deposit"

PENDING_AUTOMATIC = "pending_automatic_verification"
PENDING_MANUAL = "pending_manual_verification"
UNPROVED = frozenset(
    {PENDING_AUTOMATIC, PENDING_MANUAL, "unsent", "verification_expired", "verification_failed"}
)
"""Numbers of such accounts are not given out (Plaid docs: Auth)."""

ENDS: Mapping[str, tuple[str, str]] = {
    VERIFY_DEPOSIT: (PENDING_AUTOMATIC, "automatically_verified"),
    EXPIRE_DEPOSIT: (PENDING_MANUAL, "verification_expired"),
}
"""What a job makes of which status."""
_JOBS = {PENDING_AUTOMATIC: (VERIFY_DEPOSIT, DAY), PENDING_MANUAL: (EXPIRE_DEPOSIT, 7 * DAY)}
"""Automated deposits are found 24 hours after linking (Plaid docs: Sandbox); a code can be typed for seven days."""

MAX_WRONG_CODES = 3


class TypedNumbers(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the person typed, and the code that was sent to the account."""

    routing: str
    account: str
    name: str | None = None
    type: str = "checking"
    code: str | None = None

    def __repr__(self) -> str:
        return "TypedNumbers(...)"


class Proof(Struct, frozen=True, kw_only=True):
    """How the numbers of an Item's only account are proved. `status`: None when the bank has confirmed them."""

    method: str
    status: str | None
    numbers: TypedNumbers


def columns(platform: Platform, proof: Proof, account_id: str) -> dict[str, Any]:
    """The account's columns. Numbers that the bank has confirmed are read from the bank."""
    if proof.status is None:
        return {}
    sealed = platform.vault.seal(msgspec.json.encode(proof.numbers), account_id)
    return {"verification_status": proof.status, "numbers": sealed}


def shown(account: Account, proof: Proof | None) -> Account:
    """The Account object of a new Item."""
    if proof is None or proof.status is None:
        return account
    named = replace(account, verification_status=proof.status)
    return replace(named, verification_name=proof.numbers.name) if proof.numbers.name else named


def kept(row: AccountRow, account: Account) -> Account:
    """The Account object as the bank tells it now, with what is known of its verification."""
    if row.verification_status is None:
        return account
    before = msgspec.json.decode(row.encoded, type=Account)
    return replace(
        account,
        verification_status=before.verification_status,
        verification_name=before.verification_name,
    )


def numbers(platform: Platform, row: AccountRow) -> TypedNumbers | None:
    """The numbers that were typed for the account."""
    if row.numbers is None:
        return None
    return msgspec.json.decode(platform.vault.open(row.numbers, row.account_id), type=TypedNumbers)


def proved(rows: Iterable[AccountRow]) -> None:
    """Raises PRODUCT_NOT_READY unless the numbers of all of them may be given out."""
    if any(row.verification_status in UNPROVED for row in rows):
        raise error("PRODUCT_NOT_READY", type="ITEM_ERROR")


async def begin(platform: Platform, writer: Writer, item: ItemRow, proof: Proof) -> None:
    """Schedules the end of what is pending."""
    if proof.status in _JOBS:
        kind, after = _JOBS[proof.status]
        due_at = platform.clock.now() + after
        await jobs.schedule(
            writer, JobRow(job_id=platform.ids.uuid(), kind=kind, item_id=item.item_id, due_at=due_at)
        )


async def run(platform: Platform, job: JobRow) -> bool:
    """Ends what is pending, if nothing else has; True when the job was ours."""
    pending, ended = ENDS[job.kind]
    async with platform.store.writing() as writer:
        if not await jobs.take(writer, job.job_id):
            return False
        item = await items.lock_item(writer, job.item_id)
        if item is not None and item.removed_at is None:
            for row in await accounts.accounts(writer, item.item_id):
                if row.verification_status == pending:
                    await _set(platform, writer, item, row, ended)
    return True


async def set_status(platform: Platform, item: ItemRow, account_id: str, status: str) -> None:
    """What the sandbox does on demand: the deposit is found, or seven days have gone by.

    Raises `PlaidError` INVALID_ACCOUNT_ID, and INVALID_FIELD for an account that is not proved by automated
    micro-deposits.
    """
    async with platform.store.writing() as writer:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.removed_at is not None:
            raise error("ITEM_CONCURRENTLY_DELETED")
        rows = await accounts.accounts(writer, item.item_id)
        row = next((row for row in rows if row.account_id == account_id), None)
        if row is None:
            raise error("INVALID_ACCOUNT_ID")
        if locked.auth_method != "AUTOMATED_MICRODEPOSITS" or row.verification_status is None:
            raise error(
                "INVALID_FIELD", message="account_id must be an account with automated micro-deposits"
            )
        await jobs.cancel(writer, item.item_id, kind=VERIFY_DEPOSIT)
        await _set(platform, writer, locked, row, status)


async def _set(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    row: AccountRow,
    status: str,
    wrong_codes: int | None = None,
) -> None:
    account = replace(msgspec.json.decode(row.encoded, type=Account), verification_status=status)
    wrong = row.wrong_codes if wrong_codes is None else wrong_codes
    await accounts.set_verification(
        writer,
        replace(row, encoded=encode(account), verification_status=status, wrong_codes=wrong),
    )
    if item.auth_method == "AUTOMATED_MICRODEPOSITS":
        await facts.verification_ended(
            platform, writer, item, row.account_id, verified=status == "automatically_verified"
        )


def awaiting_code(rows: Iterable[AccountRow]) -> AccountRow:
    """The account of an Item without a login that waits for the code of its deposit.

    Raises `PlaidError` when none does: MICRODEPOSITS_ALREADY_VERIFIED, TOO_MANY_VERIFICATION_ATTEMPTS, or, when the
    time is over, MANUAL_VERIFICATION_REQUIRED.
    """
    found = list(rows)
    for row in found:
        if row.verification_status == PENDING_MANUAL:
            return row
    statuses = {row.verification_status for row in found}
    if "verification_failed" in statuses:
        raise error("TOO_MANY_VERIFICATION_ATTEMPTS")
    if "verification_expired" in statuses:
        raise error("MANUAL_VERIFICATION_REQUIRED")
    raise error("MICRODEPOSITS_ALREADY_VERIFIED")


async def try_code(platform: Platform, writer: Writer, item: ItemRow, code: str) -> AccountRow | PlaidError:
    """One attempt at the code of an Item's deposit: the account that it proves, or what was wrong. The attempt counts
    with the transaction."""
    locked = await items.lock_item(writer, item.item_id)
    if locked is None or locked.removed_at is not None:
        return error("ITEM_NOT_FOUND")
    try:
        row = awaiting_code(await accounts.accounts(writer, item.item_id))
    except PlaidError as over:
        return over
    typed = numbers(platform, row)
    if right(typed, code):
        await jobs.cancel(writer, item.item_id, kind=EXPIRE_DEPOSIT)
        await _set(platform, writer, locked, row, "manually_verified")
        return row
    wrong = (row.wrong_codes or 0) + 1
    failed = wrong >= MAX_WRONG_CODES
    await _set(platform, writer, locked, row, "verification_failed" if failed else PENDING_MANUAL, wrong)
    return error("TOO_MANY_VERIFICATION_ATTEMPTS" if failed else "INCORRECT_DEPOSIT_VERIFICATION")


def right(typed: TypedNumbers | None, code: str) -> bool:
    """Whether `code` is the one that was sent."""
    return typed is not None and typed.code is not None and hmac.compare_digest(typed.code, code)
