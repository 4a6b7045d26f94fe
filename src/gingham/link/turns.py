"""A turn: one request's work on a Link session, and the one conditional write that makes it count.

The session's revision must still be the one the turn began with, or nothing is written at all.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gingham.clock import MILLISECOND, MINUTE, iso_milliseconds
from gingham.ids import digest
from gingham.items import remembered
from gingham.link import effects, facts, proving, recovering, sightings, tokens
from gingham.link.callers import Caller
from gingham.link.effects import Secret, Shared
from gingham.link.facts import ABANDONED_AFTER
from gingham.link.flow.failures import INVALID_LINK_TOKEN
from gingham.link.flow.model import (
    Action,
    CheckCode,
    CreateItem,
    Effect,
    Event,
    Expired,
    Follow,
    Saved,
    SaveLogin,
    Session,
)
from gingham.link.flow.moves import SUCCESS, burns_token
from gingham.link.flow.results import success_metadata
from gingham.link.flow.step import step
from gingham.link.pictures import Linked, Outcome, outcome, session_of
from gingham.link.recovering import Mailbox
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import Writer, items, links, users, visits
from gingham.store.items import ItemRow
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow
from gingham.store.visits import VisitRow

IN_LINK = 30 * MINUTE
"""Time inside one open Link; then it ends with INVALID_LINK_TOKEN (Plaid docs: Link)."""


@dataclass(slots=True)
class Turn:
    """One request's work on a session: nothing is written until `advance`."""

    row: LinkSessionRow
    session: Session
    secret: Secret
    request_id: str
    caller: Caller | None = None
    """Who gave a number."""
    mailbox: Mailbox | None = None
    """Who waits for a bank."""
    events: list[Event] = field(default_factory=list)
    shared: Shared | None = None
    visit: VisitRow | None = None
    """A visit to the bank's own pages that begins with this turn."""
    effect: Effect | None = None
    told: int | None = None
    """How many events the session has had; counted when it is needed and not known."""
    news: list[LinkEventRow] = field(default_factory=list)
    """The events that this turn has written."""

    def take(self, action: Action) -> None:
        """Feeds an action to the flow."""
        result = step(self.session, action)
        self.session = result.session
        self.events.extend(result.events)
        self.effect = result.effect


class Sealed(Struct, frozen=True, kw_only=True):
    """What is kept between two turns and is nobody's to read."""

    bank: Secret = Secret()
    caller: Caller | None = None
    mailbox: Mailbox | None = None


def open_turn(platform: Platform, row: LinkSessionRow, request_id: str, *, told: int | None = None) -> Turn:
    sealed = Sealed()
    if row.sealed is not None:
        sealed = msgspec.json.decode(platform.vault.open(row.sealed, row.link_session_id), type=Sealed)
    return Turn(
        row=row,
        session=session_of(row),
        secret=sealed.bank,
        request_id=request_id,
        caller=sealed.caller,
        mailbox=sealed.mailbox,
        told=told,
    )


async def advance(platform: Platform, turn: Turn, token: LinkTokenRow) -> bool:
    """Writes the turn, and where the flow asks for it the Item, in one transaction; False if the session had
    moved on."""
    updated = await updated_item(platform, token) if isinstance(turn.effect, CreateItem | CheckCode) else None
    async with platform.store.writing() as writer:
        effect = turn.effect
        # The session must not move while its Item is made, its login saved or an attempt counted.
        if isinstance(effect, CheckCode | CreateItem | Follow | SaveLogin) and not await links.claim_session(
            writer, turn.row.link_session_id, turn.row.revision
        ):
            return False
        if isinstance(effect, CheckCode):
            tried, turn.shared = await proving.check_code(platform, writer, effect, turn.secret, updated)
            turn.take(tried)
            effect = turn.effect
        if isinstance(effect, CreateItem):
            request = msgspec.json.decode(token.request, type=LinkRequest)
            if request.user_id is not None:
                await users.lock_user(writer, request.user_id)
            if not await tokens.has_its_user(writer, request):
                turn.take(Expired(error=INVALID_LINK_TOKEN))
                effect = None
        if isinstance(effect, CreateItem):
            made, turn.shared = await effects.create_item(
                platform, writer, effect, token, request, turn.secret, updated, turn.session.config
            )
            turn.secret = Secret()
            turn.take(made)
        elif isinstance(effect, SaveLogin):
            await _save_login(platform, writer, turn, token)
        elif isinstance(effect, Follow):
            request = msgspec.json.decode(token.request, type=LinkRequest)
            turn.take(await recovering.follow(platform, writer, effect, token, request, turn.mailbox))
        before, had = turn.row, len(turn.news)
        if not await write(platform, writer, turn):
            return False
        await facts.turned(platform, writer, token, before, turn.row, turn.news[had:])
        await sightings.note(platform, writer, token, turn.news[had:])
        if turn.visit is not None:
            await visits.add_visit(writer, turn.visit)
            turn.visit = None
        now = platform.clock.now()
        await links.mark_link_token(
            writer,
            token.digest,
            used_at=now if turn.session.finished == SUCCESS else None,
            burnt_at=now if burns_token(turn.session) else None,
        )
    return True


async def _save_login(platform: Platform, writer: Writer, turn: Turn, token: LinkTokenRow) -> None:
    """Remembers the login of the Item made last for whoever has proved that the number is theirs."""
    linked = outcome(turn.row).linked
    if linked and turn.caller is not None and turn.caller.verified:
        await remembered.save(platform, writer, token.environment, turn.caller.phone, linked[-1].item_id)
    turn.take(Saved())


async def write(platform: Platform, writer: Writer, turn: Turn) -> bool:
    """The session under its next revision, and what happened; False if it had moved on."""
    old = turn.row
    if turn.told is None:
        turn.told = await links.count_events(writer, old.link_session_id)
    rows = settle(platform, turn)
    if not await links.advance_session(writer, turn.row, old.revision):
        return False
    await links.add_events(writer, rows)
    return True


async def write_first(platform: Platform, writer: Writer, turn: Turn, token: LinkTokenRow) -> None:
    """A session that begins with this turn."""
    before = turn.row
    rows = settle(platform, turn)
    await links.add_session(writer, turn.row)
    await links.add_events(writer, rows)
    await facts.turned(platform, writer, token, before, turn.row, rows)
    await sightings.note(platform, writer, token, rows)


def settle(platform: Platform, turn: Turn) -> list[LinkEventRow]:
    """Brings the turn's row to the next revision; returns the rows of what happened."""
    old, first = turn.row, turn.told or 0
    now = platform.clock.now()
    # Every event gets a millisecond of its own, after all before it: clients sort by timestamp (Plaid docs:
    # Link).
    at = max(now, old.touched_at + MILLISECOND)
    rows = [
        LinkEventRow(
            event_id=platform.ids.uuid(),
            link_session_id=old.link_session_id,
            position=first + index,
            name=happened.name,
            metadata=msgspec.json.encode(_stamped(happened.metadata, turn, at + index * MILLISECOND)),
            at=at + index * MILLISECOND,
        )
        for index, happened in enumerate(turn.events)
    ]
    finished = turn.session.finished is not None
    watched = turn.session.config.hosted and not finished
    turn.row = replace(
        old,
        revision=old.revision + 1,
        state=msgspec.json.encode(turn.session),
        sealed=_sealed(
            platform,
            old.link_session_id,
            Sealed() if finished else Sealed(bank=turn.secret, caller=turn.caller, mailbox=turn.mailbox),
        ),
        touched_at=rows[-1].at if rows else now,
        finished_at=now if finished else None,
        outcome=_outcome(platform, turn),
        item_id=turn.shared.item_id if turn.shared is not None else old.item_id,
        due_at=min(now + ABANDONED_AFTER, old.started_at + IN_LINK) if watched else None,
    )
    turn.told = first + len(rows)
    turn.news += rows
    turn.events, turn.shared = [], None
    return rows


def _stamped(metadata: dict[str, Any], turn: Turn, at: int) -> dict[str, Any]:
    own = {
        "link_session_id": turn.row.link_session_id,
        "request_id": turn.request_id,
        "timestamp": iso_milliseconds(at),
    }
    return {**metadata, **own}


def _sealed(platform: Platform, link_session_id: str, kept: Sealed) -> bytes | None:
    return platform.vault.seal(msgspec.json.encode(kept), link_session_id) if kept != Sealed() else None


def _outcome(platform: Platform, turn: Turn) -> bytes | None:
    row = turn.row
    known = outcome(row)
    if turn.shared is not None:
        linked = Linked(
            item_id=turn.shared.item_id,
            public_token=platform.vault.seal(turn.shared.public_token.encode(), row.link_session_id),
            metadata=success_metadata(turn.session, "", turn.shared.account_ids),
        )
        known = replace(known, linked=(*known.linked, linked))
    if turn.session.finished is not None:
        known = replace(known, request_id=turn.request_id)
    return msgspec.json.encode(known) if known != Outcome() else None


async def updated_item(platform: Platform, token: LinkTokenRow) -> ItemRow | None:
    """The Item of update mode."""
    if token.item_id is None:
        return None
    return await items.item(platform.store, token.item_id)


def visit_of(platform: Platform, row: LinkSessionRow, handle: str) -> VisitRow:
    return VisitRow(
        handle_digest=digest(handle),
        oauth_state_id=platform.ids.uuid(),
        link_session_id=row.link_session_id,
        token_digest=row.token_digest,
        created_at=platform.clock.now(),
        returned_at=None,
        resumed_at=None,
    )
