"""What a client sees of a Link session: its picture after each request, and what it left when it ended."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from gingham.clock import iso_milliseconds
from gingham.link.flow.events import exit_event
from gingham.link.flow.model import Look, Session
from gingham.link.flow.moves import SUCCESS
from gingham.link.flow.panes import pane
from gingham.link.flow.results import exit_error, exit_metadata
from gingham.link.messages.messages import direction, frame_texts, render_pane
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow


class Linked(Struct, frozen=True, kw_only=True):
    """One Item that a session made or mended."""

    item_id: str
    public_token: bytes
    """Sealed."""
    metadata: dict[str, Any]
    """What onSuccess reports of it, with an empty public_token."""


class Outcome(Struct, frozen=True, kw_only=True):
    """How a session ended, kept for the page's result and for /link/token/get."""

    linked: tuple[Linked, ...] = ()
    """In the order the Items were made."""
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
    texts: Mapping[str, str] | UnsetType
    """The frame's own words; only in answers to who has just come: after `start`, and after a first `get`."""
    look: Look | UnsetType | None
    """What the client has changed in the frame's look; comes with `texts`."""
    environment: str
    pane: dict[str, Any] | None
    events: list[dict[str, Any]]
    events_seen: int
    """Send it back to get exactly the events that follow."""
    exit: dict[str, Any] | None
    """What leaving at once would report; None when it would be a success."""
    result: dict[str, Any] | None
    redirect_to: str | UnsetType | None
    """Only on a hosted page, at the end: where it goes now, or null for a page that stays."""


def session_of(row: LinkSessionRow) -> Session:
    """Where the session stands."""
    return msgspec.json.decode(row.state, type=Session)


def outcome(row: LinkSessionRow) -> Outcome:
    """What is kept of how the session ended."""
    return msgspec.json.decode(row.outcome, type=Outcome) if row.outcome else Outcome()


def picture(
    platform: Platform,
    row: LinkSessionRow,
    session: Session,
    token: LinkTokenRow,
    request_id: str,
    events: Sequence[LinkEventRow],
    *,
    seen: int,
    stale: bool = False,
    session_token: str | UnsetType = UNSET,
    newcomer: bool = False,
) -> Picture:
    """The session as a client may see it. `events`: those the client has not seen; `seen`: how many there are
    with these."""
    running = row.finished_at is None
    language = session.config.language
    begins = newcomer or session_token is not UNSET
    return Picture(
        link_session_id=row.link_session_id,
        session_token=session_token,
        revision=row.revision,
        stale=stale,
        language=language,
        direction=direction(language),
        texts=frame_texts(language) if begins else UNSET,
        look=session.config.look if begins else UNSET,
        environment=token.environment,
        pane=render_pane(pane(session), language) if running or session.config.hosted else None,
        events=[{"event_name": event.name, "metadata": Raw(event.metadata)} for event in events],
        events_seen=seen,
        exit=_exit(session, request_id, row) if running and not session.linked else None,
        result=None if running else result(platform, row),
        redirect_to=UNSET if running or not session.config.hosted else _completion(token),
    )


def _completion(token: LinkTokenRow) -> str | None:
    hosted = msgspec.json.decode(token.request, type=LinkRequest).hosted
    return None if hosted is None else hosted.completion_redirect_uri


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
    if session.finished == SUCCESS and session.linked:
        # Of several Items onSuccess names none: their public_tokens come by webhook and /link/token/get (Plaid
        # docs: Multi-Item Link).
        return {
            "kind": "success",
            "public_token": "",
            "metadata": NOTHING_NAMED | {"link_session_id": row.link_session_id},
        }
    if session.finished == SUCCESS and ended.linked:
        (linked,) = ended.linked
        public_token = opened(platform, row, linked)
        metadata = {**linked.metadata, "public_token": public_token}
        return {"kind": "success", "public_token": public_token, "metadata": metadata}
    return {
        "kind": "exit",
        "error": exit_error(session),
        "metadata": exit_metadata(session, ended.request_id),
    }


NOTHING_NAMED: dict[str, Any] = {
    "institution": None,
    "accounts": [],
    "account": None,
    "account_id": None,
    "link_session_id": "",
    "public_token": "",
    "transfer_status": None,
    "wallet": None,
}


def opened(platform: Platform, row: LinkSessionRow, linked: Linked) -> str:
    """The public_token of an Item that the session linked."""
    return platform.vault.open(linked.public_token, row.link_session_id).decode()
