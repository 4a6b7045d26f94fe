"""The choice of accounts, and the Item that comes of it."""

from msgspec.structs import replace

from gingham.link.flow.choosing import to_list
from gingham.link.flow.events import event
from gingham.link.flow.failures import USER_INPUT_TIMEOUT
from gingham.link.flow.model import (
    ChooseAnother,
    Created,
    CreateItem,
    Session,
    Step,
    SubmitAccounts,
    TimedOut,
    View,
)
from gingham.link.flow.moves import fail, go, stay, wait, wrong_fields
from gingham.link.flow.offer import selection
from gingham.link.flow.signing_in import CREATING

FIELD = "accounts"
"""Name of the pane's one field."""


def submit_accounts(session: Session, action: SubmitAccounts) -> Step:
    """Shares the chosen accounts, in the bank's order. Exactly one where the link_token says `single`."""
    if session.institution is None:
        return stay(session)
    known = {account.key for account in session.accounts}
    chosen = set(action.accounts)
    if not chosen <= known:
        return wrong_fields(session, "select_accounts.error.unknown", FIELD)
    if not chosen:
        return wrong_fields(session, "select_accounts.error.none", FIELD)
    if selection(session) == "single" and len(chosen) > 1:
        return wrong_fields(session, "select_accounts.error.single", FIELD)
    keys = tuple(account.key for account in session.accounts if account.key in chosen)
    if session.numbers_needed:
        return go(session, View.NUMBERS, selected=keys)
    effect = CreateItem(institution_id=session.institution.institution_id, accounts=keys)
    return wait(replace(session, selected=keys), effect)


def timed_out(session: Session, _: TimedOut) -> Step:
    """The bank's answer is not kept for ever; trying again signs in anew."""
    return fail(session, USER_INPUT_TIMEOUT, accounts=(), selected=())


def created(session: Session, action: Created) -> Step:
    if session.waiting != CREATING:
        return stay(session)
    known = {account.key for account in session.accounts}
    shared = (
        session.selected if action.accounts is None else tuple(key for key in action.accounts if key in known)
    )
    if not session.config.multi_item:
        return go(session, View.CONNECTED, selected=shared)
    return go(session, View.CONNECTED, event(session, "HANDOFF"), selected=shared, linked=session.linked + 1)


def add_another(session: Session, _: ChooseAnother) -> Step:
    """To the list once more, as if nobody had been at a bank before."""
    if not session.config.multi_item:
        return stay(session)
    return to_list(replace(session, selected=(), error=None))
