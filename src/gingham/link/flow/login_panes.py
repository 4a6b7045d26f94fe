"""The panes of a login: credentials and the four kinds of challenge."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from gingham.link.flow.choosing import may_choose
from gingham.link.flow.frame import button, frame, known, mark_wrong, one_time_code, text
from gingham.link.flow.going_away import PHONE
from gingham.link.flow.model import CredentialInput, Field, Option, Pane, Prompt, Scan, Session, Text
from gingham.link.flow.signing_in import answer_name

CREDENTIAL_LABELS = frozenset(
    {"username", "password", "pin", "user_id", "online_id", "customer_number", "passcode"}
)
"""Labels that have a translation; any other is shown as the institution wrote it."""

FILLED_IN: Mapping[str, tuple[str, str | None]] = {
    "text": ("username", None),
    "password": ("current-password", None),
    "pin": ("off", "numeric"),
}
"""`autocomplete` and `inputmode` by the kind of a credential: password managers may fill in the first two."""

DEVICE_KINDS = frozenset({"phone", "email"})


def credentials(session: Session) -> Pane:
    institution = session.institution
    inputs = institution.fields if institution else ()
    notice = _degraded(session)
    buttons = [button(session, "submit_credentials", "button.sign_in", fill="values")]
    if may_choose(session):
        buttons.append(button(session, "choose_another", "button.choose_another", role="link"))
    return frame(
        session,
        "credentials.title",
        "credentials.help.saved" if _was_saved(session) else "credentials.help",
        fields=mark_wrong(session, tuple(_credential(each) for each in inputs)),
        buttons=tuple(buttons),
        notice=notice,
        tone="warn" if notice else "info",
        can_go_back=True,
    )


def _was_saved(session: Session) -> bool:
    """Somebody who chose a saved bank stands here only when its login has ended."""
    chosen = session.institution
    return chosen is not None and any(card.institution_id == chosen.institution_id for card in session.saved)


def _degraded(session: Session) -> Text | None:
    """The warning that signing in may fail, where it may."""
    if session.institution is None or session.institution.health != "DEGRADED":
        return None
    return text(session, "credentials.degraded" if may_choose(session) else "credentials.degraded.update")


def oauth(session: Session) -> Pane:
    """Before the person goes to the bank's own pages, and while they are there."""
    pages, away = session.bank_pages, session.away is not None
    form = ("oauth.phone" if session.away == PHONE else "oauth.away") if away else "oauth"
    notice = text(session, session.field_error) if session.field_error else _degraded(session)
    scan = _scan(session) if session.away in (None, PHONE) else None
    opens = button(session, "open_oauth", "oauth.away.button" if away else "oauth.button", fill="away")
    if scan is not None:
        opens = button(session, "open_oauth", "oauth.scan.button", role="secondary", fill="away")
    buttons = [opens]
    if may_choose(session):
        buttons.append(button(session, "choose_another", "button.choose_another", role="link"))
    return frame(
        session,
        f"{form}.title",
        "oauth.app.help" if pages and pages.app_url and not away else f"{form}.help",
        buttons=tuple(buttons),
        url=pages.url if pages else None,
        app_url=pages.app_url if pages else None,
        scan=scan,
        can_redirect=session.config.can_redirect,
        notice=notice,
        tone="warn" if notice else "info",
        can_go_back=True,
        busy=away,
    )


def _scan(session: Session) -> Scan | None:
    url = session.bank_pages.phone_url if session.bank_pages else None
    if url is None:
        return None
    return Scan(
        url=url,
        image=f"{urlsplit(url).path}.svg",
        alt=text(session, "oauth.scan.alt"),
        help=text(session, "oauth.scan.help"),
    )


def recaptcha(session: Session) -> Pane:
    """No puzzle: the bank hears that somebody pressed a button, and decides."""
    return frame(
        session,
        "recaptcha.title",
        "recaptcha.help",
        buttons=(button(session, "submit_recaptcha", "recaptcha.button"),),
        can_go_back=True,
    )


def _credential(each: CredentialInput) -> Field:
    label = each.label.strip().lower().replace(" ", "_")
    translated = label in CREDENTIAL_LABELS
    autocomplete, inputmode = FILLED_IN.get(each.kind, ("off", None))
    return Field(
        name=each.name,
        kind=each.kind,
        label=Text(key=f"credentials.field.{label if translated else 'other'}"),
        autocomplete=autocomplete if translated else "off",
        inputmode=inputmode,
        text=None if translated else each.label,
    )


def _answers(session: Session, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "fields": mark_wrong(session, fields),
        "buttons": (button(session, "submit_mfa", "button.continue", fill="answers"),),
        "can_go_back": True,
    }


def mfa_device(session: Session) -> Pane:
    devices = session.challenge.devices if session.challenge else ()
    options = tuple(
        Option(
            value=str(index),
            label=device.mask,
            group=Text(key=f"mfa_device.kind.{known(device.kind, DEVICE_KINDS)}"),
        )
        for index, device in enumerate(devices)
    )
    choice = Field(
        name=answer_name(0), kind="radio", label=text(session, "mfa_device.field"), options=options
    )
    return frame(session, "mfa_device.title", "mfa_device.help", **_answers(session, (choice,)))


def mfa_code(session: Session) -> Pane:
    sent_to = session.challenge.sent_to if session.challenge else None
    shown = frame(session, "mfa_code.title", "mfa_code.help", **_answers(session, (one_time_code(session),)))
    if sent_to is None:
        return shown
    return replace(shown, help=text(session, "mfa_code.help.sent_to", sent_to=sent_to))


def mfa_questions(session: Session) -> Pane:
    return frame(session, "mfa_questions.title", "mfa_questions.help", **_prompts(session, "text"))


def mfa_selections(session: Session) -> Pane:
    return frame(session, "mfa_selections.title", "mfa_selections.help", **_prompts(session, "radio"))


def _prompts(session: Session, kind: str) -> dict[str, Any]:
    prompts = session.challenge.prompts if session.challenge else ()
    return _answers(session, tuple(_prompt(index, prompt, kind) for index, prompt in enumerate(prompts)))


def _prompt(index: int, prompt: Prompt, kind: str) -> Field:
    options = prompt.options if kind == "radio" else ()
    return Field(
        name=answer_name(index),
        kind=kind,
        label=Text(key="mfa_questions.field"),
        options=tuple(Option(value=option, label=option) for option in options),
        autocomplete="off",
        text=prompt.text,
    )
