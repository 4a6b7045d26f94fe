"""What the sandbox knows of account numbers that are typed without a login (Plaid docs: Sandbox)."""

CODE = "ABC"
"""Of every micro-deposit."""

_INSTANT = frozenset({"333333334"})
"""Routing numbers of banks that take instant payments."""

_DATABASE = {
    "1111222233331111": "database_insights_pass",
    "1111222233333333": "database_insights_pass_with_caution",
}
"""What is known of an account number, under any routing number."""


def takes_instant_deposits(routing_number: str) -> bool:
    return routing_number in _INSTANT


def database_status(account_number: str) -> str:
    return _DATABASE.get(account_number, "database_insights_fail")
