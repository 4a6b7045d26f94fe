"""Failures of a Link session: those the flow itself finds, and how each error code is explained on the error
pane.

Codes and texts of error objects are those of the table of errors, because apps compare them.
"""

from collections.abc import Mapping

from msgspec import Struct

from gingham import errors
from gingham.errors import PlaidError
from gingham.link.flow.model import LinkError


def link_error(error: PlaidError) -> LinkError:
    """The error as Link's callbacks carry it."""
    return LinkError(
        error_type=error.error_type,
        error_code=error.error_code,
        error_message=error.error_message,
        display_message=error.display_message,
    )


def products_not_supported(products: tuple[str, ...]) -> LinkError:
    """The institution lacks `products`, all of which the link_token requires."""
    quoted = ", ".join(f'"{product}"' for product in products)
    return link_error(errors.error("PRODUCTS_NOT_SUPPORTED", products=f"[{quoted}]"))


INVALID_LINK_TOKEN = link_error(errors.error("INVALID_LINK_TOKEN"))
INVALID_INSTITUTION = link_error(errors.error("INVALID_INSTITUTION"))
INVALID_OTP = link_error(errors.error("INVALID_OTP"))
INVALID_PHONE_NUMBER = link_error(errors.error("INVALID_PHONE_NUMBER"))
INSTANT_MATCH_FAILED = link_error(errors.error("INSTANT_MATCH_FAILED"))
INVALID_ACCOUNT_NUMBER = link_error(errors.error("INVALID_ACCOUNT_NUMBER"))
TOO_MANY_VERIFICATION_ATTEMPTS = link_error(errors.error("TOO_MANY_VERIFICATION_ATTEMPTS"))
LOGIN_REQUIRED = link_error(errors.error("ITEM_LOGIN_REQUIRED"))
INSTITUTION_DOWN = link_error(errors.error("INSTITUTION_DOWN"))
INSTITUTION_NO_LONGER_SUPPORTED = link_error(errors.error("INSTITUTION_NO_LONGER_SUPPORTED"))
INSTITUTION_NOT_ENABLED = link_error(errors.error("INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT"))
MFA_NOT_SUPPORTED = link_error(errors.error("MFA_NOT_SUPPORTED"))
RECAPTCHA_REQUIRED = link_error(errors.error("RECAPTCHA_REQUIRED"))
USER_INPUT_TIMEOUT = link_error(errors.error("USER_INPUT_TIMEOUT"))
NO_ACCOUNTS = link_error(errors.error("NO_ACCOUNTS", type="ITEM_ERROR"))
NO_AUTH_ACCOUNTS = link_error(errors.error("NO_AUTH_ACCOUNTS"))
NO_INVESTMENT_ACCOUNTS = link_error(errors.error("NO_INVESTMENT_ACCOUNTS"))
NO_LIABILITY_ACCOUNTS = link_error(errors.error("NO_LIABILITY_ACCOUNTS"))


class Advice(Struct, frozen=True):
    """How a failure is explained: the texts `error.<name>.title` and `error.<name>.help`, and what may help
    the person."""

    name: str
    retry: bool = True
    """Signing in again may succeed. Where it may not, the help speaks of another bank."""
    names_institution: bool = True
    """The texts mention the institution, so they need one."""


INSTITUTIONS_OWN = frozenset({"INSTITUTION_DOWN", "INSTITUTION_NOT_AVAILABLE", "INSTITUTION_NOT_RESPONDING"})
"""Codes of failures that are the institution's and pass by themselves."""

UNKNOWN = Advice("unknown", names_institution=False)

_BUSY = Advice("not_responding")
_NO_ACCESS = Advice("no_access")
_NO_SUITABLE = Advice("no_suitable_accounts")
_REGISTRATION = Advice("not_registered", retry=False)

ADVICE: Mapping[str, Advice] = {
    "ACCESS_NOT_GRANTED": _NO_ACCESS,
    "COUNTRY_NOT_SUPPORTED": Advice("country_not_supported", retry=False),
    "INSTITUTION_DOWN": _BUSY,
    "INSTITUTION_NOT_AVAILABLE": _BUSY,
    "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT": Advice("not_enabled", retry=False),
    "INSTITUTION_NOT_RESPONDING": _BUSY,
    "INSTITUTION_NO_LONGER_SUPPORTED": Advice("not_supported", retry=False),
    "INSTITUTION_REGISTRATION_REQUIRED": _REGISTRATION,
    "INSTANT_MATCH_FAILED": Advice("no_match", retry=False),
    "INSUFFICIENT_CREDENTIALS": _NO_ACCESS,
    "INVALID_INSTITUTION": Advice("no_such_institution", retry=False, names_institution=False),
    "INVALID_MFA": Advice("wrong_answer"),
    "INVALID_SEND_METHOD": Advice("send_method"),
    "ITEM_LOCKED": Advice("locked"),
    "ITEM_NOT_SUPPORTED": Advice("account_not_supported"),
    "MFA_NOT_SUPPORTED": Advice("mfa_not_supported", retry=False),
    "NO_ACCOUNTS": Advice("no_accounts"),
    "NO_AUTH_ACCOUNTS": _NO_SUITABLE,
    "NO_INVESTMENT_ACCOUNTS": _NO_SUITABLE,
    "NO_INVESTMENT_AUTH_ACCOUNTS": _NO_SUITABLE,
    "NO_LIABILITY_ACCOUNTS": _NO_SUITABLE,
    "PASSWORD_RESET_REQUIRED": Advice("password_reset"),
    "PLANNED_MAINTENANCE": Advice("maintenance", names_institution=False),
    "PRODUCTS_NOT_SUPPORTED": Advice("product_not_supported", retry=False),
    "RATE_LIMIT": Advice("too_many_attempts", names_institution=False),
    "RECAPTCHA_BAD": Advice("recaptcha"),
    "TOO_MANY_VERIFICATION_ATTEMPTS": Advice("too_many_codes", retry=False, names_institution=False),
    "UNAUTHORIZED_INSTITUTION": _REGISTRATION,
    "USER_INPUT_TIMEOUT": Advice("timed_out", names_institution=False),
    "USER_SETUP_REQUIRED": Advice("setup_required"),
}
"""By error code; anything else is `UNKNOWN`."""
