"""Credentials, challenges and refusals."""

import pytest
from tests.link.flow.world import (
    ACCOUNTS,
    CODE_SENT,
    CREDENTIALS,
    DEVICES,
    ENTER,
    QUESTIONS,
    REFUSED,
    SELECTIONS,
    TOO_OLD,
    USER,
    WRONG_ANSWER,
    Walk,
    error,
)

from gingham.link.flow import burns_token, pane
from gingham.link.flow.model import (
    Back,
    Challenge,
    Challenged,
    Failed,
    LoggedIn,
    Prompt,
    Retry,
    SubmitCredentials,
    SubmitMfa,
    View,
)
from gingham.link.flow.moves import MAX_FAILED_LOGINS


def at(challenge: Challenge) -> Walk:
    return Walk(*ENTER, CREDENTIALS, Challenged(challenge=challenge))


def errors(walk: Walk) -> dict[str, str]:
    """Message keys of the errors on the pane, by field."""
    return {field.name: field.error.key for field in pane(walk.session).fields if field.error}


def test_an_empty_value_stays_at_its_field_and_goes_nowhere() -> None:
    walk = Walk(*ENTER)
    assert walk.news(SubmitCredentials(values={"username": USER, "password": "  "})) == []
    assert walk.effect is None
    assert errors(walk) == {"password": "field.error.empty"}


def test_a_refused_login_stands_at_the_last_field() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED))
    assert walk.session.view is View.CREDENTIALS
    assert errors(walk) == {"password": "credentials.error.refused"}


def test_the_error_is_gone_with_the_next_attempt() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED), CREDENTIALS, LoggedIn(accounts=ACCOUNTS))
    assert errors(walk) == {}


def test_the_last_error_is_reported_even_after_going_on() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=REFUSED), CREDENTIALS)
    assert walk.session.error == REFUSED


def test_too_many_refused_logins_burn_the_token() -> None:
    walk = Walk(*ENTER)
    for _ in range(MAX_FAILED_LOGINS - 1):
        walk.do(CREDENTIALS, Failed(error=REFUSED))
    assert not burns_token(walk.session)
    assert walk.news(CREDENTIALS, Failed(error=REFUSED)) == [
        "SUBMIT_CREDENTIALS",
        "TV LOADING",
        "ERROR(INVALID_CREDENTIALS)",
        "EXIT(requires_credentials, INVALID_LINK_TOKEN)",
    ]
    assert burns_token(walk.session)


def test_guessed_codes_count_as_refused_logins() -> None:
    walk = at(CODE_SENT)
    for _ in range(MAX_FAILED_LOGINS):
        walk.do(SubmitMfa(answers=["0000"]), Failed(error=WRONG_ANSWER))
    assert burns_token(walk.session)
    assert walk.session.exit_status == "requires_code"


def test_a_bank_that_is_down_does_not_count_as_a_refused_login() -> None:
    walk = Walk(*ENTER)
    for _ in range(MAX_FAILED_LOGINS + 1):
        walk.do(CREDENTIALS, Failed(error=error("INSTITUTION_DOWN")), Retry())
    assert walk.session.view is View.CREDENTIALS
    assert walk.session.failed_logins == 0


def test_a_burnt_link_token_closes_link() -> None:
    walk = Walk(*ENTER, CREDENTIALS)
    assert walk.news(Failed(error=TOO_OLD)) == ["EXIT(requires_credentials, INVALID_LINK_TOKEN)"]


def test_another_username_in_update_mode_stands_at_the_field() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=error("INVALID_UPDATED_USERNAME")))
    assert errors(walk) == {"password": "credentials.error.other_username"}
    assert walk.session.failed_logins == 0


@pytest.mark.parametrize(
    ("challenge", "view", "status", "kinds"),
    [
        (DEVICES, View.MFA_DEVICE, "choose_device", ["radio"]),
        (CODE_SENT, View.MFA_CODE, "requires_code", ["code"]),
        (QUESTIONS, View.MFA_QUESTIONS, "requires_questions", ["text", "text"]),
        (SELECTIONS, View.MFA_SELECTIONS, "requires_selections", ["radio", "radio"]),
    ],
    ids=["device", "code", "questions", "selections"],
)
def test_each_challenge_has_its_pane(challenge: Challenge, view: View, status: str, kinds: list[str]) -> None:
    walk = at(challenge)
    assert (walk.session.view, walk.session.exit_status) == (view, status)
    assert [field.kind for field in pane(walk.session).fields] == kinds


@pytest.mark.parametrize(
    ("challenge", "answers", "wrong"),
    [
        (DEVICES, ["2"], {"answer_0": "field.error.choose"}),
        (DEVICES, ["xxx-xxx-5309"], {"answer_0": "field.error.choose"}),
        (DEVICES, [], {"answer_0": "field.error.choose"}),
        (CODE_SENT, [" "], {"answer_0": "field.error.empty"}),
        (CODE_SENT, ["1", "2"], {"answer_0": "field.error.empty"}),
        (QUESTIONS, ["Rex", ""], {"answer_1": "field.error.empty"}),
        (QUESTIONS, ["Rex"], {"answer_0": "field.error.empty", "answer_1": "field.error.empty"}),
        (SELECTIONS, ["Green", "Yes"], {"answer_0": "field.error.choose"}),
    ],
)
def test_answers_that_cannot_be_sent(challenge: Challenge, answers: list[str], wrong: dict[str, str]) -> None:
    walk = at(challenge)
    assert walk.news(SubmitMfa(answers=answers)) == []
    assert walk.effect is None
    assert errors(walk) == wrong


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge(kind="song", state=b""),
        Challenge(kind="device", state=b""),
        Challenge(kind="questions", state=b""),
        Challenge(kind="selections", state=b"", prompts=(Prompt("No choice?"),)),
    ],
)
def test_a_challenge_that_cannot_be_shown_is_an_error(challenge: Challenge) -> None:
    walk = Walk(*ENTER, CREDENTIALS)
    assert walk.news(Challenged(challenge=challenge)) == ["ERROR(MFA_NOT_SUPPORTED)", "TV ERROR"]


def test_a_wrong_answer_repeats_the_pane() -> None:
    walk = at(QUESTIONS).do(SubmitMfa(answers=["a", "b"]), Failed(error=WRONG_ANSWER))
    assert walk.session.view is View.MFA_QUESTIONS
    assert errors(walk) == {"answer_1": "mfa.error.refused"}


def test_a_refused_channel_repeats_the_choice_of_device() -> None:
    walk = at(DEVICES).do(SubmitMfa(answers=["0"]), Failed(error=error("INVALID_SEND_METHOD")))
    assert errors(walk) == {"answer_0": "mfa_device.error.refused"}


def test_a_wrong_answer_without_a_question_is_an_error_pane() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Failed(error=WRONG_ANSWER))
    assert walk.session.view is View.ERROR


def test_refused_credentials_after_a_challenge_ask_for_the_credentials_again() -> None:
    walk = at(CODE_SENT).do(SubmitMfa(answers=["1"]), Failed(error=REFUSED))
    assert walk.session.view is View.CREDENTIALS
    assert walk.session.challenge is None


def test_back_from_a_challenge_leads_to_the_credentials() -> None:
    assert at(CODE_SENT).news(Back()) == ["TV CREDENTIAL"]


def test_an_answer_that_nobody_waits_for_is_ignored() -> None:
    walk = Walk(*ENTER)
    assert (
        walk.news(LoggedIn(accounts=ACCOUNTS), Failed(error=REFUSED), Challenged(challenge=CODE_SENT)) == []
    )
