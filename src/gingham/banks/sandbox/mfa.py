"""What a login in the sandbox can be asked after the password, and which answers are right.

Pure: a `Turn` says where the conversation stands, `ask` makes the challenge of that turn, `answered` judges
what was said to it. Answers are compared without regard to case and surrounding space. A wrong answer is
`INVALID_MFA` and leaves the turn as it was, so it may be tried again as often as one likes: there is nothing
to guard here.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from gingham.banks.protocol import Challenge, Device, Prompt, Refused
from gingham.banks.sandbox.grant import Grant

CODE = "1234"
"""Right for every device."""

DEVICES = (Device("phone", "xxx-xxx-3333"), Device("email", "a***@example.com"))

_YES_OR_NO = (
    Prompt("Do you bank here?", ("Yes", "No")),
    Prompt("Is this your usual browser?", ("Yes", "No")),
)
_RIGHT_TO_YES_OR_NO = frozenset(["yes", "tomato", "ketchup"])
"""Today's documented answer, and the two that older suites still send."""


class Mfa(Struct, frozen=True, omit_defaults=True):
    """What is asked. `kind`: `device`, `questions` or `selections`; `options` 0 asks two plain yes-or-no
    selections.
    """

    kind: str
    rounds: int = 1
    per_round: int = 1
    options: int = 0


class Turn(Struct, frozen=True, omit_defaults=True):
    """Where a login stands. `grant` is what it ends in; it holds no password."""

    grant: Grant
    mfa: Mfa | None
    recaptcha: str | None = None
    """`good` or `bad`: a person must confirm to be one, before anything else; what will come of it."""
    round: int = 0
    device: int | None = None
    """Index of the chosen device: the code is awaited."""

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, state: bytes) -> "Turn":
        return msgspec.json.decode(state, type=cls)


def ask(turn: Turn) -> Challenge:
    """The challenge of a turn."""
    if turn.recaptcha is not None or turn.mfa is None:
        return Challenge(kind="recaptcha", state=turn.encode())
    if turn.mfa.kind != "device":
        return Challenge(kind=turn.mfa.kind, state=turn.encode(), prompts=_prompts(turn.mfa, turn.round))
    if turn.device is None:
        return Challenge(kind="device", state=turn.encode(), devices=DEVICES)
    return Challenge(kind="code", state=turn.encode(), sent_to=DEVICES[turn.device].mask)


def answered(turn: Turn, answers: Sequence[str]) -> Turn | Grant | Refused:
    """What follows the answers: another turn, the grant, or a refusal."""
    if turn.recaptcha == "bad":
        return Refused(error_code="RECAPTCHA_BAD", error_type="RECAPTCHA_ERROR")
    if turn.mfa is None:
        return turn.grant
    if turn.recaptcha is not None:
        return msgspec.structs.replace(turn, recaptcha=None)
    if turn.mfa.kind == "device":
        return _device_answered(turn, answers[0] if answers else "")
    if not _all_right(turn.mfa, turn.round, answers):
        return Refused(error_code="INVALID_MFA", error_type="ITEM_ERROR")
    if turn.round + 1 < turn.mfa.rounds:
        return msgspec.structs.replace(turn, round=turn.round + 1)
    return turn.grant


def _device_answered(turn: Turn, answer: str) -> Turn | Grant | Refused:
    answer = answer.strip()
    if turn.device is not None:
        return turn.grant if answer == CODE else Refused(error_code="INVALID_MFA", error_type="ITEM_ERROR")
    if answer in (str(n) for n in range(len(DEVICES))):
        return msgspec.structs.replace(turn, device=int(answer))
    return Refused(error_code="INVALID_SEND_METHOD", error_type="ITEM_ERROR")


def _prompts(mfa: Mfa, round_: int) -> tuple[Prompt, ...]:
    if mfa.kind == "questions":
        return tuple(Prompt(f"What is the answer to question_{round_}_{n}?") for n in range(mfa.per_round))
    if not mfa.options:
        return _YES_OR_NO
    return tuple(
        Prompt(
            f"Which is the answer to selection_{round_}_{n}?",
            tuple(f"answer_{round_}_{n}_{option}" for option in range(mfa.options)),
        )
        for n in range(mfa.per_round)
    )


def _all_right(mfa: Mfa, round_: int, answers: Sequence[str]) -> bool:
    given = [answer.strip().casefold() for answer in answers]
    if mfa.kind == "questions":
        return given == [f"answer_{round_}_{n}" for n in range(mfa.per_round)]
    if not mfa.options:
        return len(given) == len(_YES_OR_NO) and all(answer in _RIGHT_TO_YES_OR_NO for answer in given)
    return given == [prompt.options[0] for prompt in _prompts(mfa, round_)]
