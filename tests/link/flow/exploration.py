"""Every session that can be reached with the actions of a small world, found once and shared by the tests."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from tests.link.flow.world import (
    ACCOUNTS,
    BUSINESS,
    BY_HAND,
    CARDS,
    CHECKING,
    CLOSED,
    CODE,
    CODE_SENT,
    CREDENTIALS,
    DEPOSITS,
    DEVICES,
    DOWN,
    EMAIL,
    ENTER,
    HERON,
    NUMBERS,
    PERSONAL,
    PLATYPUS,
    PORTALS,
    QUESTIONS,
    RECAPTCHA,
    REDIRECT,
    SAVING,
    SELECTIONS,
    SIMPLE,
    SLOW,
    TOO_OLD,
    USER,
    Walk,
    error,
    new_session,
)

from gingham.items.consent import ORDER
from gingham.link.flow import step
from gingham.link.flow.choosing import LOOKING_UP
from gingham.link.flow.model import (
    Action,
    AuthFlows,
    Back,
    Challenge,
    Challenged,
    ChooseAnother,
    Close,
    CloseOauth,
    CodeChecked,
    ConfirmExit,
    Continue,
    Created,
    EmailCodeSent,
    EnterNumbers,
    Expired,
    Failed,
    FailOauth,
    Finish,
    Followed,
    FollowIssue,
    ForceExit,
    Found,
    HealthChanged,
    KeepNumbers,
    LoggedIn,
    NumbersChecked,
    Open,
    OpenOauth,
    OtpSent,
    PersonFound,
    Redirected,
    Reopened,
    ResendOtp,
    Resume,
    Retry,
    Save,
    Saved,
    SavedOpened,
    Search,
    Selected,
    SelectInstitution,
    Session,
    SignIn,
    SkipPhone,
    SubmitAccounts,
    SubmitCredentials,
    SubmitDepositCode,
    SubmitEmail,
    SubmitMfa,
    SubmitNumbers,
    SubmitOtp,
    SubmitPhone,
    SubmitRecaptcha,
    TimedOut,
    Verified,
    View,
    ViewDataTypes,
)
from gingham.link.flow.moves import MAX_FAILED_LOGINS
from gingham.link.flow.signing_in import CREATING

EVERY_WAY = AuthFlows(
    type_select=True,
    instant_match=True,
    automated_microdeposits=True,
    same_day_microdeposits=True,
    instant_microdeposits=True,
)
TOLD = {"data_types": ORDER, "use_cases": ("Track your money",)}
CONFIGS: tuple[dict[str, object], ...] = (
    {},
    {"account_selection": "single", "products": ("auth",)},
    {"account_selection": "all", "account_filters": {"investment": ("all",)}, **TOLD},
    {"institution_id": "ins_1"},
    {"institution_id": "ins_1", "multi_item": True},
    {"phone_countries": ("US",)},
    {"phone_countries": ("US",), "phone_hint": "0011"},
    {"phone_countries": ("US",), "phone_hint": "0011", "phone_verified": True},
    {"update_mode": True, "institution_id": "ins_1", "account_selection": "none", **TOLD},
    {"update_mode": True, "institution_id": "ins_1"},
    {"update_mode": True, "institution_id": "ins_1", "account_selection": "single", "keeps_login": True},
    {"products": ("auth",), "auth": EVERY_WAY},
    {"products": ("auth",), "auth": AuthFlows(instant_microdeposits=True)},
    {"products": ("auth",), "auth": AuthFlows(instant_match=True, database=True)},
    {"update_mode": True, "pending": BY_HAND},
)

CODES = (
    "INVALID_CREDENTIALS",
    "INVALID_MFA",
    "INVALID_SEND_METHOD",
    "INVALID_UPDATED_USERNAME",
    "INVALID_LINK_TOKEN",
    "INVALID_OTP",
    "INSTITUTION_NOT_RESPONDING",
    "MFA_NOT_SUPPORTED",
    "INCORRECT_DEPOSIT_VERIFICATION",
    "A_CODE_OF_TOMORROW",
)
"""One of each kind the flow treats differently."""

ACTIONS: tuple[Action, ...] = (
    Open(),
    Continue(),
    Continue(values={"phone": "(415) 555-0011"}),
    Continue(values={"phone": "12"}),
    SubmitPhone(),
    SkipPhone(),
    SubmitOtp(answers=["123456"]),
    SubmitOtp(answers=[]),
    ResendOtp(),
    FollowIssue(),
    SubmitEmail(values={"email": EMAIL}),
    SubmitEmail(values={"email": "nobody"}),
    SubmitEmail(values={}),
    EmailCodeSent(),
    Followed(issue_id="issue", description="It sleeps.", detected_at="2026-05-04T12:00:00Z"),
    Save(),
    Search(query="heron"),
    Search(query=""),
    SelectInstitution(institution_id="ins_1"),
    SelectInstitution(institution_id="ins_4"),
    CREDENTIALS,
    SubmitCredentials(values={"username": USER, "password": " "}),
    SubmitMfa(answers=["0"]),
    SubmitMfa(answers=[CODE]),
    SubmitMfa(answers=["Red", "Yes"]),
    SubmitMfa(answers=["Red", ""]),
    SubmitMfa(answers=[]),
    SubmitAccounts(accounts=["0"]),
    SubmitAccounts(accounts=["4"]),
    SubmitAccounts(accounts=["0", "1"]),
    SubmitAccounts(accounts=[]),
    SubmitAccounts(accounts=["nonsense"]),
    OpenOauth(mode="popup"),
    OpenOauth(mode="redirect"),
    CloseOauth(),
    FailOauth(),
    ViewDataTypes(),
    Retry(),
    ChooseAnother(),
    Back(),
    Close(),
    Resume(),
    ConfirmExit(),
    Finish(),
    ForceExit(),
    Found(query="", institutions=CARDS),
    Found(query="heron", institutions=()),
    Found(query="heron", institutions=CARDS[1:2]),
    *(
        Selected(institution=each)
        for each in (PLATYPUS, SLOW, DOWN, CLOSED, SIMPLE, REDIRECT, DEPOSITS, None)
    ),
    Selected(institution=PERSONAL, portals=PORTALS),
    Selected(institution=BUSINESS, portals=PORTALS),
    SelectInstitution(institution_id="ins_21"),
    SubmitRecaptcha(),
    HealthChanged(health="DOWN"),
    HealthChanged(health="HEALTHY"),
    TimedOut(),
    Redirected(url="https://redirect.test/authorize"),
    Reopened(),
    PersonFound(known=True, hint="0011", asked=True),
    PersonFound(known=True, hint="0011", asked=False),
    PersonFound(known=False, hint="0010", asked=True),
    OtpSent(),
    Verified(saved=(PLATYPUS, REDIRECT, DOWN)),
    Verified(saved=()),
    SavedOpened(accounts=ACCOUNTS, shared=("0", "1")),
    SavedOpened(accounts=ACCOUNTS, shared=("0",), automatic=True),
    SavedOpened(accounts=(), shared=()),
    Saved(),
    LoggedIn(accounts=ACCOUNTS),
    LoggedIn(accounts=(CHECKING,)),
    LoggedIn(accounts=()),
    LoggedIn(accounts=(CHECKING, SAVING), numbers_told=False),
    EnterNumbers(),
    SignIn(),
    NUMBERS,
    SubmitNumbers(values={**NUMBERS.values, "routing_number": "021000022"}),
    KeepNumbers(),
    SubmitDepositCode(values={"code": "abc"}),
    SubmitDepositCode(values={"code": "1"}),
    NumbersChecked(matched=True, account=BY_HAND, instant=True),
    NumbersChecked(matched=False, account=BY_HAND),
    NumbersChecked(account=BY_HAND, institutions=(PLATYPUS,)),
    NumbersChecked(account=BY_HAND, institutions=(PLATYPUS, HERON), instant=True),
    CodeChecked(),
    *(Challenged(challenge=each) for each in (DEVICES, CODE_SENT, QUESTIONS, SELECTIONS, RECAPTCHA)),
    Challenged(challenge=Challenge(kind="code", state=b"bank-secret")),
    Challenged(challenge=Challenge(kind="questions", state=b"")),
    Challenged(challenge=Challenge(kind="a_kind_of_tomorrow", state=b"")),
    *(Failed(error=error(code)) for code in CODES),
    Created(),
    Created(accounts=("0", "nonsense")),
    Expired(error=TOO_OLD),
)


RETURNING = frozenset(
    {
        View.CONSENT,
        View.SUBMIT_PHONE,
        View.VERIFY_PHONE,
        View.SELECT_SAVED_INSTITUTION,
        View.SELECT_SAVED_ACCOUNTS,
    }
)
"""Where it matters who has come; after them only the success pane remembers it."""

WAITING = frozenset({View.ERROR, View.FOLLOW_ISSUE, View.VERIFY_EMAIL})
"""Where it matters what went wrong."""

_PHONE = Continue(values={"phone": "415 555 0011"})
_SIGNED_IN: tuple[Action, ...] = (
    *ENTER[2:],
    CREDENTIALS,
    LoggedIn(accounts=ACCOUNTS),
    SubmitAccounts(accounts=["0"]),
    Created(),
)
_LINKED = (Open(), _PHONE, PersonFound(known=False, hint="0011", asked=True), *_SIGNED_IN)
_LINKED_AGAIN = (
    Open(),
    _PHONE,
    PersonFound(known=True, hint="0011", asked=True),
    SubmitOtp(answers=["123456"]),
    Verified(saved=()),
    *_SIGNED_IN,
)
"""To the success pane, as somebody with a number nobody knows, and as a verified person."""


def _essence(session: Session) -> bytes:
    """What decides about the session's future; the rest is folded, or there would be half a million."""
    over = (session.view, session.back_to)
    coming = bool({View.START, *RETURNING} & set(over))
    config = session.config if coming else replace(session.config, phone_countries=(), phone_hint="")
    if not WAITING & {*over}:
        config = replace(config, recovery=False)
    remembers = coming or bool({View.CONNECTED, View.VERIFY_TO_SAVE} & set(over))
    institution = session.institution
    before_login = {View.SELECT_BRAND, View.CREDENTIALS, View.OAUTH, *WAITING} & {*over}
    underway = session.waiting == LOOKING_UP or (institution is not None and institution.oauth)
    keeps_brand = before_login or (underway and View.LOADING in over)
    if institution is not None:
        # Its products have said what they have to say when it was chosen, and its name says nothing.
        like = BUSINESS if institution.brand else PLATYPUS
        named = {name: getattr(like, name) for name in ("institution_id", "name", "logo", "url", "products")}
        institution = replace(institution, **named, instant_deposits=False)
        if not before_login and institution.supported:
            # From here on only its kind matters.
            institution = replace(institution, health=PLATYPUS.health)
            if not keeps_brand:
                institution = replace(REDIRECT if institution.oauth else PLATYPUS)
    folded = replace(
        session,
        institution=institution,
        portals=session.portals if keeps_brand else (),
        config=replace(config, phone_verified=config.phone_verified and coming),
        caller=session.caller if remembers else "guest",
        reused=session.reused and remembers,
        saved=session.saved if coming and session.view is View.SELECT_SAVED_INSTITUTION else (),
        phone_hint="",
        error=session.error if WAITING & {*over} else None,
        followed=session.followed if WAITING & {*over} else None,
        exit_status=None,
        linked=int(session.linked > 0),
        failed_logins=int(session.failed_logins == MAX_FAILED_LOGINS - 1),
        results=session.results and CARDS[:1],
        query=session.query if session.view is View.SELECT_INSTITUTION else "",
        accounts=session.accounts if View.SELECT_ACCOUNTS in over or session.waiting == CREATING else (),
        selected=session.selected if View.SELECT_ACCOUNTS in over or session.waiting == CREATING else (),
        matched=(),
        wrong_codes=min(session.wrong_codes, 1) if View.INSTANT_CODE in over else 0,
        verification_status=None,
        typed=session.typed if View.NUMBERS_SELECT_INSTITUTION in over else None,
    )
    return msgspec.json.encode(folded)


class Move(NamedTuple):
    """What an action did to some session, as far as the tests of the chart ask."""

    view: View
    linked: bool
    finished_before: bool
    action: type[Action]
    to: View
    finished: str | None


@cache
def explored() -> tuple[tuple[Session, ...], frozenset[Move]]:
    """All sessions, each once, the nearest to the start first; and every kind of move from any of them."""
    fresh = [new_session(**config) for config in CONFIGS]
    fresh += [
        Walk(*_LINKED, phone_countries=("US",)).session,
        Walk(*_LINKED_AGAIN, phone_countries=("US",)).session,
        Walk(*ENTER[:4], Selected(institution=DOWN), recovery=True).session,
    ]
    # Once more with the last attempt before the end, where it makes a difference: a plain login, and codes by phone.
    near = [
        session for session in fresh if session.config == fresh[0].config or session.config.phone_countries
    ]
    near.append(fresh[-1])
    queue = fresh + [replace(session, failed_logins=MAX_FAILED_LOGINS - 1) for session in near]
    seen = {_essence(session) for session in queue}
    moves = set()
    for session in queue:
        linked, over = session.linked > 0, session.finished is not None
        for action in ACTIONS:
            after = step(session, action).session
            moves.add(Move(session.view, linked, over, type(action), after.view, after.finished))
            if after is not session and (essence := _essence(after)) not in seen:
                seen.add(essence)
                queue.append(after)
    return tuple(queue), frozenset(moves)


def reachable() -> tuple[Session, ...]:
    return explored()[0]


def unfinished() -> Iterator[Session]:
    return (session for session in reachable() if session.finished is None)
