"""Banks with pages of their own (OAuth): going there, and coming back.

The person goes in a window of its own, by leaving the host page, or with their phone; either way the bank's answer
reaches the server, not the page. So a closed window is only a remark here: until the answer comes, the person may go
again.
"""

from msgspec.structs import replace

from gingham.link.flow.events import event, reopen_event
from gingham.link.flow.model import (
    BankPages,
    CloseOauth,
    FailOauth,
    LogIn,
    OpenOauth,
    Redirected,
    Reopened,
    Session,
    Step,
    View,
)
from gingham.link.flow.moves import fetch, go, stay
from gingham.link.flow.signing_in import AWAY, LOGGING_IN

POPUP, PHONE = "popup", "phone"


def ask_where(session: Session) -> Step:
    """Asks the bank for the address of its login. Quick and no view of its own, so nothing is announced."""
    if session.institution is None:
        return stay(session)
    effect = LogIn(institution_id=session.institution.institution_id, values={})
    return fetch(session, effect, bank_pages=None, away=None)


def redirected(session: Session, action: Redirected) -> Step:
    if session.waiting != LOGGING_IN:
        return stay(session)
    pages = BankPages(url=action.url, app_url=action.app_url, phone_url=action.phone_url)
    return go(session, View.OAUTH, bank_pages=pages, away=None, waiting=AWAY)


def open_oauth(session: Session, action: OpenOauth) -> Step:
    if session.away == action.mode == PHONE:
        return stay(session)  # cameras and previews ask more than once
    opened = replace(session, away=action.mode, field_error=None)
    return Step(session=opened, events=(event(opened, "OPEN_OAUTH"),))


def close_oauth(session: Session, _: CloseOauth) -> Step:
    return _window_gone(session, "CLOSE_OAUTH", None)


def fail_oauth(session: Session, _: FailOauth) -> Step:
    return _window_gone(session, "FAIL_OAUTH", "oauth.failed")


def _window_gone(session: Session, name: str, message: str | None) -> Step:
    """Only a window can be closed or fail, and only one that is open."""
    if session.away != POPUP:
        return stay(session)
    return Step(session=replace(session, away=None, field_error=message), events=(event(session, name),))


def reopened(session: Session, _: Reopened) -> Step:
    """OPEN again, for the same session (Plaid docs: Link); the person is where the bank's answer has led."""
    return Step(session=session, events=(reopen_event(session),))
