"""What happened in the Link sessions of a link_token, for /link/token/get (Plaid docs: Link, API reference)."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gingham.clock import HOUR, iso_seconds
from gingham.errors import error
from gingham.ids import digest
from gingham.link import pictures
from gingham.link.facts import LinkEvent, told
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import links
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow

RETENTION = 6 * HOUR
"""Session data can be read for this long after the session ended."""


class ItemAddResult(Struct, kw_only=True):
    public_token: str
    accounts: list[dict[str, Any]]
    institution: dict[str, Any] | None


class LinkResults(Struct, kw_only=True):
    """Kinds of results that this server cannot produce are empty, as the schema demands."""

    item_add_results: list[ItemAddResult]
    cra_item_add_results: tuple[()] = ()
    cra_update_results: tuple[()] = ()
    bank_income_results: tuple[()] = ()
    payroll_income_results: tuple[()] = ()
    document_income_results: None = None


class Ended(Struct, kw_only=True):
    error: dict[str, Any] | None
    metadata: dict[str, Any]


class Succeeded(Struct, kw_only=True):
    public_token: str
    metadata: dict[str, Any]


class LinkSession(Struct, kw_only=True):
    link_session_id: str
    started_at: str
    finished_at: str | None
    events: list[LinkEvent]
    results: LinkResults | UnsetType = UNSET
    exit: Ended | UnsetType = UNSET
    on_success: Succeeded | UnsetType = UNSET
    """Deprecated twin of the first Item in `results`."""
    on_exit: Ended | UnsetType = UNSET
    """Deprecated twin of `exit`."""


async def of_token(
    platform: Platform, link_token: str, client_id: str, environment: str
) -> tuple[LinkTokenRow, LinkRequest, list[LinkSession]]:
    """The token, its request, and its sessions in the order they were opened.

    Raises `PlaidError` INVALID_FIELD for a token that is not this client's (Plaid's code here, not
    INVALID_LINK_TOKEN).
    """
    async with platform.store.reading() as reader:
        token = await links.link_token(reader, digest(link_token))
        if token is None or token.client_id != client_id or token.environment != environment:
            raise error("INVALID_FIELD", message="link_token is not a link_token of this client")
        opened = await links.sessions_of_token(reader, token.digest)
        recent = [
            row
            for row in opened
            if row.finished_at is None or row.finished_at + RETENTION > platform.clock.now()
        ]
        happened = [await links.events(reader, row.link_session_id) for row in recent]
    request = msgspec.json.decode(token.request, type=LinkRequest)
    return (
        token,
        request,
        [_session(platform, row, events) for row, events in zip(recent, happened, strict=True)],
    )


def _session(platform: Platform, row: LinkSessionRow, events: list[LinkEventRow]) -> LinkSession:
    shown = LinkSession(
        link_session_id=row.link_session_id,
        started_at=iso_seconds(row.started_at),
        finished_at=iso_seconds(row.finished_at) if row.finished_at is not None else None,
        events=[told(event) for event in reversed(events)],
    )
    if row.finished_at is None:
        return shown
    ended = pictures.result(platform, row)
    if ended["kind"] == "success":
        added = [
            ItemAddResult(
                public_token=pictures.opened(platform, row, linked),
                accounts=linked.metadata["accounts"],
                institution=linked.metadata["institution"],
            )
            for linked in pictures.outcome(row).linked
        ]
        shown.results = LinkResults(item_add_results=added)
        first = pictures.outcome(row).linked[0]
        kept = ("institution", "accounts", "link_session_id", "transfer_status")
        shown.on_success = Succeeded(
            public_token=added[0].public_token, metadata={name: first.metadata[name] for name in kept}
        )
    else:
        shown.exit = shown.on_exit = Ended(error=ended["error"], metadata=ended["metadata"])
    return shown
