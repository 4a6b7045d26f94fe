"""What each password of `user_good` does: the documented magic values of the sandbox.

    pass_good                             in
    mfa_device                            choose a device, then the code 1234
    mfa_questions_<n>_<m>                 n rounds of m questions
    mfa_selections                        two yes-or-no selections
    mfa_selections_<n>_<m>_<o>            n rounds of m selections among o options
    error_<CODE>                          the error, for every code of `ERRORS`
    microdeposits_good                    in, at the bank where account numbers take micro-deposits
    {"recaptcha": "good"}, {"recaptcha": "bad"}   confirm to be a person, then in, or `RECAPTCHA_BAD`

Any other password is wrong. The password of `user_custom` is a script of its own (`custom.py`).
"""

import re

from msgspec import Struct

from gingham.banks.metadata import AUTOMATED_MICRO_DEPOSITS
from gingham.banks.protocol import Institution, Refused
from gingham.banks.sandbox import custom
from gingham.banks.sandbox.mfa import Mfa

PIN = "credential_good"
"""The third credential, at institutions that ask for one."""

ERRORS = {
    "ACCESS_NOT_GRANTED": "ITEM_ERROR",
    "COUNTRY_NOT_SUPPORTED": "INSTITUTION_ERROR",
    "INSTITUTION_DOWN": "INSTITUTION_ERROR",
    "INSTITUTION_NOT_RESPONDING": "INSTITUTION_ERROR",
    "INSTITUTION_NO_LONGER_SUPPORTED": "INSTITUTION_ERROR",
    "INSTITUTION_REGISTRATION_REQUIRED": "INSTITUTION_ERROR",
    "INSUFFICIENT_CREDENTIALS": "ITEM_ERROR",
    "INTERNAL_SERVER_ERROR": "API_ERROR",
    "INVALID_CREDENTIALS": "ITEM_ERROR",
    "INVALID_MFA": "ITEM_ERROR",
    "INVALID_SEND_METHOD": "ITEM_ERROR",
    "ITEM_LOCKED": "ITEM_ERROR",
    "ITEM_LOGIN_REQUIRED": "ITEM_ERROR",
    "ITEM_NOT_SUPPORTED": "ITEM_ERROR",
    "MFA_NOT_SUPPORTED": "ITEM_ERROR",
    "NO_ACCOUNTS": "ITEM_ERROR",
    "PAYMENT_INSUFFICIENT_FUNDS": "PAYMENT_ERROR",
    "PAYMENT_INVALID_RECIPIENT": "PAYMENT_ERROR",
    "PAYMENT_INVALID_REFERENCE": "PAYMENT_ERROR",
    "PAYMENT_INVALID_SCHEDULE": "PAYMENT_ERROR",
    "PAYMENT_REJECTED": "PAYMENT_ERROR",
    "PAYMENT_SCHEME_NOT_SUPPORTED": "PAYMENT_ERROR",
    "UNAUTHORIZED_INSTITUTION": "INSTITUTION_ERROR",
    "USER_INPUT_TIMEOUT": "ITEM_ERROR",
    "USER_SETUP_REQUIRED": "ITEM_ERROR",
    "USER_SHOULD_VERIFY_DEPOSIT_ALLOCATIONS": "INCOME_VERIFICATION_ERROR",
}
"""Error code to error type, for `error_<CODE>`."""

WRONG = Refused(error_code="INVALID_CREDENTIALS", error_type="ITEM_ERROR")


_ALWAYS_ASKS = {"ins_1": Mfa("device")}
"""Bank of America asks questions of its own, whichever good password is typed (Plaid docs: Sandbox)."""

_QUESTIONS = re.compile(r"mfa_questions_([1-9])_([1-9])")
_SELECTIONS = re.compile(r"mfa_selections_([1-9])_([1-9])_([2-9])")


class Enters(Struct, frozen=True):
    """The password opens the door."""

    numbers: bool = True
    """Whether the bank then tells account numbers."""
    script: str | None = None
    """Of `user_custom`."""


class Asks(Struct, frozen=True):
    """The password is right, and something more is asked."""

    mfa: Mfa | None
    recaptcha: str | None = None
    """`good` or `bad`, where a person must confirm to be one first."""
    script: str | None = None
    """Of `user_custom`."""


Meaning = Enters | Asks | Refused


def meaning(password: str, institution: Institution) -> Meaning:
    """What a password of `user_good` does at an institution."""
    read = _read(password, institution)
    own = _ALWAYS_ASKS.get(institution.institution_id)
    return Asks(own) if own and not isinstance(read, Refused) else read


def _read(password: str, institution: Institution) -> Meaning:
    if password.startswith("error_"):
        code = password.removeprefix("error_")
        return Refused(error_code=code, error_type=ERRORS[code]) if code in ERRORS else WRONG
    if password == "microdeposits_good":
        return Enters(numbers=False) if institution.institution_id in AUTOMATED_MICRO_DEPOSITS else WRONG
    if match := _QUESTIONS.fullmatch(password):
        return Asks(Mfa("questions", *map(int, match.groups())))
    if match := _SELECTIONS.fullmatch(password):
        return Asks(Mfa("selections", *map(int, match.groups())))
    # White space inside JSON means nothing.
    return _FIXED.get("".join(password.split()) if password.startswith("{") else password, WRONG)


_FIXED: dict[str, Meaning] = {
    "pass_good": Enters(),
    "mfa_device": Asks(Mfa("device")),
    "mfa_selections": Asks(Mfa("selections")),
    '{"recaptcha":"good"}': Asks(None, recaptcha="good"),
    '{"recaptcha":"bad"}': Asks(None, recaptcha="bad"),
}


_FORCED = {
    **{code: kind for code, kind in ERRORS.items() if kind in ("ITEM_ERROR", "INSTITUTION_ERROR")},
    "INVALID_LINK_TOKEN": "INVALID_INPUT",
}


def script(password: str, institution: Institution) -> Meaning:  # noqa: ARG001  a script means the same everywhere
    """What the password of `user_custom` does. A text that is no script is a wrong password."""
    try:
        told = custom.read(password)
    except custom.ScriptError:
        return WRONG
    if told.force_error == "PLAID_ERROR":
        return Refused(error_code="INTERNAL_SERVER_ERROR", error_type="API_ERROR")
    if told.force_error is not None:
        if told.force_error not in _FORCED:
            return WRONG
        return Refused(error_code=told.force_error, error_type=_FORCED[told.force_error])
    asked = _scripted(told.mfa) if told.mfa is not None and told.mfa.type is not None else None
    if asked is None and told.recaptcha is None:
        return Enters(script=password)
    return Asks(asked, recaptcha=told.recaptcha, script=password)


def _scripted(told: custom.Questions) -> Mfa:
    match told.type:
        case "questions":
            return Mfa("questions", told.question_rounds or 1, told.questions_per_round or 1)
        case "selections":
            return Mfa("selections", told.selection_rounds or 1, 1, told.selections_per_question or 2)
        case _:
            return Mfa("device")
