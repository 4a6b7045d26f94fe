"""/institutions/get, /institutions/get_by_id and /institutions/search."""

import base64
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from gingham import network
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import CountryCode, CountryCodes, InstitutionId, Nested, NonEmpty
from gingham.api.registry import endpoint
from gingham.banks import logo
from gingham.banks.metadata import (
    AuthMetadata,
    PaymentInitiationMetadata,
    auth_metadata,
    payment_initiation_metadata,
)
from gingham.banks.protocol import Institution as Known
from gingham.banks.status import LAST_CHANGE, InstitutionStatus, status_of
from gingham.clock import iso_seconds
from gingham.errors import error
from gingham.items.products import PRODUCTS

PAGE_COUNT = Annotated[int, Meta(ge=1, le=500)]
PAGE_OFFSET = Annotated[int, Meta(ge=0, le=2**31 - 1)]
SEARCH_LIMIT = 10
"""Results of a search at most (Plaid docs: Institutions)."""

ProductNames = Annotated[
    list[str],
    Meta(min_length=1),
]
OTHER_PRODUCTS = frozenset(
    {
        "balance_plus",
        "beacon",
        "cra_base_report",
        "cra_cashflow_insights",
        "cra_income_insights",
        "cra_lend_score",
        "cra_monitoring",
        "cra_network_insights",
        "cra_partner_insights",
        "credit_details",
        "deposit_switch",
        "employment",
        "identity_verification",
        "income",
        "layer",
        "pay_by_bank",
        "payment_initiation",
        "processor_identity",
        "processor_payments",
        "profile",
        "protect_linked_bank",
        "standing_orders",
    }
)
"""Products of the field that no Item here can have; as filters they are known words."""


class Institution(Struct, kw_only=True):
    institution_id: str
    name: str
    products: tuple[str, ...]
    country_codes: tuple[str, ...]
    routing_numbers: tuple[str, ...]
    dtc_numbers: tuple[str, ...]
    oauth: bool
    connection_availability: Literal["SUPPORTED", "NOT_SUPPORTED"]
    """Whether new Items can be made there. Plaid's newest clients (46 and later) insist on the member."""
    url: str | UnsetType | None = UNSET
    primary_color: str | UnsetType | None = UNSET
    logo: str | UnsetType | None = UNSET
    """PNG of 152 by 152 pixels, base64."""
    status: InstitutionStatus | UnsetType = UNSET
    auth_metadata: AuthMetadata | UnsetType | None = UNSET
    payment_initiation_metadata: PaymentInitiationMetadata | UnsetType | None = UNSET


def shown(
    known: Known,
    *,
    optional: bool | None,
    status: bool | None = None,
    changed_at: int | None = None,
    auth: bool | None,
    payments: bool | None,
) -> Institution:
    """The Institution object; members that were not asked for are absent, not null (Plaid docs: Sandbox)."""
    return Institution(
        institution_id=known.institution_id,
        name=known.name,
        products=known.products,
        country_codes=known.country_codes,
        routing_numbers=known.routing_numbers,
        dtc_numbers=known.dtc_numbers,
        oauth=known.oauth,
        connection_availability="SUPPORTED" if known.supported else "NOT_SUPPORTED",
        url=known.url if optional else UNSET,
        primary_color=known.primary_color if optional else UNSET,
        logo=base64.b64encode(logo.png(known)).decode("ascii") if optional else UNSET,
        status=status_of(known, iso_seconds(changed_at) if changed_at is not None else LAST_CHANGE)
        if status
        else UNSET,
        auth_metadata=auth_metadata(known) if auth else UNSET,
        payment_initiation_metadata=payment_initiation_metadata(known) if payments else UNSET,
    )


SomeCountries = Annotated[
    list[str], Meta(extra={"must": "be an array of supported ISO-3166-1 alpha-2 country codes"})
]


def known_countries(codes: list[str]) -> list[str]:
    """The filter, checked; empty does not filter. Raises `PlaidError` INVALID_FIELD.

    Checked after the products, because clients rely on a wrong product being told first (Plaid docs:
    Sandbox).
    """
    if any(code not in get_args(CountryCode) for code in codes):
        raise error(
            "INVALID_FIELD",
            message="country_codes must be an array of supported ISO-3166-1 alpha-2 country codes",
        )
    return codes


def known_products(products: list[str] | None) -> list[str]:
    """The filter, checked. Raises `PlaidError` INVALID_PRODUCT for a word that is no product."""
    for product in products or ():
        if product not in PRODUCTS and product not in OTHER_PRODUCTS:
            raise error("INVALID_PRODUCT", message=f'invalid product in products: "{product[:100]}"')
    return products or []


class InstitutionsGetOptions(Nested, kw_only=True, frozen=True):
    products: ProductNames | None = None
    routing_numbers: list[str] | None = None
    oauth: bool | None = None
    include_optional_metadata: bool | None = None
    include_auth_metadata: bool | None = None
    include_payment_initiation_metadata: bool | None = None


class InstitutionsGetRequest(Request, kw_only=True, frozen=True):
    count: PAGE_COUNT
    offset: PAGE_OFFSET
    country_codes: CountryCodes
    options: InstitutionsGetOptions | None = None


class InstitutionsGetResponse(Struct, kw_only=True):
    institutions: list[Institution]
    total: int


@endpoint("/institutions/get", tag="Institutions")
async def institutions_get(call: Call, request: InstitutionsGetRequest) -> InstitutionsGetResponse:
    """A page of the institutions of some countries."""
    options = request.options or InstitutionsGetOptions()
    found, total = call.platform.banks.catalogue.page(
        country_codes=request.country_codes,
        products=known_products(options.products),
        oauth=options.oauth,
        routing_numbers=_routing_numbers(options.routing_numbers),
        offset=request.offset,
        count=request.count,
    )
    return InstitutionsGetResponse(
        institutions=[
            shown(
                known,
                optional=options.include_optional_metadata,
                auth=options.include_auth_metadata,
                payments=options.include_payment_initiation_metadata,
            )
            for known in found
        ],
        total=total,
    )


def _routing_numbers(given: list[str] | None) -> list[str]:
    """The valid ones: an invalid number is dropped silently, only invalid ones are an error (Plaid docs: API
    reference)."""
    valid = [number for number in given or () if len(number) == 9 and number.isascii() and number.isdigit()]
    if given and not valid:
        raise error(
            "INVALID_FIELD", message="options.routing_numbers must contain at least one valid routing number"
        )
    return valid


class GetByIdOptions(Nested, kw_only=True, frozen=True):
    include_optional_metadata: bool | None = None
    include_status: bool | None = None
    include_auth_metadata: bool | None = None
    include_payment_initiation_metadata: bool | None = None


class InstitutionsGetByIdRequest(Request, kw_only=True, frozen=True):
    institution_id: InstitutionId
    country_codes: SomeCountries
    options: GetByIdOptions | UnsetType = UNSET


class InstitutionsGetByIdResponse(Struct, kw_only=True):
    institution: Institution


@endpoint("/institutions/get_by_id", tag="Institutions")
async def institutions_get_by_id(
    call: Call, request: InstitutionsGetByIdRequest
) -> InstitutionsGetByIdResponse:
    """One institution."""
    known = await network.institution(call.platform, request.institution_id)
    countries = known_countries(request.country_codes)
    if known is None or (countries and not set(known.country_codes) & set(countries)):
        raise error("INVALID_INSTITUTION")
    options = request.options or GetByIdOptions()
    changed = await network.health_set(call.platform, known.institution_id)
    return InstitutionsGetByIdResponse(
        institution=shown(
            known,
            optional=options.include_optional_metadata,
            status=options.include_status,
            changed_at=changed.changed_at if changed else None,
            auth=options.include_auth_metadata,
            payments=options.include_payment_initiation_metadata,
        )
    )


class SearchPaymentOptions(Nested, kw_only=True, frozen=True):
    payment_id: str | None = None
    consent_id: str | None = None


class SearchOptions(Nested, kw_only=True, frozen=True):
    oauth: bool | None = None
    include_optional_metadata: bool | None = None
    include_auth_metadata: bool | None = None
    include_payment_initiation_metadata: bool | None = None
    payment_initiation: SearchPaymentOptions | None = None


class InstitutionsSearchRequest(Request, kw_only=True, frozen=True):
    query: NonEmpty
    country_codes: SomeCountries
    products: (
        Annotated[
            list[str],
            Meta(
                min_length=1,
                extra={"must": "either be null or a list of strings containing at least one valid product"},
            ),
        ]
        | None
    ) = None
    options: SearchOptions | None = None


class InstitutionsSearchResponse(Struct, kw_only=True):
    institutions: list[Institution]


@endpoint("/institutions/search", tag="Institutions")
async def institutions_search(call: Call, request: InstitutionsSearchRequest) -> InstitutionsSearchResponse:
    """Institutions by name, ten at most; forgives typing errors."""
    options = request.options or SearchOptions()
    products = known_products(request.products)
    found = call.platform.banks.catalogue.search(
        request.query,
        country_codes=known_countries(request.country_codes),
        products=products,
        oauth=options.oauth,
        limit=SEARCH_LIMIT,
    )
    return InstitutionsSearchResponse(
        institutions=[
            shown(
                known,
                optional=options.include_optional_metadata,
                auth=options.include_auth_metadata,
                payments=options.include_payment_initiation_metadata,
            )
            for known in found
        ]
    )
