"""The choice between signing in and typing account numbers, and the ways between the two (Plaid docs: Auth)."""

from msgspec.structs import replace

from gingham.link.flow import choosing, returning
from gingham.link.flow.events import event
from gingham.link.flow.model import (
    Back,
    Continue,
    EnterNumbers,
    LookUpInstitution,
    SelectInstitution,
    Session,
    SignIn,
    Step,
    View,
)
from gingham.link.flow.moves import fetch, go, stay


def begin(session: Session, action: Continue) -> Step:
    """From consent to the question how, where there is a choice; a phone number is then not asked for as well."""
    auth = session.config.auth
    if auth.type_select and auth.by_hand and session.config.institution_id is None:
        return go(session, View.SELECT_AUTH_TYPE)
    return returning.agreed(session, action)


def enter_numbers(session: Session, _: EnterNumbers) -> Step:
    return go(session, View.NUMBERS, event(session, "SELECT_AUTH_TYPE", selection="flow_type_manual"))


def sign_in(session: Session, action: SignIn) -> Step:
    step = choosing.begin(session, action)
    told = event(session, "SELECT_AUTH_TYPE", selection="flow_type_instant")
    return replace(step, events=(told, *step.events))


def found_nothing(session: Session) -> bool:
    """A search without results, where numbers may be typed instead."""
    return session.config.auth.by_hand and bool(session.query) and not session.results


def instead_of_a_bank(session: Session, _: EnterNumbers) -> Step:
    """From the list in which the person did not find their bank."""
    return go(session, View.NUMBERS, asked=session.query) if found_nothing(session) else stay(session)


def rather_sign_in(session: Session, action: SelectInstitution) -> Step:
    """To the login of a bank that the typed routing number belongs to."""
    offered = tuple(card.institution_id for card in session.typed.institutions) if session.typed else ()
    if action.institution_id not in offered:
        return stay(session)
    effect = LookUpInstitution(institution_id=action.institution_id)
    matched = tuple(dict.fromkeys((*session.matched, *offered)))
    return fetch(session, effect, matched=matched, typed=None)


def back_from_numbers(session: Session, _: Back) -> Step:
    """To the choice that led here. A login stays behind: it cannot be taken back, but another account can be chosen."""
    if session.institution is not None:
        return go(session, View.SELECT_ACCOUNTS)
    if session.config.auth.type_select and session.config.institution_id is None:
        return go(session, View.SELECT_AUTH_TYPE)
    return choosing.to_list(session)
