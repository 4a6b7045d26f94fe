"""A person's accounts at one institution: the profile's, in the country's currency and under its names."""

import hashlib
from functools import lru_cache

from msgspec.structs import replace

from gingham.banks.protocol import BankAccount, Institution, Numbers
from gingham.banks.sandbox.profile import Profile, load

_CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP"}
_ELSEWHERE = "EUR"

_TOKENIZING = frozenset(["ins_56", "ins_13", "ins_127990", "ins_127287"])
"""Chase, PNC, U.S. Bank and Platypus OAuth: account numbers are tokens, and accounts carry a persistent id.

Source: Plaid docs, Auth, and `/accounts/get`.
"""


def country_of(institution: Institution) -> str:
    """The country whose currency and account numbers an institution uses: the first it serves."""
    return institution.country_codes[0]


def currency_of(institution: Institution) -> str:
    return _CURRENCIES.get(country_of(institution), _ELSEWHERE)


def accounts_of(username: str, profile: str, institution: Institution) -> tuple[BankAccount, ...]:
    """The accounts, in the bank's order: clients rely on it."""
    return _accounts(username, profile, institution)


@lru_cache(maxsize=256)
def _accounts(username: str, profile: str, institution: Institution) -> tuple[BankAccount, ...]:
    known = load(profile)
    renamed = known.abroad.get(country_of(institution), {})
    accounts = []
    for account in known.accounts:
        abroad = renamed.get(account.reference)
        accounts.append(
            replace(
                account,
                name=abroad.name if abroad else account.name,
                subtype=abroad.subtype if abroad else account.subtype,
                iso_currency_code=currency_of(institution),
                persistent_account_id=_persistent_id(username, institution, account),
            )
        )
    return tuple(accounts)


def numbers_of(profile: str, institution: Institution) -> Numbers:
    """The account numbers of the country's kind."""
    return _numbers(load(profile), institution)


def _numbers(profile: Profile, institution: Institution) -> Numbers:
    numbers = profile.numbers
    match country_of(institution):
        case "US":
            tokenized = institution.institution_id in _TOKENIZING
            return Numbers(ach=tuple(replace(n, is_tokenized_account_number=tokenized) for n in numbers.ach))
        case "CA":
            return Numbers(eft=numbers.eft)
        case "GB":
            return Numbers(bacs=numbers.bacs, international=numbers.international)
        case _:
            return Numbers(international=numbers.international)


def _persistent_id(username: str, institution: Institution, account: BankAccount) -> str | None:
    if institution.institution_id not in _TOKENIZING or account.type != "depository":
        return None
    key = f"{institution.institution_id} {username} {account.reference}"
    return hashlib.sha224(key.encode()).hexdigest()
