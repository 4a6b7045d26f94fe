"""Panes as data, and the texts on them."""

import json
import re

import pytest
from tests.link.flow.every_pane import every_pane, texts
from tests.link.flow.exploration import reachable, unfinished
from tests.link.flow.world import CREDENTIALS, ENTER, NUMBERS, Walk, card, error

from gingham.link.flow import pane, step
from gingham.link.flow.chart import PLAID_VIEWS
from gingham.link.flow.failures import ADVICE
from gingham.link.flow.model import (
    AccountChoice,
    Action,
    Back,
    ChooseAnother,
    Close,
    ConfirmExit,
    Continue,
    CredentialInput,
    EnterNumbers,
    Failed,
    Finish,
    FollowIssue,
    Found,
    KeepNumbers,
    Open,
    OpenOauth,
    Option,
    Pane,
    ResendOtp,
    Resume,
    Retry,
    Save,
    Selected,
    SelectInstitution,
    SignIn,
    SkipPhone,
    SubmitAccounts,
    SubmitCredentials,
    SubmitDepositCode,
    SubmitEmail,
    SubmitMfa,
    SubmitOtp,
    SubmitPhone,
    SubmitRecaptcha,
    Text,
    View,
)
from gingham.link.messages.messages import FRAME, RETURN, direction, keys, render, render_pane

PLAIN: dict[str, Action] = {
    "continue": Continue(),
    "retry": Retry(),
    "choose_another": ChooseAnother(),
    "close": Close(),
    "resume": Resume(),
    "confirm_exit": ConfirmExit(),
    "finish": Finish(),
    "submit_phone": SubmitPhone(),
    "skip_phone": SkipPhone(),
    "resend_otp": ResendOtp(),
    "follow_issue": FollowIssue(),
    "submit_email": SubmitEmail(values={"email": "ada@waits.test"}),
    "save": Save(),
    "enter_numbers": EnterNumbers(),
    "keep_numbers": KeepNumbers(),
    "sign_in": SignIn(),
    "submit_recaptcha": SubmitRecaptcha(),
}


def press(button_action: str, shown: Pane) -> Action:
    """What a client sends for a button, with every field filled in."""
    if button_action == "submit_credentials":
        return SubmitCredentials(values={field.name: "x" for field in shown.fields})
    if button_action == "submit_otp":
        return SubmitOtp(answers=["x"])
    if button_action == "submit_numbers":
        return NUMBERS
    if button_action == "submit_deposit_code":
        return SubmitDepositCode(values={field.name: "abc" for field in shown.fields})
    if button_action == "submit_mfa":
        return SubmitMfa(answers=[field.options[0].value if field.options else "x" for field in shown.fields])
    if button_action == "submit_accounts":
        return SubmitAccounts(accounts=[shown.fields[0].options[0].value])
    if button_action == "open_oauth":
        return OpenOauth(mode="popup")
    return PLAIN[button_action]


def test_a_pane_is_named_after_its_view() -> None:
    for session in reachable():
        shown = pane(session)
        assert (shown.name, shown.view) == (session.view.value, PLAID_VIEWS[session.view])


def test_every_button_does_something() -> None:
    for session in unfinished():
        shown = pane(session)
        for button in shown.buttons:
            after = step(session, press(button.action, shown))
            # To the bank's own pages the person goes beside this session, which notes it as an event.
            gone = [event.name for event in after.events] == ["OPEN_OAUTH"]
            # What is looked up at once is waited for where the person stands.
            asked = after.effect is not None or session.waiting is not None
            assert gone or asked or after.session.view is not session.view, (session.view, button.action)


def test_no_pane_is_a_dead_end() -> None:
    for session in unfinished():
        shown = pane(session)
        tiles = any(field.kind in ("search", "tiles") for field in shown.fields)
        assert shown.buttons or tiles or (shown.busy and shown.can_close), session.view


def test_a_tile_leads_on() -> None:
    session = Walk(*ENTER[:3]).session
    (tiles,) = [field for field in pane(session).fields if field.kind == "tiles"]
    for option in tiles.options:
        assert step(session, SelectInstitution(institution_id=option.value)).effect is not None


def test_the_arrow_and_the_cross_are_shown_where_they_work() -> None:
    for session in unfinished():
        shown = pane(session)
        assert shown.can_go_back == (step(session, Back()).session != session)
        assert shown.can_close == (step(session, Close()).session != session)


def test_a_pane_has_one_primary_button_at_most() -> None:
    for shown in every_pane():
        roles = [button.role for button in shown.buttons]
        assert roles.count("primary") <= 1


def test_what_the_person_must_fill_in_can_be_filled_by_software() -> None:
    username, password = pane(Walk(*ENTER).session).fields
    assert (username.autocomplete, password.autocomplete) == ("username", "current-password")


def test_a_label_without_a_translation_is_shown_as_the_bank_wrote_it() -> None:
    odd = card("ins_1", "Bank", fields=(CredentialInput(name="iban", label="Last six of your IBAN"),))
    (field,) = pane(Walk(*ENTER[:4], Selected(institution=odd)).session).fields
    assert (field.label.key, field.text) == ("credentials.field.other", "Last six of your IBAN")


def test_a_pin_is_typed_on_digits() -> None:
    pin = card("ins_1", "Bank", fields=(CredentialInput(name="pin", label="PIN", kind="pin"),))
    (field,) = pane(Walk(*ENTER[:4], Selected(institution=pin)).session).fields
    assert (field.kind, field.inputmode, field.label.key) == ("pin", "numeric", "credentials.field.pin")


@pytest.mark.parametrize(
    ("url", "note"),
    [
        ("https://www.heron.test/login", "heron.test"),
        ("heron.test", None),
        ("http://[broken", None),
        (None, None),
    ],
)
def test_a_tile_shows_the_host_of_the_bank(url: str | None, note: str | None) -> None:
    listed = Found(query="", institutions=(card("ins_9", "Heron", url=url),))
    fields = pane(Walk(*ENTER[:2], listed).session).fields
    assert fields[1].options == (
        Option(value="ins_9", label="Heron", note=note, logo="/link/institutions/ins_9.svg"),
    )


@pytest.mark.parametrize("code", ADVICE)
def test_every_known_error_code_is_explained_without_showing_the_code_in_its_text(code: str) -> None:
    session = Walk(*ENTER, CREDENTIALS, Failed(error=error(code))).session
    shown = pane(session)
    if session.view is View.ERROR:
        assert code not in render(shown.title)
        assert shown.help is not None
        assert code not in render(shown.help)
        assert [render(detail) for detail in shown.details] == [f"Code for support: {code}"]


@pytest.mark.parametrize(
    ("name", "mask", "called"),
    [
        ("Saving", "1111", "Saving •••• 1111"),
        ("Checking ...0000", "0000", "Checking ...0000"),
        ("Car", None, "Car"),
    ],
)
def test_the_last_digits_of_an_account_are_said_once(name: str, mask: str | None, called: str) -> None:
    account = AccountChoice(key="0", name=name, mask=mask, type="depository", subtype="checking")
    help_text = pane(Walk(Open(), update_mode=True, pending=account).session).help
    assert help_text is not None
    assert help_text.values["account"] == called


def test_an_error_without_an_institution_does_not_speak_of_one() -> None:
    session = Walk(*ENTER[:2], Failed(error=error("INSTITUTION_DOWN"))).session
    assert pane(session).title.key == "error.unknown.title"


def test_update_mode_never_speaks_of_another_bank() -> None:
    for session in unfinished():
        if session.config.update_mode:
            told = [text["text"] for text in texts(render_pane(pane(session)))]
            assert not [text for text in told if "another bank" in text]


def test_every_text_renders_and_leaves_no_gap() -> None:
    for shown in every_pane():
        for text in texts(render_pane(shown)):
            assert text["text"]
            assert not re.search(r"\{\w+\}|  |None", text["text"]), text


def test_every_key_of_the_catalogue_is_used_and_every_used_key_is_in_it() -> None:
    used = {text["key"] for shown in every_pane() for text in texts(render_pane(shown))}
    assert used == {key for key in keys() if not key.startswith((FRAME, RETURN))}


def test_a_rendered_pane_is_plain_json() -> None:
    for shown in every_pane():
        rendered = render_pane(shown)
        assert json.loads(json.dumps(rendered)) == rendered


def test_values_are_put_in_and_never_interpreted() -> None:
    hostile = Text(key="credentials.title", values={"institution": "{client_name} {0.__class__}"})
    assert render(hostile) == "Sign in to {client_name} {0.__class__}"


@pytest.mark.parametrize("language", ["xx", "../en", ""])
def test_a_language_without_a_catalogue_speaks_english(language: str) -> None:
    assert render(Text(key="button.continue"), language) == "Continue"
    assert direction(language) == "ltr"
