"""Customizations: how a client wants Link to look, speak and behave (Plaid docs: Customizing Link).

Each has a draft, which is edited, and a published content, which Link shows from the next session on; a session
keeps what it began with. It applies when its language and its set of countries are exactly those of the
link_token, and is passed over in silence otherwise. `default` is always there.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from gingham.banks.catalogue import Catalogue
from gingham.errors import PlaidError, invalid_field
from gingham.link import png
from gingham.link.colours import GROUNDS, palette, readable
from gingham.link.flow.model import Look
from gingham.platform import Platform
from gingham.store import ConflictError, Reader, customizations
from gingham.store.customizations import CustomizationRow, LogoRow

DEFAULT = "default"
MOST = 200
"""Customizations of one client."""
LOGO_SIDE = 1024
"""Pixels (Plaid docs: Customizing Link)."""
LOGO_BYTES = 512 * 1024
MOST_INSTITUTIONS = 30
MOST_USE_CASES = 3
LONGEST_TEXT = 200
"""Characters."""
TRANSPARENT_COUNTRIES = frozenset({"US", "CA"})
"""Where Data Transparency Messaging applies."""

SECTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "consent": {"title": ("consent.title",), "subtitle": ("consent.help",), "button": ("consent.button",)},
    "institution_select": {
        "title": ("select_institution.title",),
        "subtitle": ("select_institution.help",),
    },
    "institution_search": {
        "label": ("select_institution.search",),
        "nothing_found": ("select_institution.nothing",),
    },
    "connected": {
        "title": ("connected.title", "connected.several.title"),
        "subtitle": ("connected.help", "connected.several.help"),
        "button": ("button.finish",),
    },
    "reconnected": {
        "title": ("connected.update.title", "connected.kept.title"),
        "subtitle": ("connected.update.help", "connected.kept.help"),
        "button": ("button.finish",),
    },
}
"""Section -> part -> the message keys whose text it replaces."""
_NAMES = dict.fromkeys(SECTIONS, ("client_name",)) | {
    "connected": ("client_name", "institution"),
    "reconnected": ("client_name", "institution"),
}
"""What a text may mention in braces."""

AccountSelect = Literal["single", "multiple", "all", "disabled"]


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    language: str = "en"
    country_codes: tuple[str, ...] = ("US",)
    texts: Mapping[str, Mapping[str, str]] = {}
    """Section -> part -> text, verbatim."""
    institutions: tuple[str, ...] | None = None
    """What the list shows before a search, in this order; None: the popular ones."""
    background_color: str | None = None
    background_opacity: int = 50
    """Percent."""
    brand_color: str | None = None
    logo: str | None = None
    """Digest of the picture."""
    account_select: AccountSelect = "multiple"
    data_transparency: bool = False
    use_cases: tuple[str, ...] = ()
    """What the data is for, in the client's words and the customization's language."""


class Moved(Struct, frozen=True, kw_only=True):
    """A colour that is not shown as it was asked for, because nobody could read it."""

    field: str
    scheme: str
    asked: str
    shown: str


def moved(content: Content) -> tuple[Moved, ...]:
    brand = content.brand_color
    if brand is None:
        return ()
    return tuple(
        Moved(field="brand_color", scheme=scheme, asked=brand, shown=shown)
        for scheme in GROUNDS
        if (shown := readable(brand, scheme)) != brand
    )


def logo_path(digest: str) -> str:
    return f"/link/customizations/{digest}.png"


# --- what Link shows ----------------------------------------------------------------------------------------


async def applied(
    reader: Reader,
    client_id: str,
    name: str | None,
    language: str,
    country_codes: tuple[str, ...],
    *,
    draft: bool = False,
) -> Content | None:
    """The content that a link_token's session shows; None: the look of the house. `draft`: what is being
    edited, for a preview."""
    row = await customizations.customization(reader, client_id, name or DEFAULT)
    stored = None if row is None else row.draft if draft else row.published
    if stored is None:
        return None
    content = msgspec.json.decode(stored, type=Content)
    fits = content.language == language and set(content.country_codes) == set(country_codes)
    return content if fits else None


def is_transparent(content: Content | None) -> bool:
    return (
        content is not None
        and content.data_transparency
        and TRANSPARENT_COUNTRIES.issuperset(content.country_codes)
    )


def texts(content: Content, *, update_mode: bool) -> dict[str, str]:
    """The client's own texts by the message key they replace."""
    other = "connected" if update_mode else "reconnected"
    return {
        key: said
        for section, parts in content.texts.items()
        if section != other
        for part, said in parts.items()
        for key in SECTIONS[section][part]
    }


def look(content: Content | None, appearance: str | None) -> Look | None:
    """Colours, background and logo for the frame; None when nothing differs from the house's own."""
    content = content or Content()
    background, brand = content.background_color, content.brand_color
    made = Look(
        appearance=appearance if appearance in ("LIGHT", "DARK") else None,
        light=palette(brand, "light") if brand else {},
        dark=palette(brand, "dark") if brand else {},
        background=background,
        veil=f"{background}{round(content.background_opacity * 2.55):02x}" if background else None,
        logo=logo_path(content.logo) if content.logo else None,
    )
    return made if made != Look() else None


# --- editing ------------------------------------------------------------------------------------------------


async def listed(platform: Platform, client_id: str) -> list[CustomizationRow]:
    """All of the client's, `default` first."""
    rows = await customizations.customizations(platform.store, client_id)
    if all(row.name != DEFAULT for row in rows):
        rows.append(_untouched(platform, client_id))
    return sorted(rows, key=lambda row: (row.name != DEFAULT, row.name))


async def find(platform: Platform, client_id: str, name: str) -> CustomizationRow:
    """Raises `PlaidError` INVALID_FIELD when the client has none of that name."""
    row = await customizations.customization(platform.store, client_id, name)
    if row is None:
        if name != DEFAULT:
            raise _unknown("name")
        row = _untouched(platform, client_id)
    return row


async def create(
    platform: Platform,
    client_id: str,
    name: str,
    changes: Mapping[str, Any],
    *,
    like: str | None = None,
    field: str = "name",
) -> CustomizationRow:
    """A new one, not published yet. `like`: the one whose draft it begins with; `field`: where the new name
    stood."""
    content = Content()
    if like is not None:
        content = msgspec.json.decode((await find(platform, client_id, like)).draft, type=Content)
    content, logo = _changed(platform.banks.catalogue, content, changes)
    now = platform.clock.now()
    row = CustomizationRow(
        client_id=client_id,
        name=_checked(name, field),
        draft=msgspec.json.encode(content),
        published=None,
        created_at=now,
        updated_at=now,
        published_at=None,
    )
    if name == DEFAULT:
        raise _taken(field)
    async with platform.store.writing() as writer:
        if len(await customizations.customizations(writer, client_id)) >= MOST:
            raise invalid_field(f"{field} must not be one more: a client has at most {MOST} customizations")
        if logo is not None:
            await customizations.add_logo(writer, logo)
        if not await customizations.add_customization(writer, row):
            raise _taken(field)
    return row


async def update(
    platform: Platform, client_id: str, name: str, changes: Mapping[str, Any]
) -> CustomizationRow:
    """Changes the draft: members that are given replace those of before, the others stay."""
    return await _edit(platform, client_id, name, changes=changes)


async def publish(platform: Platform, client_id: str, name: str) -> CustomizationRow:
    """From now on Link shows the draft."""
    return await _edit(platform, client_id, name, published=True)


async def rename(platform: Platform, client_id: str, name: str, new_name: str) -> CustomizationRow:
    if name == DEFAULT:
        raise invalid_field(f"name must not be {DEFAULT}, which keeps its name")
    if new_name == DEFAULT:
        raise _taken("new_name")
    try:
        return await _edit(platform, client_id, name, new_name=_checked(new_name, "new_name"))
    except ConflictError:
        raise _taken("new_name") from None


async def delete(platform: Platform, client_id: str, name: str) -> None:
    if name == DEFAULT:
        raise invalid_field(f"name must not be {DEFAULT}, which cannot be deleted")
    async with platform.store.writing() as writer:
        if not await customizations.delete_customization(writer, client_id, name):
            raise _unknown("name")


async def _edit(
    platform: Platform,
    client_id: str,
    name: str,
    *,
    changes: Mapping[str, Any] | None = None,
    new_name: str | None = None,
    published: bool = False,
) -> CustomizationRow:
    now = platform.clock.now()
    async with platform.store.writing() as writer:
        if name == DEFAULT:
            await customizations.add_customization(writer, _untouched(platform, client_id))
        row = await customizations.lock_customization(writer, client_id, name)
        if row is None:
            raise _unknown("name")
        draft = row.draft
        if changes is not None:
            before = msgspec.json.decode(row.draft, type=Content)
            content, logo = _changed(platform.banks.catalogue, before, changes)
            draft = msgspec.json.encode(content)
            if logo is not None:
                await customizations.add_logo(writer, logo)
        row = replace(
            row,
            name=new_name or name,
            draft=draft,
            published=draft if published else row.published,
            updated_at=now,
            published_at=now if published else row.published_at,
        )
        await customizations.replace_customization(writer, name, row)
    return row


def _untouched(platform: Platform, client_id: str) -> CustomizationRow:
    """`default` before anybody has edited it."""
    nothing = msgspec.json.encode(Content())
    now = platform.clock.now()
    return CustomizationRow(
        client_id=client_id,
        name=DEFAULT,
        draft=nothing,
        published=nothing,
        created_at=now,
        updated_at=now,
        published_at=None,
    )


# --- what may be asked for ----------------------------------------------------------------------------------


def _changed(
    catalogue: Catalogue, before: Content, changes: Mapping[str, Any]
) -> tuple[Content, LogoRow | None]:
    """Raises `PlaidError` INVALID_FIELD for the first rule that is broken, naming the field."""
    changes = dict(changes)
    logo = None
    if "logo_png" in changes:
        picture = changes.pop("logo_png")
        logo = _logo(picture) if picture is not None else None
        changes["logo"] = logo.digest if logo is not None else None
    defaults = asdict(Content())
    kept = {
        name: defaults[name] if value is None else tuple(value) if isinstance(value, list) else value
        for name, value in changes.items()
        if name in defaults
    }
    content = replace(before, **kept)
    content = replace(content, country_codes=tuple(dict.fromkeys(content.country_codes)))
    for problem in _problems(catalogue, content):
        raise problem
    return content, logo


def _problems(catalogue: Catalogue, content: Content) -> Iterator[PlaidError]:
    for section, parts in content.texts.items():
        if section not in SECTIONS:
            yield invalid_field(f"content.texts.{section} must be one of the sections {', '.join(SECTIONS)}")
            continue
        for part, said in parts.items():
            if part not in SECTIONS[section]:
                known = ", ".join(SECTIONS[section])
                yield invalid_field(f"content.texts.{section}.{part} must be one of the parts {known}")
            elif wrong := _wrong_text(said, _NAMES[section]):
                yield invalid_field(f"content.texts.{section}.{part} {wrong}")
    for at, institution_id in enumerate(content.institutions or ()):
        institution = catalogue.get(institution_id)
        if institution is None:
            yield invalid_field(f"content.institutions[{at}] must be the id of an institution of this server")
        elif not set(institution.country_codes) & set(content.country_codes):
            yield invalid_field(
                f"content.institutions[{at}] must be an institution in one of content.country_codes"
            )
    for name in ("brand_color", "background_color"):
        colour = getattr(content, name)
        if colour is not None and not re.fullmatch(r"#[0-9a-f]{6}", colour):
            yield invalid_field(f"content.{name} must be a colour of the form #rrggbb")
    for at, use_case in enumerate(content.use_cases):
        if wrong := _wrong_text(use_case, ()):
            yield invalid_field(f"content.use_cases[{at}] {wrong}")
    if content.data_transparency and not content.use_cases:
        yield invalid_field(
            f"content.use_cases must have one to {MOST_USE_CASES} texts when content.data_transparency is true"
        )
    if content.data_transparency and not TRANSPARENT_COUNTRIES.issuperset(content.country_codes):
        yield invalid_field(
            "content.data_transparency must be false outside US and CA, where it does not apply"
        )


def _wrong_text(said: str, names: tuple[str, ...]) -> str | None:
    if not said.strip() or len(said) > LONGEST_TEXT or not said.isprintable():
        return f"must be one line of 1 to {LONGEST_TEXT} characters"
    rest = said
    for name in names:
        rest = rest.replace(f"{{{name}}}", "")
    if "{" in rest or "}" in rest:
        return "must have no braces" + (
            f" but those of {' and '.join(f'{{{name}}}' for name in names)}" if names else ""
        )
    return None


def _logo(picture: bytes) -> LogoRow:
    if len(picture) > LOGO_BYTES:
        raise invalid_field(f"content.logo_png must not be larger than {LOGO_BYTES} bytes")
    if wrong := png.problem(picture, LOGO_SIDE):
        raise invalid_field(f"content.logo_png {wrong}")
    return LogoRow(digest=sha256(picture).hexdigest(), png=picture)


def _checked(name: str, field: str) -> str:
    if name != name.strip() or not name.isprintable():
        raise invalid_field(f"{field} must be one line without blanks around it")
    return name


def _taken(field: str) -> PlaidError:
    return invalid_field(f"{field} must not be the name of another customization")


def _unknown(field: str) -> PlaidError:
    return invalid_field(f"{field} must be the name of one of your customizations")
