"""`user_custom`: a person whose password is a script in JSON (Plaid docs: Sandbox custom users).

The script says how the login goes (`mfa`, `recaptcha`, `force_error`) and which accounts, numbers, owners and
transactions the bank then shows. Every member may be left out or null. What is not read here yet (holdings,
liabilities, inflow models, income) is accepted and kept with the grant, so that an Item made today has it.

What the script leaves open follows from the script and its `seed`, so the same script gives the same bank.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from gingham.banks.protocol import (
    AchNumbers,
    Address,
    BacsNumbers,
    BankAccount,
    BankTransaction,
    Contact,
    EftNumbers,
    InternationalNumbers,
    Numbers,
    Owner,
)

USERNAME = "user_custom"
MAX_CHARACTERS = 100_000
MAX_ACCOUNTS = 10
PREFIX = "custom"
"""Of the references of a script's accounts."""

DEFAULT_ROUTING = "011401533"
DEFAULT_SUBTYPES = {
    "credit": "credit card",
    "investment": "brokerage",
    "loan": "student",
    "payroll": "payroll",
}

Mask = Annotated[str, Meta(pattern=r"\A([A-Za-z0-9]{2,4})?\Z")]
Few = Annotated[int, Meta(ge=1, le=9)]


class Questions(Struct, frozen=True):
    type: Literal["device", "questions", "selections"] | None = None
    question_rounds: Few | None = None
    questions_per_round: Few | None = None
    selection_rounds: Few | None = None
    selections_per_question: Annotated[int, Meta(ge=2, le=9)] | None = None


class Labels(Struct, frozen=True):
    name: str | None = None
    official_name: str | None = None
    limit: Decimal | None = None
    mask: Mask | None = None


class AccountNumbers(Struct, frozen=True):
    account: str | None = None
    ach_routing: str | None = None
    ach_wire_routing: str | None = None
    eft_institution: str | None = None
    eft_branch: str | None = None
    international_bic: str | None = None
    international_iban: str | None = None
    bacs_sort_code: str | None = None


class Reached(Struct, frozen=True):
    """A phone number or an e-mail address."""

    data: str
    primary: bool | None = None
    type: str | None = None


class Place(Struct, frozen=True):
    city: str | None = None
    region: str | None = None
    street: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Lives(Struct, frozen=True):
    data: Place
    primary: bool | None = None


class Identity(Struct, frozen=True):
    names: tuple[str, ...] | None = None
    phone_numbers: tuple[Reached, ...] | None = None
    emails: tuple[Reached, ...] | None = None
    addresses: tuple[Lives, ...] | None = None


class Row(Struct, frozen=True):
    date_transacted: date | None = None
    date_posted: date | None = None
    amount: Decimal | None = None
    description: str | None = None
    currency: str | None = None


class Account(Struct, frozen=True):
    type: Literal["depository", "credit", "loan", "investment", "payroll", "other"] | None = None
    subtype: str | None = None
    starting_balance: Decimal | None = None
    force_available_balance: Decimal | None = None
    has_null_available_balance: bool | None = None
    currency: str | None = None
    meta: Labels | None = None
    numbers: AccountNumbers | None = None
    identity: Identity | None = None
    transactions: tuple[Row, ...] | None = None


class Script(Struct, frozen=True):
    version: str | int | None = None
    seed: str | None = None
    override_accounts: Annotated[tuple[Account, ...], Meta(max_length=MAX_ACCOUNTS)] | None = None
    mfa: Questions | None = None
    recaptcha: Literal["good", "bad"] | None = None
    force_error: str | None = None


class ScriptError(ValueError):
    """What is wrong with a script, naming the member; never repeats its values."""


@lru_cache(maxsize=64)
def read(text: str) -> Script:
    """Raises `ScriptError`."""
    if len(text) > MAX_CHARACTERS:
        raise ScriptError(f"must be at most {MAX_CHARACTERS} characters long")
    try:
        script = msgspec.json.decode(text, type=Script)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as problem:
        raise ScriptError(f"must be a JSON object of a custom user: {_told(problem)}") from None
    for place, account in enumerate(script.override_accounts or ()):
        if wrong := unpaired(account):
            raise ScriptError(f"override_accounts[{place}].{wrong}")
    return script


def unpaired(account: Account) -> str | None:
    """What is wrong with numbers that go in pairs."""
    numbers = account.numbers or AccountNumbers()
    for one, other in (("eft_institution", "eft_branch"), ("international_bic", "international_iban")):
        if (getattr(numbers, one) is None) != (getattr(numbers, other) is None):
            return f"numbers must have both {one} and {other} or neither"
    return None


def _told(problem: Exception) -> str:
    """Where it is wrong and what was expected there; a value that was found is left out."""
    return re.sub(r"(Invalid enum value) .* - ", r"\1 ", str(problem))


# --- accounts ---------------------------------------------------------------------------------------------------


def accounts(text: str, prefix: str = PREFIX) -> tuple[BankAccount, ...] | None:
    """The script's accounts, in its order; None when it has none of its own. `prefix`: of their references."""
    script = read(text)
    if script.override_accounts is None:
        return None
    return tuple(
        _account(script, place, account, prefix) for place, account in enumerate(script.override_accounts)
    )


def _account(script: Script, place: int, account: Account, prefix: str) -> BankAccount:
    kind = account.type or "depository"
    subtype = account.subtype or DEFAULT_SUBTYPES.get(kind, "checking" if kind == "depository" else "other")
    labels = account.meta or Labels()
    current = account.starting_balance
    if current is None:
        current = Decimal(_number(script, place, "balance") % 1_000_000) / 100
    available = account.force_available_balance
    if available is None and not account.has_null_available_balance:
        available = current if kind == "depository" else None
        if kind == "credit" and labels.limit is not None:
            available = labels.limit - current
    mask = labels.mask if labels.mask is not None else number_of(script, place, account)[-4:]
    return BankAccount(
        reference=reference(place, prefix),
        name=labels.name or f"Plaid {subtype.title()}",
        official_name=labels.official_name,
        mask=mask or None,
        type=kind,
        subtype=subtype,
        available=None if account.has_null_available_balance else available,
        current=current,
        limit=labels.limit,
        iso_currency_code=account.currency or "USD",
    )


def reference(place: int, prefix: str = PREFIX) -> str:
    return f"{prefix}-{place}"


def number_of(script: Script, place: int, account: Account) -> str:
    numbers = account.numbers or AccountNumbers()
    return (
        numbers.account or numbers.international_iban or f"{_number(script, place, 'number') % 10**12:012d}"
    )


def _number(script: Script, place: int, what: str) -> int:
    """A number that follows from the script's seed."""
    return int.from_bytes(hashlib.sha256(f"{script.seed or ''} {place} {what}".encode()).digest()[:8], "big")


def numbers(text: str, prefix: str = PREFIX) -> Numbers:
    """The numbers of its accounts that can be debited; without any of its own an account has ACH numbers."""
    script = read(text)
    ach: list[AchNumbers] = []
    eft: list[EftNumbers] = []
    bacs: list[BacsNumbers] = []
    international: list[InternationalNumbers] = []
    for place, account in enumerate(script.override_accounts or ()):
        if (account.type or "depository") != "depository":
            continue
        given, own = account.numbers or AccountNumbers(), number_of(script, place, account)
        known = reference(place, prefix)
        if given.eft_institution is not None and given.eft_branch is not None:
            eft.append(
                EftNumbers(
                    reference=known, account=own, institution=given.eft_institution, branch=given.eft_branch
                )
            )
        if given.bacs_sort_code is not None:
            bacs.append(BacsNumbers(reference=known, account=own, sort_code=given.bacs_sort_code))
        if given.international_iban is not None and given.international_bic is not None:
            international.append(
                InternationalNumbers(
                    reference=known, iban=given.international_iban, bic=given.international_bic
                )
            )
        elsewhere = given.eft_institution or given.bacs_sort_code or given.international_iban
        if given.ach_routing is not None or not elsewhere:
            routing = given.ach_routing or DEFAULT_ROUTING
            wire = given.ach_wire_routing or routing
            ach.append(AchNumbers(reference=known, account=own, routing=routing, wire_routing=wire))
    return Numbers(ach=tuple(ach), eft=tuple(eft), bacs=tuple(bacs), international=tuple(international))


def owners(text: str, default: Owner, prefix: str = PREFIX) -> Mapping[str, tuple[Owner, ...]]:
    """By account. The names are the same everywhere; what is missing is the default person's."""
    script = read(text)
    given = [account.identity or Identity() for account in script.override_accounts or ()]
    names = next((identity.names for identity in given if identity.names), default.names)
    return {
        reference(place, prefix): (_owner(identity, names, default),) for place, identity in enumerate(given)
    }


def _owner(identity: Identity, names: tuple[str, ...], default: Owner) -> Owner:
    return Owner(
        names=names,
        emails=_contacts(identity.emails, "other") or default.emails,
        phone_numbers=_contacts(identity.phone_numbers, "home") or default.phone_numbers,
        addresses=tuple(
            Address(
                street=lives.data.street,
                city=lives.data.city,
                region=lives.data.region,
                postal_code=lives.data.postal_code,
                country=lives.data.country,
                primary=bool(lives.primary),
            )
            for lives in identity.addresses or ()
        )
        or default.addresses,
    )


def _contacts(given: tuple[Reached, ...] | None, kind: str) -> tuple[Contact, ...]:
    return tuple(Contact(each.data, bool(each.primary), each.type or kind) for each in given or ())


def transactions(
    text: str, start: date, end: date, today: date, prefix: str = PREFIX
) -> tuple[BankTransaction, ...]:
    """The scripted rows from `start` to `end`, newest first. One whose posting day is still to come is pending."""
    script = read(text)
    rows = []
    for place, account in enumerate(script.override_accounts or ()):
        for number, row in enumerate(account.transactions or ()):
            posted, transacted = (
                row.date_posted or row.date_transacted,
                row.date_transacted or row.date_posted,
            )
            if posted is None or transacted is None or row.amount is None:
                continue
            pending = posted > today
            day = transacted if pending else posted
            if not start <= day <= end:
                continue
            rows.append(
                BankTransaction(
                    reference=f"{reference(place, prefix)}-{number}{'-pending' if pending else ''}",
                    account_reference=reference(place, prefix),
                    date=day,
                    authorized_date=transacted,
                    amount=row.amount,
                    name=row.description or "Transaction",
                    original_description=row.description,
                    pending=pending,
                    pending_reference=None,
                    iso_currency_code=row.currency or account.currency or "USD",
                )
            )
    return tuple(sorted(rows, key=lambda row: row.date, reverse=True))
