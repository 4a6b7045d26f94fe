"""The data API: what a consent lets a client see, and no more.

Whoever signs in at a sandbox bank is the same customer, with the accounts of `user_good`; the account objects are
those of `gingham.banks.protocol` as JSON, money as text.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from gingham.banks.protocol import (
    BankAccount,
    Connection,
    Granted,
    HasNumbers,
    HasOwners,
    HasTransactions,
    Login,
)
from gingham.clock import day
from gingham.oauthbank.endpoints import Bearer, consent_said
from gingham.oauthbank.issuer import Issuer
from gingham.platform import Platform

CUSTOMER, PASSWORD = "user_good", "pass_good"

HISTORY = timedelta(days=3 * 365)
"""How far back transactions are told: a bit more than anybody may ask the platform for."""


class BadQueryError(ValueError):
    """A parameter of a request that cannot be understood; the message names it."""


def _customer(platform: Platform, issuer: Issuer) -> tuple[Granted, Connection]:
    login = Login(institution=issuer.institution, environment="sandbox", now=platform.clock.now())
    granted = platform.banks.sandbox.open_directly(login, CUSTOMER, PASSWORD)
    if not isinstance(granted, Granted):
        raise TypeError("the sandbox's first customer cannot sign in")
    return granted, platform.banks.sandbox.connect(login, granted.grant)


def accounts_at(platform: Platform, issuer: Issuer) -> tuple[BankAccount, ...]:
    """All accounts of the customer, in the bank's order."""
    return _customer(platform, issuer)[0].accounts


async def accounts(platform: Platform, issuer: Issuer, asker: Bearer, query: dict[str, str]) -> object:  # noqa: ARG001
    return _of(await _customer(platform, issuer)[1].accounts(), asker.consent.accounts)


async def numbers(platform: Platform, issuer: Issuer, asker: Bearer, query: dict[str, str]) -> object:  # noqa: ARG001
    connection = _customer(platform, issuer)[1]
    if not isinstance(connection, HasNumbers):
        return {}
    told = await connection.numbers()
    kinds = {kind: _of(getattr(told, kind), asker.consent.accounts) for kind in told.__struct_fields__}
    return replace(told, **kinds)


async def owners(platform: Platform, issuer: Issuer, asker: Bearer, query: dict[str, str]) -> object:  # noqa: ARG001
    connection = _customer(platform, issuer)[1]
    if not isinstance(connection, HasOwners):
        return {}
    told = await connection.owners()
    return {reference: told[reference] for reference in asker.consent.accounts if reference in told}


async def transactions(platform: Platform, issuer: Issuer, asker: Bearer, query: dict[str, str]) -> object:
    """`from` and `to`: dates, both inclusive. Raises `BadQueryError` for what is no date."""
    start, end = (_date(query, name) for name in ("from", "to"))
    connection = _customer(platform, issuer)[1]
    if not isinstance(connection, HasTransactions):
        return []
    today = day(platform.clock.now())
    rows = await connection.transactions(max(start, today - HISTORY), min(end, today))
    return [row for row in rows if row.account_reference in asker.consent.accounts]


async def consent(platform: Platform, issuer: Issuer, asker: Bearer, query: dict[str, str]) -> object:  # noqa: ARG001
    return consent_said(asker.consent)


Part = Callable[[Platform, Issuer, Bearer, dict[str, str]], Awaitable[object]]

PARTS: dict[str, tuple[str | None, Part]] = {
    "accounts": ("accounts", accounts),
    "numbers": ("numbers", numbers),
    "owners": ("owners", owners),
    "transactions": ("transactions", transactions),
    "consent": (None, consent),
}
"""By name: the scope it takes (None: any) and the function that answers."""


def _of(rows: Collection[Any], references: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row for row in rows if row.reference in references)


def _date(query: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise BadQueryError(f"{name} must be a date, YYYY-MM-DD") from None
