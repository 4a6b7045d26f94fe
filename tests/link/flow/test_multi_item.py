"""Several banks in one session: each Item is handed over when it comes to be, and one of them is a success."""

from tests.link.flow.world import ACCOUNTS, CARDS, CREDENTIALS, ENTER, HERON, TOO_OLD, Walk

from gingham.link.flow import pane
from gingham.link.flow.model import (
    ChooseAnother,
    Close,
    ConfirmExit,
    Created,
    Expired,
    Finish,
    Found,
    LoggedIn,
    Selected,
    SelectInstitution,
    SubmitAccounts,
    View,
)

LINKED = (LoggedIn(accounts=ACCOUNTS), SubmitAccounts(accounts=["0"]), Created())
SECOND = (ChooseAnother(), SelectInstitution(institution_id="ins_2"), Selected(institution=HERON))


def first() -> Walk:
    return Walk(*ENTER, CREDENTIALS, *LINKED, multi_item=True)


def test_after_each_bank_another_can_be_added() -> None:
    walk = first()
    assert [button.action for button in pane(walk.session).buttons] == ["finish", "choose_another"]
    assert walk.news(ChooseAnother()) == ["TV SELECT_INSTITUTION"]
    assert walk.session.institution is None
    assert walk.session.results == CARDS


def test_each_item_is_handed_over_when_it_comes_to_be() -> None:
    walk = first()
    assert walk.do(*SECOND).news(CREDENTIALS, *LINKED) == [
        "SUBMIT_CREDENTIALS",
        "TV LOADING",
        "TV SELECT_ACCOUNT",
        "TV LOADING",
        "HANDOFF",
        "TV CONNECTED",
    ]
    assert walk.news(Finish()) == []
    assert walk.session.linked == 2
    assert walk.session.finished == "success"


def test_leaving_the_second_bank_keeps_the_first() -> None:
    walk = first().do(*SECOND, Close())
    assert pane(walk.session).title.key == "exit.several.title"
    assert walk.news(ConfirmExit()) == []
    assert walk.session.finished == "success"


def test_a_session_that_runs_out_keeps_what_it_has_linked() -> None:
    walk = first().do(*SECOND)
    assert walk.news(Expired(error=TOO_OLD)) == []
    assert walk.session.finished == "success"


def test_without_an_item_leaving_is_an_exit() -> None:
    walk = Walk(*ENTER, Close(), ConfirmExit(), multi_item=True)
    assert walk.session.finished == "exit"


def test_an_ordinary_session_has_one_bank() -> None:
    walk = Walk(*ENTER, CREDENTIALS, *LINKED)
    assert [button.action for button in pane(walk.session).buttons] == ["finish"]
    assert walk.news(ChooseAnother()) == []
    assert walk.session.view is View.CONNECTED


def test_the_list_can_be_asked_for_again_when_it_was_never_shown() -> None:
    entered = (*ENTER[:2], Selected(institution=HERON), CREDENTIALS, *LINKED)
    walk = Walk(*entered, institution_id="ins_2", multi_item=True)
    assert walk.news(ChooseAnother(), Found(query="", institutions=CARDS)) == ["TV SELECT_INSTITUTION"]
