"""Data Transparency: which kinds of data a product reads, and what follows from consent to them (Plaid docs:
Data Transparency Messaging)."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

_ACCOUNTS = ("account_balance_info", "contact_info")
_HISTORY = (*_ACCOUNTS, "transactions")

SCOPES: Mapping[str, tuple[str, ...]] = {
    "assets": _HISTORY,
    "auth": (*_ACCOUNTS, "account_routing_number"),
    "identity": _ACCOUNTS,
    "identity_match": _ACCOUNTS,
    "income_verification": _HISTORY,
    "investments": (*_ACCOUNTS, "investments"),
    "investments_auth": (*_ACCOUNTS, "investments", "account_routing_number"),
    "liabilities": (*_ACCOUNTS, "credit_loan_info"),
    "signal": (*_HISTORY, "risk_info"),
    "statements": (*_ACCOUNTS, "bank_statements"),
    "transactions": _HISTORY,
    "transfer": (*_ACCOUNTS, "account_routing_number"),
}
"""Product -> the kinds of data it needs."""

ORDER = (
    "account_balance_info",
    "contact_info",
    "account_routing_number",
    "transactions",
    "credit_loan_info",
    "investments",
    "risk_info",
    "bank_statements",
)


class Consent(Struct, frozen=True, kw_only=True):
    """What a person has agreed to."""

    scopes: tuple[str, ...]
    use_cases: tuple[str, ...]


def scopes(products: Iterable[str]) -> tuple[str, ...]:
    """What the products read, in the order people are told of it."""
    needed = {scope for product in products for scope in SCOPES.get(product, ())}
    return tuple(scope for scope in ORDER if scope in needed)


def consented(given: Iterable[str], institution_products: Iterable[str]) -> tuple[str, ...]:
    """The products that consent to these kinds of data covers, sorted: it is given for data, so it is good for
    every product that needs no more."""
    covered = set(given)
    return tuple(
        sorted(product for product in institution_products if covered.issuperset(SCOPES.get(product, ("",))))
    )
