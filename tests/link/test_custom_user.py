"""`user_custom`: the password is a script (Plaid docs: Sandbox, custom users)."""

import json
from typing import Any

import pytest
from tests.link.driver import Driver
from tests.world import BANK, World

TWO_ACCOUNTS: dict[str, Any] = {
    "version": "2",
    "override_accounts": [
        {
            "type": "depository",
            "subtype": "checking",
            "starting_balance": 6543.23,
            "meta": {"name": "Everyday", "official_name": None, "mask": "5555"},
            "numbers": {"account": "1111222233335555", "ach_routing": "122105155", "ach_wire_routing": None},
            "identity": {"names": ["John Smith", "Jane Doe"], "emails": [{"data": "john@example.com"}]},
            "transactions": [
                {
                    "date_transacted": "2026-05-01",
                    "date_posted": "2026-05-02",
                    "amount": 12.5,
                    "description": "Tea",
                },
                {
                    "date_transacted": "2026-05-03",
                    "date_posted": "2026-05-09",
                    "amount": -3,
                    "description": "Later",
                },
            ],
        },
        {"type": "credit", "subtype": "credit card", "starting_balance": 100, "meta": {"limit": 1000}},
    ],
}


async def sign_in(world: World, script: dict[str, Any] | str) -> Driver:
    driver = await (await Driver.open(world)).act("continue")
    await driver.act("select_institution", institution_id=BANK)
    password = script if isinstance(script, str) else json.dumps(script)
    return await driver.act("submit_credentials", values={"username": "user_custom", "password": password})


async def item(world: World, script: dict[str, Any], *products: str) -> str:
    return await world.item(*products, override_username="user_custom", override_password=json.dumps(script))


async def test_the_accounts_are_those_of_the_script(world: World) -> None:
    token = await item(world, TWO_ACCOUNTS, "auth")
    accounts = (await world.post("/accounts/get", access_token=token))["accounts"]
    assert [(a["name"], a["mask"], a["subtype"], a["balances"]["current"]) for a in accounts] == [
        ("Everyday", "5555", "checking", 6543.23),
        ("Plaid Credit Card", accounts[1]["mask"], "credit card", 100.0),
    ]
    assert accounts[1]["balances"]["available"] == 900.0
    assert len(accounts[1]["mask"]) == 4


async def test_so_are_numbers_owners_and_transactions(world: World) -> None:
    token = await item(world, TWO_ACCOUNTS, "auth", "identity", "transactions")
    await world.later(60)
    ach = (await world.post("/auth/get", access_token=token))["numbers"]["ach"]
    assert [(row["account"], row["routing"]) for row in ach] == [("1111222233335555", "122105155")]
    owned = (await world.post("/identity/get", access_token=token))["accounts"]
    assert [owner["names"] for account in owned for owner in account["owners"]] == [
        ["John Smith", "Jane Doe"],
        ["John Smith", "Jane Doe"],
    ]
    days = {"start_date": "2026-04-01", "end_date": "2026-05-04"}
    rows = (await world.post("/transactions/get", access_token=token, **days))["transactions"]
    assert [(row["name"], row["amount"], row["pending"]) for row in rows] == [
        ("Later", -3.0, True),
        ("Tea", 12.5, False),
    ]


async def test_the_same_script_gives_the_same_bank(world: World) -> None:
    script = {"seed": "a", "override_accounts": [{"type": "depository"}, {"type": "loan"}]}
    one, other = await item(world, script, "identity"), await item(world, script, "identity")
    shown = [
        [
            (account["mask"], account["balances"])
            for account in (await world.post("/accounts/get", access_token=token))["accounts"]
        ]
        for token in (one, other)
    ]
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    "script", [{}, dict.fromkeys(("version", "seed", "override_accounts", "mfa", "recaptcha", "force_error"))]
)
async def test_a_blank_script_has_the_accounts_of_user_good(world: World, script: dict[str, None]) -> None:
    driver = await sign_in(world, script)
    assert driver.pane == "select_accounts"
    assert len(driver.picture["pane"]["fields"][0]["options"]) > 5


@pytest.mark.parametrize(
    ("mfa", "turns"),
    [
        ({"type": "device"}, [("mfa_device", ["0"]), ("mfa_code", ["1234"])]),
        (
            {"type": "questions", "question_rounds": 2, "questions_per_round": 2},
            [
                ("mfa_questions", ["answer_0_0", "answer_0_1"]),
                ("mfa_questions", ["answer_1_0", "answer_1_1"]),
            ],
        ),
        (
            {"type": "selections", "selection_rounds": 1, "selections_per_question": 3},
            [("mfa_selections", ["answer_0_0_0"])],
        ),
    ],
    ids=["device", "questions", "selections"],
)
async def test_the_script_says_what_is_asked(
    world: World, mfa: dict[str, Any], turns: list[tuple[str, list[str]]]
) -> None:
    driver = await sign_in(world, {"mfa": mfa, **TWO_ACCOUNTS})
    for pane, answers in turns:
        assert driver.pane == pane
        await driver.act("submit_mfa", answers=answers)
    assert driver.pane == "select_accounts"
    assert [option["label"] for option in driver.picture["pane"]["fields"][0]["options"]] == [
        "Everyday",
        "Plaid Credit Card",
    ]


@pytest.mark.parametrize(
    "code", ["ITEM_LOCKED", "USER_INPUT_TIMEOUT", "MFA_NOT_SUPPORTED", "USER_SETUP_REQUIRED", "NO_ACCOUNTS"]
)
async def test_a_forced_error_is_shown(world: World, code: str) -> None:
    driver = await sign_in(world, {"force_error": code})
    assert driver.pane == "error"
    assert driver.picture["exit"]["error"]["error_code"] == code


async def test_a_forced_invalid_link_token_ends_the_session(world: World) -> None:
    driver = await sign_in(world, {"force_error": "INVALID_LINK_TOKEN"})
    assert driver.result["error"]["error_type"] == "INVALID_INPUT"
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"


@pytest.mark.parametrize(
    "password",
    [
        "",
        " ",
        "pass_good",
        "[]",
        "{",
        '{"mfa": {"type": "song"}}',
        '{"force_error": "NO_SUCH_CODE"}',
        "{" * 5000,
    ],
)
async def test_what_is_no_script_is_a_wrong_password(world: World, password: str) -> None:
    driver = await sign_in(world, password)
    assert driver.pane == "credentials"
    assert "select_accounts" not in str(driver.story)


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ({"override_accounts": [{"type": "piggy bank"}]}, "$.override_accounts[0].type"),
        ({"override_accounts": [{"meta": {"mask": "12345"}}]}, "mask"),
        ({"override_accounts": [{}] * 11}, "override_accounts"),
        ({"override_accounts": [{"numbers": {"eft_branch": "1"}}]}, "eft_institution"),
    ],
)
async def test_without_link_the_error_names_the_member(
    world: World, script: dict[str, Any], named: str
) -> None:
    reply = await world.post(
        "/sandbox/public_token/create",
        institution_id=BANK,
        initial_products=["auth"],
        options={"override_username": "user_custom", "override_password": json.dumps(script)},
    )
    assert reply.code == "INVALID_FIELD"
    assert reply.message.startswith("options.override_password")
    assert named in reply.message


# --- the confirmation that a person is there ------------------------------------------------------------------


async def test_a_person_who_confirms_gets_in(world: World) -> None:
    driver = await sign_in(world, {"recaptcha": "good"})
    assert driver.pane == "recaptcha"
    assert driver.story[-2:] == ["ERROR", "TRANSITION_VIEW RECAPTCHA"]
    assert driver.picture["exit"]["metadata"]["status"] == "requires_recaptcha"
    assert driver.picture["exit"]["error"]["error_code"] == "RECAPTCHA_REQUIRED"
    await driver.act("submit_recaptcha")
    assert driver.pane == "select_accounts"


async def test_a_confirmation_that_is_refused_may_be_tried_again(world: World) -> None:
    driver = await (await Driver.open(world)).sign_in('{"recaptcha": "bad"}')
    await driver.act("submit_recaptcha")
    assert (driver.pane, driver.picture["exit"]["error"]["error_code"]) == ("error", "RECAPTCHA_BAD")
    await driver.act("retry")
    assert driver.pane == "credentials"


async def test_the_confirmation_comes_before_the_questions(world: World) -> None:
    driver = await sign_in(world, {"recaptcha": "good", "mfa": {"type": "device"}})
    await driver.act("submit_recaptcha")
    assert driver.pane == "mfa_device"
