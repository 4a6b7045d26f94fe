"""The panes of somebody who waits for a bank that works badly."""

from gingham.link.flow.frame import button, frame, mark_wrong, one_time_code, text
from gingham.link.flow.model import Field, Pane, Session
from gingham.link.flow.recovery import EMAIL


def follow_issue(session: Session) -> Pane:
    address = Field(
        name=EMAIL,
        kind="text",
        label=text(session, "follow_issue.field"),
        autocomplete="email",
        inputmode="email",
    )
    return frame(
        session,
        "follow_issue.title",
        "follow_issue.help",
        fields=mark_wrong(session, (address,)),
        buttons=(button(session, "submit_email", "button.send_code", fill="values"),),
        can_go_back=True,
    )


def verify_email(session: Session) -> Pane:
    return frame(
        session,
        "mfa_code.title",
        "verify_email.help",
        fields=mark_wrong(session, (one_time_code(session),)),
        buttons=(
            button(session, "submit_otp", "button.continue", fill="answers"),
            button(session, "resend_otp", "button.resend", role="link"),
        ),
        notice=text(session, "verify_phone.resent") if session.resent else None,
        can_go_back=True,
    )
