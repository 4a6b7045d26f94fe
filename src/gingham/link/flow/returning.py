"""People who come back: a number instead of a login (Plaid docs: Link, returning user).

A number that is known is verified by a one-time code before anything is shown of what was saved under it, and
a number that is not is verified before anything is saved. What is looked up here is quick and no view of its
own, so the person stays where they are meanwhile.
"""

from msgspec.structs import replace

from gingham.link.flow import choosing, signing_in
from gingham.link.flow.events import error_event, event
from gingham.link.flow.failures import INSTITUTION_DOWN, INVALID_OTP, INVALID_PHONE_NUMBER
from gingham.link.flow.going_away import ask_where
from gingham.link.flow.model import (
    Back,
    CheckOtp,
    ChooseAnother,
    Continue,
    CreateItem,
    Effect,
    Event,
    Failed,
    FindPerson,
    OpenSaved,
    OtpSent,
    PersonFound,
    ResendOtp,
    Save,
    Saved,
    SavedOpened,
    SaveLogin,
    SelectInstitution,
    SendOtp,
    Session,
    SkipPhone,
    Step,
    SubmitOtp,
    SubmitPhone,
    Verified,
    View,
)
from gingham.link.flow.moves import burn, burns_token, fail, fetch, go, stay, succeed, tag, wait, wrong_fields
from gingham.link.flow.offer import nothing_to_offer, offered
from gingham.link.flow.phone_numbers import e164

PHONE = "phone"
"""Name of the consent pane's one field."""
FINDING_PERSON = tag(FindPerson(phone=None))
SENDING = tag(SendOtp())
CHECKING = tag(CheckOtp(code=""))
OPENING = tag(OpenSaved(institution_id=""))
SAVING = tag(SaveLogin())


def asks(session: Session) -> bool:
    """Whether the consent pane has a field for the number; one that the link_token names has its own pane."""
    config = session.config
    return bool(config.phone_countries) and not config.phone_hint


def agreed(session: Session, action: Continue) -> Step:
    """From consent to the number, where there is one; else on as a guest."""
    config = session.config
    if config.phone_hint:
        if config.phone_verified:
            return _ask(session, FindPerson(phone=None, asked=False))
        return go(session, View.SUBMIT_PHONE, caller="guest")
    typed = action.values.get(PHONE, "").strip() if asks(session) else ""
    if not typed:
        return choosing.begin(replace(session, caller="guest", phone_hint="", saved=()), action)
    number = e164(typed, config.phone_countries)
    if number is None:
        wrong = wrong_fields(session, "phone.error.invalid", PHONE).session
        told = error_event(wrong, INVALID_PHONE_NUMBER)
        return Step(session=replace(wrong, error=INVALID_PHONE_NUMBER), events=(told,))
    return _ask(session, FindPerson(phone=number), event(session, "SUBMIT_PHONE"))


def submit_phone(session: Session, _: SubmitPhone) -> Step:
    return _ask(session, FindPerson(phone=None), event(session, "SUBMIT_PHONE"))


def skip(session: Session, action: SkipPhone) -> Step:
    """On as a guest, from either pane about the number."""
    told = event(session, "SKIP_SUBMIT_PHONE")
    step = choosing.begin(replace(session, caller="guest", saved=()), action)
    return replace(step, events=(told, *step.events))


def person_found(session: Session, action: PersonFound) -> Step:
    if session.waiting != FINDING_PERSON:
        return stay(session)
    known = replace(session, phone_hint=action.hint, caller="known" if action.known else "new")
    if not action.known:
        return choosing.begin(known, action)
    told = () if action.asked else (event(known, "AUTO_SUBMIT_PHONE"),)
    return go(known, View.VERIFY_PHONE, *told)


def submit_otp(session: Session, action: SubmitOtp) -> Step:
    code = "".join(action.answers[:1]).strip()
    if not code:
        return wrong_fields(session, "field.error.empty")
    return _ask(session, CheckOtp(code=code), event(session, "SUBMIT_OTP"))


def resend(session: Session, _: ResendOtp) -> Step:
    return _ask(session, SendOtp())


def otp_sent(session: Session, _: OtpSent) -> Step:
    return stay(session, waiting=None, resent=True) if session.waiting == SENDING else stay(session)


def otp_refused(session: Session, action: Failed) -> Step:
    """Guessing codes ends like guessing passwords."""
    if session.waiting != CHECKING:
        return stay(session)
    known = replace(session, error=action.error, failed_logins=session.failed_logins + 1)
    told = error_event(known, action.error)
    if burns_token(known):
        # An Item that was made must reach the app, whatever becomes of saving it.
        return _finished(known, told) if session.view is View.VERIFY_TO_SAVE else burn(known, told)
    return go(known, known.view, told, field_error="verify_phone.error.refused")


def verified(session: Session, action: Verified) -> Step:
    if session.waiting != CHECKING:
        return stay(session)
    known = replace(session, caller="verified", saved=action.saved, waiting=None)
    told = event(known, "VERIFY_PHONE")
    if session.view is View.VERIFY_TO_SAVE:
        return _ask(known, SaveLogin(), told)
    if action.saved:
        return go(known, View.SELECT_SAVED_INSTITUTION, told)
    step = choosing.begin(known, action)
    return replace(step, events=(told, *step.events))


def select_saved(session: Session, action: SelectInstitution) -> Step:
    """Opens the bank with the saved login, unless something keeps every person from it today."""
    chosen = next((card for card in session.saved if card.institution_id == action.institution_id), None)
    if chosen is None:
        return stay(session)
    known = replace(session, institution=chosen)
    told = (
        event(known, "MATCHED_SELECT_INSTITUTION", match_reason="returning_user"),
        event(known, "SELECT_INSTITUTION", match_reason="SAVED_INSTITUTION"),
    )
    found = choosing.obstacle(known)
    if found is not None:
        named = (event(known, found.event_name),) if found.event_name else ()
        return fail(known, found.error, *told, *named, exit_status=found.exit_status)
    return wait(known, OpenSaved(institution_id=chosen.institution_id), *told)


def connect_new(session: Session, action: ChooseAnother) -> Step:
    step = choosing.begin(session, action)
    return replace(step, events=(event(session, "CONNECT_NEW_INSTITUTION"), *step.events))


def saved_opened(session: Session, action: SavedOpened) -> Step:
    """The accounts that were shared before are ticked; others of the same login may be added."""
    if session.waiting != OPENING or session.institution is None:
        return stay(session)
    config = session.config
    choices = offered(config, action.accounts)
    if not choices:
        return fail(session, nothing_to_offer(config, action.accounts))
    keys = tuple(choice.key for choice in choices if choice.key in action.shared)
    if config.account_selection == "single" and len(keys) > 1:
        keys = ()
    if action.automatic and keys:
        effect = CreateItem(institution_id=session.institution.institution_id, accounts=keys)
        return fetch(session, effect, accounts=choices, selected=keys, reused=True)
    return go(session, View.SELECT_SAVED_ACCOUNTS, accounts=choices, selected=keys, reused=True)


def failed(session: Session, action: Failed) -> Step:
    """Where a login that was kept no longer opens the bank, the person signs in there once more."""
    kept = session.waiting in (OPENING, signing_in.OPENING_ITEM)
    lost = action.error.error_type == "ITEM_ERROR" or action.error == INVALID_OTP
    if not kept or not lost or session.institution is None:
        bank = session.institution
        if kept and bank is not None and action.error == INSTITUTION_DOWN:
            session = replace(session, institution=replace(bank, health="DOWN"))
        return signing_in.failed(session, action)
    return ask_where(session) if session.institution.oauth else go(session, View.CREDENTIALS)


def back_to_saved(session: Session, _: Back) -> Step:
    return go(
        session, View.SELECT_SAVED_INSTITUTION, institution=None, accounts=(), selected=(), reused=False
    )


def offers_to_save(session: Session) -> bool:
    """Only somebody who gave a number is asked, and only about a login that is not saved already.

    Where several banks may be linked, nobody is asked after each of them.
    """
    return not session.config.multi_item and session.caller in ("new", "verified") and not session.reused


def save(session: Session, _: Save) -> Step:
    if not offers_to_save(session) or session.waiting is not None:
        return stay(session)
    if session.caller == "verified":
        return _ask(session, SaveLogin())
    step = go(session, View.VERIFY_TO_SAVE, waiting=SENDING)
    return replace(step, effect=SendOtp())


def saved(session: Session, _: Saved) -> Step:
    return _finished(session) if session.waiting == SAVING else stay(session)


def _finished(session: Session, *before: Event) -> Step:
    step = succeed(session)
    return replace(step, events=(*before, *step.events))


def _ask(session: Session, effect: Effect, *before: Event) -> Step:
    asking = replace(session, waiting=tag(effect), field_error=None, wrong_fields=(), resent=False)
    return Step(session=asking, events=before, effect=effect)
