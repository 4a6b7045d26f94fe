"""The few ways a session moves; every rule of the flow is told in these words.

Each returns a `Step`. Moving to a view clears what belonged to the view before it and keeps `exit_status` up
to date.
"""

from typing import Any

from msgspec.structs import replace

from gingham.link.flow.chart import EXIT_STATUS
from gingham.link.flow.events import error_event, event, exit_event, transition_event
from gingham.link.flow.failures import INVALID_LINK_TOKEN
from gingham.link.flow.model import Effect, Event, LinkError, Session, Step, View

SUCCESS = "success"
EXITED = "exit"

MAX_FAILED_LOGINS = 5
"""Refused logins in one session after which the link_token is burnt. Plaid documents that there is a limit,
not which one; five lets a person mistype and stops somebody who guesses."""


def burns_token(session: Session) -> bool:
    """True when this session had so many refused logins that its link_token must not be used again."""
    return session.failed_logins >= MAX_FAILED_LOGINS


def stay(session: Session, **changes: Any) -> Step:
    """Stays on the view; without changes, nothing happened."""
    return Step(session=replace(session, **changes) if changes else session)


def wrong_fields(session: Session, message: str, *fields: str) -> Step:
    """Stays, with an error at the fields: nothing is sent to the bank and no event tells of it."""
    return stay(session, field_error=message, wrong_fields=fields)


def enter(session: Session, view: View, **changes: Any) -> Session:
    """The session on `view`."""
    clean: dict[str, Any] = {
        "view": view,
        "back_to": None,
        "waiting": None,
        "bank_pages": None,
        "away": None,
        "field_error": None,
        "wrong_fields": (),
        "resent": False,
        "exit_status": EXIT_STATUS.get(view, session.exit_status),
    }
    return replace(session, **(clean | changes))


def go(session: Session, view: View, *before: Event, **changes: Any) -> Step:
    """Moves to `view` and announces it, after the events `before`."""
    moved = enter(session, view, **changes)
    return Step(session=moved, events=(*before, transition_event(moved)))


def wait(session: Session, effect: Effect, *before: Event) -> Step:
    """Shows the loading pane, announced, until the bank has answered."""
    step = go(session, View.LOADING, *before, waiting=tag(effect))
    return replace(step, effect=effect)


def fetch(session: Session, effect: Effect, **changes: Any) -> Step:
    """Looks something up in the catalogue. That is quick and not a view of its own for Plaid, so nothing is
    announced."""
    return Step(session=enter(session, View.LOADING, waiting=tag(effect), **changes), effect=effect)


def fail(session: Session, error: LinkError, *before: Event, **changes: Any) -> Step:
    """Shows the error pane. The error stays the session's last one, also when the person goes on."""
    return go(
        session, View.ERROR, *before, error_event(session, error), error=error, challenge=None, **changes
    )


def succeed(session: Session, *before: Event) -> Step:
    """The only way to a success. Where several Items may be linked, each had its HANDOFF when it came to be."""
    handoff = () if session.linked else (event(session, "HANDOFF"),)
    done = enter(session, View.DONE, finished=SUCCESS, challenge=None)
    return Step(session=done, events=(*before, *handoff))


def leave(session: Session, *before: Event) -> Step:
    """The only way to an exit. Who has linked an Item before has not come for nothing: that is a success."""
    if session.linked:
        return succeed(session, *before)
    done = enter(session, View.DONE, finished=EXITED, challenge=None)
    return Step(session=done, events=(*before, exit_event(done)))


def burn(session: Session, *before: Event) -> Step:
    """Ends a session whose link_token is no longer good."""
    return leave(replace(session, error=INVALID_LINK_TOKEN), *before)


def tag(effect: Effect) -> str:
    """The effect's `type` on the wire."""
    return str(effect.__struct_config__.tag)
