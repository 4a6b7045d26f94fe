"""The conversations that follow a password: devices, codes, questions and selections."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham.banks.protocol import Challenge, Granted, Login, Outcome, Refused
from gingham.banks.sandbox import SandboxBank
from gingham.banks.sandbox.grant import Grant
from gingham.banks.sandbox.mfa import Mfa, Turn, answered

LoginAt = Callable[..., Login]


class Conversation:
    """A login in progress: `say` answers the last challenge."""

    def __init__(self, bank: SandboxBank, login: Login, outcome: Outcome) -> None:
        self._bank, self._login, self.outcome = bank, login, outcome

    @property
    def challenge(self) -> Challenge:
        assert isinstance(self.outcome, Challenge)
        return self.outcome

    async def say(self, *answers: str) -> Outcome:
        self.outcome = await self._bank.answer(self._login, self.challenge.state, answers)
        return self.outcome


Talk = Callable[[str], Awaitable[Conversation]]


@pytest.fixture
def talk(bank: SandboxBank, login_at: LoginAt) -> Talk:
    async def begin(password: str) -> Conversation:
        login = login_at()
        outcome = await bank.log_in(login, {"username": "user_good", "password": password})
        return Conversation(bank, login, outcome)

    return begin


WRONG = Refused(error_code="INVALID_MFA", error_type="ITEM_ERROR")


async def test_a_device_is_chosen_and_its_code_entered(talk: Talk) -> None:
    conversation = await talk("mfa_device")
    assert conversation.challenge.kind == "device"
    assert [d.kind for d in conversation.challenge.devices] == ["phone", "email"]
    await conversation.say("1")
    assert conversation.challenge.kind == "code"
    assert conversation.challenge.sent_to == "a***@example.com"
    assert isinstance(await conversation.say(" 1234 "), Granted)


@pytest.mark.parametrize("answers", [(), ("2",), ("-1",), ("phone",), ("",), ("²",)])
async def test_a_device_that_is_not_offered_is_refused(talk: Talk, answers: Sequence[str]) -> None:
    conversation = await talk("mfa_device")
    assert await conversation.say(*answers) == Refused(
        error_code="INVALID_SEND_METHOD", error_type="ITEM_ERROR"
    )


async def test_a_wrong_code_may_be_corrected(bank: SandboxBank, login_at: LoginAt, talk: Talk) -> None:
    conversation = await talk("mfa_device")
    await conversation.say("0")
    state = conversation.challenge.state
    assert await bank.answer(login_at(), state, ["0000"]) == WRONG
    assert isinstance(await bank.answer(login_at(), state, ["1234"]), Granted)


async def test_questions_come_in_rounds(talk: Talk) -> None:
    conversation = await talk("mfa_questions_2_3")
    assert conversation.challenge.kind == "questions"
    assert len(conversation.challenge.prompts) == 3
    await conversation.say("answer_0_0", "answer_0_1", "answer_0_2")
    assert conversation.challenge.prompts[0].text == "What is the answer to question_1_0?"
    assert isinstance(await conversation.say("answer_1_0", "ANSWER_1_1", " answer_1_2 "), Granted)


@pytest.mark.parametrize(
    "answers",
    [
        ("answer_0_0", "wrong"),
        ("answer_0_1", "answer_0_0"),
        ("answer_0_0",),
        ("answer_0_0", "answer_0_1", "answer_0_2"),
        (),
    ],
)
async def test_a_wrong_answer_is_refused(talk: Talk, answers: Sequence[str]) -> None:
    conversation = await talk("mfa_questions_1_2")
    assert await conversation.say(*answers) == WRONG


@pytest.mark.parametrize("answers", [("Yes", "Yes"), ("tomato", "ketchup"), ("yes", "Tomato")])
async def test_plain_selections_take_the_answers_of_old_and_new_suites(
    talk: Talk, answers: Sequence[str]
) -> None:
    conversation = await talk("mfa_selections")
    assert conversation.challenge.kind == "selections"
    assert [p.options[0] for p in conversation.challenge.prompts] == ["Yes", "Yes"]
    assert isinstance(await conversation.say(*answers), Granted)


@pytest.mark.parametrize("answers", [("No", "Yes"), ("Yes",), ("", "")])
async def test_plain_selections_refuse_the_rest(talk: Talk, answers: Sequence[str]) -> None:
    assert await (await talk("mfa_selections")).say(*answers) == WRONG


async def test_the_first_option_of_a_selection_is_right(talk: Talk) -> None:
    conversation = await talk("mfa_selections_2_1_3")
    assert conversation.challenge.prompts[0].options == ("answer_0_0_0", "answer_0_0_1", "answer_0_0_2")
    await conversation.say("answer_0_0_0")
    assert isinstance(await conversation.say("answer_1_0_0"), Granted)


async def test_another_option_is_wrong(talk: Talk) -> None:
    assert await (await talk("mfa_selections_1_1_2")).say("answer_0_0_1") == WRONG


@given(
    st.builds(
        Mfa, st.sampled_from(["device", "questions", "selections"]), st.just(2), st.just(2), st.just(0)
    ),
    st.lists(st.text()),
)
def test_any_answer_is_judged_without_an_exception(asked: Mfa, answers: list[str]) -> None:
    turn = Turn(Grant("user_good"), asked)
    assert isinstance(answered(turn, answers), Turn | Grant | Refused)
    assert Turn.decode(turn.encode()) == turn
