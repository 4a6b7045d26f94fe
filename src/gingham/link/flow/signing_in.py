"""Signing in: credentials, the bank's challenges, and its refusals.

What is typed is checked for presence only, goes into the effect, and is nowhere in the session afterwards.

A wrong answer to a challenge repeats the same pane: the person is not sent back to the password for a
mistyped code (Plaid docs: Sandbox test credentials). So the driver keeps the challenge's sealed state after
`INVALID_MFA` and `INVALID_SEND_METHOD`.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gingham.link.flow import numbers
from gingham.link.flow.chart import MFA_TYPES, MFA_VIEWS
from gingham.link.flow.events import error_event, event
from gingham.link.flow.failures import (
    INSTANT_MATCH_FAILED,
    INVALID_LINK_TOKEN,
    MFA_NOT_SUPPORTED,
    RECAPTCHA_REQUIRED,
)
from gingham.link.flow.model import (
    Answer,
    Back,
    Challenge,
    Challenged,
    CreateItem,
    Failed,
    LinkError,
    LoggedIn,
    LogIn,
    OpenItem,
    Session,
    Step,
    SubmitCredentials,
    SubmitMfa,
    SubmitRecaptcha,
    View,
)
from gingham.link.flow.moves import burn, burns_token, fail, fetch, go, stay, tag, wait, wrong_fields
from gingham.link.flow.offer import nothing_to_offer, offered, selection

LOGGING_IN = tag(LogIn(institution_id="", values={}))
ANSWERING = tag(Answer(institution_id="", answers=[]))
CREATING = tag(CreateItem(institution_id="", accounts=()))
OPENING_ITEM = tag(OpenItem())
RECAPTCHA = "recaptcha"
"""`kind` of the challenge that wants to see a person rather than an answer."""
AWAY = "away"
"""What is waited for while the person is on the bank's own pages."""
AT_THE_BANK = frozenset({LOGGING_IN, ANSWERING, AWAY, OPENING_ITEM})
COUNTED = frozenset({"INVALID_CREDENTIALS", "INVALID_MFA"})
"""Refusals that count as failed logins: guessing codes is guessing too."""


class Mend(Struct, frozen=True):
    """A refusal that the person can mend where they stand."""

    views: frozenset[View]
    message: str


MENDS = {
    "INVALID_CREDENTIALS": Mend(frozenset({View.CREDENTIALS}), "credentials.error.refused"),
    "INVALID_UPDATED_USERNAME": Mend(frozenset({View.CREDENTIALS}), "credentials.error.other_username"),
    "INVALID_MFA": Mend(frozenset(MFA_TYPES), "mfa.error.refused"),
    "INVALID_SEND_METHOD": Mend(frozenset({View.MFA_DEVICE}), "mfa_device.error.refused"),
}
"""Error code -> the panes that can show it at their field. Everywhere else it is an error pane."""


def answer_name(index: int) -> str:
    """Name of the field of the index-th answer."""
    return f"answer_{index}"


def submit_credentials(session: Session, action: SubmitCredentials) -> Step:
    institution = session.institution
    if institution is None:
        return stay(session)
    values = {field.name: action.values.get(field.name, "") for field in institution.fields}
    missing = [name for name, value in values.items() if not value.strip()]
    if missing:
        return wrong_fields(session, "field.error.empty", *missing)
    effect = LogIn(institution_id=institution.institution_id, values=values)
    return wait(session, effect, event(session, "SUBMIT_CREDENTIALS"))


def submit_mfa(session: Session, action: SubmitMfa) -> Step:
    challenge, institution = session.challenge, session.institution
    if challenge is None or institution is None:
        return stay(session)
    answers = [answer.strip() for answer in action.answers]
    wrong = _unanswered(challenge, answers)
    if wrong:
        message = "field.error.choose" if challenge.kind in ("device", "selections") else "field.error.empty"
        return wrong_fields(session, message, *(answer_name(index) for index in wrong))
    effect = Answer(institution_id=institution.institution_id, answers=answers)
    return wait(session, effect, event(session, "SUBMIT_MFA", mfa_type=challenge.kind))


def submit_recaptcha(session: Session, _: SubmitRecaptcha) -> Step:
    if session.institution is None:
        return stay(session)
    return wait(session, Answer(institution_id=session.institution.institution_id, answers=[]))


def _unanswered(challenge: Challenge, answers: Sequence[str]) -> list[int]:
    """Indexes of the answers that cannot be sent. A wrong number of answers leaves all of them in doubt."""
    count = len(challenge.prompts) if challenge.kind in ("questions", "selections") else 1
    if len(answers) != count:
        return list(range(count))
    return [index for index, answer in enumerate(answers) if not _acceptable(challenge, index, answer)]


def _acceptable(challenge: Challenge, index: int, answer: str) -> bool:
    if challenge.kind == "device":
        return answer in {str(place) for place in range(len(challenge.devices))}
    if challenge.kind == "selections":
        return answer in challenge.prompts[index].options
    return bool(answer)


def challenged(session: Session, action: Challenged) -> Step:
    if session.waiting not in AT_THE_BANK:
        return stay(session)
    # The state is the bank's secret; whoever sends it by mistake does not get it stored.
    challenge = replace(action.challenge, state=b"")
    if challenge.kind == RECAPTCHA:
        told = error_event(session, RECAPTCHA_REQUIRED)
        return go(session, View.RECAPTCHA, told, error=RECAPTCHA_REQUIRED, challenge=challenge)
    if not _can_be_shown(challenge):
        return fail(session, MFA_NOT_SUPPORTED)
    return go(session, MFA_VIEWS[challenge.kind], challenge=challenge)


def _can_be_shown(challenge: Challenge) -> bool:
    if challenge.kind == "device":
        return bool(challenge.devices)
    if challenge.kind == "selections":
        return bool(challenge.prompts) and all(prompt.options for prompt in challenge.prompts)
    if challenge.kind == "questions":
        return bool(challenge.prompts)
    return challenge.kind in MFA_VIEWS


def logged_in(session: Session, action: LoggedIn) -> Step:
    """Offers the accounts that can be shared; without the pane, goes on at once."""
    if session.waiting not in AT_THE_BANK or session.institution is None:
        return stay(session)
    institution_id = session.institution.institution_id
    if session.config.account_selection == "none" and session.waiting != AWAY:
        effect = CreateItem(institution_id=institution_id, accounts=())
        return fetch(session, effect, accounts=action.accounts, challenge=None)
    if not action.numbers_told and numbers.wanted(session.config):
        if not numbers.can_be_proved(session.config):
            return fail(session, INSTANT_MATCH_FAILED)
        session = replace(session, numbers_needed=True)
    choices = offered(session.config, action.accounts)
    if not choices:
        return fail(session, nothing_to_offer(session.config, action.accounts))
    chosen_by = selection(session)
    asked = session.waiting == AWAY and (chosen_by != "single" or len(choices) == 1)
    if asked or chosen_by == "disabled":
        # The bank has asked which accounts to share; asking again would be asking twice (Plaid docs: Link).
        keys = tuple(choice.key for choice in choices)
        effect = CreateItem(institution_id=institution_id, accounts=keys)
        return fetch(session, effect, accounts=choices, selected=keys, challenge=None)
    ticked = tuple(choice.key for choice in choices if chosen_by == "all" or choice.shared)
    ticked = ticked[:1] if chosen_by == "single" else ticked
    return go(session, View.SELECT_ACCOUNTS, accounts=choices, selected=ticked, challenge=None)


def failed(session: Session, action: Failed) -> Step:
    """A refusal that can be mended goes back to its field, too many end the session, anything else is an
    error pane."""
    error = action.error
    if session.waiting is None:
        return stay(session)
    if error.error_code == INVALID_LINK_TOKEN.error_code:
        return burn(session)
    if (mended := numbers.mend(session, error)) is not None:
        return mended
    counted = error.error_code in COUNTED and session.waiting in AT_THE_BANK
    known = replace(session, error=error, failed_logins=session.failed_logins + counted)
    told = error_event(known, error)
    if burns_token(known):
        return burn(known, told)
    view = _mendable_at(known, error)
    if view is None:
        return fail(known, error)
    message = MENDS[error.error_code].message
    challenge = None if view is View.CREDENTIALS else known.challenge
    return go(known, view, told, field_error=message, challenge=challenge)


def _mendable_at(session: Session, error: LinkError) -> View | None:
    mend = MENDS.get(error.error_code)
    if mend is None or session.institution is None or session.waiting == AWAY:
        return None
    if View.CREDENTIALS in mend.views:
        return View.CREDENTIALS
    asked = MFA_VIEWS.get(session.challenge.kind) if session.challenge else None
    return asked if asked in mend.views else None


def back_to_credentials(session: Session, _: Back) -> Step:
    return go(session, View.CREDENTIALS, challenge=None)
