"""/link/token/create and /link/token/get.

Every member of Plaid's request is known here, so that a misspelt one is refused; members of flows that this
server does not have are listed in `_NOT_SERVED` and refused with a message that says so
(docs/compatibility.md).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gingham.api.access import item_of, user_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import (
    AccessToken,
    CountryCodes,
    Day,
    Language,
    LinkToken,
    Nested,
    NonEmpty,
    Url,
    UserId,
    UserToken,
)
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.errors import error
from gingham.items import users
from gingham.link import history, tokens
from gingham.link.flow.model import AuthFlows
from gingham.link.history import LinkSession
from gingham.link.returns import HOSTED_PATH
from gingham.link.tokens import Hosted, LinkRequest
from gingham.store.users import UserRow

_NOT_SERVED = (
    "access_tokens",
    "base_report",
    "card_switch",
    "cashflow_report",
    "consumer_report_permissible_purpose",
    "cra_enabled",
    "cra_options",
    "credit_partner_insights",
    "employment",
    "eu_config",
    "identity_verification",
    "income_verification",
    "payment_configuration",
    "payment_initiation",
    "third_party_user_token",
    "transfer",
)
_OFF: frozenset[str] = frozenset({"cra_enabled"})
"""Flags: `false` asks for nothing."""


class PersonName(Nested, kw_only=True, frozen=True):
    given_name: str
    family_name: str


class PersonAddress(Nested, kw_only=True, frozen=True):
    country: str
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None


class PersonNumber(Nested, kw_only=True, frozen=True):
    value: str
    type: str


class LinkUser(Nested, kw_only=True, frozen=True):
    client_user_id: NonEmpty
    legal_name: str | None = None
    name: PersonName | None = None
    phone_number: Annotated[str, Meta(max_length=64)] | None = None
    phone_number_verified_time: str | None = None
    email_address: Annotated[str, Meta(max_length=320)] | None = None
    email_address_verified_time: str | None = None
    ssn: str | None = None
    date_of_birth: Day | None = None
    address: PersonAddress | None = None
    id_number: PersonNumber | None = None


class Filter(Nested, kw_only=True, frozen=True):
    account_subtypes: Annotated[list[NonEmpty], Meta(min_length=1, max_length=200)]
    limited_purpose_types: list[str] | UnsetType = UNSET


class Filters(Nested, kw_only=True, frozen=True):
    depository: Filter | UnsetType = UNSET
    credit: Filter | UnsetType = UNSET
    loan: Filter | UnsetType = UNSET
    investment: Filter | UnsetType = UNSET
    other: Filter | UnsetType = UNSET


class AuthOptions(Nested, kw_only=True, frozen=True):
    auth_type_select_enabled: bool | None = None
    automated_microdeposits_enabled: bool | None = None
    instant_match_enabled: bool | None = None
    same_day_microdeposits_enabled: bool | None = None
    instant_microdeposits_enabled: bool | None = None
    reroute_to_credentials: Literal["OFF", "OPTIONAL", "FORCED"] | None = None
    database_match_enabled: bool | None = None
    database_insights_enabled: bool | None = None
    flow_type: Literal["FLEXIBLE_AUTH"] | None = None
    sms_microdeposits_verification_enabled: bool | None = None


class UpdateOptions(Nested, kw_only=True, frozen=True):
    account_selection_enabled: bool | None = None
    reauthorization_enabled: bool | None = None
    user: bool | None = None
    item_ids: list[str] | None = None


class StatementsOptions(Nested, kw_only=True, frozen=True):
    start_date: Day
    end_date: Day


class TransactionsOptions(Nested, kw_only=True, frozen=True):
    days_requested: Annotated[int, Meta(ge=1, le=730)] = 90


class InstitutionData(Nested, kw_only=True, frozen=True):
    routing_number: str | None = None


class InvestmentsOptions(Nested, kw_only=True, frozen=True):
    allow_unverified_crypto_wallets: bool | None = None
    allow_manual_entry: bool | None = None


class InvestmentsAuthOptions(Nested, kw_only=True, frozen=True):
    manual_entry_enabled: bool | None = None
    masked_number_match_enabled: bool | None = None
    stated_account_number_enabled: bool | None = None
    rollover_401k_enabled: bool | None = None


class IdentityOptions(Nested, kw_only=True, frozen=True):
    is_document_upload: bool | None = None
    account_ids: list[str] | None = None
    parsing_configs: list[str] | None = None


class HostedLink(Nested, kw_only=True, frozen=True):
    delivery_method: Literal["sms", "email"] | None = None
    completion_redirect_uri: Annotated[str, Meta(max_length=2048)] | None = None
    url_lifetime_seconds: Annotated[int, Meta(ge=1, le=21 * 86_400)] | None = None
    is_mobile_app: bool | None = None


class LinkTokenCreateRequest(Request, kw_only=True, frozen=True):
    client_name: NonEmpty
    language: Language
    country_codes: CountryCodes
    user: LinkUser | None = None
    user_id: UserId | None = None
    user_token: UserToken | None = None
    products: list[str] | None = None
    required_if_supported_products: list[str] | None = None
    optional_products: list[str] | None = None
    additional_consented_products: list[str] | None = None
    webhook: Url | None = None
    access_token: AccessToken | None = None
    link_customization_name: Annotated[str, Meta(max_length=255)] | None = None
    appearance_mode: Literal["LIGHT", "DARK", "SYSTEM"] | None = None
    redirect_uri: Annotated[str, Meta(max_length=2048)] | None = None
    android_package_name: Annotated[str, Meta(max_length=255)] | None = None
    institution_data: InstitutionData | None = None
    account_filters: Filters | None = None
    institution_id: Annotated[str, Meta(max_length=256)] | None = None
    auth: AuthOptions | None = None
    update: UpdateOptions | None = None
    statements: StatementsOptions | None = None
    investments: InvestmentsOptions | None = None
    investments_auth: InvestmentsAuthOptions | None = None
    transactions: TransactionsOptions | None = None
    identity: IdentityOptions | None = None
    financekit_supported: bool | None = None
    hosted_link: HostedLink | None = None
    enable_multi_item_link: bool | None = None
    # Known members of flows that are not served: any value is read, so that the refusal can name the flow.
    access_tokens: Any = None
    base_report: Any = None
    card_switch: Any = None
    cashflow_report: Any = None
    consumer_report_permissible_purpose: Any = None
    cra_enabled: Any = None
    cra_options: Any = None
    credit_partner_insights: Any = None
    employment: Any = None
    eu_config: Any = None
    identity_verification: Any = None
    income_verification: Any = None
    payment_configuration: Any = None
    payment_initiation: Any = None
    third_party_user_token: Any = None
    transfer: Any = None


class LinkTokenCreateResponse(Struct, kw_only=True):
    link_token: str
    expiration: str
    hosted_link_url: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET


@endpoint("/link/token/create", tag="Link")
async def link_token_create(call: Call, request: LinkTokenCreateRequest) -> LinkTokenCreateResponse:
    """Makes a link_token, with which a page opens Link.

    Good for four hours; with an `access_token` (update mode) for thirty minutes.
    """
    _refuse_what_is_not_served(request)
    view = await item_of(call, request.access_token) if request.access_token is not None else None
    user = None
    if request.user_id is not None or request.user_token is not None:
        user = await user_of(call, request.user_id, request.user_token)
    elif request.user is None:
        raise error("MISSING_FIELDS", fields="user")
    updated = view.row if view is not None else None
    if request.update is not None and request.update.user:
        if user is None or updated is not None:
            raise error(
                "INVALID_FIELD", message="update.user needs user_id or user_token, and no access_token"
            )
        updated = await users.to_update(call.platform, user, request.update.item_ids or [])
    elif request.update is not None and request.update.item_ids:
        raise error("INVALID_FIELD", message="update.item_ids must come with update.user")
    if request.hosted_link is not None:
        _check_delivery(request.hosted_link, request.user, call.environment)
    made = await tokens.create(
        call.platform,
        _remembered(call, request, user),
        call.client_id,
        call.environment,
        updated,
    )
    return LinkTokenCreateResponse(
        link_token=made.link_token,
        expiration=iso_seconds(made.expires_at),
        hosted_link_url=f"{call.origin or ''}{HOSTED_PATH}{made.hosted}"
        if made.hosted is not None
        else UNSET,
        user_id=user.user_id if user is not None else UNSET,
    )


def _check_delivery(hosted: HostedLink, user: LinkUser | None, environment: str) -> None:
    """Nothing is delivered in the sandbox, so nothing is needed for it there (Plaid docs: Hosted Link)."""
    if hosted.delivery_method is None or environment == "sandbox":
        return
    name = {"sms": "phone_number", "email": "email_address"}[hosted.delivery_method]
    if user is None or not getattr(user, name):
        raise error("MISSING_FIELDS", fields=f"user.{name}")


def _refuse_what_is_not_served(request: LinkTokenCreateRequest) -> None:
    for name in _NOT_SERVED:
        value = getattr(request, name)
        if value is not None and not (value is False and name in _OFF):
            raise error("INVALID_FIELD", message=f"{name} is not supported by this server")


def _remembered(call: Call, request: LinkTokenCreateRequest, user: UserRow | None) -> LinkRequest:
    filters = msgspec.to_builtins(request.account_filters) if request.account_filters is not None else None
    named = user.client_user_id if user is not None else None
    if request.user is not None:
        named = request.user.client_user_id
    phone, phone_hint = None, ""
    if request.user is not None and request.user.phone_number:
        phone, phone_hint = tokens.seal_phone(call.platform, request.user.phone_number, request.country_codes)
    return LinkRequest(
        client_name=request.client_name,
        language=request.language,
        country_codes=tuple(request.country_codes),
        client_user_id=named,
        phone=phone,
        phone_hint=phone_hint,
        phone_verified=bool(request.user and request.user.phone_number_verified_time),
        user_id=user.user_id if user is not None else None,
        products=tuple(request.products or ()),
        required_if_supported_products=tuple(request.required_if_supported_products or ()),
        optional_products=tuple(request.optional_products or ()),
        additional_consented_products=tuple(request.additional_consented_products or ()),
        webhook=request.webhook,
        redirect_uri=request.redirect_uri,
        android_package_name=request.android_package_name,
        link_customization_name=request.link_customization_name,
        appearance=request.appearance_mode,
        account_filters=filters,
        routing_number=request.institution_data.routing_number if request.institution_data else None,
        auth=_auth(request.auth) if request.auth is not None else AuthFlows(instant_match=True),
        institution_id=request.institution_id,
        days_requested=request.transactions.days_requested if request.transactions else 90,
        hosted=_hosted(request.hosted_link) if request.hosted_link is not None else None,
        multi_item=bool(request.enable_multi_item_link),
        account_selection_enabled=bool(request.update and request.update.account_selection_enabled),
    )


def _hosted(asked: HostedLink) -> Hosted:
    return Hosted(
        completion_redirect_uri=asked.completion_redirect_uri,
        url_lifetime_seconds=asked.url_lifetime_seconds,
        delivery_method=asked.delivery_method,
        is_mobile_app=bool(asked.is_mobile_app),
    )


def _auth(asked: AuthOptions) -> AuthFlows:
    """With the defaults of teams since November 2023 (Plaid docs: /link/token/create)."""
    return AuthFlows(
        type_select=bool(asked.auth_type_select_enabled) or asked.flow_type is not None,
        instant_match=asked.instant_match_enabled is not False,
        automated_microdeposits=bool(asked.automated_microdeposits_enabled),
        same_day_microdeposits=bool(asked.same_day_microdeposits_enabled),
        instant_microdeposits=bool(asked.instant_microdeposits_enabled),
        database=bool(asked.database_insights_enabled or asked.database_match_enabled),
        reroute=asked.reroute_to_credentials or "OPTIONAL",
    )


class LinkTokenGetRequest(Request, kw_only=True, frozen=True):
    link_token: LinkToken


class LinkTokenMetadata(Struct, kw_only=True):
    initial_products: tuple[str, ...]
    webhook: str | None
    country_codes: tuple[str, ...]
    language: str | None
    redirect_uri: str | None
    client_name: str | None
    account_filters: dict[str, Any] | UnsetType = UNSET
    institution_data: dict[str, str] | UnsetType = UNSET


class LinkTokenGetResponse(Struct, kw_only=True):
    link_token: str
    created_at: str
    expiration: str
    metadata: LinkTokenMetadata
    link_sessions: list[LinkSession] | UnsetType = UNSET


@endpoint("/link/token/get", tag="Link")
async def link_token_get(call: Call, request: LinkTokenGetRequest) -> LinkTokenGetResponse:
    """What a link_token asked for, and what happened in the Link sessions opened with it."""
    row, asked, sessions = await history.of_token(
        call.platform, request.link_token, call.client_id, call.environment
    )
    return LinkTokenGetResponse(
        link_token=request.link_token,
        created_at=iso_seconds(row.created_at),
        expiration=iso_seconds(row.expires_at),
        metadata=LinkTokenMetadata(
            initial_products=asked.products,
            webhook=asked.webhook,
            country_codes=asked.country_codes,
            language=asked.language,
            redirect_uri=asked.redirect_uri,
            client_name=asked.client_name,
            account_filters=asked.account_filters if asked.account_filters is not None else UNSET,
            institution_data={"routing_number": asked.routing_number} if asked.routing_number else UNSET,
        ),
        link_sessions=sessions or UNSET,
    )
