"""The built-in institutions satisfy what client suites ask of the institution endpoints."""

import re
import time

import pytest

from gingham.banks.catalogue import Catalogue, _builtin
from gingham.banks.metadata import auth_metadata, payment_initiation_metadata
from gingham.banks.protocol import Institution

SANDBOX_ONLY = [
    ("ins_109508", "First Platypus Bank", "US", False),
    ("ins_130016", "First Platypus Balance Bank", "US", False),
    ("ins_109509", "First Gingham Credit Union", "US", False),
    ("ins_109510", "Tattersall Federal Credit Union", "US", False),
    ("ins_109511", "Tartan Bank", "US", False),
    ("ins_109512", "Houndstooth Bank", "US", False),
    ("ins_43", "Tartan-Dominion Bank of Canada", "CA", False),
    ("ins_116834", "Flexible Platypus Open Banking", "GB", True),
    ("ins_117650", "Royal Bank of Plaid", "GB", True),
    ("ins_117181", "Flexible Platypus Open Banking", "GB", True),
    ("ins_127287", "Platypus OAuth Bank", "US", True),
    ("ins_132241", "First Platypus OAuth App2App Bank", "US", True),
    ("ins_135858", "Windowpane Bank", "US", False),
    ("ins_132363", "Unhealthy Platypus Bank - Degraded", "US", False),
    ("ins_132361", "Unhealthy Platypus Bank - Down", "US", False),
    ("ins_133402", "Unsupported Platypus Bank - Institution Not Supported", "US", False),
    ("ins_133502", "Platypus Bank RUX Auth", "US", False),
    ("ins_133503", "Platypus Bank RUX Match", "US", False),
    ("ins_129644", "First Platypus Bank - OAuth", "US", True),
    ("ins_138395", "First Platypus Limited Purpose", "US", False),
]

PRODUCTS = {
    *("assets", "auth", "balance", "credit_details", "employment", "identity", "identity_match", "income"),
    *("income_verification", "investments", "investments_auth", "liabilities", "payment_initiation"),
    *("recurring_transactions", "signal", "standing_orders", "statements", "transactions", "transfer"),
}
"""Values that every official client knows."""


def everything(catalogue: Catalogue) -> list[Institution]:
    return catalogue.page(count=10_000)[0]


def one(catalogue: Catalogue, institution_id: str) -> Institution:
    institution = catalogue.get(institution_id)
    assert institution is not None
    return institution


@pytest.mark.parametrize(("institution_id", "name", "country", "oauth"), SANDBOX_ONLY)
def test_a_sandbox_institution_has_its_documented_name_country_and_login(
    catalogue: Catalogue, institution_id: str, name: str, country: str, oauth: bool
) -> None:
    institution = one(catalogue, institution_id)
    assert (institution.name, institution.country_codes, institution.oauth) == (name, (country,), oauth)


@pytest.mark.parametrize(
    "institution_id",
    ["ins_1", "ins_3", "ins_12", "ins_13", "ins_20", "ins_56", "ins_115616", "ins_127990", "ins_128026"],
)
def test_real_ids_that_suites_use_resolve(catalogue: Catalogue, institution_id: str) -> None:
    assert one(catalogue, institution_id).country_codes == ("US",)


@pytest.mark.parametrize("institution_id", ["ins_-1", "notreal", "", "INS_109508"])
def test_an_unknown_id_is_none(catalogue: Catalogue, institution_id: str) -> None:
    assert catalogue.get(institution_id) is None


def test_the_unhealthy_institutions_are_degraded_and_down(catalogue: Catalogue) -> None:
    unhealthy = {i.institution_id: i.health for i in everything(catalogue) if i.health != "HEALTHY"}
    assert unhealthy == {"ins_132363": "DEGRADED", "ins_132361": "DOWN"}


def test_one_institution_is_unsupported(catalogue: Catalogue) -> None:
    assert [i.institution_id for i in everything(catalogue) if not i.supported] == ["ins_133402"]


def test_every_institution_has_an_address_and_a_colour(catalogue: Catalogue) -> None:
    for institution in everything(catalogue):
        assert institution.url
        assert institution.primary_color
        assert re.fullmatch("#[0-9a-f]{6}", institution.primary_color)


def test_tartan_bank_has_its_documented_metadata(catalogue: Catalogue) -> None:
    tartan = one(catalogue, "ins_109511")
    assert (tartan.url, tartan.primary_color) == ("https://www.plaid.com/", "#174e7c")


def test_houndstooth_bank_has_its_documented_metadata(catalogue: Catalogue) -> None:
    houndstooth = one(catalogue, "ins_109512")
    assert (houndstooth.url, houndstooth.primary_color) == ("https://plaid.com", "#004966")
    assert houndstooth.routing_numbers == ("011000138", "011200365", "011400495")
    assert houndstooth.dtc_numbers == ("2236", "0955", "1367")


def test_products_are_sorted_and_known_to_every_client(catalogue: Catalogue) -> None:
    for institution in everything(catalogue):
        assert list(institution.products) == sorted(set(institution.products))
        assert set(institution.products) <= PRODUCTS


@pytest.mark.parametrize("institution_id", ["ins_109508", "ins_109511"])
def test_the_default_test_banks_support_the_products_of_the_suites(
    catalogue: Catalogue, institution_id: str
) -> None:
    assert set(one(catalogue, institution_id).products) >= {
        *("assets", "auth", "balance", "identity", "investments", "investments_auth", "liabilities"),
        *("transactions", "transfer", "signal", "statements", "income_verification"),
        "recurring_transactions",
    }


@pytest.mark.parametrize("product", ["transactions", "identity"])
def test_a_page_of_three_from_the_fifth_us_institution_is_full(catalogue: Catalogue, product: str) -> None:
    page, total = catalogue.page(country_codes=["US"], products=[product], offset=4, count=3)
    assert len(page) == 3
    assert total >= 7


def test_there_are_ten_us_institutions(catalogue: Catalogue) -> None:
    assert len(catalogue.page(country_codes=["US"], count=10)[0]) == 10


def test_there_are_at_least_four_british_oauth_institutions(catalogue: Catalogue) -> None:
    page, _ = catalogue.page(country_codes=["GB"], oauth=True, offset=1, count=3)
    assert [institution.oauth for institution in page] == [True, True, True]


def test_every_european_institution_logs_in_on_its_own_pages(catalogue: Catalogue) -> None:
    for institution in everything(catalogue):
        if not {"US", "CA"} & set(institution.country_codes):
            assert institution.oauth


def test_routing_numbers_find_bank_of_america(catalogue: Catalogue) -> None:
    page, total = catalogue.page(
        country_codes=["US"], routing_numbers=["021200339", "052001633"], offset=0, count=1
    )
    assert ([i.name for i in page], total) == (["Bank of America"], 1)


def test_each_routing_number_must_match(catalogue: Catalogue) -> None:
    assert catalogue.page(routing_numbers=["021200339", "011000138"]) == ([], 0)


def test_each_product_must_be_supported(catalogue: Catalogue) -> None:
    assert catalogue.page(products=["employment", "transactions"]) == ([], 0)


def test_royal_bank_of_plaid_pays(catalogue: Catalogue) -> None:
    royal = one(catalogue, "ins_117650")
    assert {"transactions", "auth", "payment_initiation"} <= set(royal.products)
    metadata = payment_initiation_metadata(royal)
    assert metadata is not None
    assert metadata.maximum_payment_amount == {"GBP": "10000"}


def test_an_american_bank_does_not_pay(catalogue: Catalogue) -> None:
    assert payment_initiation_metadata(one(catalogue, "ins_109508")) is None


def test_auth_metadata_tells_the_banks_apart_that_prove_numbers_in_their_own_way(
    catalogue: Catalogue,
) -> None:
    def methods(institution_id: str) -> tuple[bool, bool, bool, bool]:
        metadata = auth_metadata(one(catalogue, institution_id))
        assert metadata is not None
        m = metadata.supported_methods
        return m.instant_auth, m.instant_match, m.automated_micro_deposits, m.instant_micro_deposits

    assert methods("ins_109508") == (True, False, False, False)
    assert methods("ins_109512") == (True, True, True, False)
    assert methods("ins_135858") == (True, False, False, True)


def test_institutions_without_oauth_ask_for_username_and_password(catalogue: Catalogue) -> None:
    labels = [(field.name, field.label) for field in one(catalogue, "ins_109508").credentials]
    assert labels == [("username", "Username"), ("password", "Password")]


def test_one_institution_also_asks_for_a_pin(catalogue: Catalogue) -> None:
    assert [field.name for field in one(catalogue, "ins_900001").credentials] == [
        "username",
        "password",
        "pin",
    ]


def test_oauth_institutions_ask_for_nothing(catalogue: Catalogue) -> None:
    assert all(i.oauth == (not i.credentials) for i in everything(catalogue))


def test_the_first_tiles_are_the_most_popular_of_the_country(catalogue: Catalogue) -> None:
    tiles = catalogue.popular(country_codes=["US"], products=["transactions"], limit=5)
    assert tiles[0].name == "First Platypus Bank"
    assert [t.popularity for t in tiles] == sorted((t.popularity for t in tiles), reverse=True)
    assert len(tiles) == 5


def test_an_unsupported_institution_is_no_tile(catalogue: Catalogue) -> None:
    tiles = catalogue.popular(country_codes=["US"], limit=1000)
    assert "ins_133402" not in {tile.institution_id for tile in tiles}


def test_two_institutions_with_one_id_are_refused(catalogue: Catalogue) -> None:
    platypus = one(catalogue, "ins_109508")
    with pytest.raises(ValueError, match="share an institution_id"):
        Catalogue([platypus, platypus])


def test_the_built_in_list_is_read_once(catalogue: Catalogue) -> None:
    assert Catalogue.builtin() is catalogue


def test_the_built_in_list_is_read_in_less_than_five_milliseconds() -> None:
    def seconds() -> float:
        started = time.perf_counter()
        _builtin.__wrapped__()
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.005
