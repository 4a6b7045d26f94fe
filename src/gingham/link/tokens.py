"""link_tokens: what may be asked of Link, and for how long (Plaid docs: API reference, Link).

`check` decides, without I/O, whether a request makes sense; `create` remembers it. Options of flows that this
server does not have yet are refused, never silently ignored: a token that promises them would mislead the
page that opens it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from gingham.banks.protocol import Institution
from gingham.clock import DAY, HOUR, MINUTE, SECOND
from gingham.errors import PlaidError, error
from gingham.ids import digest
from gingham.items import bank_consents, verification
from gingham.items.consent import scopes
from gingham.items.products import PRODUCTS
from gingham.link import customizations, redirects
from gingham.link.customizations import Content
from gingham.link.flow import phone_numbers
from gingham.link.flow.model import AccountChoice, AuthFlows, Config
from gingham.platform import Platform
from gingham.store import Reader, accounts, links, users
from gingham.store.items import ItemRow
from gingham.store.links import LinkTokenRow

LIFETIME = 4 * HOUR
UPDATE_LIFETIME = 30 * MINUTE
PAGE_LIFETIME = 30 * MINUTE
"""Of the hosted page (Plaid docs: Hosted Link); longer when it is sent to somebody:"""
DELIVERED_LIFETIMES: Mapping[str | None, int] = {"sms": DAY, "email": 7 * DAY}
LONGEST_CLIENT_NAME = 30
"""Characters; a longer name is accepted and shown as `This Application`."""

_PHONE = "link_request.phone"

_LINK_TOKEN = re.compile(r"link-(sandbox|development|production)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# An e-mail address, an international phone number, or a North American one with its separators. Digits alone
# are nothing of the kind: ids are often numbers or times ("1777896000.25").
_LIKE_PERSONAL_DATA = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|\+[1-9][\d\s().-]{6,24}|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
)
_NOT_LEFT_FOR = frozenset(
    {"javascript", "data", "blob", "file", "about", "vbscript", "view-source", "filesystem"}
)
_UPDATE_MODE_PRODUCTS = frozenset({"assets", "statements", "auth", "identity"})
_ACCOUNTS_CHOSEN_ANEW = frozenset({"US", "CA"})
"""Countries where update mode may ask for the accounts again (Plaid docs: Link, update mode)."""


class Hosted(Struct, frozen=True, kw_only=True):
    """The page of this server's own that shows Link (Plaid docs: Hosted Link)."""

    completion_redirect_uri: str | None = None
    """Where that page goes in the end, after a success and after an exit."""
    url_lifetime_seconds: int | None = None
    delivery_method: Literal["sms", "email"] | None = None
    is_mobile_app: bool = False


class Kept(Struct, frozen=True, kw_only=True):
    """What must be told later although the database holds only digests; sealed."""

    link_token: str
    hosted: str | None = None
    """The end of the hosted page's address."""


class LinkRequest(Struct, frozen=True, kw_only=True):
    """The part of a /link/token/create request that outlives it: kept as JSON beside the token's digest."""

    client_name: str
    language: str
    country_codes: tuple[str, ...]
    client_user_id: str | None = None
    user_id: str | None = None
    """The user (`/user/create`) whose Items Link makes."""
    phone: bytes | None = None
    """The person's number as the client gave it, sealed."""
    phone_hint: str = ""
    """Its last four digits, where it is a number that returning people may give."""
    phone_verified: bool = False
    """The client has verified it."""
    products: tuple[str, ...] = ()
    required_if_supported_products: tuple[str, ...] = ()
    optional_products: tuple[str, ...] = ()
    additional_consented_products: tuple[str, ...] = ()
    webhook: str | None = None
    redirect_uri: str | None = None
    android_package_name: str | None = None
    """Instead of the redirect_uri: the Android app that people come back to."""
    link_customization_name: str | None = None
    preview: bool = False
    """Shows the draft of the customization."""
    appearance: str | None = None
    """LIGHT, DARK or SYSTEM."""
    account_filters: dict[str, dict[str, tuple[str, ...]]] | None = None
    """As it came: type -> {account_subtypes: [...]}, echoed by /link/token/get."""
    routing_number: str | None = None
    auth: AuthFlows = AuthFlows(instant_match=True)
    institution_id: str | None = None
    days_requested: int = 90
    account_selection_enabled: bool = False
    """Update mode shows the account pane."""
    hosted: Hosted | None = None
    multi_item: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every product the Item shall have if it can."""
        return (*self.products, *self.required_if_supported_products, *self.optional_products)

    @property
    def can_return(self) -> bool:
        """Whoever leaves for a bank has an address to come back to."""
        return self.redirect_uri is not None or self.android_package_name is not None


class Made(Struct, frozen=True, kw_only=True):
    """A new link_token. `hosted`: the end of its hosted page's address, if it has one."""

    link_token: str
    expires_at: int
    hosted: str | None

    def __repr__(self) -> str:
        return "Made(...)"


def check(request: LinkRequest, *, update_mode: bool) -> None:
    """Raises `PlaidError` for the first rule the request breaks, naming the field."""
    if request.client_user_id is not None:
        if not request.client_user_id.strip() or len(request.client_user_id) > 128:
            raise _field("user.client_user_id must be a non-empty string of at most 128 characters")
        if _LIKE_PERSONAL_DATA.fullmatch(request.client_user_id.strip()):
            raise _field(
                "user.client_user_id must not be personal information such as an e-mail address or a phone number"
            )
    _check_products(request, update_mode)
    if request.account_selection_enabled and not update_mode:
        raise _field("update.account_selection_enabled must not be true without access_token")
    if update_mode and request.account_filters is not None and not request.account_selection_enabled:
        raise _field("account_filters needs update.account_selection_enabled when access_token is given")
    if request.android_package_name is not None and request.redirect_uri is not None:
        raise _field("android_package_name must be omitted when redirect_uri is given")
    if request.android_package_name is not None and request.hosted is not None:
        raise _field("android_package_name must be omitted when hosted_link is given: its page is a web page")
    if request.multi_item and update_mode:
        raise _field("enable_multi_item_link must not be true when access_token is given")
    if request.multi_item and request.user_id is None:
        raise _field("enable_multi_item_link needs user_id or user_token: several Items belong to one user")
    if request.hosted is not None and request.hosted.completion_redirect_uri is not None:
        _check_completion(request.hosted.completion_redirect_uri)
    if not update_mode:
        _check_auth(request)
    for kind, chosen in (request.account_filters or {}).items():
        if not chosen.get("account_subtypes"):
            raise _field(
                f"account_filters.{kind}.account_subtypes must be a non-empty array of account subtypes"
            )
        if "limited purpose checking" in chosen["account_subtypes"] and not chosen.get(
            "limited_purpose_types"
        ):
            raise _field(
                f"account_filters.{kind}.limited_purpose_types must say which when account_subtypes has "
                '"limited purpose checking"'
            )


def _check_products(request: LinkRequest, update_mode: bool) -> None:
    lists = {
        "products": request.products,
        "required_if_supported_products": request.required_if_supported_products,
        "optional_products": request.optional_products,
        "additional_consented_products": request.additional_consented_products,
    }
    if update_mode:
        if any(product not in _UPDATE_MODE_PRODUCTS for product in request.products):
            raise _field("products must be omitted when access_token is given")
    elif not request.products:
        raise _field("products must be a non-empty array of products")
    seen: dict[str, str] = {}
    for name, products in lists.items():
        for product in products:
            row = PRODUCTS.get(product)
            if row is None or not row.linkable:
                raise error(
                    "INVALID_PRODUCT",
                    message=f'client is not authorized to access the following products: ["{product}"]',
                )
            if product in seen and seen[product] != name:
                raise _field(f"{name} must not repeat {product}, which {seen[product]} already has")
            seen[product] = name
    if "signal" in seen and "auth" not in seen:
        raise _field("products must include auth when it includes signal")


def _check_auth(request: LinkRequest) -> None:
    """Flows without a login make Items of auth alone, at banks of the United States (Plaid docs: Auth)."""
    by_hand = {
        "same_day_microdeposits_enabled": request.auth.same_day_microdeposits,
        "instant_microdeposits_enabled": request.auth.instant_microdeposits,
        "database_insights_enabled": request.auth.database,
    }
    for name, enabled in by_hand.items():
        if enabled and request.products != ("auth",):
            raise _field(f'auth.{name} must not be true unless products is ["auth"]')
        if enabled and request.country_codes != ("US",):
            raise _field(f'auth.{name} must not be true unless country_codes is ["US"]')


def _check_selection(request: LinkRequest, institution: Institution | None) -> None:
    """Elsewhere the accounts are chosen at the bank, which asks for them itself."""
    served = {*institution.country_codes} & {*request.country_codes} if institution else set()
    if not served & _ACCOUNTS_CHOSEN_ANEW:
        raise _field(
            "update.account_selection_enabled must not be true unless the Item's institution and country_codes "
            "have US or CA in common"
        )


def _check_completion(uri: str) -> None:
    """An address of an app or of the web. Schemes that browsers run or show themselves would give whoever made
    the link_token a way into this server's own page."""
    scheme, colon, rest = uri.partition(":")
    well_formed = re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) and colon and rest and uri.isprintable()
    if not well_formed or " " in uri or scheme.lower() in _NOT_LEFT_FOR:
        raise _field(
            "hosted_link.completion_redirect_uri must be an https address or one of an app's own scheme"
        )
    if scheme.lower() in ("http", "https") and not re.match(r"//[^/\s?#@]+([/?#]|\Z)", rest):
        raise _field("hosted_link.completion_redirect_uri must name a host")


def _field(message: str) -> PlaidError:
    return error("INVALID_FIELD", message=message)


async def create(
    platform: Platform, request: LinkRequest, client_id: str, environment: str, item: ItemRow | None = None
) -> Made:
    """Makes a link_token. `item`: the one update mode is for."""
    check(request, update_mode=item is not None)
    if item is not None and item.institution_id is None:
        await awaiting_code(platform, item)
    if item is not None and request.account_selection_enabled:
        _check_selection(request, platform.banks.institution(item.institution_id))
    if request.redirect_uri is not None:
        await redirects.allow(platform, client_id, environment, request.redirect_uri)
    if request.android_package_name is not None:
        await redirects.allow_package(platform, client_id, environment, request.android_package_name)
    if request.account_selection_enabled:
        content = await customization(platform, request, client_id)
        if content is not None and content.account_select == "disabled":
            raise error("INVALID_LINK_CUSTOMIZATION")
    limited = item is not None and item.consented_products is not None
    if limited and request.additional_consented_products:
        content = await customization(platform, request, client_id)
        if not customizations.is_transparent(content):
            raise error(
                "INVALID_LINK_CUSTOMIZATION",
                message="requested link customization has no Data Transparency Messaging use case",
            )
    now = platform.clock.now()
    token = platform.ids.token("link", environment)
    kept = Kept(link_token=token, hosted=f"lp{platform.ids.opaque()}" if request.hosted is not None else None)
    on_page = _on_page(request.hosted, environment) if request.hosted is not None else None
    expires_at = now + _lifetime(request.hosted, on_page, update_mode=item is not None)
    row = LinkTokenRow(
        digest=digest(token),
        client_id=client_id,
        environment=environment,
        created_at=now,
        expires_at=expires_at,
        request=msgspec.json.encode(request),
        item_id=item.item_id if item is not None else None,
        used_at=None,
        burnt_at=None,
        hosted_digest=digest(kept.hosted) if kept.hosted is not None else None,
        hosted_until=min(now + on_page, expires_at) if on_page is not None else None,
        sealed=seal(platform, kept) if request.hosted is not None or request.multi_item else None,
    )
    async with platform.store.writing() as writer:
        await links.add_link_token(writer, row)
    return Made(link_token=token, expires_at=expires_at, hosted=kept.hosted)


def _on_page(hosted: Hosted, environment: str) -> int:
    """How long the hosted page can be opened."""
    if hosted.url_lifetime_seconds is not None:
        return hosted.url_lifetime_seconds * SECOND
    delivered = hosted.delivery_method if environment != "sandbox" else None  # the sandbox delivers nothing
    return DELIVERED_LIFETIMES.get(delivered, PAGE_LIFETIME)


def _lifetime(hosted: Hosted | None, on_page: int | None, *, update_mode: bool) -> int:
    """A lifetime that was asked for is the link_token's own; one that delivery needs only lengthens it."""
    usual = UPDATE_LIFETIME if update_mode else LIFETIME
    if hosted is None or on_page is None:
        return usual
    return on_page if hosted.url_lifetime_seconds is not None else max(usual, on_page)


def seal(platform: Platform, kept: Kept) -> bytes:
    return platform.vault.seal(msgspec.json.encode(kept), digest(kept.link_token).hex())


def delivery_id(link_token: str) -> str:
    """Of /link_delivery/*: the link_token without `link-<environment>-` (Plaid docs: Link Delivery)."""
    return link_token.split("-", 2)[2]


def kept(platform: Platform, row: LinkTokenRow) -> Kept:
    """What was sealed with the token. Raises `LookupError` for a token that needed nothing kept."""
    if row.sealed is None:
        raise LookupError("nothing was kept of this link_token")
    return msgspec.json.decode(platform.vault.open(row.sealed, row.digest.hex()), type=Kept)


async def awaiting_code(platform: Platform, item: ItemRow) -> AccountChoice:
    """The account of an Item without a login that update mode is for: it waits for the code of its micro-deposit.

    Raises `PlaidError` when it does not.
    """
    async with platform.store.reading() as reader:
        row = verification.awaiting_code(await accounts.accounts(reader, item.item_id))
    return AccountChoice(key="0", name=row.name, mask=row.mask, type=row.type, subtype=row.subtype)


def well_formed(token: str) -> bool:
    return _LINK_TOKEN.match(token) is not None


def elsewhere(token: str) -> list[str]:
    """The same token as the other environments would have written it."""
    _, environment, rest = token.split("-", 2)
    return [f"link-{other}-{rest}" for other in ("sandbox", "production") if other != environment]


UNKNOWN, EXPIRED = "LINK_TOKEN_UNKNOWN", "LINK_TOKEN_EXPIRED"
BURNT, USED = "LINK_TOKEN_BURNT", "LINK_TOKEN_USED"
ELSEWHERE = "LINK_TOKEN_OF_ANOTHER_ENVIRONMENT"
USER_REMOVED = "LINK_TOKEN_OF_A_REMOVED_USER"
"""Why a link_token is not good, as `error_code_reason` beside the one INVALID_LINK_TOKEN of the protocol."""


def usable(row: LinkTokenRow | None, now: int) -> LinkTokenRow:
    """The token, if Link may (still) be opened with it. Raises `PlaidError` INVALID_LINK_TOKEN, with the
    reason."""
    if row is None:
        raise error("INVALID_LINK_TOKEN", reason=UNKNOWN)
    if row.burnt_at is not None:
        raise error("INVALID_LINK_TOKEN", reason=BURNT)
    if now >= row.expires_at:
        raise error("INVALID_LINK_TOKEN", reason=EXPIRED)
    if row.used_at is not None and row.environment != "sandbox":
        # One successful session in production; in the sandbox a token may be opened again (Plaid docs: Link).
        raise error("INVALID_LINK_TOKEN", reason=USED)
    return row


async def has_its_user(reader: Reader, request: LinkRequest) -> bool:
    """False when the user whom the Item would belong to was removed."""
    if request.user_id is None:
        return True
    user = await users.user(reader, request.user_id)
    return user is not None and user.removed_at is None


def usable_page(row: LinkTokenRow | None, now: int) -> LinkTokenRow:
    """The token, if its hosted page can (still) be opened. Raises `PlaidError` INVALID_LINK_TOKEN."""
    if row is None or row.hosted_until is None:
        raise error("INVALID_LINK_TOKEN", reason=UNKNOWN)
    if now >= row.hosted_until:
        raise error("INVALID_LINK_TOKEN", reason=EXPIRED)
    return usable(row, now)


def seal_phone(platform: Platform, typed: str, country_codes: Sequence[str]) -> tuple[bytes | None, str]:
    """The number as a `LinkRequest` keeps it, and its hint; neither where it is not one that can be used."""
    number = phone_numbers.e164(typed, phone_numbers.countries_for(country_codes))
    if number is None:
        return None, ""
    return platform.vault.seal(number.encode(), _PHONE), phone_numbers.hint(number)


def phone_of(platform: Platform, request: LinkRequest) -> str | None:
    """The number that the client gave, in the form `+14155550011`."""
    return platform.vault.open(request.phone, _PHONE).decode() if request.phone is not None else None


def config(
    request: LinkRequest,
    institution_id: str | None,
    *,
    update_mode: bool,
    environment: str,
    keeps_login: bool = False,
    hosted: bool = False,
    content: Content | None = None,
    pending: AccountChoice | None = None,
) -> Config:
    """What the flow needs of the request and of the customization that applies.

    Only the sandbox asks for a number: its one-time code is known, and in production this server has nobody
    who would send one.
    """
    asks = environment == "sandbox" and not update_mode and request.institution_id is None
    countries = phone_numbers.countries_for(request.country_codes) if asks else ()
    custom = content or Content()
    asked = (*request.wanted, *request.additional_consented_products)
    name = request.client_name if len(request.client_name) <= LONGEST_CLIENT_NAME else "This Application"
    return Config(
        client_name=name,
        language=request.language,
        country_codes=request.country_codes,
        products=request.products,
        required_if_supported_products=request.required_if_supported_products,
        account_filters=_filters(request),
        account_selection="none"
        if update_mode and not request.account_selection_enabled
        else custom.account_select,
        update_mode=update_mode,
        keeps_login=keeps_login,
        institution_id=institution_id if update_mode else request.institution_id,
        auth=_auth(request, update_mode),
        routing_number=request.routing_number,
        pending=pending,
        can_redirect=hosted or request.can_return,
        hosted=hosted,
        recovery=hosted and bool(request.webhook) and environment == "sandbox",
        multi_item=request.multi_item,
        phone_countries=countries,
        phone_hint=request.phone_hint if countries else "",
        phone_verified=request.phone_verified,
        institutions=custom.institutions or (),
        texts=customizations.texts(custom, update_mode=update_mode),
        look=customizations.look(content, request.appearance),
        data_types=scopes(asked) if customizations.is_transparent(content) else (),
        use_cases=custom.use_cases if customizations.is_transparent(content) else (),
    )


def keeps_login(
    request: LinkRequest, item: ItemRow, institution: Institution | None, content: Content | None, now: int
) -> bool:
    """Update mode asks only what is broken (Plaid docs: Link, update mode): at a healthy Item that is to share other
    accounts or more data, nothing is.

    At a bank's own pages accounts are chosen there. A consent that is about to end is renewed while the person
    is here, and update mode without a purpose of its own is there to renew.
    """
    ends_at = item.consent_expires_at
    healthy = item.error_code is None and (ends_at is None or now < ends_at - bank_consents.WARNING)
    if institution is None or not healthy:
        return False
    if request.account_selection_enabled:
        return not institution.oauth
    return bool(request.additional_consented_products) and customizations.is_transparent(content)


async def customization(platform: Platform, request: LinkRequest, client_id: str) -> Content | None:
    """The customization that applies to the request, as it is now."""
    return await customizations.applied(
        platform.store,
        client_id,
        request.link_customization_name,
        request.language,
        request.country_codes,
        draft=request.preview,
    )


def _auth(request: LinkRequest, update_mode: bool) -> AuthFlows:
    """Numbers are typed only for auth, and only in the United States."""
    asked = (*request.products, *request.required_if_supported_products)
    return (
        request.auth
        if "auth" in asked and request.country_codes == ("US",) and not update_mode
        else AuthFlows()
    )


def _filters(request: LinkRequest) -> dict[str, tuple[str, ...]] | None:
    if request.account_filters is None:
        return None
    return {
        kind: tuple(chosen.get("account_subtypes", ())) for kind, chosen in request.account_filters.items()
    }
