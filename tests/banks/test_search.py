"""Search finds what a person meant, and nothing when there is nothing to find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham.banks.catalogue import Catalogue
from gingham.banks.protocol import Institution

CATALOGUE = Catalogue.builtin()


def names(query: str, **filters: object) -> list[str]:
    return [institution.name for institution in CATALOGUE.search(query, **filters)]  # type: ignore[arg-type]


def bank(institution_id: str, name: str, popularity: int = 0) -> Institution:
    return Institution(
        institution_id=institution_id, name=name, country_codes=("US",), products=(), popularity=popularity
    )


@pytest.mark.parametrize(
    ("query", "first"),
    [
        pytest.param("First Platypus Bank", "First Platypus Bank", id="exact"),
        pytest.param("FIRST  platypus BANK!", "First Platypus Bank", id="case and punctuation"),
        pytest.param("hounds", "Houndstooth Bank", id="beginning"),
        pytest.param("gingham", "First Gingham Credit Union", id="a later word"),
        pytest.param("union ging", "First Gingham Credit Union", id="beginnings of words in any order"),
        pytest.param("fpb", "First Platypus Bank", id="initials"),
        pytest.param("usbank", "U.S. Bank", id="without full stops and space"),
        pytest.param("latypus", "First Platypus Bank", id="the middle of a word"),
        pytest.param("chase bank", "Chase", id="what people call it"),
        pytest.param("principe de gales", "Banco Príncipe de Gales", id="without accents"),
        pytest.param("platipus", "First Platypus Bank", id="a wrong letter"),
        pytest.param("houndstoth", "Houndstooth Bank", id="a missing letter"),
        pytest.param("vannguard", "Vanguard", id="an extra letter"),
        pytest.param("cahse", "Chase", id="swapped letters"),
        pytest.param("hcase", "Chase", id="the first letters swapped"),
        pytest.param("fisrt platipus bnak", "First Platypus Bank", id="errors in every word"),
        pytest.param("platpu", "First Platypus Bank", id="an error before the word is finished"),
        pytest.param("ins_109511", "Tartan Bank", id="an id"),
        pytest.param(" INS_109511 ", "Tartan Bank", id="an id in capitals"),
    ],
)
def test_the_first_result_is_what_was_meant(query: str, first: str) -> None:
    assert names(query)[0] == first


@pytest.mark.parametrize("query", ["zebra", "", "   ", "-", "…", "qqqqqqqq"])
def test_nothing_is_found_where_nothing_is_meant(query: str) -> None:
    assert names(query) == []


def test_a_letter_is_enough() -> None:
    assert len(names("t", country_codes=["US"], products=["identity"])) == 10


def test_country_products_and_oauth_filter() -> None:
    found = CATALOGUE.search("Platypus", country_codes=["GB"], products=["transactions"], oauth=True)
    assert {i.institution_id for i in found} == {"ins_116834", "ins_117181"}
    assert names("Bank", country_codes=["GB"], products=["auth"], oauth=False) == []
    assert CATALOGUE.search("Pl", country_codes=["GB"], products=["auth"], oauth=True)[0].oauth


def test_the_query_of_the_client_suites_is_answered() -> None:
    assert names("Platypus", country_codes=["US"], products=["transactions"])
    assert names("Royal Bank of Plaid", country_codes=["GB"], products=["transactions"]) == [
        "Royal Bank of Plaid"
    ]


def test_at_most_limit_are_returned() -> None:
    assert len(names("bank", limit=3)) == 3
    assert names("bank", limit=0) == []


def test_an_exact_name_beats_a_more_popular_longer_one() -> None:
    catalogue = Catalogue([bank("ins_1", "Harbor Bank of the West", 9), bank("ins_2", "Harbor Bank")])
    assert [i.institution_id for i in catalogue.search("harbor bank")] == ["ins_2", "ins_1"]


def test_popularity_decides_between_equal_matches() -> None:
    catalogue = Catalogue([bank("ins_1", "Harbor East"), bank("ins_2", "Harbor West", 9)])
    assert [i.institution_id for i in catalogue.search("harbor")] == ["ins_2", "ins_1"]


def test_fewer_typing_errors_come_first() -> None:
    catalogue = Catalogue([bank("ins_1", "Meridians", 9), bank("ins_2", "Meridiann")])
    assert [i.institution_id for i in catalogue.search("merxdiann")] == ["ins_2", "ins_1"]


def test_a_typing_error_is_forgiven_only_when_nothing_matches_as_typed() -> None:
    catalogue = Catalogue([bank("ins_1", "Crest Bank"), bank("ins_2", "Crust Bank", 9)])
    assert [i.institution_id for i in catalogue.search("crest")] == ["ins_1"]


@given(st.text())
def test_any_text_is_answered_with_at_most_ten_different_institutions(query: str) -> None:
    found = CATALOGUE.search(query)
    assert len(found) == len({i.institution_id for i in found}) <= 10


@given(st.text(max_size=30))
def test_the_same_question_has_the_same_answer(query: str) -> None:
    assert CATALOGUE.search(query) == CATALOGUE.search(query)


@given(st.sampled_from(CATALOGUE.page(count=1000)[0]))
def test_every_institution_is_found_by_its_own_name(institution: Institution) -> None:
    assert institution in CATALOGUE.search(institution.name)


@given(st.integers(0, 80), st.integers(0, 80))
def test_pages_fit_together(offset: int, count: int) -> None:
    everything, total = CATALOGUE.page(count=1000)
    assert CATALOGUE.page(offset=offset, count=count) == (everything[offset : offset + count], total)
