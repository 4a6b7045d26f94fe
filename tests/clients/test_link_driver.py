"""`gingham.testing` over JSON: what it does where nothing was said, where it stops, and that it leaves nothing open."""

from collections.abc import Iterator

import httpx
import pytest
from tests.clients.headless import link_token
from tests.server.process import Process
from tests.servers import KEYS
from tests.servers import live as live

from gingham.testing import Answers, AsyncLinkSession, LinkRefused, LinkSession, LinkStopped
from gingham.testing.answers import Press


@pytest.fixture
def server(live: Process) -> str:
    return f"http://127.0.0.1:{live.port}"


@pytest.fixture
def token(live: Process) -> str:
    return link_token(live, "auth")


@pytest.fixture
def link(server: str, token: str) -> Iterator[LinkSession]:
    with LinkSession(server, token) as session:
        yield session


def test_what_is_not_said_is_answered_as_a_person_would(link: LinkSession) -> None:
    linked = link.connect()
    assert linked.metadata["institution"]["name"] == "First Platypus Bank"
    assert len(linked.metadata["accounts"]) > 1
    assert link.over


def test_a_public_token_that_it_returns_is_good(link: LinkSession, live: Process) -> None:
    public_token = link.connect("Tartan Bank", accounts=["0000"]).public_token
    status, exchanged = live.post("/item/public_token/exchange", {**KEYS, "public_token": public_token})
    assert (status, exchanged["access_token"][:15]) == (200, "access-sandbox-")


@pytest.mark.parametrize(
    ("password", "mfa"),
    [
        ("mfa_device", ["1234"]),
        ("mfa_device", ["a***@example.com", "1234"]),
        ("mfa_questions_2_2", ["answer_0_0", "answer_0_1", "answer_1_0", "answer_1_1"]),
        ("mfa_selections", ["Yes"]),
        ("mfa_selections_1_2_3", ["answer_0_0_0", "answer_0_1_0"]),
    ],
)
def test_every_kind_of_challenge_is_answered(link: LinkSession, password: str, mfa: list[str]) -> None:
    assert link.connect("Tartan Bank", password=password, mfa=mfa).public_token


def test_a_bank_slower_than_an_answer_is_waited_for(link: LinkSession) -> None:
    link.do("continue")
    link.do("select_institution", institution_id="ins_109508")
    link.do("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    assert link.pane is not None
    assert not link.pane["busy"]


def test_it_stops_at_the_pane_that_it_cannot_answer(link: LinkSession) -> None:
    with pytest.raises(LinkStopped, match="no answer is known for 'One-time code'") as stopped:
        link.connect("Tartan Bank", password="mfa_device")
    assert stopped.value.pane["name"] == "mfa_code"


def test_a_refused_answer_is_told_with_its_error(link: LinkSession) -> None:
    with pytest.raises(LinkStopped) as stopped:
        link.connect("Tartan Bank", password="wrong")
    assert stopped.value.error is not None
    assert stopped.value.error["error_code"] == "INVALID_CREDENTIALS"
    assert "wrong" not in str(stopped.value)


def test_a_bank_with_pages_of_its_own_needs_somebody_to_go_there(link: LinkSession) -> None:
    with pytest.raises(LinkStopped, match="at_bank"):
        link.connect("Platypus OAuth Bank")


def test_a_refused_link_token_is_plaids_error_object(server: str) -> None:
    with pytest.raises(LinkRefused) as refused:
        LinkSession(server, "link-sandbox-nonsense")
    assert refused.value.error["error_code"] == "INVALID_LINK_TOKEN"


def test_leaving_the_block_leaves_link(live: Process, server: str, token: str) -> None:
    with LinkSession(server, token) as link:
        link.do("continue")
    _, told = live.post("/link/token/get", {**KEYS, "link_token": token})
    assert told["link_sessions"][0]["exit"]["metadata"]["status"] == "institution_not_found"


def test_what_is_no_link_server_is_an_error_of_httpx() -> None:
    elsewhere = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>")), base_url="http://x"
    )
    with pytest.raises(httpx.DecodingError):
        LinkSession("", "link-sandbox-1", client=elsewhere)


async def test_asynchronously_it_does_the_same(server: str, token: str) -> None:
    async with AsyncLinkSession(server, token) as link:
        linked = await link.connect(
            "Tartan Bank", password="mfa_device", mfa=["1234"], accounts=["Plaid Saving"]
        )
    assert [account["name"] for account in linked.metadata["accounts"]] == ["Plaid Saving"]
    assert link.over


def test_a_pane_of_a_later_version_is_answered_by_its_fields_or_skipped() -> None:
    phone = {
        "name": "phone",
        "kind": "tel",
        "label": {"text": "Phone"},
        "options": [],
        "value": "",
        "error": None,
        "text": None,
    }
    buttons = [
        {"action": "submit_phone", "fill": "values", "role": "primary"},
        {"action": "skip_phone", "fill": None, "role": "secondary"},
    ]
    pane = {"name": "phone", "view": "SUBMIT_PHONE", "fields": [phone], "buttons": buttons}
    assert Answers().move(pane) == Press("skip_phone", None, {})
    number = {"phone": "4155550123"}
    assert Answers(values=number).move(pane) == Press("submit_phone", "values", {"phone": ["4155550123"]})


def test_a_person_who_is_remembered_is_led_past_what_was_saved_to_another_bank() -> None:
    saved = {
        "name": "institution_id",
        "kind": "tiles",
        "options": [{"value": "ins_1", "label": "Old Bank"}],
        "error": None,
    }
    another = {"action": "choose_another", "fill": None, "role": "secondary"}
    pane = {"name": "saved", "view": "SELECT_SAVED_INSTITUTION", "fields": [saved], "buttons": [another]}
    assert Answers("Tartan Bank").move(pane) == Press("choose_another", None, {})


def test_a_field_that_may_stay_empty_stays_empty() -> None:
    phone = {"name": "phone", "kind": "text", "options": [], "value": "", "error": None, "optional": True}
    onward = {"action": "continue", "fill": "values", "role": "primary"}
    pane = {"name": "consent", "view": "CONSENT", "fields": [phone], "buttons": [onward]}
    assert Answers().move(pane) == Press("continue", "values", {"phone": [""]})


def test_a_code_that_nobody_knows_is_skipped_not_sent_again() -> None:
    code = {
        "name": "code",
        "kind": "code",
        "label": {"text": "Code"},
        "options": [],
        "value": "",
        "error": None,
        "text": None,
    }
    buttons = [
        {"action": "submit_otp", "fill": "answers", "role": "primary"},
        {"action": "resend_otp", "fill": None, "role": "link"},
        {"action": "skip_phone", "fill": None, "role": "secondary"},
    ]
    pane = {"name": "verify_phone", "view": "VERIFY_PHONE", "fields": [code], "buttons": buttons}
    assert Answers().move(pane) == Press("skip_phone", None, {})


def test_what_is_known_shows_in_no_traceback() -> None:
    assert repr(Answers("Tartan Bank", password="hunter2")) == "Answers('Tartan Bank')"


NUMBERS = {
    "account_number": "1111222233330000",
    "account_number_again": "1111222233330000",
    "type": "checking",
    "name": "Ada Holder",
}


def test_instant_micro_deposits_need_the_numbers_and_the_code(live: Process, server: str) -> None:
    token = link_token(live, "auth", auth={"instant_microdeposits_enabled": True})
    values = {**NUMBERS, "routing_number": "333333334", "code": "ABC"}
    with LinkSession(server, token) as link:
        linked = link.connect("Windowpane Bank", values=values)
    assert linked.metadata["institution"] is None
    assert [account["verification_status"] for account in linked.metadata["accounts"]] == [
        "manually_verified"
    ]


async def test_same_day_micro_deposits_are_typed_where_a_bank_is_not_found(
    live: Process, server: str
) -> None:
    token = link_token(live, "auth", auth={"same_day_microdeposits_enabled": True})
    async with AsyncLinkSession(server, token) as link:
        await link.do("continue")
        await link.do("search", query="The bank of nowhere")
        await link.do("enter_numbers")
        linked = await link.connect(values={**NUMBERS, "routing_number": "110000000"})
    assert [account["verification_status"] for account in linked.metadata["accounts"]] == [
        "pending_manual_verification"
    ]
