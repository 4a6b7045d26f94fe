"""People who come back from a bank's own pages (Plaid docs: Link).

The bank sends them to this server with its answer and our handle. The answer goes into their Link session at
once; what they see depends on how they went: a window closes itself and the page behind it goes on, a page
that left is sent to its own return address with the visit's `oauth_state_id` as its only query parameter.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from gingham.ids import digest
from gingham.link import redirects, sessions
from gingham.link.flow.model import BankPages
from gingham.link.pictures import session_of
from gingham.link.tokens import LinkRequest, kept
from gingham.platform import Platform
from gingham.store import links, visits
from gingham.store.links import LinkSessionRow, LinkTokenRow
from gingham.store.visits import VisitRow

REDIRECT = "redirect"
HOSTED_PATH = "/link/hosted/"
LONGEST_HANDLE = 512
"""Characters; ours are far shorter."""


class Landing(Struct, frozen=True, kw_only=True):
    """What the person gets: a redirect, or a page that closes itself (`known`), or one that says the way is
    over."""

    known: bool
    redirect_to: str | None = None
    language: str = "en"


async def land(platform: Platform, answer: Mapping[str, str], origin: str | None, request_id: str) -> Landing:
    """Takes the bank's answer, once per visit."""
    handle = answer.get("state", "")
    found = await _find(platform, handle) if 0 < len(handle) <= LONGEST_HANDLE else None
    if found is None:
        return Landing(known=False)
    visit, row, token = found
    session = session_of(row)
    async with platform.store.writing() as writer:
        first = await visits.mark_returned(writer, visit.handle_digest, platform.clock.now())
    if first and row.finished_at is None:
        await sessions.came_back(platform, row, token, answer, origin, request_id)
    if session.away != REDIRECT:
        return Landing(known=first, language=session.config.language)
    if session.config.hosted:
        page = f"{HOSTED_PATH}{kept(platform, token).hosted}"
        return Landing(known=True, redirect_to=f"{page}?oauth_state_id={visit.oauth_state_id}")
    request = msgspec.json.decode(token.request, type=LinkRequest)
    back = redirects.back(request.redirect_uri, request.android_package_name, visit.oauth_state_id)
    return Landing(known=first or back is not None, redirect_to=back, language=session.config.language)


async def to_bank(platform: Platform, handle: str, request_id: str) -> str | None:
    """The bank's pages, for a phone that has read the code on somebody's screen; None for a code that is over."""
    waiting = await _waiting_for_phone(platform, handle)
    if waiting is None:
        return None
    row, token, pages = waiting
    await sessions.scanned(platform, row, token, request_id)
    return pages.url


async def phone_address(platform: Platform, handle: str) -> str | None:
    """What the code says; None for one that is over."""
    waiting = await _waiting_for_phone(platform, handle)
    return None if waiting is None else waiting[2].phone_url


async def _waiting_for_phone(
    platform: Platform, handle: str
) -> tuple[LinkSessionRow, LinkTokenRow, BankPages] | None:
    found = await _find(platform, handle) if 0 < len(handle) <= LONGEST_HANDLE else None
    if found is None:
        return None
    _, row, token = found
    session = session_of(row)
    pages = session.bank_pages
    # Of several visits only the one that the pane shows: the person may have gone back and come again.
    shown = pages is not None and pages.phone_url is not None and pages.phone_url.endswith(f"/{handle}")
    over = row.finished_at is not None or sessions.over(platform, row, token) is not None
    return None if pages is None or not shown or over else (row, token, pages)


async def _find(platform: Platform, handle: str) -> tuple[VisitRow, LinkSessionRow, LinkTokenRow] | None:
    async with platform.store.reading() as reader:
        visit = await visits.visit_by_handle(reader, digest(handle))
        if visit is None:
            return None
        row = await links.session(reader, visit.link_session_id)
        token = await links.link_token(reader, visit.token_digest)
    return None if row is None or token is None else (visit, row, token)
