"""/sandbox/public_token/create and /sandbox/item/reset_login: shortcuts that exist only in the sandbox."""

from typing import Any

import pytest
from tests.world import BANK, Reply, World

from gingham.banks.sandbox.passwords import ERRORS
from gingham.errors import TABLE

PATH = "/sandbox/public_token/create"


async def create(world: World, **body: Any) -> Reply:
    return await world.post(PATH, **({"institution_id": BANK, "initial_products": ["transactions"]} | body))


async def exchanged(world: World, reply: Reply) -> str:
    done = await world.post("/item/public_token/exchange", public_token=reply["public_token"])
    return str(done["access_token"])


# --- making an Item ---------------------------------------------------------------------------------------


async def test_an_item_is_made_without_link(world: World) -> None:
    reply = await create(world)
    assert set(reply.body) == {"public_token", "request_id"}
    assert reply["public_token"].startswith("public-sandbox-")
    assert (await world.post("/accounts/get", access_token=await exchanged(world, reply))).status == 200


async def test_options_may_say_nothing(world: World) -> None:
    silent: list[Any] = [
        {},
        None,
        {"webhook": None, "override_username": None, "transactions": None},
        {"transactions": {}},
    ]
    for options in silent:
        assert (await create(world, options=options)).status == 200


@pytest.mark.parametrize("institution_id", ["ins_127287", "ins_117650", "ins_132361", "ins_133402", "ins_3"])
async def test_any_bank_can_be_opened_without_link(quick_world: World, institution_id: str) -> None:
    assert (await create(quick_world, institution_id=institution_id)).status == 200


@pytest.mark.parametrize(
    "password", ["pass_good", "mfa_device", "mfa_questions_2_2", "mfa_selections", '{"recaptcha":"good"}']
)
async def test_passwords_that_lead_in_make_an_item(quick_world: World, password: str) -> None:
    options = {"override_username": "user_good", "override_password": password}
    assert (await create(quick_world, options=options)).status == 200


@pytest.mark.parametrize("code", ERRORS)
async def test_an_error_password_is_answered_by_its_error(quick_world: World, code: str) -> None:
    reply = await create(quick_world, options={"override_password": f"error_{code}"})
    fact = TABLE[code][ERRORS[code]]
    assert (reply.status, reply.body["error_type"], reply.code) == (fact.http_status, ERRORS[code], code)
    assert reply.message == fact.message
    assert reply.body["display_message"] == fact.display_message


@pytest.mark.parametrize(
    "options",
    [
        {"override_password": "nonsense"},
        {"override_password": "error_NONSENSE"},
        {"override_username": "nobody"},
        {"override_username": "nobody", "override_password": "error_ITEM_LOCKED"},
    ],
)
async def test_wrong_credentials_are_told(quick_world: World, options: dict[str, str]) -> None:
    reply = await create(quick_world, options=options)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "ITEM_ERROR", "INVALID_CREDENTIALS")


async def test_an_error_never_repeats_the_password(quick_world: World) -> None:
    answer = await create(quick_world, options={"override_password": "hunter2hunter2"})
    assert "hunter2" not in str(answer.body)


@pytest.mark.parametrize(
    "webhook",
    ["https://example.com/hook", "examplewebhook.com", "localhost:3000", "http://127.0.0.1:8080/x?y=z"],
)
async def test_webhooks_that_clients_have_always_sent_are_taken(quick_world: World, webhook: str) -> None:
    token = await exchanged(quick_world, await create(quick_world, options={"webhook": webhook}))
    item = (await quick_world.post("/item/get", access_token=token))["item"]
    assert item["webhook"] == webhook


async def test_what_is_no_webhook_is_refused(quick_world: World) -> None:
    wrong: list[object] = ["invalid-hook", "ABCDEFG1234567", "", "https://a b.example", 5, []]
    for webhook in wrong:
        reply = await create(quick_world, options={"webhook": webhook})
        assert (reply.code, reply.message) == (
            "INVALID_FIELD",
            "options.webhook must be a non-empty string URL",
        )


# --- how much history -------------------------------------------------------------------------------------


async def history(world: World, **window: Any) -> int:
    token = await exchanged(world, await create(world, options={"transactions": window}))
    await world.later(60)
    reply = await world.post(
        "/transactions/get", access_token=token, start_date="2000-01-01", end_date="2026-12-31"
    )
    return int(reply["total_transactions"])


@pytest.mark.parametrize(
    ("window", "rows"),
    [
        ({}, 48),
        ({"days_requested": 730}, 386),
        ({"days_requested": 1}, 0),
        ({"start_date": "2016-01-01", "end_date": "2016-06-01"}, 386),
        ({"start_date": "2026-04-23"}, 6),
        ({"start_date": "2026-05-04", "end_date": "2026-05-04"}, 0),
        ({"start_date": "2027-01-01"}, 0),
        ({"start_date": "2026-04-23", "days_requested": 90}, 48),
    ],
)
async def test_a_window_says_how_much_history_there_is(
    quick_world: World, window: dict[str, Any], rows: int
) -> None:
    assert await history(quick_world, **window) == rows


DATE = "must be a string of the format 'YYYY-MM-DD'"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"institution_id": "ins_-1"}, "INVALID_INSTITUTION", "invalid institution_id provided"),
    (
        {"institution_id": ""},
        "INVALID_FIELD",
        "institution_id must be a properly formatted, non-empty string",
    ),
    (
        {"initial_products": "transactions"},
        "INVALID_FIELD",
        "initial_products must be a list of strings containing at least one product",
    ),
    (
        {"initial_products": []},
        "INVALID_FIELD",
        "initial_products must be a list of strings containing at least one product",
    ),
    (
        {"initial_products": ["XYZ", "auth", "payment_initiation"]},
        "PRODUCTS_NOT_SUPPORTED",
        'the following products are not supported by this institution: ["XYZ", "payment_initiation"]',
    ),
    ({"options": []}, "INVALID_FIELD", "options must be an object"),
    (
        {"options": {"transactions": {"start_date": "yesterday"}}},
        "INVALID_FIELD",
        f"options.transactions.start_date {DATE}",
    ),
    (
        {"options": {"transactions": {"end_date": "2026-13-01"}}},
        "INVALID_FIELD",
        f"options.transactions.end_date {DATE}",
    ),
    (
        {"options": {"transactions": {"start_date": "2026-02-02", "end_date": "2026-02-01"}}},
        "INVALID_FIELD",
        "options.transactions.start_date must not be after options.transactions.end_date",
    ),
    (
        {"options": {"transactions": {"days_requested": 731}}},
        "INVALID_FIELD",
        "options.transactions.days_requested must be an integer between 1 and 730",
    ),
    (
        {"options": {"statements": {"start_date": "2026-01-01"}}},
        "MISSING_FIELDS",
        "the following required fields are missing: options.statements.end_date",
    ),
    (
        {"options": {"income_verification": {"income_source_types": ["bank"]}}},
        "INVALID_FIELD",
        "options.income_verification is not supported by this server",
    ),
    (
        {"options": {"username": "user_good"}},
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: options.username",
    ),
]


async def test_each_wrong_field_is_named(quick_world: World) -> None:
    for body, code, message in WRONG:
        reply = await create(quick_world, **body)
        assert (reply.status, reply.code, reply.message) == (400, code, message)


# --- resetting a login ------------------------------------------------------------------------------------


async def test_a_reset_login_is_acknowledged_and_shown(world: World) -> None:
    token = await world.item("identity")
    reply = await world.post("/sandbox/item/reset_login", access_token=token)
    assert set(reply.body) == {"reset_login", "request_id"}
    assert reply["reset_login"] is True
    error = (await world.post("/item/get", access_token=token))["item"]["error"]
    assert (error["error_type"], error["error_code"]) == ("ITEM_ERROR", "ITEM_LOGIN_REQUIRED")


async def test_a_broken_item_may_still_be_administered(world: World) -> None:
    token = await world.item("auth")
    await world.post("/sandbox/item/reset_login", access_token=token)
    update = {
        "client_name": "App",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "1"},
    }
    assert (await world.post("/link/token/create", access_token=token, **update)).status == 200
    assert (await world.post("/item/webhook/update", access_token=token, webhook="a.example")).status == 200
    rotated = await world.post("/item/access_token/invalidate", access_token=token)
    assert (await world.post("/item/remove", access_token=rotated["new_access_token"])).status == 200
