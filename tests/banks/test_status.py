"""The status object is complete, healthy unless the institution is a test of ill health, and adds up."""

import msgspec
import pytest

from gingham.banks.catalogue import Catalogue
from gingham.banks.status import status_of

PRODUCTS = [
    *("item_logins", "transactions_updates", "auth", "identity"),
    *("investments_updates", "liabilities_updates", "liabilities", "investments"),
]


def status(catalogue: Catalogue, institution_id: str) -> dict[str, dict[str, object]]:
    institution = catalogue.get(institution_id)
    assert institution is not None
    decoded: dict[str, dict[str, object]] = msgspec.json.decode(msgspec.json.encode(status_of(institution)))
    return decoded


def test_a_healthy_institution_reports_every_product_healthy(catalogue: Catalogue) -> None:
    assert status(catalogue, "ins_109508") == {
        product: {
            "status": "HEALTHY",
            "last_status_change": "2024-01-01T00:00:00Z",
            "breakdown": {
                "success": 0.9,
                "error_plaid": 0.08,
                "error_institution": 0.02,
                "refresh_interval": "NORMAL",
            },
        }
        for product in PRODUCTS
    }


@pytest.mark.parametrize(("institution_id", "health"), [("ins_132363", "DEGRADED"), ("ins_132361", "DOWN")])
def test_ill_health_shows_in_the_logins(catalogue: Catalogue, institution_id: str, health: str) -> None:
    assert status(catalogue, institution_id)["item_logins"]["status"] == health
    assert status(catalogue, institution_id)["auth"]["status"] == "HEALTHY"


@pytest.mark.parametrize("institution_id", ["ins_109508", "ins_132363", "ins_132361"])
def test_the_shares_of_a_breakdown_add_up_to_one(catalogue: Catalogue, institution_id: str) -> None:
    institution = catalogue.get(institution_id)
    assert institution is not None
    breakdown = status_of(institution).item_logins.breakdown
    assert breakdown.success + breakdown.error_plaid + breakdown.error_institution == pytest.approx(1)
