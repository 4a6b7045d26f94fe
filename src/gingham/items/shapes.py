"""The objects of the API that the database keeps already encoded: accounts, transactions, and the Item around
them.

Shapes follow Plaid's API 2020-09-14. A member that may be missing is `UNSET`; one that may be null is `None`.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType


class Balances(Struct, frozen=True, kw_only=True):
    available: Decimal | None
    current: Decimal | None
    limit: Decimal | None
    iso_currency_code: str | None
    unofficial_currency_code: str | None
    last_updated_datetime: str | UnsetType | None = UNSET


class Account(Struct, frozen=True, kw_only=True):
    account_id: str
    balances: Balances
    mask: str | None
    name: str
    official_name: str | None
    type: str
    subtype: str | None
    holder_category: str | UnsetType = UNSET
    persistent_account_id: str | UnsetType = UNSET
    verification_status: str | UnsetType = UNSET
    verification_name: str | UnsetType = UNSET
    """Whose account it is, as the person typed it."""


class Location(Struct, frozen=True, kw_only=True):
    address: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    lat: Decimal | None = None
    lon: Decimal | None = None
    store_number: str | None = None


class PaymentMeta(Struct, frozen=True, kw_only=True):
    reference_number: str | None = None
    ppd_id: str | None = None
    payee: str | None = None
    by_order_of: str | None = None
    payer: str | None = None
    payment_method: str | None = None
    payment_processor: str | None = None
    reason: str | None = None


class PersonalFinanceCategory(Struct, frozen=True, kw_only=True):
    primary: str
    detailed: str
    confidence_level: str
    version: str


class TransactionCounterparty(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    website: str | None
    logo_url: str | None
    entity_id: str | None
    confidence_level: str | None


class Transaction(Struct, frozen=True, kw_only=True):
    account_id: str
    account_owner: str | None
    amount: Decimal
    authorized_date: date | None
    authorized_datetime: str | None
    category: tuple[str, ...] | None
    category_id: str | None
    check_number: str | None
    counterparties: tuple[TransactionCounterparty, ...]
    date: date
    datetime: str | None
    iso_currency_code: str | None
    location: Location
    logo_url: str | None
    merchant_entity_id: str | None
    merchant_name: str | None
    name: str
    original_description: str | None
    payment_channel: str
    payment_meta: PaymentMeta
    pending: bool
    pending_transaction_id: str | None
    personal_finance_category: PersonalFinanceCategory | None
    transaction_code: str | None
    transaction_id: str
    transaction_type: str
    unofficial_currency_code: str | None
    website: str | None


class ErrorObject(Struct, frozen=True, kw_only=True):
    """The error an Item is in (Plaid docs: Errors; without a request_id)."""

    error_type: str
    error_code: str
    error_message: str
    display_message: str | None
    error_code_reason: str | None = None
    documentation_url: str | UnsetType = UNSET
    suggested_action: str | None = None


class Item(Struct, frozen=True, kw_only=True):
    item_id: str
    institution_id: str | None
    institution_name: str | None
    webhook: str | None
    auth_method: str | None
    error: ErrorObject | None
    available_products: tuple[str, ...]
    billed_products: tuple[str, ...]
    products: tuple[str, ...]
    consented_products: tuple[str, ...] | UnsetType
    consented_data_scopes: tuple[str, ...] | UnsetType = UNSET
    consented_use_cases: tuple[str, ...] | UnsetType = UNSET
    consent_expiration_time: str | None
    update_type: str
    created_at: str | UnsetType = UNSET
    """Only in /item/get."""


_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """Compact JSON; money as numbers with exactly the digits it has."""
    return _encoder.encode(value)
