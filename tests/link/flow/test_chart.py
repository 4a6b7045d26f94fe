"""`step` and the chart say the same; no sequence of actions leaves it, gets stuck, or ends twice."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.link.flow.exploration import ACTIONS, CONFIGS, explored, reachable, unfinished
from tests.link.flow.world import TOO_OLD, new_session

from gingham.link.flow import step
from gingham.link.flow.chart import CHART, EXIT_STATUS, PLAID_VIEWS, mermaid
from gingham.link.flow.model import (
    Action,
    Challenge,
    Challenged,
    Expired,
    ForceExit,
    Found,
    Prompt,
    Search,
    Session,
    SubmitAccounts,
    SubmitCredentials,
    SubmitMfa,
    View,
)
from gingham.link.flow.step import HANDLERS

DOCUMENT = Path(__file__).parents[3] / "docs" / "link-flow.md"

texts = st.text(max_size=12) | st.sampled_from(["username", "password", "0", "1", "Red", "Yes", "ins_1"])
actions = (
    st.sampled_from(ACTIONS)
    | st.builds(Search, query=texts)
    | st.builds(Found, query=texts, institutions=st.just(()))
    | st.builds(SubmitCredentials, values=st.dictionaries(texts, texts, max_size=3))
    | st.builds(SubmitMfa, answers=st.lists(texts, max_size=3))
    | st.builds(SubmitAccounts, accounts=st.lists(texts, max_size=3))
    | st.builds(
        Challenged,
        challenge=st.builds(
            Challenge,
            kind=st.sampled_from(["device", "code", "questions", "selections", "song"]),
            state=st.binary(max_size=4),
            prompts=st.lists(
                st.builds(Prompt, text=texts, options=st.lists(texts, max_size=2).map(tuple)), max_size=2
            ).map(tuple),
        ),
    )
)
configs = st.sampled_from(CONFIGS)


def trail(config: dict[str, object], played: list[Action]) -> list[Session]:
    sessions = [new_session(**config)]
    for action in played:
        sessions.append(step(sessions[-1], action).session)
    return sessions


def test_every_arrow_of_the_chart_is_taken_and_no_other() -> None:
    drawn = {
        (view, action, to)
        for view, arrows in CHART.items()
        for action, views in arrows.items()
        for to in views
    }
    _, moves = explored()
    assert {(move.view, move.action, move.to) for move in moves if move.to is not move.view} == drawn


def test_the_handlers_are_those_of_the_chart() -> None:
    assert {view: set(handlers) for view, handlers in HANDLERS.items()} == {
        view: set(arrows) for view, arrows in CHART.items()
    }


def test_every_view_is_reached_and_named() -> None:
    assert {session.view for session in reachable()} == set(View) == set(PLAID_VIEWS) == set(CHART)


@given(configs, st.lists(actions, max_size=40))
@settings(max_examples=400)
def test_no_sequence_leaves_the_chart(config: dict[str, object], played: list[Action]) -> None:
    for (before, after), action in zip(pairwise(trail(config, played)), played, strict=True):
        allowed = CHART[before.view].get(type(action))
        if allowed is None:
            assert after == before
        else:
            assert after.view in allowed | {before.view}


@given(configs, st.lists(actions, max_size=40))
@settings(max_examples=400)
def test_an_action_without_a_meaning_emits_nothing(config: dict[str, object], played: list[Action]) -> None:
    session = new_session(**config)
    for action in played:
        outcome = step(session, action)
        if type(action) not in CHART[session.view]:
            assert (outcome.session, outcome.events, outcome.effect) == (session, (), None)
        session = outcome.session


@given(configs, st.lists(actions, max_size=40), st.lists(actions, max_size=10))
@settings(max_examples=400)
def test_a_session_ends_once(config: dict[str, object], played: list[Action], later: list[Action]) -> None:
    session, told = new_session(**config), []
    for action in (*played, ForceExit(), *later):
        outcome = step(session, action)
        told += [event.name for event in outcome.events if event.name in ("HANDOFF", "EXIT")]
        assert session.finished is None or outcome.session == session
        session = outcome.session
    assert session.finished in ("success", "exit")
    assert told == (["EXIT"] if session.finished == "exit" else ["HANDOFF"] * max(session.linked, 1))


def test_every_unfinished_session_can_be_ended_at_once() -> None:
    for session in unfinished():
        for action in (ForceExit(), Expired(error=TOO_OLD)):
            assert step(session, action).session.view is View.DONE


def test_a_session_is_a_success_when_it_has_linked_an_item() -> None:
    _, moves = explored()
    for move in moves:
        if not move.finished_before:
            linked = move.view in (View.CONNECTED, View.VERIFY_TO_SAVE) or move.linked
            assert (move.finished == "success") == (linked and move.to is View.DONE), move


LOOKED_UP = frozenset(
    {
        View.SELECT_INSTITUTION,
        View.CONSENT,
        View.SUBMIT_PHONE,
        View.VERIFY_PHONE,
        View.CONNECTED,
        View.VERIFY_TO_SAVE,
        View.FOLLOW_ISSUE,
        View.VERIFY_EMAIL,
    }
)
"""Views on which something is looked up at once, so that the person stays where they are."""


def test_something_is_waited_for_exactly_where_an_effect_is_under_way() -> None:
    for session in reachable():
        if {session.view, session.back_to} & {View.LOADING, View.OAUTH}:
            assert session.waiting
        elif not {session.view, session.back_to} & LOOKED_UP:
            assert session.waiting is None


def test_the_exit_status_is_that_of_the_view() -> None:
    assert all(
        session.exit_status == EXIT_STATUS[session.view]
        for session in unfinished()
        if session.view in EXIT_STATUS
    )


def test_the_drawn_chart_is_the_code() -> None:
    drawn = DOCUMENT.read_text(encoding="utf-8").split("```mermaid\n")[1].split("\n```")[0]
    assert drawn == mermaid(), "paste the output of gingham.link.flow.chart.mermaid() into docs/link-flow.md"
