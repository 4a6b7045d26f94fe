"""The order of events, flow by flow (Plaid docs: Link Web, Link analytics). Each table reads from top to bottom."""

import pytest
from tests.link.flow.world import (
    ACCOUNTS,
    CARDS,
    CODE,
    CODE_SENT,
    CREDENTIALS,
    DEVICES,
    ENTER,
    HERON,
    PLATYPUS,
    QUESTIONS,
    REFUSED,
    SELECTIONS,
    WRONG_ANSWER,
    Walk,
    short,
)

from gingham.link.flow.events import METADATA_KEYS
from gingham.link.flow.model import (
    Action,
    Challenged,
    Close,
    ConfirmExit,
    Continue,
    Created,
    Failed,
    Finish,
    ForceExit,
    Found,
    LoggedIn,
    Open,
    Search,
    Selected,
    SubmitAccounts,
    SubmitMfa,
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
