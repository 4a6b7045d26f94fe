"""/institutions/*: the banks a person can choose from."""

import base64
import struct
from typing import Any

import pytest
from tests.world import World

from gingham.banks.catalogue import Catalogue

OPTIONAL = {"url", "primary_color", "logo"}
ALWAYS = {
    "institution_id",
    "name",
    "products",
    "country_codes",
    "routing_numbers",
    "dtc_numbers",
    "oauth",
    "connection_availability",
}
METADATA = {"include_optional_metadata": True}


@pytest.fixture
def world(quick_world: World) -> World:
    """The catalogue is in memory: no engine is asked."""
    return quick_world


async def get(world: World, count: int = 10, offset: int = 0, *countries: str, **options: Any) -> Any:
    countries = countries or ("US",)
    return await world.post(
        "/institutions/get", count=count, offset=offset, country_codes=countries, options=options
    )


async def by_id(world: World, institution_id: str, *countries: str, **options: Any) -> Any:
    return await world.post(
        "/institutions/get_by_id",
        institution_id=institution_id,
        country_codes=list(countries or ("US",)),
        options=options,
    )


async def search(
    world: World, query: str, *countries: str, products: object = None, **options: Any
) -> list[dict[str, Any]]:
    reply = await world.post(
        "/institutions/search",
        query=query,
        country_codes=list(countries or ("US",)),
        products=products,
        options=options,
    )
    return list(reply["institutions"])


# --- what an institution shows ----------------------------------------------------------------------------


async def test_an_institution_shows_what_it_always_shows_and_no_more(world: World) -> None:
    institution = (await by_id(world, "ins_109508"))["institution"]
    assert set(institution) == ALWAYS
    assert institution["name"] == "First Platypus Bank"
    assert institution["country_codes"] == ["US"]
    assert (institution["routing_numbers"], institution["dtc_numbers"]) == ([], [])
    assert institution["oauth"] is False
    assert institution["products"] == sorted(institution["products"])
    assert {"assets", "auth", "balance", "identity", "transactions"} <= set(institution["products"])


async def test_an_institution_says_whether_it_can_be_linked(world: World) -> None:
    for institution_id, availability in (("ins_109508", "SUPPORTED"), ("ins_133402", "NOT_SUPPORTED")):
        institution = (await by_id(world, institution_id))["institution"]
        assert institution["connection_availability"] == availability


async def test_metadata_is_shown_to_those_who_ask(world: World) -> None:
    institution = (await by_id(world, "ins_109511", **METADATA))["institution"]
    assert set(institution) == ALWAYS | OPTIONAL
    assert (institution["url"], institution["primary_color"]) == ("https://www.plaid.com/", "#174e7c")


async def test_a_logo_is_a_png_of_152_pixels(world: World) -> None:
    institution = (await by_id(world, "ins_109511", **METADATA))["institution"]
    logo = base64.b64decode(institution["logo"], validate=True)
    assert logo.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", logo[16:24]) == (152, 152)


@pytest.mark.parametrize("institution_id", ["ins_109508", "ins_132363", "ins_132361"])
async def test_the_status_is_complete(world: World, institution_id: str) -> None:
    institution = (await by_id(world, institution_id, include_status=True))["institution"]
    status = institution["status"]
    assert {"item_logins", "transactions_updates", "auth", "identity"} <= set(status)
    for product in status.values():
        breakdown = product["breakdown"]
        assert product["status"] in {"HEALTHY", "DEGRADED", "DOWN"}
        assert breakdown["success"] + breakdown["error_plaid"] + breakdown["error_institution"] == 1
        assert breakdown["refresh_interval"] in {"NORMAL", "DELAYED", "STOPPED"}
    logins = {"ins_109508": "HEALTHY", "ins_132363": "DEGRADED", "ins_132361": "DOWN"}
    assert status["item_logins"]["status"] == logins[institution_id]


async def test_metadata_of_auth(world: World) -> None:
    institution = (await by_id(world, "ins_109512", include_auth_metadata=True))["institution"]
    assert institution["auth_metadata"] == {
        "supported_methods": {
            "instant_auth": True,
            "instant_match": True,
            "automated_micro_deposits": True,
            "instant_micro_deposits": False,
        }
    }


async def test_metadata_of_payments(world: World) -> None:
    options = {"include_payment_initiation_metadata": True}
    british = (await by_id(world, "ins_117650", "GB", **options))["institution"]
    assert british["payment_initiation_metadata"]["maximum_payment_amount"] == {"GBP": "10000"}
    american = (await by_id(world, "ins_109508", **options))["institution"]
    assert american["payment_initiation_metadata"] is None


async def test_what_was_not_asked_for_is_absent_and_not_null(world: World) -> None:
    off = {
        "include_optional_metadata": False,
        "include_status": False,
        "include_auth_metadata": False,
        "include_payment_initiation_metadata": False,
    }
    assert set((await by_id(world, "ins_109508", **off))["institution"]) == ALWAYS


# --- /institutions/get ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, METADATA, {"products": ["transactions"]}, {"products": ["identity"]}]
)
async def test_a_page_has_as_many_as_were_asked_for(world: World, options: dict[str, Any]) -> None:
    reply = await get(world, 3, 4, **options)
    assert len(reply["institutions"]) == 3
    assert reply["total"] >= 7


async def test_pages_cover_everything_once_in_one_order(world: World) -> None:
    whole = await get(world, 500)
    total = whole["total"]
    seen: list[str] = []
    for offset in range(0, total, 7):
        page = await get(world, 7, offset)
        assert page["total"] == total
        seen += [each["institution_id"] for each in page["institutions"]]
    assert seen == [each["institution_id"] for each in whole["institutions"]]
    assert len(set(seen)) == total


async def test_a_page_behind_the_end_is_empty(world: World) -> None:
    reply = await get(world, 10, 100_000)
    assert reply["institutions"] == []
    assert reply["total"] > 0


async def test_every_american_institution_has_an_address_and_a_colour(world: World) -> None:
    for institution in (await get(world, 500, **METADATA))["institutions"]:
        assert institution["url"]
        assert institution["primary_color"].startswith("#")
    for institution in (await get(world, 500))["institutions"]:
        assert not OPTIONAL & set(institution)


@pytest.mark.parametrize("oauth", [True, False])
async def test_institutions_are_filtered_by_how_people_log_in(world: World, oauth: bool) -> None:
    for country in ("US", "GB"):
        reply = await get(world, 500, 0, country, oauth=oauth)
        assert {each["oauth"] for each in reply["institutions"]} <= {oauth}


async def test_four_british_institutions_log_in_by_oauth(world: World) -> None:
    reply = await get(world, 3, 1, "GB", oauth=True)
    assert [each["oauth"] for each in reply["institutions"]] == [True, True, True]


async def test_every_one_of_the_products_must_be_there(world: World) -> None:
    reply = await get(world, 500, products=["transactions", "investments"])
    assert reply["institutions"]
    for institution in reply["institutions"]:
        assert {"transactions", "investments"} <= set(institution["products"])
    assert (await get(world, products=["cra_base_report"]))["total"] == 0


async def test_any_of_the_countries_will_do(world: World) -> None:
    both = (await get(world, 1, 0, "US", "GB"))["total"]
    assert both == (await get(world, 1, 0, "US"))["total"] + (await get(world, 1, 0, "GB"))["total"]
    assert (await get(world, 1, 0, "EE"))["total"] == 0


async def test_routing_numbers_find_their_bank(world: World) -> None:
    reply = await get(world, 1, routing_numbers=["021200339", "052001633"])
    assert [each["name"] for each in reply["institutions"]] == ["Bank of America"]
    both = await get(world, routing_numbers=["021200339", "011000138"])
    assert both["institutions"] == []


async def test_a_routing_number_that_is_none_is_dropped_unless_it_is_alone(world: World) -> None:
    reply = await get(world, 1, routing_numbers=["021200339", "12"])
    assert len(reply["institutions"]) == 1
    alone = await get(world, 1, routing_numbers=["12", "0212003３9"])
    assert (alone.code, "routing_numbers" in alone.message) == ("INVALID_FIELD", True)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"count": 0}, "INVALID_FIELD", "count must be an integer between 1 and 500"),
    ({"count": 501}, "INVALID_FIELD", "count must be an integer between 1 and 500"),
    ({"count": "10"}, "INVALID_FIELD", "count must be an integer"),
    ({"offset": -1}, "INVALID_FIELD", "offset must be an integer between 0 and 2147483647"),
    (
        {"country_codes": None},
        "INVALID_FIELD",
        "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
    ),
    (
        {"country_codes": []},
        "INVALID_FIELD",
        "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
    ),
    (
        {"country_codes": ["XX"]},
        "INVALID_FIELD",
        "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
    ),
    ({"options": {"products": []}}, "INVALID_FIELD", "options.products must be a non-empty array of strings"),
    ({"options": {"products": ["XYZ"]}}, "INVALID_PRODUCT", 'invalid product in products: "XYZ"'),
    ({"options": {"oauth": "yes"}}, "INVALID_FIELD", "options.oauth must be a boolean"),
]


async def test_each_wrong_field_is_named(world: World) -> None:
    right = {"count": 1, "offset": 0, "country_codes": ["US"]}
    for body, code, message in WRONG:
        reply = await world.post("/institutions/get", **(right | body))
        assert (reply.status, reply.code, reply.message) == (400, code, message)


async def test_missing_fields_are_all_named(world: World) -> None:
    reply = await world.post("/institutions/get")
    assert (reply.code, reply.message) == (
        "MISSING_FIELDS",
        "the following required fields are missing: count, offset, country_codes",
    )


# --- /institutions/get_by_id ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("institution_id", "country"), [("ins_12", "US"), ("ins_117650", "GB"), ("ins_43", "CA")]
)
async def test_known_institutions_have_products(world: World, institution_id: str, country: str) -> None:
    institution = (await by_id(world, institution_id, country, **METADATA))["institution"]
    assert institution["products"]
    assert institution["url"]


@pytest.mark.parametrize("institution_id", ["ins_-1", "notreal", "ins_109508 ", "INS_109508", "'"])
async def test_an_unknown_institution_is_invalid(world: World, institution_id: str) -> None:
    reply = await by_id(world, institution_id)
    assert (reply.status, reply.body["error_type"], reply.code) == (
        400,
        "INVALID_INPUT",
        "INVALID_INSTITUTION",
    )
    assert reply.message == "invalid institution_id provided"


async def test_an_institution_of_other_countries_is_invalid(world: World) -> None:
    assert (await by_id(world, "ins_109508", "GB")).code == "INVALID_INSTITUTION"
    assert (await by_id(world, "ins_109508", "GB", "US")).status == 200


async def test_no_countries_at_all_do_not_filter(world: World) -> None:
    reply = await world.post("/institutions/get_by_id", institution_id="ins_109508", country_codes=[])
    assert reply.status == 200


async def test_get_by_id_names_each_wrong_field(world: World) -> None:
    right: dict[str, Any] = {"institution_id": "ins_109508", "country_codes": ["US"]}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"options": None}, "options must be an object"),
        (
            {"country_codes": ["XX"]},
            "country_codes must be an array of supported ISO-3166-1 alpha-2 country codes",
        ),
        (
            {"country_codes": None},
            "country_codes must be an array of supported ISO-3166-1 alpha-2 country codes",
        ),
        ({"institution_id": ""}, "institution_id must be a properly formatted, non-empty string"),
        ({"institution_id": 109508}, "institution_id must be a properly formatted, non-empty string"),
    ]
    for body, message in wrong:
        reply = await world.post("/institutions/get_by_id", **(right | body))
        assert (reply.code, reply.message) == ("INVALID_FIELD", message)


# --- /institutions/search ---------------------------------------------------------------------------------


async def test_a_name_finds_its_bank_first(world: World) -> None:
    found = await search(world, "First Platypus Bank", products=["transactions"], **METADATA)
    assert found[0]["institution_id"] == "ins_109508"
    assert found[0]["url"]


async def test_ten_are_found_at_most(world: World) -> None:
    assert len(await search(world, "bank")) == 10


@pytest.mark.parametrize(("country", "options"), [("US", {}), ("GB", {"oauth": True})])
async def test_part_of_a_name_finds_banks(world: World, country: str, options: dict[str, Any]) -> None:
    assert await search(world, "Platypus", country, products=["transactions"], **options)


async def test_the_british_royal_bank_initiates_payments(world: World) -> None:
    for products in (["transactions"], ["auth"], ["payment_initiation"], None):
        found = await search(
            world, "Royal Bank of Plaid", "GB", products=products, include_payment_initiation_metadata=True
        )
        assert found
        assert all(each["payment_initiation_metadata"] for each in found)


async def test_one_letter_is_enough(world: World) -> None:
    bare = (await search(world, "t", products=["identity"]))[0]
    shown = (await search(world, "t", products=["identity"], **METADATA))[0]
    assert not OPTIONAL & set(bare)
    assert shown["url"]
    assert shown["primary_color"]


async def test_search_filters_by_how_people_log_in(world: World) -> None:
    assert (await search(world, "Pl", "GB", products=["auth"], oauth=True))[0]["oauth"] is True
    assert {each["oauth"] for each in await search(world, "Bank", "GB", products=["auth"], oauth=False)} <= {
        False
    }


async def test_an_id_finds_its_bank(world: World) -> None:
    assert [each["institution_id"] for each in await search(world, "ins_109508")] == ["ins_109508"]


async def test_nothing_is_called_zebra(world: World) -> None:
    assert await search(world, "zebra", products=["auth"]) == []
    assert Catalogue.builtin().search("zebra") == []


async def test_search_names_each_wrong_field(world: World) -> None:
    right: dict[str, Any] = {"query": "bank", "country_codes": ["US"]}
    products = "products must either be null or a list of strings containing at least one valid product"
    countries = "country_codes must be an array of supported ISO-3166-1 alpha-2 country codes"
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"query": ""}, "INVALID_FIELD", "query must be a non-empty string"),
        ({"query": None}, "INVALID_FIELD", "query must be a non-empty string"),
        ({"products": "transactions"}, "INVALID_FIELD", products),
        ({"products": []}, "INVALID_FIELD", products),
        ({"products": ["XYZ"]}, "INVALID_PRODUCT", 'invalid product in products: "XYZ"'),
        ({"country_codes": ["XX"]}, "INVALID_FIELD", countries),
        (
            {"products": ["XYZ"], "country_codes": ["XX"]},
            "INVALID_PRODUCT",
            'invalid product in products: "XYZ"',
        ),
    ]
    for body, code, message in wrong:
        reply = await world.post("/institutions/search", **(right | body))
        assert (reply.status, reply.code, reply.message) == (400, code, message)


async def test_any_query_is_answered(world: World) -> None:
    for query in ("🏦", "%", "'; --", "\u202e", "a" * 10_000, " ", "ins_"):
        assert len(await search(world, query)) <= 10
