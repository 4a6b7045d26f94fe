"""Making an Item without Link (Plaid docs: Sandbox)."""

from collections.abc import Sequence
from datetime import date

from gingham.banks.protocol import Granted, Login, Refused
from gingham.banks.sandbox import custom
from gingham.clock import day
from gingham.errors import error
from gingham.items import create
from gingham.items.create import DEFAULT_DAYS_REQUESTED, MAX_DAYS_REQUESTED, Terms
from gingham.platform import Platform
from gingham.products.access import not_supported
from gingham.store.users import UserRow


async def create_item(
    platform: Platform,
    client_id: str,
    environment: str,
    *,
    institution_id: str,
    products: Sequence[str],
    webhook: str | None,
    username: str | None,
    password: str | None,
    start_date: date | None,
    end_date: date | None,
    days_requested: int | None,
    user: UserRow | None = None,
) -> str:
    """A new Item of the sandbox user, with every account shared; returns its public_token.

    Raises `PlaidError`: INVALID_INSTITUTION; PRODUCTS_NOT_SUPPORTED naming the products; INVALID_FIELD for a
    window that ends before it starts, and for a custom user whose script is none; and for an `error_...`
    password that very error.
    """
    institution = platform.banks.institution(institution_id)
    if institution is None:
        raise error("INVALID_INSTITUTION")
    lacking = [
        product for product in products if product not in institution.products and product != "balance"
    ]
    if lacking:
        raise error("PRODUCTS_NOT_SUPPORTED", message=not_supported(lacking))
    if start_date is not None and end_date is not None and end_date < start_date:
        raise error(
            "INVALID_FIELD",
            message="options.transactions.start_date must not be after options.transactions.end_date",
        )
    if username == custom.USERNAME:
        try:
            custom.read(password or "")
        except custom.ScriptError as problem:
            raise error("INVALID_FIELD", message=f"options.override_password {problem}") from None
    login = Login(institution=institution, environment=environment, now=platform.clock.now())
    outcome = platform.banks.sandbox.open_directly(login, username or "user_good", password or "pass_good")
    if isinstance(outcome, Refused):
        raise error(outcome.error_code, type=outcome.error_type)
    if not isinstance(outcome, Granted):
        raise error("INVALID_CREDENTIALS")
    terms = Terms(
        client_id=client_id,
        environment=environment,
        products=tuple(products),
        webhook=webhook,
        days_requested=_days(platform, start_date, days_requested),
        client_user_id=user.client_user_id if user is not None else None,
        user_id=user.user_id if user is not None else None,
    )
    async with platform.store.writing() as writer:
        made = await create.create(platform, writer, terms, institution, outcome, outcome.accounts)
    return made.public_token


def _days(platform: Platform, start_date: date | None, days_requested: int | None) -> int:
    """History in days: what was asked for, or back to the start date; any date in the past is accepted."""
    if days_requested is not None:
        return days_requested
    if start_date is None:
        return DEFAULT_DAYS_REQUESTED
    since = (day(platform.clock.now()) - start_date).days + 1
    return max(1, min(since, MAX_DAYS_REQUESTED))
