"""Account numbers that the person types: matched with the bank's own, or proved by a micro-deposit or by data
(Plaid docs: Auth).

What is typed is checked for its form, goes into an effect, and is nowhere in the session afterwards; events
carry the routing number, which is public, and the last digits of the account.
"""

import re

from msgspec.structs import replace

from gingham.link.flow.events import error_event, event
from gingham.link.flow.failures import (
    INSTANT_MATCH_FAILED,
    INVALID_ACCOUNT_NUMBER,
    TOO_MANY_VERIFICATION_ATTEMPTS,
)
from gingham.link.flow.model import (
    AccountChoice,
    Back,
    CheckCode,
    CheckNumbers,
    CodeChecked,
    Config,
    CreateItem,
    Event,
    KeepNumbers,
    LinkError,
    LookUpNumbers,
    NumbersChecked,
    Session,
    Step,
    SubmitDepositCode,
    SubmitNumbers,
    View,
)
from gingham.link.flow.moves import fail, fetch, go, stay, tag, wait, wrong_fields

ROUTING, ACCOUNT, AGAIN, TYPE, NAME = (
    "routing_number",
    "account_number",
    "account_number_again",
    "type",
    "name",
)
CODE = "code"
TYPES = ("checking", "savings")
CHECKING = frozenset(
    {tag(CheckNumbers(institution_id="", account="", values={})), tag(LookUpNumbers(values={}))}
)
CHECKING_CODE = tag(CheckCode(code=""))

MAX_WRONG_CODES = 3
"""Attempts at the code of a micro-deposit (Plaid docs: Auth)."""
LONGEST_NAME = 100

_ACCOUNT = re.compile(r"[0-9]{4,17}")
"""NACHA's field for an account number has 17 places; with fewer than four digits there would be no mask."""
_CODE = re.compile(r"[A-Z]{3}")
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)


def wanted(config: Config) -> bool:
    """Whether the Item shall have account numbers. In update mode it has what it has."""
    asked = (*config.products, *config.required_if_supported_products)
    return "auth" in asked and not config.update_mode


def can_be_proved(config: Config) -> bool:
    """Whether numbers typed after a login could lead anywhere."""
    return config.auth.instant_match or config.auth.automated_microdeposits


def names(session: Session) -> tuple[str, ...]:
    """What the pane asks for. Of an account that was chosen after a login the rest is known."""
    form = (ROUTING, ACCOUNT, AGAIN)
    return form if session.institution is not None else (*form, TYPE, NAME)


def valid_routing_number(text: str) -> bool:
    """Nine digits with the check digit of the American Bankers Association; all zeros belong to nobody."""
    if re.fullmatch(r"[0-9]{9}", text) is None or text == "000000000":
        return False
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=True)) % 10 == 0


def submit_numbers(session: Session, action: SubmitNumbers) -> Step:
    values = {name: action.values.get(name, "").strip() for name in names(session)}
    for name in (ROUTING, ACCOUNT, AGAIN):
        values[name] = re.sub(r"[\s-]", "", values[name])  # as they are printed, in groups
    if problem := _problem(values):
        return wrong_fields(session, *problem)
    told = _submitted(session, values)
    if session.institution is None:
        # No bank is asked: that is quick and no view of its own, as with the catalogue.
        step = fetch(session, LookUpNumbers(values=values))
        return replace(step, events=told)
    chosen = _chosen(session)
    if chosen is None:
        return stay(session)
    if chosen.mask and not values[ACCOUNT].endswith(chosen.mask):
        return _wrong(session, "numbers.error.mask", ACCOUNT, *told)
    effect = CheckNumbers(
        institution_id=session.institution.institution_id, account=chosen.key, values=values
    )
    return wait(session, effect, *told)


def _problem(values: dict[str, str]) -> tuple[str, ...] | None:
    """Message and fields of what is wrong with the form of what was typed."""
    if empty := [name for name, value in values.items() if not value]:
        return ("field.error.empty", *empty)
    if not valid_routing_number(values[ROUTING]):
        return ("numbers.error.routing", ROUTING)
    if _ACCOUNT.fullmatch(values[ACCOUNT]) is None:
        return ("numbers.error.account", ACCOUNT)
    if values[AGAIN] != values[ACCOUNT]:
        return ("numbers.error.again", AGAIN)
    if values.get(TYPE, TYPES[0]) not in TYPES:
        return ("field.error.choose", TYPE)
    if len(values.get(NAME, "")) > LONGEST_NAME:
        return ("numbers.error.name", NAME)
    return None


def _submitted(session: Session, values: dict[str, str]) -> tuple[Event, ...]:
    # A number of four digits would be its own mask, and is not told (Plaid docs: Link Web).
    mask = values[ACCOUNT][-4:] if len(values[ACCOUNT]) > 4 else ""
    return (
        event(session, "SUBMIT_ROUTING_NUMBER", routing_number=values[ROUTING]),
        event(session, "SUBMIT_ACCOUNT_NUMBER", account_number_mask=mask),
    )


def _chosen(session: Session) -> AccountChoice | None:
    return next((account for account in session.accounts if account.key in session.selected), None)


def _wrong(session: Session, message: str, field: str, *before: Event) -> Step:
    """Numbers that cannot be: the same pane, with the error at the field."""
    return go(
        session,
        View.NUMBERS,
        *before,
        error_event(session, INVALID_ACCOUNT_NUMBER),
        error=INVALID_ACCOUNT_NUMBER,
        field_error=message,
        wrong_fields=(field,),
        typed=None,
    )


def checked(session: Session, action: NumbersChecked) -> Step:
    """Goes the best way that the link_token allows: a match, else a deposit."""
    if session.waiting not in CHECKING:
        return stay(session)
    auth = session.config.auth
    if session.institution is None:
        if action.institutions and auth.reroute != "OFF":
            return go(session, View.NUMBERS_SELECT_INSTITUTION, typed=action)
        return _by_hand(session, action)
    if action.matched and auth.instant_match:
        return _share(session, "INSTANT_MATCH", None)
    if auth.automated_microdeposits:
        return _share(session, "AUTOMATED_MICRODEPOSITS", "pending_automatic_verification")
    if action.matched is None:
        return fail(session, INSTANT_MATCH_FAILED)
    return _wrong(session, "numbers.error.no_match", ACCOUNT)


def _share(session: Session, method: str, status: str | None) -> Step:
    """LOADING is announced already."""
    if session.institution is None:
        return stay(session)
    effect = CreateItem(
        institution_id=session.institution.institution_id,
        accounts=session.selected,
        auth_method=method,
        verification_status=status,
    )
    return fetch(session, effect, verification_status=status)


def keep_numbers(session: Session, _: KeepNumbers) -> Step:
    """Unless the link_token forces the login."""
    if session.typed is None or session.config.auth.reroute == "FORCED":
        return stay(session)
    return _by_hand(session, session.typed)


def _by_hand(session: Session, known: NumbersChecked) -> Step:
    auth, account = session.config.auth, known.account
    if account is None:
        return stay(session)
    own = replace(session, accounts=(account,), selected=(account.key,), typed=None)
    if auth.database:
        return _create(own, "DATABASE_INSIGHTS", known.database_status)
    if auth.instant_microdeposits and known.instant:
        return go(own, View.INSTANT_CODE, wrong_codes=0)
    if auth.same_day_microdeposits:
        return _create(own, "SAME_DAY_MICRODEPOSITS", "pending_manual_verification")
    return _wrong(own, "numbers.error.unreachable", ROUTING)


def _create(session: Session, method: str, status: str) -> Step:
    effect = CreateItem(
        institution_id=None, accounts=session.selected, auth_method=method, verification_status=status
    )
    return wait(replace(session, verification_status=status), effect)


def back_to_numbers(session: Session, _: Back) -> Step:
    return go(session, View.NUMBERS, typed=None, wrong_codes=0)


# --- the code of a micro-deposit ----------------------------------------------------------------------------


def submit_code(session: Session, action: SubmitDepositCode) -> Step:
    """What cannot be a code is no attempt."""
    code = action.values.get(CODE, "").strip().upper()
    if not code:
        return wrong_fields(session, "field.error.empty", CODE)
    if _CODE.fullmatch(code) is None:
        return wrong_fields(session, "deposit_code.error.form", CODE)
    return wait(session, CheckCode(code=code))


def code_checked(session: Session, _: CodeChecked) -> Step:
    if session.waiting != CHECKING_CODE:
        return stay(session)
    proved = replace(session, verification_status="manually_verified")
    if (pending := session.config.pending) is not None:
        return go(proved, View.CONNECTED, accounts=(pending,), selected=(pending.key,))
    effect = CreateItem(
        institution_id=None,
        accounts=session.selected,
        auth_method="INSTANT_MICRODEPOSITS",
        verification_status="manually_verified",
    )
    return fetch(proved, effect)


def mend(session: Session, error: LinkError) -> Step | None:
    """Where a wrong code is asked for again; None for every other failure.

    Attempts at an account that exists are counted with the account, by the driver; in a session that is still to make
    one, here.
    """
    if session.waiting != CHECKING_CODE or error.error_code != "INCORRECT_DEPOSIT_VERIFICATION":
        return None
    wrong_codes = session.wrong_codes + 1
    if wrong_codes >= MAX_WRONG_CODES:
        return fail(session, TOO_MANY_VERIFICATION_ATTEMPTS)
    view = View.INSTANT_CODE if session.config.pending is None else View.SAME_DAY_CODE
    told = error_event(session, error)
    return go(
        session, view, told, error=error, field_error="deposit_code.error.refused", wrong_codes=wrong_codes
    )
