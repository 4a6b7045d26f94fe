"""link_tokens: what may be asked of Link, and for how long (Plaid docs: API reference, Link).

`check` decides, without I/O, whether a request makes sense; `create` remembers it. Options of flows that this
server does not have yet are refused, never silently ignored: a token that promises them would mislead the
page that opens it.
"""

import re

import msgspec
from msgspec import Struct

from gingham.clock import HOUR, MINUTE
from gingham.errors import PlaidError, error
from gingham.ids import digest
from gingham.items.products import PRODUCTS
from gingham.link.flow.model import Config
from gingham.platform import Platform
from gingham.store import links
from gingham.store.items import ItemRow
from gingham.store.links import LinkTokenRow

LIFETIME = 4 * HOUR
UPDATE_LIFETIME = 30 * MINUTE
LONGEST_CLIENT_NAME = 30
"""Characters; a longer name is accepted and shown as `This Application`."""

_LINK_TOKEN = re.compile(r"link-(sandbox|development|production)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# An e-mail address, an international phone number, or a North American one with its separators. Digits alone
# are nothing of the kind: ids are often numbers or times ("1777896000.25").
_LIKE_PERSONAL_DATA = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|\+[1-9][\d\s().-]{6,24}|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
)
_LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/|\Z)")
_UPDATE_MODE_PRODUCTS = frozenset({"assets", "statements", "auth", "identity"})


class LinkRequest(Struct, frozen=True, kw_only=True):
    """The part of a /link/token/create request that outlives it: kept as JSON beside the token's digest."""

    client_name: str
    language: str
    country_codes: tuple[str, ...]
    client_user_id: str | None = None
    user_id: str | None = None
    """The user (`/user/create`) whose Items Link makes."""
    products: tuple[str, ...] = ()
    required_if_supported_products: tuple[str, ...] = ()
    optional_products: tuple[str, ...] = ()
    additional_consented_products: tuple[str, ...] = ()
    webhook: str | None = None
    redirect_uri: str | None = None
    link_customization_name: str | None = None
    account_filters: dict[str, dict[str, tuple[str, ...]]] | None = None
    """As it came: type -> {account_subtypes: [...]}, echoed by /link/token/get."""
    routing_number: str | None = None
    institution_id: str | None = None
    days_requested: int = 90
    account_selection_enabled: bool = False
    """Update mode shows the account pane."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every product the Item shall have if it can."""
        return (*self.products, *self.required_if_supported_products, *self.optional_products)


def check(request: LinkRequest, environment: str, *, update_mode: bool) -> None:
    """Raises `PlaidError` for the first rule the request breaks, naming the field."""
    if request.client_user_id is not None:
        if not request.client_user_id.strip() or len(request.client_user_id) > 128:
            raise _field("user.client_user_id must be a non-empty string of at most 128 characters")
        if _LIKE_PERSONAL_DATA.fullmatch(request.client_user_id.strip()):
            raise _field(
                "user.client_user_id must not be personal information such as an e-mail address or a phone number"
            )
    _check_products(request, update_mode)
    if request.redirect_uri is not None:
        _check_redirect(request.redirect_uri, environment)
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


def _check_redirect(uri: str, environment: str) -> None:
    """Rules of the OAuth guide (Plaid docs: Link). Without a dashboard every https address and, in the
    sandbox, every local one counts as registered."""
    local = environment == "sandbox" and _LOCAL.match(uri) is not None
    if (
        not (local or re.match(r"https://[^/\s?#*@]+(/[^\s?#*]*)?\Z", uri))
        or "?" in uri
        or "#" in uri
        or "*" in uri
    ):
        where = (
            "an https address, or http on localhost in the sandbox,"
            if environment == "sandbox"
            else "an https address"
        )
        raise _field(f"redirect_uri must be {where} without query, fragment or wildcard")


def _field(message: str) -> PlaidError:
    return error("INVALID_FIELD", message=message)


async def create(
    platform: Platform, request: LinkRequest, client_id: str, environment: str, item: ItemRow | None = None
) -> tuple[str, int]:
    """Makes a link_token and returns it with the instant it expires; `item`: the one update mode is for."""
    check(request, environment, update_mode=item is not None)
    now = platform.clock.now()
    token = platform.ids.token("link", environment)
    expires_at = now + (UPDATE_LIFETIME if item is not None else LIFETIME)
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
    )
    async with platform.store.writing() as writer:
        await links.add_link_token(writer, row)
    return token, expires_at


def well_formed(token: str) -> bool:
    return _LINK_TOKEN.match(token) is not None


def usable(row: LinkTokenRow | None, now: int) -> LinkTokenRow:
    """The token, if Link may (still) be opened with it. Raises `PlaidError` INVALID_LINK_TOKEN."""
    if row is None or row.burnt_at is not None or now >= row.expires_at:
        raise error("INVALID_LINK_TOKEN")
    if row.used_at is not None and row.environment != "sandbox":
        # One successful session in production; in the sandbox a token may be opened again (Plaid docs: Link).
        raise error("INVALID_LINK_TOKEN")
    return row


def config(request: LinkRequest, institution_id: str | None, *, update_mode: bool) -> Config:
    """What the flow needs of the request."""
    name = request.client_name if len(request.client_name) <= LONGEST_CLIENT_NAME else "This Application"
    return Config(
        client_name=name,
        language=request.language,
        country_codes=request.country_codes,
        products=request.products,
        required_if_supported_products=request.required_if_supported_products,
        account_filters=_filters(request),
        account_selection="none" if update_mode and not request.account_selection_enabled else "multiple",
        update_mode=update_mode,
        institution_id=institution_id if update_mode else request.institution_id,
        can_redirect=request.redirect_uri is not None,
    )


def _filters(request: LinkRequest) -> dict[str, tuple[str, ...]] | None:
    if request.account_filters is None:
        return None
    return {
        kind: tuple(chosen.get("account_subtypes", ())) for kind, chosen in request.account_filters.items()
    }
