"""The hosted page's address, before anybody has opened it (Plaid docs: Hosted Link)."""

import msgspec
from msgspec import Struct

from gingham.errors import PlaidError
from gingham.ids import digest
from gingham.link import tokens
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import links


class Invitation(Struct, frozen=True, kw_only=True):
    """Whether Link can be opened there, and in whose language to say that it cannot."""

    open: bool
    language: str = "en"


async def invitation(platform: Platform, hosted: str) -> Invitation:
    async with platform.store.reading() as reader:
        token = await links.hosted_link_token(reader, digest(hosted))
    if token is None:
        return Invitation(open=False)
    language = msgspec.json.decode(token.request, type=LinkRequest).language
    try:
        tokens.usable_page(token, platform.clock.now())
    except PlaidError:
        return Invitation(open=False, language=language)
    return Invitation(open=True, language=language)
