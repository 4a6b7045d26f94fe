"""Banks with pages of their own: going there in a window or by a redirect, and coming back."""

import pytest
from tests.link.flow.world import ACCOUNTS, CARDS, CHECKING, REDIRECT, Walk, error

from gingham.link.flow import pane
from gingham.link.flow.model import (
    Close,
    CloseOauth,
    ConfirmExit,
    Continue,
    Created,
    CreateItem,
    Failed,
    FailOauth,
    Found,
    LoggedIn,
    LogIn,
    Open,
    OpenOauth,
    Redirected,
    Reopened,
    Resume,
    Retry,
    Selected,
    SelectInstitution,
    View,
)

URL = "https://redirect.test/authorize?state=1"
LISTED = (Open(), Continue(), Found(query="", institutions=CARDS))
CHOSEN = (*LISTED, SelectInstitution(institution_id="ins_7"))
THERE = (*CHOSEN, Selected(institution=REDIRECT), Redirected(url=URL))
AWAY = (*THERE, OpenOauth(mode="popup"))


def test_the_bank_is_asked_for_its_address_before_its_pane_is_shown() -> None:
    walk = Walk(*CHOSEN)
    assert walk.news(Selected(institution=REDIRECT)) == ["SELECT_INSTITUTION(ins_7)"]
    assert walk.effect == LogIn(institution_id="ins_7", values={})
    assert walk.news(Redirected(url=URL)) == ["TV OAUTH"]
    assert pane(walk.session).url == URL


def test_no_credentials_are_ever_submitted_and_no_accounts_asked_for_twice() -> None:
    walk = Walk(*THERE, products=("transactions",))
    assert walk.news(OpenOauth(mode="popup")) == ["OPEN_OAUTH"]
    assert walk.news(LoggedIn(accounts=ACCOUNTS)) == []
    assert walk.effect == CreateItem(institution_id="ins_7", accounts=("0", "1", "2", "3"))
    assert walk.news(Created()) == ["TV CONNECTED"]


def test_where_one_account_may_be_shared_and_several_were_ticked_the_person_chooses() -> None:
    walk = Walk(*AWAY, account_selection="single")
    assert walk.news(LoggedIn(accounts=ACCOUNTS)) == ["TV SELECT_ACCOUNT"]


def test_where_one_account_may_be_shared_and_one_was_ticked_nobody_asks() -> None:
    walk = Walk(*AWAY, account_selection="single")
    walk.do(LoggedIn(accounts=(CHECKING,)))
    assert walk.effect == CreateItem(institution_id="ins_7", accounts=("0",))


@pytest.mark.parametrize(("action", "event"), [(CloseOauth(), "CLOSE_OAUTH"), (FailOauth(), "FAIL_OAUTH")])
def test_a_window_that_is_gone_leaves_the_pane_where_the_person_may_go_again(
    action: CloseOauth | FailOauth, event: str
) -> None:
    walk = Walk(*AWAY)
    assert walk.news(action) == [event]
    assert walk.session.view is View.OAUTH
    assert walk.news(action) == []
    assert walk.news(OpenOauth(mode="popup")) == ["OPEN_OAUTH"]


def test_a_page_that_left_for_the_bank_has_no_window_to_close() -> None:
    walk = Walk(*THERE, OpenOauth(mode="redirect"))
    assert walk.news(CloseOauth()) == []


def test_a_page_that_comes_back_opens_again_and_goes_on_where_the_answer_led() -> None:
    walk = Walk(*THERE, OpenOauth(mode="redirect"), LoggedIn(accounts=ACCOUNTS), Created())
    assert walk.news(Reopened()) == ["OPEN"]
    assert walk.session.view is View.CONNECTED


def test_declining_at_the_bank_is_an_error_that_can_be_tried_again() -> None:
    walk = Walk(*AWAY)
    assert walk.news(Failed(error=error("INSUFFICIENT_CREDENTIALS"))) == [
        "ERROR(INSUFFICIENT_CREDENTIALS)",
        "TV ERROR",
    ]
    assert walk.session.exit_status == "requires_oauth"
    walk.do(Retry())
    assert walk.effect == LogIn(institution_id="ins_7", values={})


def test_leaving_while_away_is_requires_oauth() -> None:
    walk = Walk(*AWAY, Close(), ConfirmExit())
    assert walk.session.exit_status == "requires_oauth"


def test_the_answer_counts_although_the_person_was_about_to_leave() -> None:
    walk = Walk(*AWAY, Close(), products=("transactions",))
    walk.do(LoggedIn(accounts=ACCOUNTS))
    assert walk.effect == CreateItem(institution_id="ins_7", accounts=("0", "1", "2", "3"))
    assert walk.news(Created()) == ["TV CONNECTED"]


def test_going_back_from_the_question_shows_the_bank_again() -> None:
    walk = Walk(*AWAY, Close(), Resume())
    assert (walk.session.view, walk.session.away, pane(walk.session).url) == (View.OAUTH, "popup", URL)


def test_update_mode_goes_straight_to_the_bank() -> None:
    walk = Walk(*LISTED[:2], institution_id="ins_7", update_mode=True, account_selection="none")
    assert walk.news(Selected(institution=REDIRECT)) == []
    assert walk.news(Redirected(url=URL)) == ["TV OAUTH"]


def test_in_update_mode_the_accounts_ticked_at_the_bank_are_those_of_the_item() -> None:
    walk = Walk(*LISTED[:2], institution_id="ins_7", update_mode=True, account_selection="none")
    walk.do(Selected(institution=REDIRECT), Redirected(url=URL), LoggedIn(accounts=ACCOUNTS[:2]))
    assert walk.effect == CreateItem(institution_id="ins_7", accounts=("0", "1"))
