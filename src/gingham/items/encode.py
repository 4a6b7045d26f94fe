"""From what a bank says to what the API says: pure mappings.

A transaction is kept as two lines of JSON. The first is the object as it is served by default; the second
holds what other request options would show instead (`original_description`, the v1 category), so that the
common answer is a copy of bytes and the rare one still needs no bank.
"""

from decimal import Decimal
from functools import cache, lru_cache
from typing import cast

import msgspec
from msgspec import UNSET, Raw

from gingham.banks.protocol import BankAccount, BankTransaction
from gingham.ids import derived
from gingham.items.shapes import (
    Account,
    Balances,
    Location,
    PaymentMeta,
    PersonalFinanceCategory,
    Transaction,
    TransactionCounterparty,
    encode,
)

DEFAULT_CATEGORY_VERSION = "v2"
"""Clients enabled since December 2025 get v2 only (Plaid docs: personal finance categories)."""

_NO_PAYMENT_META = PaymentMeta()


class TransactionExtras(msgspec.Struct, frozen=True, kw_only=True):
    """The second line of a stored transaction."""

    original_description: str | None
    v1: PersonalFinanceCategory | None


def account_id(item_id: str, reference: str) -> str:
    """The account_id of a bank's account on one Item: a new Item gives the same account another id."""
    return derived(item_id, f"account/{reference}")


def transaction_id(item_id: str, reference: str) -> str:
    return derived(item_id, f"transaction/{reference}")


def account(item_id: str, said: BankAccount) -> Account:
    return Account(
        account_id=account_id(item_id, said.reference),
        balances=Balances(
            available=said.available,
            current=said.current,
            limit=said.limit,
            iso_currency_code=said.iso_currency_code,
            unofficial_currency_code=said.unofficial_currency_code,
        ),
        mask=said.mask,
        name=said.name,
        official_name=said.official_name,
        type=said.type,
        subtype=said.subtype,
        holder_category=said.holder_category if said.holder_category is not None else UNSET,
        persistent_account_id=said.persistent_account_id if said.persistent_account_id is not None else UNSET,
    )


def transaction(item_id: str, transaction_id: str, account_id: str, said: BankTransaction) -> bytes:
    """Both stored lines of a transaction."""
    lines = _lines(said).replace(_ACCOUNT, account_id.encode()).replace(_TRANSACTION, transaction_id.encode())
    if said.pending_reference:
        lines = lines.replace(_PENDING, derived(item_id, f"transaction/{said.pending_reference}").encode())
    return lines


# Where a row's ids belong, until they are known. JSON escapes control characters, so no text of a bank holds one.
_ACCOUNT, _TRANSACTION, _PENDING = b"\x01", b"\x02", b"\x03"


def _place(mark: bytes) -> str:
    """The mark as a string of JSON, which is copied as it is."""
    return cast("str", Raw(b'"%b"' % mark))


@lru_cache(maxsize=2048)
def _lines(said: BankTransaction) -> bytes:
    """Both lines with marks in the place of ids.

    Cached, since a row is told again with every pull, and in the sandbox for every Item of the same person.
    """
    category = _category(said.personal_finance, said.confidence_level, "v2")
    served = Transaction(
        account_id=_place(_ACCOUNT),
        account_owner=None,
        amount=_plain(said.amount),
        authorized_date=said.authorized_date,
        authorized_datetime=None,
        category=None,
        category_id=None,
        check_number=None,
        counterparties=tuple(
            TransactionCounterparty(
                name=party.name,
                type=party.type,
                website=party.website,
                logo_url=None,
                entity_id=party.entity_id,
                confidence_level=party.confidence_level,
            )
            for party in said.counterparties
        ),
        date=said.date,
        datetime=None,
        iso_currency_code=said.iso_currency_code,
        location=Location(store_number=said.store_number),
        logo_url=None,
        merchant_entity_id=said.merchant_entity_id,
        merchant_name=said.merchant_name,
        name=said.name,
        original_description=None,
        payment_channel=said.payment_channel,
        payment_meta=_NO_PAYMENT_META,
        pending=said.pending,
        pending_transaction_id=_place(_PENDING) if said.pending_reference else None,
        personal_finance_category=category,
        transaction_code=None,
        transaction_id=_place(_TRANSACTION),
        transaction_type=said.transaction_type,
        unofficial_currency_code=None,
        website=said.website,
    )
    extras = TransactionExtras(
        original_description=said.original_description or said.name,
        v1=_category(said.personal_finance_v1, said.confidence_level, "v1"),
    )
    return encode(served) + b"\n" + encode(extras)


def served(
    stored: bytes, *, original_description: bool = False, category_version: str = DEFAULT_CATEGORY_VERSION
) -> bytes:
    """The JSON of a stored transaction under the request's options."""
    line, _, rest = stored.partition(b"\n")
    if not original_description and category_version == DEFAULT_CATEGORY_VERSION:
        return line
    row = msgspec.json.decode(line, type=Transaction)
    extras = msgspec.json.decode(rest, type=TransactionExtras)
    changes: dict[str, object] = {}
    if original_description:
        changes["original_description"] = extras.original_description
    if category_version == "v1":
        changes["personal_finance_category"] = extras.v1
    return encode(msgspec.structs.replace(row, **changes))


@cache
def _category(detailed: str | None, confidence: str, version: str) -> PersonalFinanceCategory | None:
    if detailed is None:
        return None
    primary = next(p for p in _PRIMARIES if detailed.startswith(p + "_"))
    return PersonalFinanceCategory(
        primary=primary, detailed=detailed, confidence_level=confidence, version=version
    )


def _plain(amount: Decimal) -> Decimal:
    """Without an exponent, so that JSON shows `2078.5`, not `2.0785E+3`."""
    whole = amount.to_integral_value()
    return whole.quantize(Decimal(1)) if amount == whole else amount.normalize()


# Of both taxonomies. A detailed category begins with its primary; no primary begins with another.
_PRIMARIES = (
    "LOAN_DISBURSEMENTS",
    "GOVERNMENT_AND_NON_PROFIT",
    "GENERAL_MERCHANDISE",
    "RENT_AND_UTILITIES",
    "HOME_IMPROVEMENT",
    "GENERAL_SERVICES",
    "FOOD_AND_DRINK",
    "TRANSPORTATION",
    "ENTERTAINMENT",
    "LOAN_PAYMENTS",
    "PERSONAL_CARE",
    "TRANSFER_OUT",
    "TRANSFER_IN",
    "BANK_FEES",
    "MEDICAL",
    "INCOME",
    "TRAVEL",
    "OTHER",
)
