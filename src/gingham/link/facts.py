"""What webhooks report of Link sessions that no page listens to: hosted ones, and those that link several
Items (Plaid docs: Link webhooks).

Written in the transaction that makes it true. Bodies carry tokens, so they are sealed in the outbox.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gingham.clock import MINUTE, iso_seconds
from gingham.items import facts
from gingham.link import tokens
from gingham.link.flow.moves import SUCCESS
from gingham.link.flow.results import exit_error, exit_metadata
from gingham.link.pictures import Linked, opened, outcome, session_of
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import Writer, links, outbox
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow
from gingham.store.outbox import OutboxRow

ABANDONED_AFTER = 10 * MINUTE
"""After so long without an action EVENTS tells what there is (Plaid docs: 5 to 15 minutes)."""


class LinkEvent(Struct, kw_only=True):
    event_id: str
    event_name: str
    event_metadata: dict[str, Any]
    timestamp: str


def told(row: LinkEventRow) -> LinkEvent:
    """An event as servers read it: whole seconds, without the members that say nothing (Plaid docs: Link)."""
    metadata: dict[str, Any] = msgspec.json.decode(row.metadata)
    own = ("link_session_id", "timestamp")
    return LinkEvent(
        event_id=row.event_id,
        event_name=row.name,
        event_metadata={
            name: value for name, value in metadata.items() if value is not None and name not in own
        },
        timestamp=iso_seconds(row.at),
    )


async def turned(
    platform: Platform,
    writer: Writer,
    token: LinkTokenRow,
    before: LinkSessionRow,
    row: LinkSessionRow,
    happened: Sequence[LinkEventRow],
) -> None:
    """What a turn has made true of the session: Items that came to be, and its end. Update mode adds no Item."""
    request = receiver(token)
    if request is None:
        return
    if token.delivered_at is not None:
        await _callbacks(platform, writer, token, request, row, happened)
    linked = outcome(row).linked
    for each in linked[len(outcome(before).linked) :] if token.item_id is None else ():
        public_token = opened(platform, row, each)
        await _owe(platform, writer, token, request, row, "ITEM_ADD_RESULT", public_token=public_token)
    if row.finished_at is None or before.finished_at is not None:
        return
    await _owe(
        platform, writer, token, request, row, "SESSION_FINISHED", **_end(platform, request, row, linked)
    )
    if token.hosted_digest is not None:
        await events(platform, writer, token, request, row)


async def events(
    platform: Platform, writer: Writer, token: LinkTokenRow, request: LinkRequest, row: LinkSessionRow
) -> None:
    """EVENTS: everything that happened in the session so far, newest first."""
    happened = await links.events(writer, row.link_session_id)
    shown = [msgspec.to_builtins(told(event)) for event in reversed(happened)]
    await _owe(platform, writer, token, request, row, "EVENTS", events=shown)


def receiver(token: LinkTokenRow) -> LinkRequest | None:
    """The request that named a webhook for sessions that are told of; None when nobody is to be told.

    What must be told was kept of exactly those tokens: hosted ones, and those of several Items.
    """
    if token.sealed is None:
        return None
    request = msgspec.json.decode(token.request, type=LinkRequest)
    return request if request.webhook else None


def _end(
    platform: Platform, request: LinkRequest, row: LinkSessionRow, linked: tuple[Linked, ...]
) -> dict[str, Any]:
    """`public_token` is the deprecated twin of the first."""
    whose = {"user_id": request.user_id} if request.user_id is not None else {}
    if session_of(row).finished != SUCCESS:
        return {"status": "EXITED", **whose}
    public_tokens = [opened(platform, row, each) for each in linked]
    return {"status": "SUCCESS", "public_tokens": public_tokens, "public_token": public_tokens[0], **whose}


async def _callbacks(
    platform: Platform,
    writer: Writer,
    token: LinkTokenRow,
    request: LinkRequest,
    row: LinkSessionRow,
    happened: Sequence[LinkEventRow],
) -> None:
    """LINK_DELIVERY: LINK_CALLBACK, what a page would have heard in its callbacks (Plaid docs: Link Delivery)."""
    session, linked = session_of(row), outcome(row).linked
    told: list[tuple[dict[str, Any], Any]] = []
    for event in happened:
        metadata: dict[str, Any] = msgspec.json.decode(event.metadata)
        shown = {"callback_type": "ON_EVENT", "event_name": event.name, "request_id": metadata["request_id"]}
        told.append((shown, None))
    request_id = outcome(row).request_id
    if row.finished_at is not None and session.finished == SUCCESS:
        for each in linked:
            kept = {name: each.metadata[name] for name in ("institution", "accounts")}
            told.append(({"callback_type": "ON_SUCCESS", **kept, "request_id": request_id}, None))
    elif row.finished_at is not None:
        left = exit_metadata(session, request_id)
        shown = {name: value for name, value in left.items() if value is not None}
        told.append(({"callback_type": "ON_EXIT", **shown}, exit_error(session)))
    for shown, error in told:
        metadata = {**shown, "link_session_id": row.link_session_id}
        await owe_delivery(
            platform, writer, token, request, "LINK_CALLBACK", link_callback_metadata=metadata, error=error
        )


async def owe_delivery(
    platform: Platform, writer: Writer, token: LinkTokenRow, request: LinkRequest, code: str, **members: Any
) -> None:
    common = {
        "link_delivery_session_id": tokens.delivery_id(tokens.kept(platform, token).link_token),
        "timestamp": iso_seconds(platform.clock.now()),
    }
    await _write(platform, writer, token, request, "LINK_DELIVERY", code, {**common, **members})


async def _owe(
    platform: Platform,
    writer: Writer,
    token: LinkTokenRow,
    request: LinkRequest,
    row: LinkSessionRow,
    code: str,
    **members: Any,
) -> None:
    common = {
        "link_session_id": row.link_session_id,
        "link_token": tokens.kept(platform, token).link_token,
    }
    await _write(platform, writer, token, request, "LINK", code, {**common, **members})


async def _write(
    platform: Platform,
    writer: Writer,
    token: LinkTokenRow,
    request: LinkRequest,
    webhook_type: str,
    code: str,
    members: dict[str, Any],
) -> None:
    if not request.webhook:
        return
    webhook_id = platform.ids.uuid()
    body = facts.body(webhook_type, code, token.environment, members)
    await outbox.owe(
        writer,
        OutboxRow(
            webhook_id=webhook_id,
            client_id=token.client_id,
            environment=token.environment,
            item_id=None,
            url=request.webhook,
            type=webhook_type,
            code=code,
            body=platform.vault.seal(body, webhook_id),
            created_at=platform.clock.now(),
            sealed=True,
        ),
        ordered_with=token.digest.hex(),
    )
