"""/link/token/create and /link/token/get: what may be asked of Link, and what is remembered of it."""

from typing import Any, get_args

import msgspec
import pytest
from tests.world import Reply, World

from gingham.api import link_token
from gingham.api.fields import CountryCode
from gingham.clock import HOUR, MINUTE

ASKED: dict[str, Any] = {
    "client_name": "Test App",
    "language": "en",
    "country_codes": ["US"],
    "user": {"client_user_id": "user-1"},
    "products": ["auth"],
}
LANGUAGES = [
    "da",
    "nl",
    "en",
    "et",
    "fr",
    "de",
    "hi",
    "it",
    "lv",
    "lt",
    "no",
    "pl",
    "pt",
    "ro",
    "es",
    "sv",
    "vi",
]


async def create(world: World, **body: Any) -> Reply:
    """`...` leaves a member of `ASKED` out."""
    members = {name: value for name, value in (ASKED | body).items() if value is not ...}
    return await world.post("/link/token/create", **members)


async def token(world: World, **body: Any) -> str:
    return str((await create(world, **body))["link_token"])


async def get(world: World, link_token: str) -> Reply:
    return await world.post("/link/token/get", link_token=link_token)


async def refused(world: World, **body: Any) -> tuple[str | None, str]:
    reply = await create(world, **body)
    assert reply.status == 400
    return reply.code, reply.message


# --- what a token is --------------------------------------------------------------------------------------


async def test_a_link_token_lives_four_hours(world: World) -> None:
    reply = await create(world)
    assert set(reply.body) == {"link_token", "expiration", "request_id"}
    assert reply["link_token"].startswith("link-sandbox-")
    assert reply["expiration"] == "2026-05-04T16:00:00Z"


async def test_a_link_token_of_update_mode_lives_thirty_minutes(world: World) -> None:
    reply = await create(world, products=..., access_token=await world.item("auth"))
    assert reply["expiration"] == "2026-05-04T12:30:00Z"


async def test_production_has_tokens_of_its_own(world: World) -> None:
    reply = await world.post("/link/token/create", "production", **ASKED)
    assert reply["link_token"].startswith("link-production-")


async def test_null_is_as_good_as_absent(world: World) -> None:
    nulls = dict.fromkeys(
        (
            "webhook",
            "access_token",
            "redirect_uri",
            "account_filters",
            "link_customization_name",
            "institution_id",
            "institution_data",
            "optional_products",
            "required_if_supported_products",
            "additional_consented_products",
            "appearance_mode",
            "auth",
            "update",
            "transactions",
            "android_package_name",
            "hosted_link",
            "user_id",
            "user_token",
        )
    )
    assert (await create(world, **nulls)).status == 200


# --- members that are needed ------------------------------------------------------------------------------


async def test_missing_members_are_all_named(quick_world: World) -> None:
    reply = await quick_world.post("/link/token/create")
    assert (reply.code, reply.message) == (
        "MISSING_FIELDS",
        "the following required fields are missing: client_name, language, country_codes",
    )


async def test_a_user_is_needed(quick_world: World) -> None:
    assert await refused(quick_world, user=...) == (
        "MISSING_FIELDS",
        "the following required fields are missing: user",
    )
    assert await refused(quick_world, user={}) == (
        "MISSING_FIELDS",
        "the following required fields are missing: user.client_user_id",
    )


async def test_a_user_has_no_member_called_email(quick_world: World) -> None:
    user = {"client_user_id": "1", "email": "x"}
    assert await refused(quick_world, user=user) == (
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: user.email",
    )


async def test_a_user_may_say_who_they_are(quick_world: World) -> None:
    user = {
        "client_user_id": "1",
        "legal_name": "Alberta Charleson",
        "name": {"given_name": "Alberta", "family_name": "Charleson"},
        "phone_number": "+1 415 555 0123",
        "email_address": "alberta@example.com",
        "date_of_birth": "1990-01-31",
        "address": {"country": "US", "street": None, "city": "Malakoff"},
        "id_number": {"value": "1234", "type": "us_ssn_last_4"},
    }
    assert (await create(quick_world, user=user)).status == 200
    wrong = {"client_user_id": "1", "address": {"city": "Malakoff"}}
    assert (await refused(quick_world, user=wrong))[1].endswith("user.address.country")


@pytest.mark.parametrize(
    "client_user_id",
    [
        "1",
        "user-1",
        "1777896000",
        "1777896000.123456",
        "1777896000123",
        "175928847299117063",
        "a@b",
        "ü",
        "4155550123",
    ],
)
async def test_a_client_user_id_may_be_any_id(quick_world: World, client_user_id: str) -> None:
    assert (await create(quick_world, user={"client_user_id": client_user_id})).status == 200


@pytest.mark.parametrize(
    "client_user_id",
    [
        "alberta@example.com",
        "alberta+1@mail.example.co.uk",
        "+14155550123",
        "+44 20 7946 0123",
        "(415) 555-0123",
        "415-555-0123",
        "1 415 555 0123",
        " alberta@example.com ",
    ],
)
async def test_a_client_user_id_must_not_be_personal_data(quick_world: World, client_user_id: str) -> None:
    code, message = await refused(quick_world, user={"client_user_id": client_user_id})
    assert (code, message) == (
        "INVALID_FIELD",
        "user.client_user_id must not be personal information such as an e-mail address or a phone number",
    )


async def test_every_documented_language_is_taken(quick_world: World) -> None:
    for language in LANGUAGES:
        assert (await create(quick_world, language=language)).status == 200
    for wrong in ("xx", "EN", "en-US", "", 5):
        assert await refused(quick_world, language=wrong) == (
            "INVALID_FIELD",
            "language must be a supported language",
        )


async def test_every_documented_country_is_taken(quick_world: World) -> None:
    assert (await create(quick_world, country_codes=list(get_args(CountryCode)))).status == 200
    wrong: list[object] = [[], ["XX"], ["us"], "US", [None], None]
    for countries in wrong:
        assert await refused(quick_world, country_codes=countries) == (
            "INVALID_FIELD",
            "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
        )


async def test_a_long_client_name_is_taken(quick_world: World) -> None:
    assert (await create(quick_world, client_name="x" * 31)).status == 200
    assert await refused(quick_world, client_name="") == (
        "INVALID_FIELD",
        "client_name must be a non-empty string",
    )


# --- products ---------------------------------------------------------------------------------------------


async def test_a_product_is_needed(quick_world: World) -> None:
    for products in (..., None, []):
        assert await refused(quick_world, products=products) == (
            "INVALID_FIELD",
            "products must be a non-empty array of products",
        )


@pytest.mark.parametrize(
    "product",
    [
        "balance",
        "monitor",
        "recurring_transactions",
        "transactions_refresh",
        "investments_refresh",
        "XYZ",
        "",
        "Auth",
    ],
)
async def test_what_cannot_be_linked_is_no_product(quick_world: World, product: str) -> None:
    lists = (
        "products",
        "required_if_supported_products",
        "optional_products",
        "additional_consented_products",
    )
    for name in lists:
        products = {"products": ["auth"]} | {name: [product]}
        assert await refused(quick_world, **products) == (
            "INVALID_PRODUCT",
            f'client is not authorized to access the following products: ["{product}"]',
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("products", "required_if_supported_products"),
        ("products", "optional_products"),
        ("products", "additional_consented_products"),
        ("required_if_supported_products", "optional_products"),
        ("required_if_supported_products", "additional_consented_products"),
        ("optional_products", "additional_consented_products"),
    ],
)
async def test_a_product_stands_in_one_list_only(quick_world: World, first: str, second: str) -> None:
    lists = {"products": ["auth"]} | {first: ["transactions"], second: ["identity", "transactions"]}
    assert await refused(quick_world, **lists) == (
        "INVALID_FIELD",
        f"{second} must not repeat transactions, which {first} already has",
    )


async def test_products_may_stand_in_all_lists(world: World) -> None:
    link_token = await token(
        world,
        products=["auth"],
        required_if_supported_products=["identity"],
        optional_products=["transactions"],
        additional_consented_products=["investments", "liabilities"],
    )
    assert (await get(world, link_token))["metadata"]["initial_products"] == ["auth"]


async def test_signal_needs_auth(quick_world: World) -> None:
    assert await refused(quick_world, products=["signal"]) == (
        "INVALID_FIELD",
        "products must include auth when it includes signal",
    )
    assert (await create(quick_world, products=["signal", "auth"])).status == 200


@pytest.mark.parametrize("days", [1, 90, 730])
async def test_a_history_of_up_to_two_years_may_be_asked_for(quick_world: World, days: int) -> None:
    assert (await create(quick_world, transactions={"days_requested": days})).status == 200
    assert (await refused(quick_world, transactions={"days_requested": 730 + days})) == (
        "INVALID_FIELD",
        "transactions.days_requested must be an integer between 1 and 730",
    )


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com",
        "https://example.com/oauth-return.html",
        "https://app.example.com:8443/a/b",
        "http://localhost:3000/",
        "http://localhost",
        "http://127.0.0.1:8000/oauth",
        "http://[::1]:8000/oauth",
    ],
)
async def test_redirects_that_are_taken(quick_world: World, uri: str) -> None:
    link_token = await token(quick_world, redirect_uri=uri)
    assert (await get(quick_world, link_token))["metadata"]["redirect_uri"] == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "example.com",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "https://user@example.com/",
        "https://example.com/?a=b",
        "https://example.com/#fragment",
        "https://*.example.com/",
        "https:///path",
        "https://exa mple.com/",
        "javascript:alert(1)",
        "myapp://return",
        "https://example.com/\n",
    ],
)
async def test_redirects_that_are_refused(quick_world: World, uri: str) -> None:
    assert await refused(quick_world, redirect_uri=uri) == (
        "INVALID_FIELD",
        "redirect_uri must be an https address, or http on localhost in the sandbox, "
        "without query, fragment or wildcard",
    )


async def test_production_redirects_to_no_local_address(quick_world: World) -> None:
    body = ASKED | {"redirect_uri": "http://localhost:3000/"}
    reply = await quick_world.post("/link/token/create", "production", **body)
    assert (reply.code, reply.message) == (
        "INVALID_FIELD",
        "redirect_uri must be an https address without query, fragment or wildcard",
    )


async def test_a_webhook_must_be_an_address(quick_world: World) -> None:
    assert (await create(quick_world, webhook="https://example.com/hook")).status == 200
    for wrong in ("invalid-hook", "", 5):
        assert await refused(quick_world, webhook=wrong) == (
            "INVALID_FIELD",
            "webhook must be a non-empty string URL",
        )


# --- filters ----------------------------------------------------------------------------------------------

FILTERS = {
    "depository": {"account_subtypes": ["checking", "savings"]},
    "credit": {"account_subtypes": ["all"]},
    "loan": {"account_subtypes": ["student"]},
    "investment": {"account_subtypes": ["ira", "401k"]},
}


async def test_account_filters_are_echoed_as_they_came(world: World) -> None:
    for filters in (FILTERS, {"other": {"account_subtypes": ["all"]}}):
        link_token = await token(world, account_filters=filters)
        assert (await get(world, link_token))["metadata"]["account_filters"] == filters


async def test_each_wrong_filter_is_named(quick_world: World) -> None:
    wrong: list[tuple[object, str, str]] = [
        ([], "INVALID_FIELD", "account_filters must be an object"),
        ({"depository": []}, "INVALID_FIELD", "account_filters.depository must be an object"),
        (
            {"depository": {}},
            "MISSING_FIELDS",
            "the following required fields are missing: account_filters.depository.account_subtypes",
        ),
        (
            {"credit": {"account_subtypes": []}},
            "INVALID_FIELD",
            "account_filters.credit.account_subtypes must be a non-empty array of strings",
        ),
        (
            {"brokerage": {"account_subtypes": ["all"]}},
            "UNKNOWN_FIELDS",
            "the following fields are not recognized by this endpoint: account_filters.brokerage",
        ),
    ]
    for filters, code, message in wrong:
        assert await refused(quick_world, account_filters=filters) == (code, message)


async def test_limited_purpose_accounts_need_their_purposes(quick_world: World) -> None:
    filters = {"depository": {"account_subtypes": ["limited purpose checking"]}}
    code, message = await refused(quick_world, account_filters=filters)
    assert (code, "account_filters.depository.limited_purpose_types" in message) == ("INVALID_FIELD", True)
    filters["depository"]["limited_purpose_types"] = ["prepaid"]
    link_token = await token(quick_world, account_filters=filters)
    assert (await get(quick_world, link_token))["metadata"]["account_filters"] == filters


# --- what is not served -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", link_token._NOT_SERVED)
async def test_a_member_of_a_flow_that_is_not_served_is_refused_by_name(
    quick_world: World, name: str
) -> None:
    values: list[object] = [{}, {"x": 1}, "x", True]
    for value in values:
        assert await refused(quick_world, **{name: value}) == (
            "INVALID_FIELD",
            f"{name} is not supported by this server",
        )


async def test_user_based_update_mode_needs_a_user(quick_world: World) -> None:
    code, message = await refused(quick_world, update={"user": True})
    assert (code, message) == (
        "INVALID_FIELD",
        "update.user needs user_id or user_token, and no access_token",
    )


async def test_flags_that_are_off_ask_for_nothing(quick_world: World) -> None:
    off = {"enable_multi_item_link": False, "cra_enabled": False, "update": {"user": False}}
    assert (await create(quick_world, **off)).status == 200


async def test_a_member_that_nobody_knows_is_unknown(quick_world: World) -> None:
    assert await refused(quick_world, product=["auth"]) == (
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: product",
    )


async def test_every_known_member_is_refused_when_it_is_of_another_type(quick_world: World) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(link_token.LinkTokenCreateRequest)}
    for name in fields - {"client_id", "secret", *link_token._NOT_SERVED}:
        code, message = await refused(quick_world, **{name: 5.5})
        assert (code, message.startswith(f"{name} must ")) == ("INVALID_FIELD", True)


# --- update mode ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"products": None},
        {"products": []},
        {"products": ["auth"]},
        {"products": ["auth", "identity"]},
        {"products": ["assets"]},
        {"additional_consented_products": ["liabilities"]},
        {"update": {"account_selection_enabled": True}},
        {"update": {"account_selection_enabled": False, "reauthorization_enabled": True}},
        {"webhook": "https://example.com/new"},
    ],
)
async def test_what_update_mode_may_be_asked_for(quick_world: World, body: dict[str, Any]) -> None:
    access_token = await quick_world.item("transactions")
    reply = await create(quick_world, **({"products": ..., "access_token": access_token} | body))
    assert reply.status == 200


async def test_a_webhook_in_update_mode_does_not_become_the_items(world: World) -> None:
    access_token = await world.item("auth", webhook="https://example.com/old")
    await create(world, products=..., access_token=access_token, webhook="https://example.com/new")
    item = (await world.post("/item/get", access_token=access_token))["item"]
    assert item["webhook"] == "https://example.com/old"


async def test_update_mode_adds_no_other_product(quick_world: World) -> None:
    access_token = await quick_world.item("auth")
    assert await refused(quick_world, access_token=access_token, products=["transactions"]) == (
        "INVALID_FIELD",
        "products must be omitted when access_token is given",
    )


async def test_update_mode_needs_an_item_that_is_there(world: World) -> None:
    access_token = await world.item("auth")
    await world.post("/item/remove", access_token=access_token)
    assert (await refused(world, products=..., access_token=access_token))[0] == "ITEM_NOT_FOUND"
    unknown = "access-sandbox-00000000-0000-4000-8000-000000000000"
    for wrong in ("notreal", unknown):
        assert (await refused(world, products=..., access_token=wrong))[0] == "INVALID_ACCESS_TOKEN"


# --- /link/token/get --------------------------------------------------------------------------------------


async def test_what_was_asked_for_is_echoed(world: World) -> None:
    link_token = await token(
        world,
        products=["transactions", "auth"],
        country_codes=["US", "CA"],
        language="fr",
        webhook="https://example.com/hook",
        redirect_uri="https://example.com/oauth",
        client_name="A name that is longer than thirty characters",
        account_filters=FILTERS,
        institution_data={"routing_number": "011000138"},
    )
    world.clock.advance(MINUTE)
    reply = await get(world, link_token)
    assert reply["link_token"] == link_token
    assert reply["created_at"] == "2026-05-04T12:00:00Z"
    assert reply["expiration"] == "2026-05-04T16:00:00Z"
    assert reply["metadata"] == {
        "initial_products": ["transactions", "auth"],
        "webhook": "https://example.com/hook",
        "country_codes": ["US", "CA"],
        "language": "fr",
        "redirect_uri": "https://example.com/oauth",
        "client_name": "A name that is longer than thirty characters",
        "account_filters": FILTERS,
        "institution_data": {"routing_number": "011000138"},
    }


async def test_what_was_not_asked_for_is_null_and_filters_are_absent(world: World) -> None:
    metadata = (await get(world, await token(world)))["metadata"]
    assert metadata == {
        "initial_products": ["auth"],
        "webhook": None,
        "country_codes": ["US"],
        "language": "en",
        "redirect_uri": None,
        "client_name": "Test App",
    }


async def test_a_token_that_nobody_opened_has_no_sessions(world: World) -> None:
    assert "link_sessions" not in (await get(world, await token(world))).body


async def test_a_session_that_is_open_is_listed_without_an_end(world: World) -> None:
    link_token = await token(world)
    opened = await world.post("/gingham/v1/link/session/start", link_token=link_token)
    assert opened.status == 200
    (session,) = (await get(world, link_token))["link_sessions"]
    assert session["started_at"] == "2026-05-04T12:00:00Z"
    assert session["finished_at"] is None
    assert not {"results", "exit", "on_success", "on_exit"} & set(session)


async def test_an_expired_token_can_still_be_read(world: World) -> None:
    link_token = await token(world)
    world.clock.advance(5 * HOUR)
    assert (await get(world, link_token)).status == 200


@pytest.mark.parametrize(
    "link_token",
    [
        "",
        "junk",
        "link-sandbox-123",
        "link-development-00000000-0000-4000-8000-000000000000",
        "link-sandbox-00000000-0000-4000-8000-000000000000",
        "link-sandbox-00000000-0000-4000-8000-000000000000\n",
        "public-sandbox-00000000-0000-4000-8000-000000000000",
        5,
    ],
)
async def test_malformed_and_unknown_link_tokens_are_invalid_fields(
    quick_world: World, link_token: object
) -> None:
    reply = await quick_world.post("/link/token/get", link_token=link_token)
    assert (reply.status, reply.body["error_type"], reply.code) == (400, "INVALID_REQUEST", "INVALID_FIELD")
    assert reply.message.startswith("link_token ")
