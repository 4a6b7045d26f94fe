"""Closing, the exit pane, and what happens behind it."""

import pytest
from tests.link.flow.world import ACCOUNTS, CODE_SENT, CREDENTIALS, ENTER, REFUSED, TOO_OLD, Walk

from gingham.link.flow import pane
from gingham.link.flow.model import (
    Action,
    Challenged,
    Close,
    ConfirmExit,
    Created,
    Expired,
    Failed,
    ForceExit,
    LoggedIn,
    Resume,
    SubmitAccounts,
    View,
)

CONNECTED = (*ENTER, CREDENTIALS, LoggedIn(accounts=ACCOUNTS), SubmitAccounts(accounts=["0"]), Created())


@pytest.mark.parametrize("count", range(5), ids=["start", "consent", "loading", "list", "looking up"])
def test_before_an_institution_is_chosen_closing_ends_at_once(count: int) -> None:
    assert Walk(*ENTER[:count], Close()).session.finished == "exit"


def test_from_an_institution_on_closing_asks_first() -> None:
    walk = Walk(*ENTER)
    assert walk.news(Close()) == ["TV EXIT"]
    assert [button.action for button in pane(walk.session).buttons] == ["resume", "confirm_exit"]


def test_closing_twice_does_not_leave() -> None:
    assert Walk(*ENTER, Close(), Close()).session.view is View.EXIT


def test_staying_returns_to_the_pane_with_its_error() -> None:
    before = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED))
    shown = pane(before.session)
    assert before.news(Close(), Resume()) == ["TV EXIT", "TV CREDENTIAL"]
    assert pane(before.session) == shown


@pytest.mark.parametrize("action", [Close(), ForceExit(), Expired(error=TOO_OLD)])
def test_on_the_success_pane_every_way_out_is_success(action: Action) -> None:
    walk = Walk(*CONNECTED)
    assert walk.news(action) == ["HANDOFF"]
    assert walk.session.finished == "success"


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (ENTER[:0], None),
        (ENTER[:1], "requires_credentials"),
        (ENTER[:3], "institution_not_found"),
        (ENTER, "requires_credentials"),
        ((*ENTER, CREDENTIALS), "requires_credentials"),
        ((*ENTER, CREDENTIALS, Challenged(challenge=CODE_SENT)), "requires_code"),
        ((*ENTER, CREDENTIALS, Challenged(challenge=CODE_SENT), Close()), "requires_code"),
        (CONNECTED[:-2], "requires_account_selection"),
        (CONNECTED[:-1], "requires_account_selection"),
    ],
    ids=[
        "start",
        "consent",
        "list",
        "credentials",
        "signing in",
        "code",
        "exit pane",
        "accounts",
        "connecting",
    ],
)
def test_the_exit_status_tells_where_the_person_was(actions: tuple[Action, ...], status: str | None) -> None:
    walk = Walk(*actions)
    assert walk.session.exit_status == status
    assert walk.do(ForceExit()).events[-1].metadata["exit_status"] == status


def test_an_expired_session_exits_with_that_error() -> None:
    assert Walk(*ENTER).news(Expired(error=TOO_OLD)) == ["EXIT(requires_credentials, INVALID_LINK_TOKEN)"]


def test_the_banks_answer_counts_behind_the_exit_pane() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Close())
    assert walk.news(Failed(error=REFUSED)) == ["ERROR(INVALID_CREDENTIALS)"]
    assert walk.session.view is View.EXIT
    assert walk.news(Resume()) == ["TV CREDENTIAL"]
    assert pane(walk.session).fields[-1].error is not None


def test_a_slow_bank_can_still_be_waited_for_after_the_question() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Close(), Resume())
    assert walk.session.view is View.LOADING
    assert walk.news(LoggedIn(accounts=ACCOUNTS)) == ["TV SELECT_ACCOUNT"]


def test_an_item_that_came_to_be_behind_the_question_is_shown() -> None:
    walk = Walk(*CONNECTED[:-1], Close())
    assert walk.news(Created()) == ["TV CONNECTED"]


def test_nothing_follows_the_end() -> None:
    walk = Walk(*CONNECTED[:-1], ForceExit())
    assert walk.news(Created(), ConfirmExit(), Close(), Resume(), *ENTER) == []
    assert walk.session.finished == "exit"
