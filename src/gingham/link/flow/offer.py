"""Which of the bank's accounts a person may share: those the products can use and the account filters allow.

A product that moves money restricts (with `auth` only checking, savings and cash management are shown); the
others widen: an account is offered when any of them can use it, so `transactions` with `investments` offers
both kinds. Source: Plaid docs, Account type schema and Link account filters; the two rules together are ours.
"""

from collections.abc import Mapping

from msgspec import Struct

from gingham.link.flow.failures import (
    NO_ACCOUNTS,
    NO_AUTH_ACCOUNTS,
    NO_INVESTMENT_ACCOUNTS,
    NO_LIABILITY_ACCOUNTS,
)
from gingham.link.flow.model import AccountChoice, Config, LinkError, Session

ALL = "all"

Kinds = Mapping[str, tuple[str, ...]]
"""Account type -> subtypes; `all` stands for every subtype and for none."""


class Acceptance(Struct, frozen=True):
    """The accounts a product can use."""

    kinds: Kinds
    restricts: bool = False
    """True: an account this product cannot use is hidden whatever the other products can do."""
    nothing_left: LinkError = NO_ACCOUNTS


_DEBITABLE: Kinds = {"depository": ("checking", "savings", "cash management")}
_PAYMENTS = Acceptance(_DEBITABLE, restricts=True, nothing_left=NO_AUTH_ACCOUNTS)
_TRANSACTIONS = Acceptance({"depository": (ALL,), "credit": (ALL,), "loan": ("student", "mortgage")})

ACCEPTED: Mapping[str, Acceptance] = {
    "auth": _PAYMENTS,
    "signal": _PAYMENTS,
    "transfer": _PAYMENTS,
    "payment_initiation": Acceptance({"depository": (ALL,)}, restricts=True),
    "income_verification": Acceptance(_DEBITABLE),
    "transactions": _TRANSACTIONS,
    "recurring_transactions": _TRANSACTIONS,
    "statements": Acceptance({"depository": (ALL,), "credit": ("credit card",)}),
    "liabilities": Acceptance(
        {"credit": ("credit card", "paypal"), "loan": ("student", "mortgage")},
        nothing_left=NO_LIABILITY_ACCOUNTS,
    ),
    "investments": Acceptance(
        {"investment": (ALL,), "depository": ("cash management",)}, nothing_left=NO_INVESTMENT_ACCOUNTS
    ),
    "investments_auth": Acceptance({"investment": (ALL,)}, nothing_left=NO_INVESTMENT_ACCOUNTS),
}
"""By product. A product that is not here (assets, balance, identity, …) can use every account."""


def selection(session: Session) -> str:
    """How accounts are chosen: `Config.account_selection`, but only one where its numbers are to be typed, whatever
    else was configured (Plaid docs: Link)."""
    return "single" if session.numbers_needed else session.config.account_selection


def offered(config: Config, accounts: tuple[AccountChoice, ...]) -> tuple[AccountChoice, ...]:
    """The accounts to show, in the bank's order."""
    return tuple(account for account in accounts if _wanted(config, account) and _usable(config, account))


def nothing_to_offer(config: Config, accounts: tuple[AccountChoice, ...]) -> LinkError:
    """Why `offered` is empty, as far as one code can say it."""
    usable = any(_usable(config, account) for account in accounts)
    rules = [ACCEPTED[product] for product in config.products if product in ACCEPTED]
    if usable or not accounts or not rules:
        return NO_ACCOUNTS
    return min(rules, key=lambda rule: not rule.restricts).nothing_left


def _wanted(config: Config, account: AccountChoice) -> bool:
    return config.account_filters is None or _among(config.account_filters, account)


def _usable(config: Config, account: AccountChoice) -> bool:
    rules = [ACCEPTED.get(product) for product in config.products]
    if any(rule is not None and rule.restricts and not _among(rule.kinds, account) for rule in rules):
        return False
    return not rules or any(rule is None or _among(rule.kinds, account) for rule in rules)


def _among(kinds: Kinds, account: AccountChoice) -> bool:
    subtypes = kinds.get(account.type, ())
    return ALL in subtypes or account.subtype in subtypes
