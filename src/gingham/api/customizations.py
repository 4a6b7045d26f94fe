"""/gingham/v1/link/customizations/*: how Link looks, speaks and behaves, by name (docs/customization.md).

Plaid has no endpoints for this, only its dashboard; these are what a dashboard of ours works with.
"""

import binascii
from base64 import b64decode
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import CountryCodes, Language, Nested
from gingham.api.items import Nothing
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.errors import invalid_field
from gingham.link import customizations, tokens
from gingham.link.customizations import (
    LOGO_BYTES,
    MOST_INSTITUTIONS,
    MOST_USE_CASES,
    AccountSelect,
    Content,
    Moved,
    logo_path,
    moved,
)
from gingham.link.tokens import LinkRequest
from gingham.store.customizations import CustomizationRow

Name = Annotated[
    str, Meta(min_length=1, max_length=64, extra={"must": "be a non-empty string of at most 64 characters"})
]
Said = Annotated[str, Meta(max_length=1000)]


class ContentChanges(Nested, kw_only=True, frozen=True):
    """Members that are left out stay as they are; null is the default again."""

    language: Language | UnsetType = UNSET
    country_codes: CountryCodes | UnsetType = UNSET
    texts: Annotated[dict[str, dict[str, Said]], Meta(max_length=20)] | UnsetType | None = UNSET
    institutions: (
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=64)]],
            Meta(
                min_length=1,
                max_length=MOST_INSTITUTIONS,
                extra={"must": f"be an array of 1 to {MOST_INSTITUTIONS} institution ids, or null"},
            ),
        ]
        | UnsetType
        | None
    ) = UNSET
    background_color: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    background_opacity: Annotated[int, Meta(ge=0, le=100)] | UnsetType | None = UNSET
    brand_color: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    logo_png: str | UnsetType | None = UNSET
    """Base64."""
    account_select: AccountSelect | UnsetType | None = UNSET
    data_transparency: bool | UnsetType | None = UNSET
    use_cases: (
        Annotated[
            list[Said],
            Meta(
                max_length=MOST_USE_CASES, extra={"must": f"be an array of at most {MOST_USE_CASES} strings"}
            ),
        ]
        | UnsetType
        | None
    ) = UNSET


class ShownContent(Struct, kw_only=True):
    language: str
    country_codes: tuple[str, ...]
    texts: dict[str, dict[str, str]]
    institutions: tuple[str, ...] | None
    background_color: str | None
    background_opacity: int
    brand_color: str | None
    logo_url: str | None
    account_select: AccountSelect
    data_transparency: bool
    use_cases: tuple[str, ...]
    moved_colors: tuple[Moved, ...]


class Customization(Struct, kw_only=True):
    name: str
    draft: ShownContent
    published: ShownContent | None
    has_unpublished_changes: bool
    created_at: str
    updated_at: str
    published_at: str | None


class CustomizationResponse(Struct, kw_only=True):
    customization: Customization


class CustomizationsResponse(Struct, kw_only=True):
    customizations: list[Customization]


class NothingRequest(Request, kw_only=True, frozen=True):
    pass


class NamedRequest(Request, kw_only=True, frozen=True):
    name: Name


class CreateRequest(Request, kw_only=True, frozen=True):
    name: Name
    content: ContentChanges | UnsetType = UNSET


class UpdateRequest(Request, kw_only=True, frozen=True):
    name: Name
    content: ContentChanges


class NewNameRequest(Request, kw_only=True, frozen=True):
    name: Name
    new_name: Name


class PreviewRequest(Request, kw_only=True, frozen=True):
    name: Name
    client_name: Annotated[str, Meta(min_length=1, max_length=255)] = "Preview"
    appearance_mode: Literal["LIGHT", "DARK", "SYSTEM"] | None = None


class PreviewResponse(Struct, kw_only=True):
    link_token: str
    expiration: str


@endpoint("/gingham/v1/link/customizations/list", tag="Link customizations", accepts_empty_body=True)
async def customizations_list(call: Call, request: NothingRequest) -> CustomizationsResponse:  # noqa: ARG001
    """Every customization, `default` first."""
    rows = await customizations.listed(call.platform, call.client_id)
    return CustomizationsResponse(customizations=[_shown(call, row) for row in rows])


@endpoint("/gingham/v1/link/customizations/get", tag="Link customizations")
async def customizations_get(call: Call, request: NamedRequest) -> CustomizationResponse:
    """One customization: its draft, and what is published."""
    return _answer(call, await customizations.find(call.platform, call.client_id, request.name))


@endpoint("/gingham/v1/link/customizations/create", tag="Link customizations")
async def customizations_create(call: Call, request: CreateRequest) -> CustomizationResponse:
    """Makes a customization, which Link shows once it is published."""
    changes = _changes(request.content) if request.content else {}
    return _answer(call, await customizations.create(call.platform, call.client_id, request.name, changes))


@endpoint("/gingham/v1/link/customizations/duplicate", tag="Link customizations")
async def customizations_duplicate(call: Call, request: NewNameRequest) -> CustomizationResponse:
    """Makes a customization that begins with the draft of another."""
    made = await customizations.create(
        call.platform, call.client_id, request.new_name, {}, like=request.name, field="new_name"
    )
    return _answer(call, made)


@endpoint("/gingham/v1/link/customizations/rename", tag="Link customizations")
async def customizations_rename(call: Call, request: NewNameRequest) -> CustomizationResponse:
    """Gives a customization another name; link_tokens that name the old one get the look of the house."""
    row = await customizations.rename(call.platform, call.client_id, request.name, request.new_name)
    return _answer(call, row)


@endpoint("/gingham/v1/link/customizations/update", tag="Link customizations")
async def customizations_update(call: Call, request: UpdateRequest) -> CustomizationResponse:
    """Changes a draft. Link shows it once it is published."""
    changes = _changes(request.content)
    return _answer(call, await customizations.update(call.platform, call.client_id, request.name, changes))


@endpoint("/gingham/v1/link/customizations/publish", tag="Link customizations")
async def customizations_publish(call: Call, request: NamedRequest) -> CustomizationResponse:
    """Shows the draft in every Link session that is opened from now on."""
    return _answer(call, await customizations.publish(call.platform, call.client_id, request.name))


@endpoint("/gingham/v1/link/customizations/delete", tag="Link customizations")
async def customizations_delete(call: Call, request: NamedRequest) -> Nothing:
    """Ends a customization; `default` stays for ever."""
    await customizations.delete(call.platform, call.client_id, request.name)
    return Nothing()


@endpoint("/gingham/v1/link/customizations/preview", tag="Link customizations", sandbox_only=True)
async def customizations_preview(call: Call, request: PreviewRequest) -> PreviewResponse:
    """Makes a link_token that shows the draft, in its own language and countries, at the sandbox's banks."""
    row = await customizations.find(call.platform, call.client_id, request.name)
    content = msgspec.json.decode(row.draft, type=Content)
    asked = LinkRequest(
        client_name=request.client_name,
        language=content.language,
        country_codes=content.country_codes,
        client_user_id="preview",
        products=("transactions",),
        link_customization_name=request.name,
        appearance=request.appearance_mode,
        preview=True,
    )
    made = await tokens.create(call.platform, asked, call.client_id, call.environment)
    return PreviewResponse(link_token=made.link_token, expiration=iso_seconds(made.expires_at))


def _changes(content: ContentChanges) -> dict[str, Any]:
    """The members that were given, the logo as bytes."""
    given = {
        name: value for name in content.__struct_fields__ if (value := getattr(content, name)) is not UNSET
    }
    for name in ("brand_color", "background_color"):
        if isinstance(given.get(name), str):
            given[name] = given[name].lower()
    picture = given.get("logo_png")
    if picture is not None:
        try:
            given["logo_png"] = b64decode(picture, validate=True)
        except (binascii.Error, ValueError):
            raise invalid_field(
                f"content.logo_png must be base64 of a PNG picture of at most {LOGO_BYTES} bytes"
            ) from None
    return given


def _answer(call: Call, row: CustomizationRow) -> CustomizationResponse:
    return CustomizationResponse(customization=_shown(call, row))


def _shown(call: Call, row: CustomizationRow) -> Customization:
    return Customization(
        name=row.name,
        draft=_shown_content(call, row.draft),
        published=_shown_content(call, row.published) if row.published is not None else None,
        has_unpublished_changes=row.draft != row.published,
        created_at=iso_seconds(row.created_at),
        updated_at=iso_seconds(row.updated_at),
        published_at=iso_seconds(row.published_at) if row.published_at is not None else None,
    )


def _shown_content(call: Call, stored: bytes) -> ShownContent:
    content = msgspec.json.decode(stored, type=Content)
    return ShownContent(
        language=content.language,
        country_codes=content.country_codes,
        texts={section: dict(parts) for section, parts in content.texts.items()},
        institutions=content.institutions,
        background_color=content.background_color,
        background_opacity=content.background_opacity,
        brand_color=content.brand_color,
        logo_url=f"{call.origin or ''}{logo_path(content.logo)}" if content.logo else None,
        account_select=content.account_select,
        data_transparency=content.data_transparency,
        use_cases=content.use_cases,
        moved_colors=moved(content),
    )
