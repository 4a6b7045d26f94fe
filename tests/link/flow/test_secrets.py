"""What a person types passes through an effect and stays nowhere."""

import msgspec
import pytest
from tests.link.flow.exploration import reachable
from tests.link.flow.world import CODE, CODE_SENT, CREDENTIALS, EMAIL, ENTER, PASSWORD, USER, Walk

from gingham.link.flow import pane, step
from gingham.link.flow.model import (
    Answer,
    Challenged,
    Follow,
    LogIn,
    SendEmailCode,
    Session,
    SubmitCredentials,
    SubmitEmail,
    SubmitMfa,
)

TYPED = (USER, PASSWORD, CODE, EMAIL)


def test_no_session_or_pane_holds_what_was_typed_or_the_banks_secret_state() -> None:
    for session in reachable():
        kept = (msgspec.json.encode(session) + msgspec.json.encode(pane(session))).decode()
        assert not [secret for secret in TYPED if secret in kept]
        assert session.challenge is None or session.challenge.state == b""


def test_no_event_holds_what_was_typed() -> None:
    walk = Walk(*ENTER, CREDENTIALS, Challenged(challenge=CODE_SENT), SubmitMfa(answers=[CODE]))
    told = msgspec.json.encode(walk.events).decode()
    assert "SUBMIT_MFA" in told
    assert not [secret for secret in TYPED if secret in told]


def test_the_effect_carries_it_to_the_bank() -> None:
    walk = Walk(*ENTER, CREDENTIALS)
    assert walk.effect == LogIn(institution_id="ins_1", values={"username": USER, "password": PASSWORD})
    walk.do(Challenged(challenge=CODE_SENT), SubmitMfa(answers=[f" {CODE} "]))
    assert walk.effect == Answer(institution_id="ins_1", answers=[CODE])


def test_values_nobody_asked_for_do_not_reach_the_bank() -> None:
    extra = SubmitCredentials(values={"username": USER, "password": PASSWORD, "memo": "x"})
    effect = Walk(*ENTER, extra).effect
    assert isinstance(effect, LogIn)
    assert set(effect.values) == {"username", "password"}


@pytest.mark.parametrize(
    "secretive",
    [
        CREDENTIALS,
        SubmitMfa(answers=[CODE]),
        SubmitEmail(values={"email": EMAIL}),
        SendEmailCode(email=EMAIL),
        Follow(institution_id="ins_1", code=CODE),
        LogIn(institution_id="ins_1", values={"password": PASSWORD}),
        Answer(institution_id="ins_1", answers=[CODE]),
        step(Walk(*ENTER).session, CREDENTIALS),
    ],
)
def test_a_repr_shows_none_of_it(secretive: msgspec.Struct) -> None:
    shown = repr(secretive) + str(secretive) + repr(list(secretive.__rich_repr__())) + f"{[secretive]}"
    assert not [secret for secret in TYPED if secret in shown]


def test_sessions_survive_storage_unchanged() -> None:
    decoder = msgspec.json.Decoder(Session)
    for session in reachable():
        assert decoder.decode(msgspec.json.encode(session)) == session
