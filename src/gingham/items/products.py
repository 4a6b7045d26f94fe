"""Which products an Item has, may have, and shows: pure rules (Plaid docs: Items, Sandbox).

A product table row says how a product gets onto an Item and which accounts it needs.
"""

from collections.abc import Iterable

from msgspec import Struct


class Product(Struct, frozen=True, kw_only=True):
    name: str
    adds_on_call: bool = False
    """Calling one of its endpoints adds it to an Item that lacks it."""
    accounts: tuple[tuple[str, str], ...] = ()
    """(type, subtype) pairs it can work with; subtype `*` is any. Empty: every account."""
    no_accounts_code: str = "NO_ACCOUNTS"
    """The error when the Item has none of them."""
    linkable: bool = True
    """May stand in /link/token/create `products`."""
    served: bool = False
    """This server implements it."""


_CASH = (("depository", "checking"), ("depository", "savings"), ("depository", "cash management"))

PRODUCTS: dict[str, Product] = {
    product.name: product
    for product in (
        Product(name="assets"),
        Product(
            name="auth", adds_on_call=True, accounts=_CASH, no_accounts_code="NO_AUTH_ACCOUNTS", served=True
        ),
        Product(name="balance", linkable=False, served=True),
        Product(name="identity", adds_on_call=True, served=True),
        Product(
            name="investments",
            adds_on_call=True,
            accounts=(("investment", "*"), ("depository", "cash management")),
            no_accounts_code="NO_INVESTMENT_ACCOUNTS",
        ),
        Product(
            name="investments_auth",
            adds_on_call=True,
            accounts=(("investment", "*"),),
            no_accounts_code="NO_INVESTMENT_AUTH_ACCOUNTS",
        ),
        Product(
            name="liabilities",
            adds_on_call=True,
            accounts=(
                ("credit", "credit card"),
                ("credit", "paypal"),
                ("loan", "student"),
                ("loan", "mortgage"),
            ),
            no_accounts_code="NO_LIABILITY_ACCOUNTS",
        ),
        Product(name="signal", adds_on_call=True, accounts=_CASH, no_accounts_code="NO_AUTH_ACCOUNTS"),
        Product(name="statements"),
        Product(
            name="transactions",
            adds_on_call=True,
            accounts=(("depository", "*"), ("credit", "*"), ("loan", "student"), ("loan", "mortgage")),
            served=True,
        ),
        Product(name="transfer", accounts=_CASH, no_accounts_code="NO_AUTH_ACCOUNTS"),
        Product(name="income_verification"),
        Product(name="recurring_transactions", linkable=False),
        Product(name="transactions_refresh", linkable=False, served=True),
        Product(name="investments_refresh", linkable=False),
        Product(name="identity_match", linkable=False),
    )
}
"""Products of Items. What concerns no Item (identity_verification, payment_initiation, ...) is not here."""

_NEVER_BILLED = frozenset({"assets", "balance"})
"""Given at creation they stay in `available_products`: assets until its first report, balance for ever
(Plaid docs: Sandbox)."""

_NOT_SHOWN = frozenset(
    {"recurring_transactions", "transactions_refresh", "investments_refresh", "transfer", "statements"}
)
"""Never listed in `available_products` of an Item (Plaid docs: Sandbox)."""


def suits(product: str, kind: str, subtype: str | None) -> bool:
    """Whether an account of type `kind` and that subtype can be used by the product."""
    row = PRODUCTS.get(product)
    if row is None or not row.accounts:
        return True
    return any(kind == t and s in ("*", subtype) for t, s in row.accounts)


def billed(products: Iterable[str]) -> tuple[str, ...]:
    """The sorted products of a new Item out of those it was created with."""
    return tuple(sorted(set(products) - _NEVER_BILLED))


def available(institution_products: Iterable[str], billed_products: Iterable[str]) -> tuple[str, ...]:
    """What could still be added, sorted; disjoint from the billed ones."""
    return tuple(sorted((set(institution_products) | {"balance"}) - set(billed_products) - _NOT_SHOWN))
