"""The panes of people who come back, and the offer to be remembered."""

from gingham.link.flow.frame import button, frame, mark_wrong, one_time_code, text
from gingham.link.flow.model import Button, Field, Option, Pane, Session
from gingham.link.flow.phone_numbers import DEFAULT
from gingham.link.flow.returning import PHONE

DIALING_CODES = {"US": "+1", "CA": "+1", "GB": "+44", "MX": "+52"}


def phone_field(session: Session) -> Field:
    """On the consent pane; empty it changes nothing."""
    country = session.config.phone_countries[0] if session.config.phone_countries else DEFAULT
    field = Field(
        name=PHONE,
        kind="text",
        label=text(session, "phone.field", code=DIALING_CODES[country]),
        autocomplete="tel",
        inputmode="tel",
        optional=True,
    )
    return mark_wrong(session, (field,))[0]


def submit_phone(session: Session) -> Pane:
    return frame(
        session,
        "submit_phone.title",
        buttons=(
            button(session, "submit_phone", "button.send_code"),
            button(session, "skip_phone", "button.guest", role="secondary"),
        ),
        can_go_back=True,
        help_values={"last_four": session.config.phone_hint},
        help_key="submit_phone.help",
    )


def verify_phone(session: Session) -> Pane:
    return _verify(session, button(session, "skip_phone", "button.guest", role="secondary"), can_go_back=True)


def verify_to_save(session: Session) -> Pane:
    return _verify(session, button(session, "finish", "button.finish_unsaved", role="secondary"))


def _verify(session: Session, otherwise: Button, *, can_go_back: bool = False) -> Pane:
    return frame(
        session,
        "mfa_code.title",
        help_key="verify_phone.help",
        help_values={"last_four": session.phone_hint},
        fields=mark_wrong(session, (one_time_code(session),)),
        buttons=(
            button(session, "submit_otp", "button.continue", fill="answers"),
            otherwise,
            button(session, "resend_otp", "button.resend", role="link"),
        ),
        notice=text(session, "verify_phone.resent") if session.resent else None,
        can_go_back=can_go_back,
    )


def select_saved_institution(session: Session) -> Pane:
    return frame(
        session,
        "select_saved.title",
        help_key="select_saved.help",
        fields=(
            Field(
                name="institution_id",
                kind="tiles",
                label=text(session, "select_saved.field"),
                options=tuple(
                    Option(value=card.institution_id, label=card.name, logo=card.logo)
                    for card in session.saved
                ),
            ),
        ),
        buttons=(button(session, "choose_another", "button.new_bank", role="secondary"),),
        can_go_back=True,
    )


def offer(session: Session) -> tuple[Button, ...]:
    """On the success pane."""
    return (
        button(session, "save", "button.save"),
        button(session, "finish", "button.finish_unsaved", role="secondary"),
    )
