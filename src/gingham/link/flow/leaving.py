"""The ways out: asking first, leaving at once, finishing, and the end of time.

Once an institution is chosen, closing asks first (Plaid publishes no threshold; this one loses nobody's
typing by accident). On the success pane every way out is a success.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from gingham.link.flow.model import (
    Challenged,
    Close,
    ConfirmExit,
    Created,
    Expired,
    Failed,
    Finish,
    ForceExit,
    LoggedIn,
    NumbersChecked,
    Redirected,
    Resume,
    SavedOpened,
    Session,
    Step,
    View,
)
from gingham.link.flow.moves import go, leave, stay, succeed

ENDS = frozenset({View.CONNECTED, View.DONE})
WAITS = frozenset({View.LOADING, View.OAUTH})


def close(session: Session, _: Close) -> Step:
    if session.institution is None or session.view is View.CONSENT:
        return leave(session)
    return go(session, View.EXIT, back_to=session.view, **_under_way(session))


def resume(session: Session, _: Resume) -> Step:
    """Back to where the person was, or to where the bank's answer has led since."""
    if session.back_to is None:
        return stay(session)
    return go(session, session.back_to, **_under_way(session))


def _under_way(session: Session) -> dict[str, Any]:
    """What the question in between must not lose."""
    return {
        "waiting": session.waiting,
        "bank_pages": session.bank_pages,
        "away": session.away,
        "field_error": session.field_error,
        "wrong_fields": session.wrong_fields,
    }


def confirm_exit(session: Session, _: ConfirmExit | ForceExit) -> Step:
    return leave(session)


def finish(session: Session, _: Finish | Close | ForceExit | Expired) -> Step:
    """Also when the session expires on the success pane: the Item exists, and the app must learn of it."""
    return succeed(session)


def expire(session: Session, action: Expired) -> Step:
    return leave(replace(session, error=action.error))


def behind(handler: Callable[[Session, Any], Step]) -> Callable[[Session, Any], Step]:
    """The handler of a bank's answer that arrives while the exit pane covers the pane that waits for it.

    The question stays; only its background changes, unannounced. An Item that came to be answers the question
    itself.
    """

    def handle(
        session: Session,
        action: LoggedIn | SavedOpened | Redirected | Challenged | NumbersChecked | Failed | Created,
    ) -> Step:
        if session.back_to not in WAITS:
            return stay(session)
        waiting = replace(session, view=session.back_to, back_to=None)
        step = handler(waiting, action)
        if step.session == waiting:
            return stay(session)
        if step.session.view in ENDS:
            return step
        covered = replace(step.session, view=View.EXIT, back_to=step.session.view)
        events = tuple(event for event in step.events if event.name != "TRANSITION_VIEW")
        return replace(step, session=covered, events=events)

    return handle
