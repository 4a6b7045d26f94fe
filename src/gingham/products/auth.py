"""/auth/get: the numbers of accounts that can be debited (Plaid docs: API reference, Sandbox)."""

from msgspec import Struct

from gingham.banks.protocol import BankRefused, HasNumbers
from gingham.errors import error
from gingham.items import verification
from gingham.items.lookup import ItemView
from gingham.items.products import suits
from gingham.platform import Platform
from gingham.products.access import not_supported, open_bank
from gingham.store.accounts import AccountRow


class Ach(Struct, frozen=True, kw_only=True):
    account_id: str
    account: str
    is_tokenized_account_number: bool
    routing: str
    wire_routing: str | None


class Eft(Struct, frozen=True, kw_only=True):
    account_id: str
    account: str
    institution: str
    branch: str


class International(Struct, frozen=True, kw_only=True):
    account_id: str
    iban: str
    bic: str


class Bacs(Struct, frozen=True, kw_only=True):
    account_id: str
    account: str
    sort_code: str


class AuthNumbers(Struct, frozen=True, kw_only=True):
    """All four arrays are always there, empty where unused."""

    ach: tuple[Ach, ...]
    eft: tuple[Eft, ...]
    international: tuple[International, ...]
    bacs: tuple[Bacs, ...]


def eligible(view: ItemView) -> tuple[AccountRow, ...]:
    """Checking, savings and cash management accounts: what /auth/get lists when nothing is filtered (as
    recorded in 2025)."""
    return tuple(account for account in view.accounts if suits("auth", account.type, account.subtype))


async def numbers(platform: Platform, view: ItemView, chosen: tuple[AccountRow, ...]) -> AuthNumbers:
    """Numbers of the chosen accounts: those a person typed, or else the bank's.

    Raises `PlaidError` PRODUCT_NOT_READY while numbers are not proved, PRODUCTS_NOT_SUPPORTED, or the bank's own
    failure.
    """
    verification.proved(chosen)
    if typed := [_typed(platform, row) for row in chosen if row.numbers is not None]:
        return AuthNumbers(ach=tuple(typed), eft=(), international=(), bacs=())
    _, connection = open_bank(platform, view.row)
    if not isinstance(connection, HasNumbers):
        raise error("PRODUCTS_NOT_SUPPORTED", message=not_supported(["auth"]))
    try:
        known = await connection.numbers()
    except BankRefused as refusal:
        raise error(refusal.refused.error_code, type=refusal.refused.error_type) from None
    ids = {
        account.reference: account.account_id
        for account in chosen
        if suits("auth", account.type, account.subtype)
    }
    return AuthNumbers(
        ach=tuple(
            Ach(
                account_id=ids[row.reference],
                account=row.account,
                is_tokenized_account_number=row.is_tokenized_account_number,
                routing=row.routing,
                wire_routing=row.wire_routing,
            )
            for row in known.ach
            if row.reference in ids
        ),
        eft=tuple(
            Eft(
                account_id=ids[row.reference],
                account=row.account,
                institution=row.institution,
                branch=row.branch,
            )
            for row in known.eft
            if row.reference in ids
        ),
        international=tuple(
            International(account_id=ids[row.reference], iban=row.iban, bic=row.bic)
            for row in known.international
            if row.reference in ids
        ),
        bacs=tuple(
            Bacs(account_id=ids[row.reference], account=row.account, sort_code=row.sort_code)
            for row in known.bacs
            if row.reference in ids
        ),
    )


def _typed(platform: Platform, row: AccountRow) -> Ach:
    """An Item of typed numbers has this one account (Plaid docs: Auth)."""
    numbers = verification.numbers(platform, row)
    if numbers is None:
        raise error("PRODUCT_NOT_READY", type="ITEM_ERROR")
    return Ach(
        account_id=row.account_id,
        account=numbers.account,
        is_tokenized_account_number=False,
        routing=numbers.routing,
        wire_routing=None,
    )
