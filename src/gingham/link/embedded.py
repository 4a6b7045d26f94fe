"""The banks that an embedded search shows inside a host's page (Plaid docs: Embedded Institution Search).

Looking at them opens no session: that begins with a choice.
"""

import msgspec
from msgspec import Struct

from gingham.errors import error
from gingham.ids import digest
from gingham.link import effects, tokens
from gingham.link.flow.model import FindInstitutions, Text
from gingham.link.messages.messages import direction, render
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import links

MOST = 15
"""Tiles; fewer where the host's element is small."""


class Tile(Struct, frozen=True, kw_only=True):
    institution_id: str
    name: str
    logo: str


class Embedded(Struct, frozen=True, kw_only=True):
    language: str
    direction: str
    title: str
    search: str
    institutions: list[Tile]


async def tiles(platform: Platform, link_token: str) -> Embedded:
    """Raises `PlaidError` INVALID_LINK_TOKEN, and INVALID_FIELD for a token of a flow that has no choice of
    banks or several."""
    async with platform.store.reading() as reader:
        known = tokens.well_formed(link_token)
        found = await links.link_token(reader, digest(link_token)) if known else None
    token = tokens.usable(found, platform.clock.now())
    request = msgspec.json.decode(token.request, type=LinkRequest)
    if token.item_id is not None or request.multi_item:
        raise error("INVALID_FIELD", message="embedded search is not for update mode or several Items")
    config = tokens.config(request, None, update_mode=False, environment=token.environment)
    shown = effects.find(platform, config, FindInstitutions(query=""), limit=MOST)
    language = request.language
    return Embedded(
        language=language,
        direction=direction(language),
        title=render(Text(key="select_institution.title"), language),
        search=render(Text(key="select_institution.search"), language),
        institutions=[
            Tile(institution_id=card.institution_id, name=card.name, logo=card.logo)
            for card in shown.institutions
        ],
    )
