"""Link sessions: remembers where each stands, performs what the flow asks for, and tells the page what to
show.

Every turn is one conditional write: the session's revision must still be the one the page saw, or nothing
happens and the page gets the current state. While a bank is asked, the session stands at `loading` in the
database, so a crash, a reload or another worker finds it there; a bank that does not answer in time ends the
wait with an error pane.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gingham.clock import MILLISECOND, MINUTE, SECOND, iso_milliseconds
from gingham.errors import PlaidError, error
from gingham.ids import digest
from gingham.link import effects, tokens
from gingham.link.effects import Circumstances, Secret, Shared
from gingham.link.flow.events import exit_event
from gingham.link.flow.failures import link_error
from gingham.link.flow.model import (
    Action,
    Answer,
    ClientAction,
    CreateItem,
    Effect,
    Event,
    Expired,
    Failed,
    FindInstitutions,
    ForceExit,
    LogIn,
    LookUpInstitution,
    Open,
    Redirected,
    Reopened,
    Session,
)
from gingham.link.flow.moves import SUCCESS, burns_token
from gingham.link.flow.panes import pane
from gingham.link.flow.results import exit_error, exit_metadata, success_metadata
from gingham.link.flow.step import step
from gingham.link.messages.messages import direction, frame_texts, render_pane
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import Writer, items, links, visits
from gingham.store.items import ItemRow
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow
from gingham.store.visits import VisitRow

IN_LINK = 30 * MINUTE
"""Time inside one open Link; then it ends with INVALID_LINK_TOKEN (Plaid docs: Link)."""
BANK_TIMEOUT_SECONDS = 60
"""A bank that says nothing for this long counts as not responding."""
PROMPT_SECONDS = 0.3
"""A bank faster than this is answered for in the same request; a slower one shows the loading pane meanwhile."""
POLL_SECONDS = 20.0
"""How long `get` waits for news before it answers with the state as it is."""
_POLL_STEP_SECONDS = 0.1
_ATTEMPTS = 5
"""How often a bank's answer is offered to a session that moves under it."""

_log = logging.getLogger("gingham.link")
_underway: set[asyncio.Task[None]] = set()


class Outcome(Struct, frozen=True, kw_only=True):
    """How a session ended, kept for the page's result and for /link/token/get. The public token is sealed."""

    account_ids: dict[str, str] = {}
    public_token: bytes | None = None
    request_id: str = ""
    """Of the request that ended the session."""


class Picture(Struct, frozen=True, kw_only=True):
    """What a client gets to see after each request (docs/link-protocol.md)."""

    link_session_id: str
    session_token: str | UnsetType
    """Only in the answer that starts the session."""
    revision: int
    stale: bool
    """The action was not applied, because the session had moved on; this is where it stands."""
    language: str
    direction: str
    texts: dict[str, str] | UnsetType
    """The frame's own words; only in the answer that starts the session."""
    environment: str
    pane: dict[str, Any] | None
    events: list[dict[str, Any]]
    events_seen: int
    """Send it back to get exactly the events that follow."""
    exit: dict[str, Any] | None
    """What leaving at once would report."""
    result: dict[str, Any] | None


@dataclass(slots=True)
class _Turn:
    """One request's work on a session: nothing is written until `_advance`."""

    row: LinkSessionRow
    session: Session
    secret: Secret
    request_id: str
    events: list[Event] = field(default_factory=list)
    shared: Shared | None = None
    visit: VisitRow | None = None
    """A visit to the bank's own pages that begins with this turn."""
    effect: Effect | None = None

    def take(self, action: Action) -> None:
        """Feeds an action to the flow."""
        result = step(self.session, action)
        self.session = result.session
        self.events.extend(result.events)
        self.effect = result.effect


async def start(platform: Platform, link_token: str, request_id: str) -> Picture:
    """Opens Link with a link_token. Raises `PlaidError` INVALID_LINK_TOKEN."""
    now = platform.clock.now()
    token, updated = await _token(platform, link_token)
    request = msgspec.json.decode(token.request, type=LinkRequest)
    session = Session(
        link_session_id=platform.ids.uuid(),
        config=tokens.config(
            request, updated.institution_id if updated else None, update_mode=updated is not None
        ),
    )
    session_token = platform.ids.secret(24)
    row = LinkSessionRow(
        link_session_id=session.link_session_id,
        token_digest=token.digest,
        secret_digest=digest(session_token),
        revision=0,
        state=msgspec.json.encode(session),
        sealed=None,
        started_at=now,
        touched_at=now,
        finished_at=None,
        outcome=None,
        item_id=None,
    )
    turn = _Turn(row=row, session=session, secret=Secret(), request_id=request_id)
    turn.take(Open())
    _perform_catalogue(platform, turn)
    async with platform.store.writing() as writer:
        await links.add_session(writer, row)
        await _write(platform, writer, turn)
    return await _picture(platform, turn.row, token, request_id, since=0, session_token=session_token)


async def resume(platform: Platform, link_token: str, oauth_state_id: str, request_id: str) -> Picture:
    """Opens Link again for a page that has come back from a bank, with a new session_token.

    Without a link_token the visit's own is taken: it is the page's only memory of the session. Raises
    `PlaidError` INVALID_LINK_TOKEN, OAUTH_STATE_ID_NOT_FOUND, INCORRECT_LINK_TOKEN and
    OAUTH_STATE_ID_ALREADY_PROCESSED.
    """
    async with platform.store.reading() as reader:
        visit = await visits.visit_by_state(reader, oauth_state_id)
        if visit is None or visit.returned_at is None:
            raise error("OAUTH_STATE_ID_NOT_FOUND")
        row = await links.session(reader, visit.link_session_id)
        token = await links.link_token(reader, visit.token_digest)
        told = await links.count_events(reader, visit.link_session_id)
    if link_token and digest(link_token) != visit.token_digest:
        raise error("INCORRECT_LINK_TOKEN")
    token = tokens.usable(token, platform.clock.now())
    if row is None or row.finished_at is not None:
        raise error("OAUTH_STATE_ID_ALREADY_PROCESSED")
    session_token = platform.ids.secret(24)
    turn = _open(platform, replace(row, secret_digest=digest(session_token)), request_id)
    turn.take(Reopened())
    async with platform.store.writing() as writer:
        if not await visits.mark_resumed(writer, oauth_state_id, platform.clock.now()):
            raise error("OAUTH_STATE_ID_ALREADY_PROCESSED")
        await links.rekey_session(writer, row.link_session_id, turn.row.secret_digest)
        await _write(platform, writer, turn)
    return await _picture(platform, turn.row, token, request_id, since=told, session_token=session_token)


async def _token(platform: Platform, link_token: str) -> tuple[LinkTokenRow, ItemRow | None]:
    """The link_token, if Link may be opened with it, and the Item of update mode."""
    async with platform.store.reading() as reader:
        found = await links.link_token(reader, digest(link_token)) if tokens.well_formed(link_token) else None
        token = tokens.usable(found, platform.clock.now())
        updated = await items.item(reader, token.item_id) if token.item_id else None
    if token.item_id and (updated is None or updated.removed_at is not None):
        raise error("INVALID_LINK_TOKEN")
    return token, updated


async def act(
    platform: Platform,
    session_token: str,
    revision: int,
    action: ClientAction,
    request_id: str,
    events_seen: int | None = None,
    origin: str | None = None,
) -> Picture:
    """Takes one action. With an old `revision` nothing is done and the picture says `stale`.

    Only a forced exit is taken whatever was seen last: a page that goes away says so without waiting for an
    answer.
    """
    row, token, told = await _find(platform, session_token)
    since = told if events_seen is None else events_seen
    if row.finished_at is not None or (row.revision != revision and not isinstance(action, ForceExit)):
        return await _picture(platform, row, token, request_id, since=since, stale=True)
    turn = _open(platform, row, request_id)
    over = _over(platform, row, token)
    turn.take(action if over is None else Expired(error=link_error(over)))
    _perform_catalogue(platform, turn)
    applied = await _advance(platform, turn, token)
    if applied and isinstance(turn.effect, LogIn | Answer):
        await _ask_shortly(platform, turn, token, turn.effect, origin)
    row, token, _ = await _find(platform, session_token)
    return await _picture(platform, row, token, request_id, since=since, stale=not applied)


async def get(
    platform: Platform,
    session_token: str,
    request_id: str,
    after_revision: int | None = None,
    events_seen: int | None = None,
) -> Picture:
    """The current picture; with `after_revision`, waits for a newer one for up to `POLL_SECONDS`."""
    waited = 0.0
    while True:
        row, token, told = await _find(platform, session_token)
        news = after_revision is None or row.revision > after_revision or row.finished_at is not None
        if not news and await _gave_up(platform, row, token, request_id):
            row, token, told = await _find(platform, session_token)
            news = True
        if news or waited >= POLL_SECONDS or platform.ending.is_set():
            return await _picture(
                platform, row, token, request_id, since=told if events_seen is None else events_seen
            )
        await asyncio.sleep(_POLL_STEP_SECONDS)
        waited += _POLL_STEP_SECONDS


async def _find(platform: Platform, session_token: str) -> tuple[LinkSessionRow, LinkTokenRow, int]:
    """The session, its link_token, and how many events it has had."""
    async with platform.store.reading() as reader:
        row = await links.session_by_secret(reader, digest(session_token))
        token = await links.link_token(reader, row.token_digest) if row is not None else None
        if row is None or token is None:
            raise error("INVALID_FIELD", message="session_token is not a Link session of this server")
        return row, token, await links.count_events(reader, row.link_session_id)


def _open(platform: Platform, row: LinkSessionRow, request_id: str) -> _Turn:
    secret = Secret()
    if row.sealed is not None:
        secret = msgspec.json.decode(platform.vault.open(row.sealed, row.link_session_id), type=Secret)
    return _Turn(row=row, session=session_of(row), secret=secret, request_id=request_id)


def session_of(row: LinkSessionRow) -> Session:
    """Where the session stands."""
    return msgspec.json.decode(row.state, type=Session)


def _over(platform: Platform, row: LinkSessionRow, token: LinkTokenRow) -> PlaidError | None:
    """Why the session may not go on, if so."""
    expired = platform.clock.now() >= row.started_at + IN_LINK
    return error("INVALID_LINK_TOKEN") if expired or token.burnt_at is not None else None


def _perform_catalogue(platform: Platform, turn: _Turn) -> None:
    """Performs the effects that need no bank, at once, until one that does is left or none."""
    while isinstance(effect := turn.effect, FindInstitutions | LookUpInstitution):
        config = turn.session.config
        if isinstance(effect, FindInstitutions):
            turn.take(effects.find(platform, config, effect))
        else:
            turn.take(effects.look_up(platform, config, effect))


async def _ask_shortly(
    platform: Platform, turn: _Turn, token: LinkTokenRow, effect: LogIn | Answer, origin: str | None
) -> None:
    """Asks the bank, for as long as it takes, but lets the page wait only shortly."""
    task = asyncio.create_task(_ask(platform, turn, token, effect, origin))
    _underway.add(task)
    task.add_done_callback(_underway.discard)
    await asyncio.wait({task}, timeout=PROMPT_SECONDS)


async def _ask(
    platform: Platform, turn: _Turn, token: LinkTokenRow, effect: LogIn | Answer, origin: str | None
) -> None:
    """The bank's turn, and the write of what came of it. Never raises for what a bank does."""
    around = await circumstances(platform, token, origin)
    asked = effects.ask_bank(platform, effect, around, turn.secret)
    action, secret = await _answered(asked, turn.row.link_session_id, turn.secret)
    await _offer(platform, turn, token, action, secret)


async def came_back(
    platform: Platform,
    row: LinkSessionRow,
    token: LinkTokenRow,
    answer: Mapping[str, str],
    origin: str | None,
    request_id: str,
) -> None:
    """The bank has sent the person back with `answer`: its turn, and the write of what came of it."""
    turn = _open(platform, row, request_id)
    if turn.session.institution is None:
        return
    around = await circumstances(platform, token, origin)
    institution_id = turn.session.institution.institution_id
    asked = effects.return_from_bank(platform, institution_id, answer, around, turn.secret)
    action, secret = await _answered(asked, row.link_session_id, Secret())
    await _offer(platform, turn, token, action, secret)


async def circumstances(platform: Platform, token: LinkTokenRow, origin: str | None) -> Circumstances:
    updated = await _updated(platform, token)
    return Circumstances(environment=token.environment, origin=origin, updated=updated)


async def _answered(
    asked: Awaitable[tuple[Action, Secret]], link_session_id: str, before: Secret
) -> tuple[Action, Secret]:
    """What the bank said; silence and defects are failures like others."""
    try:
        async with asyncio.timeout(BANK_TIMEOUT_SECONDS):
            return await asked
    except TimeoutError:
        return Failed(error=link_error(error("INSTITUTION_NOT_RESPONDING"))), before
    except Exception:
        # A connector's defect is ours, not the person's: they get the error pane, the operator gets the
        # trace.
        _log.exception("a bank connector failed", extra={"link_session_id": link_session_id})
        return Failed(error=link_error(error("INTERNAL_SERVER_ERROR"))), before


async def _offer(
    platform: Platform, turn: _Turn, token: LinkTokenRow, action: Action, secret: Secret
) -> None:
    """Brings the bank's answer into the session."""
    for _ in range(_ATTEMPTS):
        turn.secret = secret
        if isinstance(action, Redirected) and secret.handle is not None:
            turn.visit = _visit(platform, turn.row, secret.handle)
        turn.take(action)
        if await _advance(platform, turn, token):
            return
        # The person moved meanwhile (asked to leave, say): the answer meets the session as it is now.
        async with platform.store.reading() as reader:
            row = await links.session(reader, turn.row.link_session_id)
        if row is None or row.finished_at is not None:
            return
        turn = _Turn(row=row, session=session_of(row), secret=secret, request_id=turn.request_id)
    _log.warning("a bank's answer found no place", extra={"link_session_id": turn.row.link_session_id})


def _visit(platform: Platform, row: LinkSessionRow, handle: str) -> VisitRow:
    return VisitRow(
        handle_digest=digest(handle),
        oauth_state_id=platform.ids.uuid(),
        link_session_id=row.link_session_id,
        token_digest=row.token_digest,
        created_at=platform.clock.now(),
        returned_at=None,
        resumed_at=None,
    )


async def _advance(platform: Platform, turn: _Turn, token: LinkTokenRow) -> bool:
    """Writes the turn, and where the flow asks for it the Item, in one transaction; False if the session had
    moved on."""
    updated = await _updated(platform, token) if isinstance(turn.effect, CreateItem) else None
    async with platform.store.writing() as writer:
        if not await links.claim_session(writer, turn.row.link_session_id, turn.row.revision):
            return False
        if isinstance(effect := turn.effect, CreateItem):
            request = msgspec.json.decode(token.request, type=LinkRequest)
            made, turn.shared = await effects.create_item(
                platform, writer, effect, token, request, turn.secret, updated
            )
            turn.secret = Secret()
            turn.take(made)
        await _write(platform, writer, turn)
        if turn.visit is not None:
            await visits.add_visit(writer, turn.visit)
            turn.visit = None
        now = platform.clock.now()
        if turn.session.finished == SUCCESS:
            await links.mark_link_token(writer, token.digest, used_at=now)
        elif burns_token(turn.session):
            await links.mark_link_token(writer, token.digest, burnt_at=now)
    return True


async def _updated(platform: Platform, token: LinkTokenRow) -> ItemRow | None:
    """The Item of update mode."""
    if token.item_id is None:
        return None
    async with platform.store.reading() as reader:
        return await items.item(reader, token.item_id)


async def _write(platform: Platform, writer: Writer, turn: _Turn) -> None:
    """The session under its next revision, and what happened."""
    old = turn.row
    now = platform.clock.now()
    first = await links.count_events(writer, old.link_session_id)
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
    turn.row = replace(
        old,
        revision=old.revision + 1,
        state=msgspec.json.encode(turn.session),
        sealed=_sealed(platform, old.link_session_id, Secret() if finished else turn.secret),
        touched_at=rows[-1].at if rows else now,
        finished_at=now if finished else None,
        outcome=_outcome(platform, turn),
        item_id=turn.shared.item_id if turn.shared is not None else old.item_id,
    )
    if not await links.advance_session(writer, turn.row, old.revision):
        raise RuntimeError("a claimed Link session moved")
    await links.add_events(writer, rows)
    turn.events = []


def _sealed(platform: Platform, link_session_id: str, secret: Secret) -> bytes | None:
    return platform.vault.seal(msgspec.json.encode(secret), link_session_id) if secret != Secret() else None


def _outcome(platform: Platform, turn: _Turn) -> bytes | None:
    row = turn.row
    known = outcome(row)
    if turn.shared is not None:
        sealed = platform.vault.seal(turn.shared.public_token.encode(), row.link_session_id)
        known = replace(known, account_ids=dict(turn.shared.account_ids), public_token=sealed)
    if turn.session.finished is not None:
        known = replace(known, request_id=turn.request_id)
    return msgspec.json.encode(known) if known != Outcome() else None


def outcome(row: LinkSessionRow) -> Outcome:
    """What is kept of how the session ended."""
    return msgspec.json.decode(row.outcome, type=Outcome) if row.outcome else Outcome()


def _stamped(metadata: dict[str, Any], turn: _Turn, at: int) -> dict[str, Any]:
    own = {
        "link_session_id": turn.row.link_session_id,
        "request_id": turn.request_id,
        "timestamp": iso_milliseconds(at),
    }
    return {**metadata, **own}


async def _gave_up(platform: Platform, row: LinkSessionRow, token: LinkTokenRow, request_id: str) -> bool:
    """Ends the wait for a bank whose answer died with the process that asked; True if that was due."""
    overdue = platform.clock.now() - row.touched_at > BANK_TIMEOUT_SECONDS * SECOND
    if not overdue or session_of(row).waiting is None:
        return False
    turn = _open(platform, row, request_id)
    turn.take(Failed(error=link_error(error("INSTITUTION_NOT_RESPONDING"))))
    return await _advance(platform, turn, token)


async def _picture(
    platform: Platform,
    row: LinkSessionRow,
    token: LinkTokenRow,
    request_id: str,
    *,
    since: int,
    stale: bool = False,
    session_token: str | UnsetType = UNSET,
) -> Picture:
    """The session as a client may see it, with the events from position `since` on."""
    session = session_of(row)
    running = row.finished_at is None
    async with platform.store.reading() as reader:
        told = await links.events(reader, row.link_session_id)
    language = session.config.language
    return Picture(
        link_session_id=row.link_session_id,
        session_token=session_token,
        revision=row.revision,
        stale=stale,
        language=language,
        direction=direction(language),
        texts=UNSET if session_token is UNSET else frame_texts(language),
        environment=token.environment,
        pane=render_pane(pane(session), language) if running else None,
        events=[
            {"event_name": row.name, "metadata": msgspec.json.decode(row.metadata)} for row in told[since:]
        ],
        events_seen=len(told),
        exit=_exit(session, request_id, row) if running else None,
        result=None if running else result(platform, row),
    )


def _exit(session: Session, request_id: str, row: LinkSessionRow) -> dict[str, Any]:
    left = exit_event(session)
    at = iso_milliseconds(row.touched_at)
    stamp = {"link_session_id": row.link_session_id, "request_id": request_id, "timestamp": at}
    return {
        "error": exit_error(session),
        "metadata": exit_metadata(session, request_id),
        "event": {**left.metadata, **stamp},
    }


def result(platform: Platform, row: LinkSessionRow) -> dict[str, Any]:
    """What a finished session hands to onSuccess or onExit."""
    session, ended = session_of(row), outcome(row)
    if session.finished == SUCCESS and ended.public_token is not None:
        public_token = platform.vault.open(ended.public_token, row.link_session_id).decode()
        metadata = success_metadata(session, public_token, ended.account_ids)
        return {"kind": "success", "public_token": public_token, "metadata": metadata}
    return {
        "kind": "exit",
        "error": exit_error(session),
        "metadata": exit_metadata(session, ended.request_id),
    }
