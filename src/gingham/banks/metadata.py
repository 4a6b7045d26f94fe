"""What an institution can do for Auth and for payments: the metadata objects of the institution endpoints.

Both are derived from the institution's products and country, except for the few sandbox institutions that
stand for one way of proving an account number.
"""

from msgspec import Struct

from gingham.banks.protocol import Institution

INSTANT_MATCH = frozenset(["ins_109512"])
"""Banks that show account numbers only in part: the person types them, and they are matched."""
AUTOMATED_MICRO_DEPOSITS = frozenset(["ins_109512"])
INSTANT_MICRO_DEPOSITS = frozenset(["ins_135858"])


class AuthMethods(Struct, frozen=True, kw_only=True):
    instant_auth: bool
    instant_match: bool
    automated_micro_deposits: bool
    instant_micro_deposits: bool


class AuthMetadata(Struct, frozen=True, kw_only=True):
    supported_methods: AuthMethods


class StandingOrderMetadata(Struct, frozen=True, kw_only=True):
    supports_standing_order_end_date: bool
    supports_standing_order_negative_execution_days: bool
    valid_standing_order_intervals: tuple[str, ...]


class PaymentInitiationMetadata(Struct, frozen=True, kw_only=True):
    supports_international_payments: bool
    supports_sepa_instant: bool
    maximum_payment_amount: dict[str, str]
    """Currency to amount, as decimal text."""
    supports_refund_details: bool
    standing_order_metadata: StandingOrderMetadata
    supports_payment_consents: bool


def auth_metadata(institution: Institution) -> AuthMetadata | None:
    """None where Auth is not supported."""
    if "auth" not in institution.products:
        return None
    return AuthMetadata(
        supported_methods=AuthMethods(
            instant_auth=True,
            instant_match=institution.institution_id in INSTANT_MATCH,
            automated_micro_deposits=institution.institution_id in AUTOMATED_MICRO_DEPOSITS,
            instant_micro_deposits=institution.institution_id in INSTANT_MICRO_DEPOSITS,
        )
    )


def payment_initiation_metadata(institution: Institution) -> PaymentInitiationMetadata | None:
    """None where payments cannot be initiated."""
    if "payment_initiation" not in institution.products:
        return None
    british = "GB" in institution.country_codes
    return PaymentInitiationMetadata(
        supports_international_payments=False,
        supports_sepa_instant=not british,
        maximum_payment_amount={"GBP" if british else "EUR": "10000"},
        supports_refund_details=True,
        standing_order_metadata=StandingOrderMetadata(
            supports_standing_order_end_date=True,
            supports_standing_order_negative_execution_days=False,
            valid_standing_order_intervals=("WEEKLY", "MONTHLY"),
        ),
        supports_payment_consents=True,
    )
