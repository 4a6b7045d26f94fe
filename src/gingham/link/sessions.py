"""Link sessions: opens them, takes the page's actions, asks the bank, and waits for it.

While a bank is asked, the session stands at `loading` in the database, so a crash, a reload or another worker
finds it there; a bank that does not answer in time ends the wait with an error pane.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gingham import network
from gingham.clock import MINUTE, SECOND
from gingham.errors import PlaidError, error
from gingham.ids import digest
from gingham.link import callers, effects, proving, recovering, tokens
from gingham.link.callers import AboutCaller
from gingham.link.effects import Circumstances, Secret
from gingham.link.flow.failures import link_error
from gingham.link.flow.model import (
    Action,
    Answer,
    CheckNumbers,
    ClientAction,
    Expired,
    Failed,
    FindInstitutions,
    ForceExit,
    HealthChanged,
    LogIn,
    LookUpInstitution,
    LookUpNumbers,
    Open,
    OpenItem,
    OpenOauth,
    OpenSaved,
    Redirected,
    Reopened,
    SendEmailCode,
    Session,
    TimedOut,
    View,
)
from gingham.link.pictures import Picture, picture, session_of
from gingham.link.tokens import LinkRequest
from gingham.link.turns import (
    IN_LINK,
    Turn,
    advance,
    open_turn,
    updated_item,
    visit_of,
    write,
    write_first,
)
from gingham.platform import Platform
from gingham.store import Reader, accounts, items, links, visits
from gingham.store.items import ItemRow
from gingham.store.links import LinkSessionRow, LinkTokenRow

CHOOSING_ACCOUNTS = 5 * MINUTE
"""So long the choice of accounts may be left alone; then it ends with USER_INPUT_TIMEOUT (Plaid docs: Errors)."""
BANK_TIMEOUT_SECONDS = 60
"""A bank that says nothing for this long counts as not responding."""
PROMPT_SECONDS = 0.3
"""A bank faster than this is answered for in the same request; a slower one shows the loading pane meanwhile."""
POLL_SECONDS = 20.0
"""How long `get` waits for news before it answers with the state as it is."""
_POLL_STEP_SECONDS = 0.1
_ATTEMPTS = 5
"""How often a bank's answer is offered to a session that moves under it."""

BankEffect = LogIn | Answer | OpenItem | OpenSaved | CheckNumbers
"""Effects that a bank has to answer."""

_log = logging.getLogger("gingham.link")
_underway: set[asyncio.Task[bool]] = set()


async def start(
    platform: Platform,
    link_token: str | None,
    request_id: str,
    *,
    hosted: str | None = None,
    institution_id: str | None = None,
) -> Picture:
    """Opens Link with a link_token, or on the hosted page whose address ends in `hosted`. `institution_id`: chosen
    before, on an embedded tile.

    Raises `PlaidError` INVALID_LINK_TOKEN, and INVALID_INSTITUTION for an institution that cannot be chosen.
    """
    now = platform.clock.now()
    token, request, updated = await _token(platform, link_token, hosted)
    content = await tokens.customization(platform, request, token.client_id)
    by_hand = updated is not None and updated.institution_id is None
    pending = await tokens.awaiting_code(platform, updated) if updated is not None and by_hand else None
    session = Session(
        link_session_id=platform.ids.uuid(),
        config=tokens.config(
            request,
            updated.institution_id if updated else None,
            update_mode=updated is not None,
            hosted=hosted is not None,
            content=content,
            environment=token.environment,
            pending=pending,
            keeps_login=updated is not None
            and tokens.keeps_login(
                request, updated, platform.banks.institution(updated.institution_id), content, now
            ),
        ),
    )
    if institution_id is not None:
        session = await _chosen(platform, session, institution_id)
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
    turn = Turn(row=row, session=session, secret=Secret(), request_id=request_id, told=0)
    turn.take(Open())
    await _perform_at_once(platform, turn, token)
    async with platform.store.writing() as writer:
        await write_first(platform, writer, turn, token)
    return _news(platform, turn, token, session_token)


async def resume(platform: Platform, link_token: str | None, oauth_state_id: str, request_id: str) -> Picture:
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
    turn = open_turn(platform, replace(row, secret_digest=digest(session_token)), request_id, told=told)
    turn.take(Reopened())
    async with platform.store.writing() as writer:
        if not await visits.mark_resumed(writer, oauth_state_id, platform.clock.now()):
            raise error("OAUTH_STATE_ID_ALREADY_PROCESSED")
        await links.rekey_session(writer, row.link_session_id, turn.row.secret_digest)
        if not await write(platform, writer, turn):
            raise RuntimeError("a Link session moved while it was opened again")
    return _news(platform, turn, token, session_token)


async def _chosen(platform: Platform, session: Session, institution_id: str) -> Session:
    """The session of somebody who has chosen a bank before it began."""
    effect = LookUpInstitution(institution_id=institution_id)
    institution = (await effects.look_up(platform, session.config, effect)).institution
    if institution is None or session.config.update_mode or session.config.multi_item:
        raise error("INVALID_INSTITUTION")
    config = replace(session.config, institution_id=institution_id)
    return replace(session, config=config, institution=institution)


async def _token(
    platform: Platform, link_token: str | None, hosted: str | None
) -> tuple[LinkTokenRow, LinkRequest, ItemRow | None]:
    """The link_token, if Link may be opened with it, what it asks for, and the Item of update mode."""
    store, now = platform.store, platform.clock.now()
    if hosted is not None:
        token = tokens.usable_page(await links.hosted_link_token(store, digest(hosted)), now)
    else:
        token = tokens.usable(await _found(store, link_token or ""), now)
    request = msgspec.json.decode(token.request, type=LinkRequest)
    if not await tokens.has_its_user(store, request):
        raise error("INVALID_LINK_TOKEN", reason=tokens.USER_REMOVED)
    updated = await items.item(store, token.item_id) if token.item_id else None
    if token.item_id and (updated is None or updated.removed_at is not None):
        raise error("INVALID_LINK_TOKEN", reason=tokens.UNKNOWN)
    return token, request, updated


async def _found(reader: Reader, link_token: str) -> LinkTokenRow | None:
    """Raises `PlaidError` INVALID_LINK_TOKEN for one that is good in another environment."""
    if not tokens.well_formed(link_token):
        return None
    found = await links.link_token(reader, digest(link_token))
    if found is None and [
        each for each in tokens.elsewhere(link_token) if await links.link_token(reader, digest(each))
    ]:
        raise error("INVALID_LINK_TOKEN", reason=tokens.ELSEWHERE)
    return found


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
        return await _shown(platform, row, token, request_id, since=since, stale=True)
    turn = open_turn(platform, row, request_id, told=told)
    ended = over(platform, row, token)
    if ended is None:
        await _meet_news(platform, turn)
    turn.take(action if ended is None else Expired(error=link_error(ended)))
    await _perform_at_once(platform, turn, token)
    applied = await advance(platform, turn, token)
    written = applied
    if applied and isinstance(turn.effect, BankEffect):
        written = await _ask_shortly(platform, turn, token, turn.effect, origin)
    if written and since == told:
        return _news(platform, turn, token)
    row, token, _ = await _find(platform, session_token)
    return await _shown(platform, row, token, request_id, since=since, stale=not applied)


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
        if waited == 0 and await _changed(platform, row, token, request_id):
            row, token, told = await _find(platform, session_token)
            news = True
        if not news and await _gave_up(platform, row, token, request_id):
            row, token, told = await _find(platform, session_token)
            news = True
        if news or waited >= POLL_SECONDS or platform.ending.is_set():
            return await _shown(
                platform,
                row,
                token,
                request_id,
                since=told if events_seen is None else events_seen,
                newcomer=after_revision is None,
            )
        await asyncio.sleep(_POLL_STEP_SECONDS)
        waited += _POLL_STEP_SECONDS


def _news(
    platform: Platform, turn: Turn, token: LinkTokenRow, session_token: str | UnsetType = UNSET
) -> Picture:
    """The picture after a turn, for a client that had seen all before it: nothing has to be read again."""
    return picture(
        platform,
        turn.row,
        turn.session,
        token,
        turn.request_id,
        turn.news,
        seen=turn.told or 0,
        session_token=session_token,
    )


async def _shown(
    platform: Platform,
    row: LinkSessionRow,
    token: LinkTokenRow,
    request_id: str,
    *,
    since: int,
    stale: bool = False,
    newcomer: bool = False,
) -> Picture:
    """The picture of a session that was read, with the events from position `since` on."""
    told = await links.events(platform.store, row.link_session_id)
    return picture(
        platform,
        row,
        session_of(row),
        token,
        request_id,
        told[since:],
        seen=len(told),
        stale=stale,
        newcomer=newcomer,
    )


async def _find(platform: Platform, session_token: str) -> tuple[LinkSessionRow, LinkTokenRow, int]:
    """The session, its link_token, and how many events it has had."""
    found = await links.driven_by(platform.store, digest(session_token))
    if found is None:
        raise error("INVALID_FIELD", message="session_token is not a Link session of this server")
    return found


def over(platform: Platform, row: LinkSessionRow, token: LinkTokenRow) -> PlaidError | None:
    """Why the session may not go on, if so."""
    expired = platform.clock.now() >= row.started_at + IN_LINK
    return error("INVALID_LINK_TOKEN") if expired or token.burnt_at is not None else None


async def _meet_news(platform: Platform, turn: Turn) -> bool:
    """Tells the flow what has changed while the person thought: the time, and the institution's health; True
    if that changes anything."""
    before = turn.session
    late = platform.clock.now() >= turn.row.touched_at + CHOOSING_ACCOUNTS
    if late and before.view is View.SELECT_ACCOUNTS:
        turn.secret = Secret()  # whoever comes back later signs in anew
        turn.take(TimedOut())
    if before.institution is not None:
        now = await network.institution(platform, before.institution.institution_id)
        if now is not None and now.health != before.institution.health:
            turn.take(HealthChanged(health=now.health))
    return turn.session != before


async def _perform_at_once(platform: Platform, turn: Turn, token: LinkTokenRow) -> None:
    """Performs the effects that ask no bank, until one that does is left or none."""
    while isinstance(
        effect := turn.effect,
        FindInstitutions | LookUpInstitution | AboutCaller | LookUpNumbers | SendEmailCode,
    ):
        config = turn.session.config
        if isinstance(effect, LookUpNumbers):
            known, turn.secret = proving.look_up(platform, config, effect)
            turn.take(known)
        elif isinstance(effect, SendEmailCode):
            sent, turn.mailbox = recovering.send_code(platform, effect, turn.mailbox)
            turn.take(sent)
        elif isinstance(effect, FindInstitutions):
            turn.take(effects.find(platform, config, effect))
        elif isinstance(effect, LookUpInstitution):
            turn.take(await effects.look_up(platform, config, effect))
        else:
            named = tokens.phone_of(platform, msgspec.json.decode(token.request, type=LinkRequest))
            action, turn.caller = await callers.perform(
                platform, token.environment, config, effect, turn.caller, named
            )
            turn.take(action)


async def _ask_shortly(
    platform: Platform, turn: Turn, token: LinkTokenRow, effect: BankEffect, origin: str | None
) -> bool:
    """Asks the bank, for as long as it takes, but lets the page wait only shortly. True when the bank's answer
    has been written with this turn."""
    task = asyncio.create_task(_ask(platform, turn, token, effect, origin))
    _underway.add(task)
    task.add_done_callback(_underway.discard)
    await asyncio.wait({task}, timeout=PROMPT_SECONDS)
    return task.done() and task.result()


async def _ask(
    platform: Platform, turn: Turn, token: LinkTokenRow, effect: BankEffect, origin: str | None
) -> bool:
    """The bank's turn, and the write of what came of it: True if with this turn. Never raises for what a bank
    does."""
    asked: Awaitable[tuple[Action, Secret]]
    if isinstance(effect, OpenSaved):
        asked = callers.open_saved(platform, token.environment, effect, turn.caller)
    elif isinstance(effect, CheckNumbers):
        around = await circumstances(platform, token, origin)
        asked = proving.check(platform, effect, around, turn.secret)
    elif isinstance(effect, OpenItem):
        asked = effects.open_item(platform, await circumstances(platform, token, origin))
    else:
        around = await circumstances(platform, token, origin)
        asked = effects.ask_bank(platform, effect, around, turn.secret)
    action, secret = await _answered(asked, turn.row.link_session_id, turn.secret)
    return await _offer(platform, turn, token, action, secret)


async def came_back(
    platform: Platform,
    row: LinkSessionRow,
    token: LinkTokenRow,
    answer: Mapping[str, str],
    origin: str | None,
    request_id: str,
) -> None:
    """The bank has sent the person back with `answer`: its turn, and the write of what came of it."""
    turn = open_turn(platform, row, request_id)
    if turn.session.institution is None:
        return
    around = await circumstances(platform, token, origin)
    institution_id = turn.session.institution.institution_id
    asked = effects.return_from_bank(platform, institution_id, answer, around, turn.secret)
    action, secret = await _answered(asked, row.link_session_id, Secret())
    await _offer(platform, turn, token, action, secret)


async def scanned(platform: Platform, row: LinkSessionRow, token: LinkTokenRow, request_id: str) -> None:
    """Somebody has read the code on the pane with their phone, and is on the way to the bank."""
    turn = open_turn(platform, row, request_id)
    turn.take(OpenOauth(mode="phone"))
    if turn.session != session_of(row):
        # If the session moves at the same moment, the person goes to the bank all the same.
        await advance(platform, turn, token)


async def circumstances(platform: Platform, token: LinkTokenRow, origin: str | None) -> Circumstances:
    updated = await updated_item(platform, token)
    own = await accounts.accounts(platform.store, updated.item_id) if updated is not None else []
    shared = frozenset(row.reference for row in own)
    return Circumstances(environment=token.environment, origin=origin, updated=updated, shared=shared)


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


async def _offer(platform: Platform, turn: Turn, token: LinkTokenRow, action: Action, secret: Secret) -> bool:
    """Brings the bank's answer into the session; True if with this turn, not a later one."""
    for attempt in range(_ATTEMPTS):
        turn.secret = secret
        if isinstance(action, Redirected) and secret.handle is not None:
            turn.visit = visit_of(platform, turn.row, secret.handle)
        turn.take(action)
        if await advance(platform, turn, token):
            return attempt == 0
        # The person moved meanwhile (asked to leave, say): the answer meets the session as it is now.
        async with platform.store.reading() as reader:
            row = await links.session(reader, turn.row.link_session_id)
        if row is None or row.finished_at is not None:
            return False
        turn = open_turn(platform, row, turn.request_id)
    _log.warning("a bank's answer found no place", extra={"link_session_id": turn.row.link_session_id})
    return False


async def expire(platform: Platform, row: LinkSessionRow, request_id: str) -> bool:
    """Ends a session whose thirty minutes are over; False if somebody has moved it meanwhile."""
    async with platform.store.reading() as reader:
        token = await links.link_token(reader, row.token_digest)
    if token is None:
        return False
    turn = open_turn(platform, row, request_id)
    turn.take(Expired(error=link_error(error("INVALID_LINK_TOKEN"))))
    return await advance(platform, turn, token)


async def _changed(platform: Platform, row: LinkSessionRow, token: LinkTokenRow, request_id: str) -> bool:
    """Brings in what has changed around a session that stands still; True if anything has."""
    if row.finished_at is not None:
        return False
    turn = open_turn(platform, row, request_id)
    return await _meet_news(platform, turn) and await advance(platform, turn, token)


async def _gave_up(platform: Platform, row: LinkSessionRow, token: LinkTokenRow, request_id: str) -> bool:
    """Ends the wait for a bank whose answer died with the process that asked; True if that was due."""
    overdue = platform.clock.now() - row.touched_at > BANK_TIMEOUT_SECONDS * SECOND
    if not overdue or session_of(row).waiting is None:
        return False
    turn = open_turn(platform, row, request_id)
    turn.take(Failed(error=link_error(error("INSTITUTION_NOT_RESPONDING"))))
    return await advance(platform, turn, token)
