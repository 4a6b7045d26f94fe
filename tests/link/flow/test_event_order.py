"""The order of events, flow by flow (Plaid docs: Link Web, Link analytics). Each table reads from top to bottom."""

import msgspec
import pytest
from msgspec.structs import replace
from tests.link.flow.world import (
    ACCOUNT_NUMBER,
    ACCOUNTS,
    BY_HAND,
    CARDS,
    CHECKING,
    CODE,
    CODE_SENT,
    CREDENTIALS,
    DEPOSITS,
    DEVICES,
    ENTER,
    HERON,
    NOT_RESPONDING,
    NUMBERS,
    PLATYPUS,
    QUESTIONS,
    REDIRECT,
    REFUSED,
    SELECTIONS,
    WRONG_ANSWER,
    Walk,
    error,
    short,
)

from gingham.link.flow.events import METADATA_KEYS
from gingham.link.flow.failures import LOGIN_REQUIRED
from gingham.link.flow.model import (
    Action,
    AuthFlows,
    Challenged,
    ChooseAnother,
    Close,
    CodeChecked,
    ConfirmExit,
    Continue,
    Created,
    CreateItem,
    EnterNumbers,
    Failed,
    Finish,
    ForceExit,
    Found,
    InstitutionCard,
    KeepNumbers,
    LoggedIn,
    LogIn,
    NumbersChecked,
    Open,
    OpenItem,
    OtpSent,
    PersonFound,
    ResendOtp,
    Save,
    Saved,
    SavedOpened,
    Search,
    Selected,
    SelectInstitution,
    SignIn,
    SkipPhone,
    SubmitAccounts,
    SubmitDepositCode,
    SubmitMfa,
    SubmitOtp,
    SubmitPhone,
    Verified,
    View,
)

Row = tuple[Action | tuple[Action, ...], list[str]]

LIST: list[Row] = [
    (Open(), ["OPEN(CONSENT)", "TV CONSENT"]),
    ((Continue(), Found(query="", institutions=CARDS)), ["TV SELECT_INSTITUTION"]),
]
CHOSEN: list[Row] = [*LIST, (ENTER[-2:], ["SELECT_INSTITUTION(ins_1)", "TV CREDENTIAL"])]
SENT: Row = (CREDENTIALS, ["SUBMIT_CREDENTIALS", "TV LOADING"])
IN: Row = (LoggedIn(accounts=ACCOUNTS), ["TV SELECT_ACCOUNT"])
END: list[Row] = [
    IN,
    (SubmitAccounts(accounts=["0"]), ["TV LOADING"]),
    (Created(), ["TV CONNECTED"]),
    (Finish(), ["HANDOFF"]),
]


def answered(kind: str, *answers: str) -> Row:
    return (SubmitMfa(answers=list(answers)), [f"SUBMIT_MFA({kind})", "TV LOADING"])


PHONE = Continue(values={"phone": "(415) 555-0011"})
KNOWN = PersonFound(known=True, hint="0011", asked=True)
NUMBER: list[Row] = [
    (Open(), ["OPEN(CONSENT)", "TV CONSENT"]),
    ((PHONE, KNOWN), ["SUBMIT_PHONE", "TV VERIFY_PHONE"]),
    (SubmitOtp(answers=["123456"]), ["SUBMIT_OTP"]),
    (Verified(saved=(PLATYPUS, REDIRECT)), ["VERIFY_PHONE", "TV SELECT_SAVED_INSTITUTION"]),
]
SAVED: Row = (
    SelectInstitution(institution_id="ins_1"),
    ["MATCHED_SELECT_INSTITUTION(returning_user)", "SELECT_INSTITUTION(ins_1)", "TV LOADING"],
)
UNKNOWN: list[Row] = [
    (Open(), ["OPEN(CONSENT)", "TV CONSENT"]),
    ((PHONE, PersonFound(known=False, hint="0011", asked=True)), ["SUBMIT_PHONE"]),
    (Found(query="", institutions=CARDS), ["TV SELECT_INSTITUTION"]),
    (ENTER[-2:], ["SELECT_INSTITUTION(ins_1)", "TV CREDENTIAL"]),
]
REFUSED_OTP = error("INVALID_OTP")

RETURNING: dict[str, list[Row]] = {
    "a saved bank and its accounts": [
        *NUMBER,
        SAVED,
        (SavedOpened(accounts=ACCOUNTS, shared=("0",)), ["TV SELECT_SAVED_ACCOUNT"]),
        *END[1:],
    ],
    "a saved bank, accounts selected automatically": [
        *NUMBER,
        SAVED,
        (SavedOpened(accounts=ACCOUNTS, shared=("0",), automatic=True), []),
        *END[2:],
    ],
    "a saved login that has ended": [
        *NUMBER,
        SAVED,
        (Failed(error=error("ITEM_LOGIN_REQUIRED")), ["TV CREDENTIAL"]),
        SENT,
        *END,
    ],
    "a saved bank that is down": [
        *NUMBER,
        SAVED,
        (Failed(error=NOT_RESPONDING), ["ERROR(INSTITUTION_DOWN)", "TV ERROR"]),
    ],
    "another bank than the saved ones": [
        *NUMBER,
        (ChooseAnother(), ["CONNECT_NEW_INSTITUTION"]),
        (Found(query="", institutions=CARDS), ["TV SELECT_INSTITUTION"]),
        (ENTER[-2:], ["SELECT_INSTITUTION(ins_1)", "TV CREDENTIAL"]),
        SENT,
        *END[:3],
        (Save(), []),
        (Saved(), ["HANDOFF"]),
    ],
    "wrong code, then the right one": [
        *NUMBER[:3],
        (Failed(error=REFUSED_OTP), ["ERROR(INVALID_OTP)", "TV VERIFY_PHONE"]),
        *NUMBER[2:],
    ],
    "the code again": [*NUMBER[:2], ((ResendOtp(), OtpSent()), []), *NUMBER[2:]],
    "no code": [
        *NUMBER[:2],
        ((SkipPhone(), Found(query="", institutions=CARDS)), ["SKIP_SUBMIT_PHONE", "TV SELECT_INSTITUTION"]),
    ],
    "a number that is none": [
        NUMBER[0],
        (Continue(values={"phone": "12"}), ["ERROR(INVALID_PHONE_NUMBER)"]),
        NUMBER[1],
    ],
    "an unknown number, saved after linking": [
        *UNKNOWN,
        SENT,
        *END[:3],
        ((Save(), OtpSent()), ["TV VERIFY_PHONE"]),
        (SubmitOtp(answers=["123456"]), ["SUBMIT_OTP"]),
        (Verified(saved=()), ["VERIFY_PHONE"]),
        (Saved(), ["HANDOFF"]),
    ],
    "an unknown number, not saved": [*UNKNOWN, SENT, *END],
    "saving given up at the code": [
        *UNKNOWN,
        SENT,
        *END[:3],
        (Save(), ["TV VERIFY_PHONE"]),
        (Finish(), ["HANDOFF"]),
    ],
}
"""By what the person does; the consent pane has the field for the number."""


@pytest.mark.parametrize("flow", RETURNING)
def test_events_of_people_who_come_back(flow: str) -> None:
    walk = Walk(phone_countries=("US",))
    for action, expected in RETURNING[flow]:
        actions = action if isinstance(action, tuple) else (action,)
        assert walk.news(*actions) == expected


NAMED: dict[str, tuple[dict[str, object], list[Row]]] = {
    "asked": (
        {},
        [
            NUMBER[0],
            (Continue(), ["TV SUBMIT_PHONE"]),
            ((SubmitPhone(), KNOWN), ["SUBMIT_PHONE", "TV VERIFY_PHONE"]),
            *NUMBER[2:],
        ],
    ),
    "declined": (
        {},
        [
            NUMBER[0],
            (Continue(), ["TV SUBMIT_PHONE"]),
            (SkipPhone(), ["SKIP_SUBMIT_PHONE"]),
            (Found(query="", institutions=CARDS), ["TV SELECT_INSTITUTION"]),
        ],
    ),
    "verified by the client": (
        {"phone_verified": True},
        [
            NUMBER[0],
            (Continue(), []),
            (PersonFound(known=True, hint="0011", asked=False), ["AUTO_SUBMIT_PHONE", "TV VERIFY_PHONE"]),
            *NUMBER[2:],
        ],
    ),
    "verified by the client, but unknown": (
        {"phone_verified": True},
        [
            NUMBER[0],
            (Continue(), []),
            (PersonFound(known=False, hint="0011", asked=False), []),
            (Found(query="", institutions=CARDS), ["TV SELECT_INSTITUTION"]),
        ],
    ),
}


@pytest.mark.parametrize("flow", NAMED)
def test_events_of_a_number_that_the_link_token_names(flow: str) -> None:
    config, rows = NAMED[flow]
    walk = Walk(**({"phone_countries": ("US",), "phone_hint": "0011"} | config))
    for action, expected in rows:
        actions = action if isinstance(action, tuple) else (action,)
        assert walk.news(*actions) == expected


FLOWS: dict[str, list[Row]] = {
    "no MFA": [*CHOSEN, SENT, *END],
    "credentials and code, found by search": [
        *LIST,
        (Search(query="fir"), []),
        (Search(query="first"), []),
        (Found(query="fir", institutions=()), []),
        (Found(query="first", institutions=(PLATYPUS,)), ["SEARCH_INSTITUTION(first)"]),
        (ENTER[-2:], ["SELECT_INSTITUTION(ins_1)", "TV CREDENTIAL"]),
        SENT,
        (Challenged(challenge=CODE_SENT), ["TV MFA(code)"]),
        answered("code", CODE),
        *END,
    ],
    "device, then code": [
        *CHOSEN,
        SENT,
        (Challenged(challenge=DEVICES), ["TV MFA(device)"]),
        answered("device", "1"),
        (Challenged(challenge=CODE_SENT), ["TV MFA(code)"]),
        answered("code", CODE),
        *END,
    ],
    "questions in two rounds": [
        *CHOSEN,
        SENT,
        (Challenged(challenge=QUESTIONS), ["TV MFA(questions)"]),
        answered("questions", "Rex", "Hill"),
        (Challenged(challenge=QUESTIONS), ["TV MFA(questions)"]),
        answered("questions", "Rex", "Hill"),
        *END,
    ],
    "selections": [
        *CHOSEN,
        SENT,
        (Challenged(challenge=SELECTIONS), ["TV MFA(selections)"]),
        answered("selections", "Red", "Yes"),
        *END,
    ],
    "wrong password, then the right one": [
        *CHOSEN,
        SENT,
        (Failed(error=REFUSED), ["ERROR(INVALID_CREDENTIALS)", "TV CREDENTIAL"]),
        SENT,
        *END,
    ],
    "wrong code, then the right one": [
        *CHOSEN,
        SENT,
        (Challenged(challenge=CODE_SENT), ["TV MFA(code)"]),
        answered("code", "0000"),
        (Failed(error=WRONG_ANSWER), ["ERROR(INVALID_MFA)", "TV MFA(code)"]),
        answered("code", CODE),
        *END,
    ],
    "wrong password, then give up": [
        *CHOSEN,
        SENT,
        (Failed(error=REFUSED), ["ERROR(INVALID_CREDENTIALS)", "TV CREDENTIAL"]),
        (Close(), ["TV EXIT"]),
        (ConfirmExit(), ["EXIT(requires_credentials, INVALID_CREDENTIALS)"]),
    ],
    "early exit": [LIST[0], (Close(), ["EXIT(requires_credentials)"])],
    "exit from the list": [*LIST, (Close(), ["EXIT(institution_not_found)"])],
    "forced exit amid the login": [*CHOSEN, SENT, (ForceExit(), ["EXIT(requires_credentials)"])],
    "success pane closed with the cross": [*CHOSEN, SENT, *END[:-1], (Close(), ["HANDOFF"])],
}


TYPED = ["SUBMIT_ROUTING_NUMBER(021000021)", "SUBMIT_ACCOUNT_NUMBER(0000)"]
LOGGED_IN: list[Row] = [
    *CHOSEN,
    SENT,
    (LoggedIn(accounts=(CHECKING,), numbers_told=False), ["TV SELECT_ACCOUNT"]),
    (SubmitAccounts(accounts=["0"]), ["TV NUMBERS"]),
    (NUMBERS, [*TYPED, "TV LOADING"]),
]
NOT_FOUND: list[Row] = [
    *LIST,
    ((Search(query="nobody"), Found(query="nobody", institutions=())), ["SEARCH_INSTITUTION(nobody)"]),
    (EnterNumbers(), ["TV NUMBERS"]),
]
LINKED: list[Row] = [(Created(), ["TV CONNECTED"]), (Finish(), ["HANDOFF"])]
SAME_DAY = AuthFlows(same_day_microdeposits=True)
WRONG_CODE = Failed(error=error("INCORRECT_DEPOSIT_VERIFICATION"))
CODE_TYPED: Row = (SubmitDepositCode(values={"code": "ABC"}), ["TV LOADING"])

AUTH_FLOWS: dict[str, tuple[dict[str, object], list[Row], str | None]] = {
    "Instant Match": (
        {"auth": AuthFlows(instant_match=True)},
        [*LOGGED_IN, (NumbersChecked(matched=True), []), *LINKED],
        None,
    ),
    "automated micro-deposits": (
        {"auth": AuthFlows(instant_match=True, automated_microdeposits=True)},
        [*LOGGED_IN, (NumbersChecked(matched=False), []), *LINKED],
        "pending_automatic_verification",
    ),
    "same-day micro-deposits": (
        {"auth": SAME_DAY},
        [*NOT_FOUND, (NUMBERS, TYPED), (NumbersChecked(account=BY_HAND), ["TV LOADING"]), *LINKED],
        "pending_manual_verification",
    ),
    "same-day micro-deposits, past a bank": (
        {"auth": SAME_DAY},
        [
            *NOT_FOUND,
            (NUMBERS, TYPED),
            (
                NumbersChecked(account=BY_HAND, institutions=(PLATYPUS, HERON)),
                ["TV NUMBERS_SELECT_INSTITUTION(MULTI_INSTITUTION)"],
            ),
            (KeepNumbers(), ["TV LOADING"]),
            *LINKED,
        ],
        "pending_manual_verification",
    ),
    "rerouted to credentials": (
        {"auth": AuthFlows(same_day_microdeposits=True, reroute="FORCED")},
        [
            *NOT_FOUND,
            (NUMBERS, TYPED),
            (
                NumbersChecked(account=BY_HAND, institutions=(PLATYPUS,)),
                ["TV NUMBERS_SELECT_INSTITUTION(SINGLE_INSTITUTION)"],
            ),
            (KeepNumbers(), []),
            (ENTER[-2:], ["MATCHED_SELECT_INSTITUTION(routing_number)", "TV CREDENTIAL"]),
            SENT,
            (LoggedIn(accounts=(CHECKING,)), ["TV SELECT_ACCOUNT"]),
            *END[1:],
        ],
        None,
    ),
    "auth type select": (
        {"auth": AuthFlows(type_select=True, same_day_microdeposits=True)},
        [
            LIST[0],
            (Continue(), ["TV SELECT_AUTH_TYPE"]),
            (EnterNumbers(), ["SELECT_AUTH_TYPE(flow_type_manual)", "TV NUMBERS"]),
            (NUMBERS, TYPED),
            (NumbersChecked(account=BY_HAND), ["TV LOADING"]),
            *LINKED,
        ],
        "pending_manual_verification",
    ),
    "auth type select, signing in": (
        {"auth": AuthFlows(type_select=True, same_day_microdeposits=True)},
        [
            LIST[0],
            (Continue(), ["TV SELECT_AUTH_TYPE"]),
            (
                (SignIn(), Found(query="", institutions=CARDS)),
                ["SELECT_AUTH_TYPE(flow_type_instant)", "TV SELECT_INSTITUTION"],
            ),
            *CHOSEN[2:],
            SENT,
            *END,
        ],
        None,
    ),
    "instant micro-deposits": (
        {"auth": AuthFlows(instant_microdeposits=True)},
        [
            *LIST,
            (
                (SelectInstitution(institution_id="ins_8"), Selected(institution=DEPOSITS)),
                ["SELECT_INSTITUTION(ins_8)", "TV NUMBERS"],
            ),
            (NUMBERS, TYPED),
            (NumbersChecked(account=BY_HAND, instant=True), ["TV INSTANT_MICRODEPOSIT_AUTHORIZED"]),
            CODE_TYPED,
            (
                WRONG_CODE,
                ["ERROR(INCORRECT_DEPOSIT_VERIFICATION)", "TV INSTANT_MICRODEPOSIT_AUTHORIZED"],
            ),
            CODE_TYPED,
            (CodeChecked(), []),
            *LINKED,
        ],
        "manually_verified",
    ),
    "database auth": (
        {"auth": AuthFlows(database=True)},
        [
            *NOT_FOUND,
            (NUMBERS, TYPED),
            (NumbersChecked(account=BY_HAND, database_status="database_insights_pass"), ["TV LOADING"]),
            *LINKED,
        ],
        "database_insights_pass",
    ),
    "the code of a micro-deposit": (
        {"update_mode": True, "pending": BY_HAND},
        [
            (
                Open(),
                ["OPEN(SAME_DAY_MICRODEPOSIT_AUTHORIZED)", "TV SAME_DAY_MICRODEPOSIT_AUTHORIZED"],
            ),
            CODE_TYPED,
            (CodeChecked(), ["TV CONNECTED"]),
            (Finish(), ["HANDOFF"]),
        ],
        "manually_verified",
    ),
}


@pytest.mark.parametrize(("config", "rows", "status"), AUTH_FLOWS.values(), ids=AUTH_FLOWS)
def test_auth_flows_come_in_the_documented_order(
    config: dict[str, object], rows: list[Row], status: str | None
) -> None:
    walk = Walk(products=("auth",), **config)
    for played, expected in rows:
        assert walk.news(*(played if isinstance(played, tuple) else (played,))) == expected
    assert (walk.session.finished, walk.session.verification_status) == ("success", status)


def test_typed_numbers_are_nowhere_but_in_the_effect() -> None:
    walk = Walk(Open(), Continue(), EnterNumbers(), auth=replace(SAME_DAY, type_select=True))
    walk.do(NUMBERS)
    assert ACCOUNT_NUMBER in str(msgspec.to_builtins(walk.effect))
    for told in (
        msgspec.json.encode(walk.session),
        msgspec.json.encode(walk.events),
        repr(walk.effect),
        repr(NUMBERS),
    ):
        assert ACCOUNT_NUMBER not in str(told)


@pytest.mark.parametrize("rows", FLOWS.values(), ids=FLOWS)
def test_events_come_in_the_documented_order(rows: list[Row]) -> None:
    walk = Walk()
    for played, expected in rows:
        assert walk.news(*(played if isinstance(played, tuple) else (played,))) == expected


@pytest.mark.parametrize("rows", FLOWS.values(), ids=FLOWS)
def test_every_flow_ends_with_exactly_one_result(rows: list[Row]) -> None:
    walk = Walk()
    for played, _ in rows:
        walk.do(*(played if isinstance(played, tuple) else (played,)))
    assert walk.session.finished in ("success", "exit")
    assert [event.name for event in walk.events if event.name in ("HANDOFF", "EXIT")] == [
        walk.events[-1].name
    ]


def test_update_mode_has_no_institution_pane_and_may_skip_the_accounts() -> None:
    walk = Walk(update_mode=True, institution_id="ins_1", account_selection="none")
    assert walk.news(Open()) == ["OPEN(CONSENT)", "TV CONSENT"]
    assert walk.events[0].metadata["is_update_mode"] == "true"
    assert walk.news(Continue(), Selected(institution=PLATYPUS)) == ["TV CREDENTIAL"]
    assert walk.news(CREDENTIALS) == ["SUBMIT_CREDENTIALS", "TV LOADING"]
    assert walk.news(LoggedIn(accounts=ACCOUNTS), Created(accounts=("0", "3"))) == ["TV CONNECTED"]
    assert walk.news(Finish()) == ["HANDOFF"]
    assert walk.session.selected == ("0", "3")


KEPT = {"update_mode": True, "institution_id": "ins_1", "keeps_login": True}


def test_where_the_login_is_kept_nobody_signs_in() -> None:
    walk = Walk(Open(), Continue(), **KEPT)
    assert walk.news(Selected(institution=PLATYPUS)) == ["TV LOADING"]
    assert walk.effect == OpenItem()
    assert walk.news(LoggedIn(accounts=ACCOUNTS)) == ["TV SELECT_ACCOUNT"]


def test_a_kept_login_shares_the_same_accounts_where_none_are_asked_for() -> None:
    walk = Walk(Open(), Continue(), Selected(institution=REDIRECT), account_selection="none", **KEPT)
    assert walk.effect == OpenItem()
    walk.do(LoggedIn(accounts=ACCOUNTS))
    assert walk.effect == CreateItem(institution_id="ins_7", accounts=())


@pytest.mark.parametrize(
    ("institution", "view", "effect"),
    [
        (PLATYPUS, View.CREDENTIALS, None),
        (REDIRECT, View.LOADING, LogIn(institution_id="ins_7", values={})),
    ],
)
def test_a_kept_login_that_the_bank_no_longer_takes_is_asked_for(
    institution: InstitutionCard, view: View, effect: LogIn | None
) -> None:
    walk = Walk(Open(), Continue(), Selected(institution=institution), **KEPT)
    walk.do(Failed(error=LOGIN_REQUIRED))
    assert (walk.session.view, walk.effect) == (view, effect)


def test_a_preselected_institution_follows_consent() -> None:
    walk = Walk(Open(), institution_id="ins_2")
    assert walk.news(Continue(), Selected(institution=HERON)) == [
        "SELECT_INSTITUTION(ins_2)",
        "TV CREDENTIAL",
    ]


def test_every_event_has_every_metadata_key() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED), ForceExit())
    assert len(walk.events) > 5
    assert all(set(event.metadata) == set(METADATA_KEYS) for event in walk.events)


def test_is_update_mode_is_a_string_on_open_only() -> None:
    walk = Walk(*ENTER)
    assert [event.metadata["is_update_mode"] for event in walk.events[:2]] == ["false", None]


def test_the_institution_is_named_once_it_is_chosen() -> None:
    walk = Walk(*ENTER, CREDENTIALS)
    named = [event.metadata["institution_name"] for event in walk.events]
    chosen = short(walk.events).index("SELECT_INSTITUTION(ins_1)")
    assert set(named[:chosen]) == {None}
    assert set(named[chosen:]) == {"First Platypus Bank"}
