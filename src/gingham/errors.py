"""Errors that clients see: one table, one exception, one envelope.

`errors.csv` is the table: type, code, HTTP status and texts of every error of the protocol. Whatever goes
wrong for a reason that a client can act upon is raised as a `PlaidError`, and whoever speaks HTTP turns it
into `envelope(error, request_id)`.

Messages never carry secrets: they name fields and tell rules, and repeat no token, key or password.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Fact(NamedTuple):
    """A row of the table. `message` may hold `{placeholders}`; `display_message` is None where a user could
    not act.
    """

    error_type: str
    error_code: str
    http_status: int
    message: str
    display_message: str | None


class PlaidError(Exception):
    """An error of the protocol.

    `reason`: why an OAuth Item broke (`OAUTH_USER_REVOKED` …). `causes`: item errors beneath an error of a
    report. `details`: further keys of the envelope, such as `required_account_subtypes`.
    """

    def __init__(
        self,
        error_type: str,
        error_code: str,
        http_status: int,
        error_message: str,
        display_message: str | None = None,
        *,
        reason: str | None = None,
        causes: Sequence[Mapping[str, object]] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{error_type} {error_code}: {error_message}")
        self.error_type = error_type
        self.error_code = error_code
        self.http_status = http_status
        self.error_message = error_message
        self.display_message = display_message
        self.reason = reason
        self.causes = causes
        self.details = details


def error(
    code: str,
    *,
    type: str | None = None,  # noqa: A002 - the field's own word
    message: str | None = None,
    display_message: str | None = None,
    reason: str | None = None,
    causes: Sequence[Mapping[str, object]] | None = None,
    details: Mapping[str, object] | None = None,
    **fields: object,
) -> PlaidError:
    """The error of the table called `code`, to be raised.

    `type` tells apart codes that several types share (`PRODUCT_NOT_READY`). `message` and `display_message`
    replace the table's texts; `fields` fill the placeholders of the table's message. Raises `LookupError`
    for a code that is not in the table or that needs a type.
    """
    row = fact(code, type)
    return PlaidError(
        row.error_type,
        code,
        row.http_status,
        row.message.format_map(_Fields(fields)) if message is None else message,
        row.display_message if display_message is None else display_message,
        reason=reason,
        causes=causes,
        details=details,
    )


def invalid_field(problem: str) -> PlaidError:
    """INVALID_FIELD. `problem` names the field and the rule: `options.count must be an integer`."""
    return error("INVALID_FIELD", problem=problem)


def fact(code: str, type: str | None = None) -> Fact:  # noqa: A002
    """The row of `code`. Raises `LookupError` when there is none, or when there are several and `type`
    names none of them.
    """
    rows = TABLE.get(code, {})
    if type is None:
        if len(rows) != 1:
            raise LookupError(
                f"{code}: name one of the types {list(rows)}" if rows else f"{code} is no error code"
            )
        return next(iter(rows.values()))
    if type not in rows:
        raise LookupError(f"{code} is no error code of {type}")
    return rows[type]


def envelope(problem: PlaidError, request_id: str) -> dict[str, object]:
    """The body of an answer that is an error (Plaid docs: Errors). Keys in alphabetical order, as the
    protocol has them.
    """
    body = {**_described(problem), "request_id": request_id}
    if problem.causes is not None:
        body["causes"] = problem.causes
    if problem.details is not None:
        body.update(problem.details)
    return dict(sorted(body.items()))


def item_error(code: str, *, type: str | None = None, reason: str | None = None) -> dict[str, object]:  # noqa: A002
    """What `item.error` holds while an Item is broken: the envelope without a request.

    Codes that several types share are taken as `ITEM_ERROR` unless `type` says otherwise.
    """
    if type is None and "ITEM_ERROR" in TABLE.get(code, {}):
        type = "ITEM_ERROR"  # noqa: A001
    return _described(error(code, type=type, reason=reason))


def documentation_url(error_type: str, error_code: str) -> str:
    """Where the field documents an error. Clients show this address, so it keeps the protocol's form rather
    than one of ours.
    """
    family = _FAMILIES.get(error_type) or error_type.lower().removesuffix("_error").replace("_", "-")
    return f"https://plaid.com/docs/errors/{family}/#{error_code.lower()}"


# Families whose page is not named after the error type.
_FAMILIES = {
    "ASSET_REPORT_ERROR": "assets",
    "BANK_TRANSFER_ERROR": "bank-transfers",
    "BASE_REPORT_ERROR": "check-report",
    "CONSUMER_REPORT_ERROR": "check-report",
    "INCOME_VERIFICATION_ERROR": "income",
    "MICRODEPOSITS_ERROR": "microdeposits",
    "TRANSACTION_ERROR": "virtual-account",
}


class _Fields(dict[str, object]):
    """A placeholder that nobody fills keeps its name: an error about an error would hide the first one."""

    def __missing__(self, name: str) -> str:
        return name


def _described(problem: PlaidError) -> dict[str, object]:
    return {
        "display_message": problem.display_message,
        "documentation_url": documentation_url(problem.error_type, problem.error_code),
        "error_code": problem.error_code,
        "error_code_reason": problem.reason,
        "error_message": problem.error_message,
        "error_type": problem.error_type,
        "suggested_action": None,
    }


def _read(path: Path) -> dict[str, dict[str, Fact]]:
    table: dict[str, dict[str, Fact]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for error_type, code, status, message, display in list(csv.reader(lines))[1:]:
            table.setdefault(code, {})[error_type] = Fact(
                error_type, code, int(status), message, display or None
            )
    return table


# code -> type -> row: 186 rows, read in less than a millisecond.
TABLE = _read(Path(__file__).with_name("errors.csv"))
