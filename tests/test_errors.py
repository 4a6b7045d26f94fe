"""The table of errors, and what is made of its rows."""

import pytest

from gingham import errors
from gingham.errors import envelope, error, invalid_field, item_error

ROWS = [row for types in errors.TABLE.values() for row in types.values()]


def test_the_table_has_every_documented_code_and_those_that_test_passwords_force() -> None:
    documented, forced_by_password_only = 186, 2
    assert len(ROWS) == documented + forced_by_password_only


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.error_type}-{row.error_code}")
def test_every_row_makes_an_envelope(row: errors.Fact) -> None:
    problem = error(row.error_code, type=row.error_type)
    body = envelope(problem, "r" * 15)
    assert (body["error_type"], body["error_code"]) == (row.error_type, row.error_code)
    assert body["error_message"]
    assert "{" not in str(body["error_message"])
    assert body["display_message"] != ""
    assert body["request_id"] == "r" * 15


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_API_KEYS", 400),
        ("NOT_FOUND", 404),
        ("TRANSACTIONS_SYNC_LIMIT", 429),
        ("INTERNAL_SERVER_ERROR", 500),
        ("PLANNED_MAINTENANCE", 503),
        ("OAUTH_STATE_ID_ALREADY_PROCESSED", 208),
        ("ADDENDUM_NOT_SIGNED", 403),
        ("FLOWDOWN_NOT_COMPLETE", 412),
    ],
)
def test_the_status_is_the_table_s(code: str, status: int) -> None:
    assert error(code).http_status == status


def test_fields_fill_the_message() -> None:
    assert (
        error("MISSING_FIELDS", fields="a, b").error_message
        == "the following required fields are missing: a, b"
    )


def test_a_field_s_braces_are_text() -> None:
    assert error("UNKNOWN_FIELDS", fields="{0.x}").error_message.endswith(": {0.x}")


def test_a_message_can_be_replaced() -> None:
    problem = error("INVALID_ACCESS_TOKEN", message="something else", display_message="shown")
    assert (problem.error_message, problem.display_message) == ("something else", "shown")


def test_a_shared_code_needs_its_type() -> None:
    with pytest.raises(LookupError, match="ASSET_REPORT_ERROR"):
        error("PRODUCT_NOT_READY")
    assert error("PRODUCT_NOT_READY", type="ASSET_REPORT_ERROR").error_type == "ASSET_REPORT_ERROR"


@pytest.mark.parametrize(("code", "type"), [("NO_SUCH_CODE", None), ("NOT_FOUND", "ITEM_ERROR")])
def test_what_is_not_in_the_table_is_not_made_up(code: str, type: str | None) -> None:  # noqa: A002
    with pytest.raises(LookupError, match=code):
        error(code, type=type)


def test_an_invalid_field_names_the_problem() -> None:
    assert invalid_field("x must be y").error_message == "x must be y"


def test_an_item_error_has_no_request() -> None:
    body = item_error("ITEM_LOGIN_REQUIRED", reason="OAUTH_USER_REVOKED")
    assert "request_id" not in body
    assert (body["error_type"], body["error_code_reason"]) == ("ITEM_ERROR", "OAUTH_USER_REVOKED")


def test_an_item_error_of_a_shared_code_is_the_item_s() -> None:
    assert item_error("USER_PERMISSION_REVOKED")["error_type"] == "ITEM_ERROR"


def test_causes_and_details_are_part_of_the_envelope() -> None:
    causes = [{"item_id": "i", **item_error("ITEM_LOCKED")}]
    details = {"provided_account_subtypes": ["checking"]}
    body = envelope(error("DATA_UNAVAILABLE", type="ASSET_REPORT_ERROR", causes=causes, details=details), "r")
    assert (body["causes"], body["provided_account_subtypes"]) == (causes, ["checking"])
    assert "causes" not in envelope(error("NOT_FOUND"), "r")


@pytest.mark.parametrize(
    ("type", "code", "page"),
    [
        ("INVALID_REQUEST", "INVALID_FIELD", "invalid-request/#invalid_field"),
        ("ITEM_ERROR", "ITEM_LOCKED", "item/#item_locked"),
        ("ASSET_REPORT_ERROR", "PRODUCT_NOT_READY", "assets/#product_not_ready"),
        ("RATE_LIMIT_EXCEEDED", "RATE_LIMIT", "rate-limit-exceeded/#rate_limit"),
    ],
)
def test_an_error_is_documented_where_clients_expect_it(type: str, code: str, page: str) -> None:  # noqa: A002
    assert errors.documentation_url(type, code) == f"https://plaid.com/docs/errors/{page}"
