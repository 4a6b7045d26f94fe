"""Link sessions over JSON: from a link_token to a public_token, with real storage and the sandbox bank."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, World

from gingham.banks.protocol import Login, Outcome
from gingham.clock import HOUR, MINUTE
from gingham.store import outbox

pytestmark = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)


async def test_a_whole_login_ends_in_a_public_token_that_reads_the_chosen_accounts(world: World) -> None:
    driver = await (await Driver.open(world)).connect("0", "3")
    assert driver.result["kind"] == "success"
    exchanged = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    accounts = (await world.post("/accounts/get", access_token=exchanged["access_token"]))["accounts"]
    assert [account["name"] for account in accounts] == ["Plaid Checking", "Plaid Credit Card"]
    assert [account["id"] for account in driver.result["metadata"]["accounts"]] == [
        account["account_id"] for account in accounts
    ]


async def test_events_come_in_the_documented_order(world: World) -> None:
    driver = await (await Driver.open(world)).connect()
    assert driver.story == [
        "OPEN",
        "TRANSITION_VIEW CONSENT",
        "TRANSITION_VIEW SELECT_INSTITUTION",
        "SELECT_INSTITUTION",
        "TRANSITION_VIEW CREDENTIAL",
        "SUBMIT_CREDENTIALS",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW SELECT_ACCOUNT",
        "TRANSITION_VIEW LOADING",
        "TRANSITION_VIEW CONNECTED",
        "HANDOFF",
    ]


async def test_every_event_has_its_own_millisecond_and_the_order_is_that_of_time(world: World) -> None:
    driver = await (await Driver.open(world)).connect()
    stamps = [event["metadata"]["timestamp"] for event in driver.events]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "2026-05-04T12:00:00.001Z"


async def test_every_event_names_its_session_and_a_request(world: World) -> None:
    driver = await (await Driver.open(world)).connect()
    assert {event["metadata"]["link_session_id"] for event in driver.events} == {
        driver.picture["link_session_id"]
    }
    assert all(event["metadata"]["request_id"] for event in driver.events)


async def test_a_one_time_code_is_asked_for_after_the_device(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in("mfa_device")
    assert driver.pane == "mfa_device"
    await driver.act("submit_mfa", answers=["0"])
    assert driver.pane == "mfa_code"
    await driver.act("submit_mfa", answers=["1234"])
    assert driver.pane == "select_accounts"


async def test_a_wrong_code_is_told_at_the_field_and_can_be_mended(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in("mfa_device")
    await driver.act("submit_mfa", answers=["1"])
    await driver.act("submit_mfa", answers=["9999"])
    assert driver.pane == "mfa_code"
    assert driver.picture["pane"]["fields"][0]["error"]["text"]
    await driver.act("submit_mfa", answers=["1234"])
    assert driver.pane == "select_accounts"


async def test_a_wrong_password_is_told_and_the_exit_carries_the_error(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in("wrong")
    assert driver.pane == "credentials"
    await driver.act("close")
    assert driver.pane == "exit"
    await driver.act("confirm_exit")
    assert driver.result["kind"] == "exit"
    assert driver.result["error"]["error_code"] == "INVALID_CREDENTIALS"
    assert driver.result["metadata"]["status"] == "requires_credentials"
    assert driver.result["metadata"]["institution"] == {
        "institution_id": BANK,
        "name": "First Platypus Bank",
    }


@pytest.mark.parametrize("code", ["ITEM_LOCKED", "INSTITUTION_DOWN", "USER_SETUP_REQUIRED", "NO_ACCOUNTS"])
async def test_an_error_password_shows_the_error_pane_with_that_code(world: World, code: str) -> None:
    driver = await (await Driver.open(world)).sign_in(f"error_{code}")
    assert driver.pane == "error"
    told = [event["metadata"] for event in driver.events if event["event_name"] == "ERROR"]
    assert [metadata["error_code"] for metadata in told] == [code]


async def test_five_refused_passwords_burn_the_link_token(world: World) -> None:
    token = await link_token(world)
    driver = await (await Driver.open(world, token)).sign_in("wrong")
    for _ in range(4):
        await driver.act("submit_credentials", values={"username": "user_good", "password": "wrong"})
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"
    again = await world.post("/gingham/v1/link/session/start", link_token=token)
    assert (again.status, again.code) == (400, "INVALID_LINK_TOKEN")


async def test_a_link_token_opens_link_for_four_hours(world: World) -> None:
    token = await link_token(world)
    world.clock.advance(4 * HOUR - 1)
    await Driver.open(world, token)
    world.clock.advance(1)
    late = await world.post("/gingham/v1/link/session/start", link_token=token)
    assert late.code == "INVALID_LINK_TOKEN"


async def test_thirty_minutes_in_link_end_the_session(world: World) -> None:
    driver = await Driver.open(world)
    world.clock.advance(30 * MINUTE)
    await driver.act("continue")
    assert driver.result["kind"] == "exit"
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"


async def test_a_sandbox_link_token_can_be_used_again(world: World) -> None:
    token = await link_token(world)
    first = await (await Driver.open(world, token)).connect()
    second = await (await Driver.open(world, token)).connect()
    assert first.result["public_token"] != second.result["public_token"]
    assert first.picture["link_session_id"] != second.picture["link_session_id"]


async def test_an_unknown_link_token_opens_nothing(world: World) -> None:
    for token in ("link-sandbox-00000000-0000-4000-8000-000000000000", "nonsense"):
        reply = await world.post("/gingham/v1/link/session/start", link_token=token)
        assert (reply.status, reply.body["error_type"], reply.code) == (
            400,
            "INVALID_INPUT",
            "INVALID_LINK_TOKEN",
        )


async def test_a_stale_action_does_nothing_and_says_so(world: World) -> None:
    driver = await Driver.open(world)
    old = driver.picture["revision"]
    await driver.act("continue")
    current = driver.picture["revision"]
    driver.picture["revision"] = old
    stale = await driver.send("continue")
    assert stale["stale"] is True
    assert (stale["revision"], stale["pane"]["name"], stale["events"]) == (current, "select_institution", [])


async def test_a_double_click_is_one_click(world: World) -> None:
    driver = await Driver.open(world)
    await driver.act("continue")
    await driver.act("select_institution", institution_id=BANK)
    values = {"username": "user_good", "password": "pass_good"}
    replies = await asyncio.gather(*(driver.send("submit_credentials", values=values) for _ in range(5)))
    assert sorted(reply["stale"] for reply in replies) == [False] + [True] * 4
    events = (
        await world.post("/gingham/v1/link/session/get", session_token=driver.session_token, events_seen=0)
    )["events"]
    assert [event["event_name"] for event in events].count("SUBMIT_CREDENTIALS") == 1


async def test_events_seen_gives_exactly_the_events_that_follow(world: World) -> None:
    driver = await Driver.open(world)
    seen = driver.picture["events_seen"]
    await driver.act("continue")
    reply = await world.post(
        "/gingham/v1/link/session/get", session_token=driver.session_token, events_seen=seen
    )
    assert [event["metadata"]["view_name"] for event in reply["events"]] == ["SELECT_INSTITUTION"]
    caught_up = await world.post(
        "/gingham/v1/link/session/get", session_token=driver.session_token, events_seen=reply["events_seen"]
    )
    assert caught_up["events"] == []


async def test_the_exit_snapshot_is_what_leaving_at_once_reports(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in("mfa_device")
    snapshot = driver.picture["exit"]
    await driver.act("force_exit")
    assert driver.result["error"] == snapshot["error"]
    assert driver.result["metadata"]["status"] == snapshot["metadata"]["status"] == "choose_device"
    assert snapshot["event"]["exit_status"] == "choose_device"


async def test_search_forgives_a_typing_error(world: World) -> None:
    driver = await (await Driver.open(world)).act("continue")
    await driver.act("search", query="platipus")
    tiles = [option["label"] for field in driver.picture["pane"]["fields"] for option in field["options"]]
    assert "First Platypus Bank" in tiles
    assert driver.story[-1] == "SEARCH_INSTITUTION"


class SlowBank:
    """Answers when it is told to."""

    def __init__(self, world: World) -> None:
        self.ready = asyncio.Event()
        self._bank = world.platform.banks.sandbox

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:
        await self.ready.wait()
        return await self._bank.log_in(login, credentials)

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:
        return await self._bank.answer(login, state, answers)


async def test_a_slow_bank_shows_the_loading_pane_until_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = SlowBank(world)
    monkeypatch.setattr(world.platform.banks, "bank_for", lambda _institution: bank)
    driver = await (await Driver.open(world)).sign_in()
    assert driver.pane == "loading"
    assert driver.picture["pane"]["busy"] is True
    waiting = asyncio.create_task(
        world.post(
            "/gingham/v1/link/session/get",
            session_token=driver.session_token,
            after_revision=driver.picture["revision"],
            events_seen=driver.picture["events_seen"],
        )
    )
    bank.ready.set()
    news = await waiting
    assert news["pane"]["name"] == "select_accounts"
    assert [event["metadata"]["view_name"] for event in news["events"]] == ["SELECT_ACCOUNT"]


async def test_a_bank_whose_answer_died_with_its_process_counts_as_not_responding(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.platform.banks, "bank_for", lambda _institution: SlowBank(world))
    driver = await (await Driver.open(world)).sign_in()
    world.clock.advance(2 * MINUTE)
    news = await world.post(
        "/gingham/v1/link/session/get",
        session_token=driver.session_token,
        after_revision=driver.picture["revision"],
    )
    assert news["pane"]["name"] == "error"
    assert news["exit"]["error"]["error_code"] == "INSTITUTION_NOT_RESPONDING"


async def test_a_defect_in_a_connector_is_an_error_pane_and_not_a_crash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(SlowBank):
        async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:
            raise RuntimeError("boom")

    monkeypatch.setattr(world.platform.banks, "bank_for", lambda _institution: Broken(world))
    driver = await (await Driver.open(world)).sign_in()
    assert driver.pane == "error"
    assert driver.picture["exit"]["error"]["error_code"] == "INTERNAL_SERVER_ERROR"
    assert "boom" not in str(driver.picture)


async def test_link_token_get_tells_the_whole_session(world: World) -> None:
    token = await link_token(world)
    assert "link_sessions" not in (await world.post("/link/token/get", link_token=token)).body
    driver = await (await Driver.open(world, token)).connect("0")
    (session,) = (await world.post("/link/token/get", link_token=token))["link_sessions"]
    assert session["link_session_id"] == driver.picture["link_session_id"]
    assert session["finished_at"] == "2026-05-04T12:00:00Z"
    (result,) = session["results"]["item_add_results"]
    assert result["public_token"] == driver.result["public_token"]
    assert result["accounts"] == driver.result["metadata"]["accounts"]
    assert session["events"][0]["event_name"] == "HANDOFF"
    assert None not in session["events"][0]["event_metadata"].values()
    assert "exit" not in session


async def test_link_token_get_tells_how_a_session_was_left(world: World) -> None:
    token = await link_token(world)
    driver = await (await Driver.open(world, token)).act("continue")
    await driver.act("close")
    (session,) = (await world.post("/link/token/get", link_token=token))["link_sessions"]
    assert session["exit"]["error"] is None
    assert session["exit"]["metadata"]["status"] == "institution_not_found"
    assert "results" not in session


async def test_link_token_get_forgets_a_session_six_hours_after_its_end(world: World) -> None:
    token = await link_token(world)
    await (await Driver.open(world, token)).connect()
    world.clock.advance(6 * HOUR)
    assert "link_sessions" not in (await world.post("/link/token/get", link_token=token)).body


async def test_update_mode_repairs_the_item_and_keeps_its_access_token(world: World) -> None:
    first = await (await Driver.open(world)).connect("0", "1")
    access_token = (
        await world.post("/item/public_token/exchange", public_token=first.result["public_token"])
    )["access_token"]
    before = (await world.post("/accounts/get", access_token=access_token))["accounts"]
    await world.post("/sandbox/item/reset_login", access_token=access_token)

    token = await link_token(world, products=None, access_token=access_token)
    driver = await Driver.open(world, token)
    assert driver.events[0]["metadata"]["is_update_mode"] == "true"
    await driver.act("continue")
    assert driver.pane == "credentials"
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("finish")

    assert "SELECT_INSTITUTION" not in driver.story
    assert driver.result["kind"] == "success"
    assert [account["id"] for account in driver.result["metadata"]["accounts"]] == [
        account["account_id"] for account in before
    ]
    assert (await world.post("/accounts/get", access_token=access_token))["accounts"] == before
    assert (await world.post("/item/get", access_token=access_token))["item"]["error"] is None


async def test_an_update_mode_token_lives_thirty_minutes(world: World) -> None:
    access_token = await world.item("auth")
    token = await link_token(world, products=None, access_token=access_token)
    world.clock.advance(30 * MINUTE)
    late = await world.post("/gingham/v1/link/session/start", link_token=token)
    assert late.code == "INVALID_LINK_TOKEN"


async def test_the_items_webhook_and_history_are_those_of_the_link_token(world: World) -> None:
    token = await link_token(world, webhook="https://example.com/hook", transactions={"days_requested": 730})
    driver = await (await Driver.open(world, token)).connect()
    access_token = (
        await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    )["access_token"]
    await world.later(60)
    owed = [(row.type, row.code) for row in await outbox.owed(world.platform.store)]
    assert owed == [("TRANSACTIONS", "INITIAL_UPDATE"), ("TRANSACTIONS", "HISTORICAL_UPDATE")]
    reply = await world.post(
        "/transactions/get", access_token=access_token, start_date="2024-05-05", end_date="2026-05-04"
    )
    assert reply["total_transactions"] > 150


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"type": "fly"}, "INVALID_FIELD"),
        ({"type": "created"}, "INVALID_FIELD"),
        ({"type": "search"}, "MISSING_FIELDS"),
        ({"type": "continue", "query": "x"}, "UNKNOWN_FIELDS"),
        ({"type": "submit_credentials", "values": "pass_good"}, "INVALID_FIELD"),
        ({"type": "submit_credentials", "values": {"username": 1}}, "INVALID_FIELD"),
        ({}, "MISSING_FIELDS"),
    ],
)
async def test_an_action_that_makes_no_sense_is_refused(
    world: World, action: dict[str, object], code: str
) -> None:
    driver = await Driver.open(world)
    reply = await world.post(
        "/gingham/v1/link/session/act", session_token=driver.session_token, revision=1, action=action
    )
    assert (reply.status, reply.code) == (400, code)
    assert "pass_good" not in reply.message


async def test_a_session_token_that_nobody_has_drives_nothing(world: World) -> None:
    reply = await world.post(
        "/gingham/v1/link/session/act", session_token="x", revision=1, action={"type": "continue"}
    )
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")


async def test_script_in_a_client_name_stays_text(world: World) -> None:
    token = await link_token(world, client_name="<script>alert(1)</script>")
    driver = await Driver.open(world, token)
    assert "<script>alert(1)</script>" in str(driver.picture["pane"])


async def test_a_long_client_name_is_this_application(world: World) -> None:
    driver = await Driver.open(world, await link_token(world, client_name="x" * 31))
    assert "This Application" in str(driver.picture["pane"])
    assert "x" * 31 not in str(driver.picture["pane"])
