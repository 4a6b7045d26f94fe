"""The list, the search, and what choosing an institution leads to."""

import pytest
from tests.link.flow.world import (
    CARDS,
    CLOSED,
    DOWN,
    ENTER,
    HERON,
    PLATYPUS,
    SIMPLE,
    SLOW,
    Walk,
    error,
)

from gingham.link.flow import pane
from gingham.link.flow.choosing import MAX_QUERY_CHARACTERS
from gingham.link.flow.model import (
    Back,
    ChooseAnother,
    Close,
    ConfirmExit,
    Continue,
    Failed,
    FindInstitutions,
    Found,
    InstitutionCard,
    LookUpInstitution,
    Open,
    Retry,
    Search,
    Selected,
    SelectInstitution,
    View,
)

LISTED = ENTER[:3]


def choose(card: InstitutionCard | None, **config: object) -> Walk:
    walk = Walk(*LISTED, SelectInstitution(institution_id="ins_x"), **config)
    return walk.do(Selected(institution=card))


def test_consent_leads_to_the_popular_institutions() -> None:
    walk = Walk(Open(), Continue())
    assert walk.effect == FindInstitutions(query="")
    assert walk.session.view is View.LOADING
    assert walk.do(LISTED[2]).session.results == CARDS


def test_a_search_asks_once_for_the_same_query() -> None:
    walk = Walk(*LISTED, Search(query=" heron "))
    assert walk.effect == FindInstitutions(query="heron")
    assert walk.do(Search(query="heron")).effect is None


def test_results_for_an_older_query_are_ignored() -> None:
    walk = Walk(*LISTED, Search(query="he"), Search(query="heron"))
    assert walk.news(Found(query="he", institutions=(SLOW,))) == []
    assert walk.session.results == CARDS


def test_results_that_nobody_waits_for_are_ignored() -> None:
    walk = Walk(*LISTED, Search(query="heron"), SelectInstitution(institution_id="ins_1"))
    assert walk.news(Found(query="heron", institutions=())) == []
    assert walk.session.results == CARDS


def test_an_emptied_search_box_shows_the_popular_ones_without_an_event() -> None:
    walk = Walk(*LISTED, Search(query="heron"), Found(query="heron", institutions=(HERON,)))
    assert walk.news(Search(query=""), Found(query="", institutions=CARDS)) == []
    assert walk.session.results == CARDS


def test_a_pasted_page_is_cut_to_a_query() -> None:
    assert Walk(*LISTED, Search(query="x" * 5000)).session.asked == "x" * MAX_QUERY_CHARACTERS


def test_nothing_found_is_said_kindly() -> None:
    walk = Walk(*LISTED, Search(query="zzz"), Found(query="zzz", institutions=()))
    notice = pane(walk.session).notice
    assert notice is not None
    assert (notice.key, notice.values["query"]) == ("select_institution.nothing", "zzz")


@pytest.mark.parametrize(
    ("card", "events", "status"),
    [
        (
            CLOSED,
            ["SELECT_INSTITUTION(ins_5)", "ERROR(INSTITUTION_NO_LONGER_SUPPORTED)", "TV ERROR"],
            "institution_not_supported",
        ),
        (
            SIMPLE,
            [
                "SELECT_INSTITUTION(ins_6)",
                "SELECT_FILTERED_INSTITUTION",
                "ERROR(PRODUCTS_NOT_SUPPORTED)",
                "TV ERROR",
            ],
            "institution_not_supported",
        ),
        (
            DOWN,
            ["SELECT_INSTITUTION(ins_4)", "SELECT_DOWN_INSTITUTION", "ERROR(INSTITUTION_DOWN)", "TV ERROR"],
            "requires_credentials",
        ),
    ],
    ids=["unsupported", "lacks a product", "down"],
)
def test_an_institution_that_cannot_be_used(card: InstitutionCard, events: list[str], status: str) -> None:
    walk = Walk(
        *LISTED, SelectInstitution(institution_id=card.institution_id), products=("transactions", "auth")
    )
    assert walk.news(Selected(institution=card)) == events
    assert [button.action for button in pane(walk.session).buttons] == ["choose_another", "close"]
    assert walk.news(Retry()) == []
    assert walk.do(Close(), ConfirmExit()).session.exit_status == status


def test_a_degraded_institution_warns_and_goes_on() -> None:
    walk = Walk(*LISTED, SelectInstitution(institution_id="ins_3"))
    assert walk.news(Selected(institution=SLOW)) == [
        "SELECT_INSTITUTION(ins_3)",
        "SELECT_DEGRADED_INSTITUTION",
        "TV CREDENTIAL",
    ]
    shown = pane(walk.session)
    assert shown.notice is not None
    assert (shown.notice.key, shown.tone) == ("credentials.degraded", "warn")


def test_required_if_supported_products_do_not_filter() -> None:
    walk = choose(SIMPLE, products=("transactions",), required_if_supported_products=("liabilities",))
    assert walk.session.view is View.CREDENTIALS


def test_an_unknown_institution_offers_the_list() -> None:
    walk = choose(None)
    assert walk.session.error is not None
    assert walk.session.error.error_code == "INVALID_INSTITUTION"
    assert walk.do(ChooseAnother()).session.view is View.SELECT_INSTITUTION


def test_choosing_another_keeps_the_search_and_forgets_the_institution() -> None:
    walk = Walk(*LISTED, Search(query="heron"), Found(query="heron", institutions=(HERON,)))
    walk.do(SelectInstitution(institution_id="ins_2"), Selected(institution=HERON), ChooseAnother())
    assert walk.session.institution is None
    assert (walk.session.query, walk.session.results) == ("heron", (HERON,))
    assert walk.session.exit_status == "institution_not_found"


def test_a_preselected_institution_can_be_left_for_the_list() -> None:
    walk = Walk(Open(), Continue(), institution_id="ins_1")
    assert walk.effect == LookUpInstitution(institution_id="ins_1")
    walk.do(Selected(institution=PLATYPUS), ChooseAnother())
    assert walk.effect == FindInstitutions(query="")


def test_in_update_mode_there_is_no_other_institution() -> None:
    walk = Walk(Open(), Continue(), Selected(institution=PLATYPUS), update_mode=True, institution_id="ins_1")
    assert [button.action for button in pane(walk.session).buttons] == ["submit_credentials"]
    assert walk.do(ChooseAnother()).session.view is View.CREDENTIALS
    assert walk.do(Back()).session.view is View.CONSENT


def test_update_mode_at_a_bank_that_is_down_ends_in_an_error_without_a_choice() -> None:
    walk = Walk(Open(), Continue(), update_mode=True, institution_id="ins_4")
    assert walk.news(Selected(institution=DOWN)) == ["ERROR(INSTITUTION_DOWN)", "TV ERROR"]
    assert [button.action for button in pane(walk.session).buttons] == ["close"]


def test_a_list_that_cannot_be_loaded_may_be_tried_again() -> None:
    walk = Walk(Open(), Continue(), Failed(error=error("INTERNAL_SERVER_ERROR", "API_ERROR")))
    assert walk.session.view is View.ERROR
    assert walk.do(Retry()).effect == FindInstitutions(query="")
