"""Waiting for a bank that works badly (Plaid docs: Link Recovery).

On its error pane a person may leave an e-mail address. A code shows that it is theirs; then the app is told when
the bank has recovered. What is asked here is quick and no view of its own, so the person stays where they are
meanwhile.
"""

import re

from msgspec.structs import replace

from gingham.link.flow.choosing import health_changed
from gingham.link.flow.events import error_event, event
from gingham.link.flow.failures import INSTITUTIONS_OWN
from gingham.link.flow.model import (
    Back,
    Effect,
    EmailCodeSent,
    Failed,
    Follow,
    Followed,
    FollowIssue,
    HealthChanged,
    ResendOtp,
    SendEmailCode,
    Session,
    Step,
    SubmitEmail,
    SubmitOtp,
    View,
)
from gingham.link.flow.moves import burn, burns_token, go, stay, tag, wrong_fields

EMAIL = "email"
"""Name of the pane's one field."""
LONGEST = 254
"""Characters of an address (RFC 5321, errata 1690)."""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
SENDING = tag(SendEmailCode(email=None))
FOLLOWING = tag(Follow(institution_id="", code=""))


def offers(session: Session) -> bool:
    """Only where it is the bank's fault, and once for each bank."""
    bank, error = session.institution, session.error
    if not session.config.recovery or bank is None or error is None:
        return False
    return error.error_code in INSTITUTIONS_OWN and session.followed != bank.institution_id


def begin(session: Session, _: FollowIssue) -> Step:
    return go(session, View.FOLLOW_ISSUE) if offers(session) else stay(session)


def submit_email(session: Session, action: SubmitEmail) -> Step:
    typed = action.values.get(EMAIL, "").strip()
    if not typed:
        return wrong_fields(session, "field.error.empty", EMAIL)
    if len(typed) > LONGEST or not typed.isprintable() or not _ADDRESS.fullmatch(typed):
        return wrong_fields(session, "follow_issue.error.invalid", EMAIL)
    return _ask(session, SendEmailCode(email=typed))


def code_sent(session: Session, _: EmailCodeSent) -> Step:
    if session.waiting != SENDING:
        return stay(session)
    if session.view is View.FOLLOW_ISSUE:
        return go(session, View.VERIFY_EMAIL)
    return stay(session, waiting=None, resent=True)


def resend(session: Session, _: ResendOtp) -> Step:
    return _ask(session, SendEmailCode(email=None))


def submit_code(session: Session, action: SubmitOtp) -> Step:
    code = "".join(action.answers[:1]).strip()
    if not code:
        return wrong_fields(session, "field.error.empty")
    if session.institution is None:
        return stay(session)
    return _ask(session, Follow(institution_id=session.institution.institution_id, code=code))


def refused(session: Session, action: Failed) -> Step:
    """Guessing codes ends like guessing passwords. What the person met at the bank stays the session's error."""
    if session.waiting != FOLLOWING:
        return stay(session)
    known = replace(session, failed_logins=session.failed_logins + 1)
    told = error_event(known, action.error)
    if burns_token(known):
        return burn(known, told)
    return go(known, View.VERIFY_EMAIL, told, field_error="verify_phone.error.refused")


def followed(session: Session, action: Followed) -> Step:
    """Back to what else may help."""
    if session.waiting != FOLLOWING or session.institution is None:
        return stay(session)
    told = event(
        session,
        "ISSUE_FOLLOWED",
        issue_id=action.issue_id,
        issue_description=action.description,
        issue_detected_at=action.detected_at,
    )
    return go(session, View.ERROR, told, followed=session.institution.institution_id)


def meanwhile(session: Session, action: HealthChanged) -> Step:
    """Nobody waits for a bank that has recovered: it can be tried again."""
    step = health_changed(session, action)
    return go(step.session, View.ERROR) if action.health == "HEALTHY" and step.session != session else step


def back_to_error(session: Session, _: Back) -> Step:
    return go(session, View.ERROR)


def back_to_email(session: Session, _: Back) -> Step:
    return go(session, View.FOLLOW_ISSUE)


def _ask(session: Session, effect: Effect) -> Step:
    asking = replace(session, waiting=tag(effect), field_error=None, wrong_fields=(), resent=False)
    return Step(session=asking, effect=effect)
