"""What a bank knows about a person, as a data file says it.

The file's accounts are those of the person's bank in the United States; `abroad` says what is called
otherwise in another country. Amounts are decimal text, so that none passes through a float.
"""

from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from gingham.banks.protocol import BankAccount, Numbers, Owner


class Renamed(Struct, frozen=True, forbid_unknown_fields=True):
    """What an account is called in another country."""

    name: str
    subtype: str


class Merchant(Struct, frozen=True, forbid_unknown_fields=True):
    entity_id: str
    website: str


class CycleRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transaction that comes back with every cycle, `days_before` the cycle's anchor day."""

    key: str
    days_before: int
    account: str
    name: str
    amount: Decimal
    category: str
    """Detailed personal finance category; those used here are the same in both taxonomies."""
    confidence: str
    channel: str
    type: str
    legacy_category: str
    merchant: str | None = None
    """Key of `merchants`, which is also the merchant's name."""
    merchant_name: str | None = None
    """Only where a name is known and nothing else."""
    authorized_days_before: int | None = None
    """Days before the row's own date."""


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    accounts: tuple[BankAccount, ...]
    abroad: dict[str, dict[str, Renamed]]
    """By country code, then by account reference."""
    numbers: Numbers
    owner: Owner
    """Owns every account."""
    merchants: dict[str, Merchant]
    cycle: tuple[CycleRow, ...]
    """In the order in which rows of one day are listed."""


@cache
def load(name: str) -> Profile:
    """The profile of the data file `<name>.json`, read once."""
    text = Path(__file__).with_name(f"{name}.json").read_bytes()
    return msgspec.json.decode(text, type=Profile)
