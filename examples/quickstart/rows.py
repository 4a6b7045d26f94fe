"""What the page needs of an account and of a transaction, as plain JSON."""

from typing import Any


def account_row(account: Any) -> dict[str, Any]:
    balances = account.balances
    return {
        "id": account.account_id,
        "name": account.get("official_name") or account.name,
        "mask": account.get("mask"),
        "kind": str(account.get("subtype") or account.type),
        "current": balances.get("current"),
        "available": balances.get("available"),
        "currency": balances.get("iso_currency_code") or "USD",
        "owed": str(account.type) in ("credit", "loan"),  # their balance is a debt
    }


def transaction_row(transaction: Any) -> dict[str, Any]:
    category = transaction.get("personal_finance_category")
    return {
        "id": transaction.transaction_id,
        "account": transaction.account_id,
        "date": transaction.date.isoformat(),
        "name": transaction.get("merchant_name") or transaction.name,
        "category": category.primary if category else "",
        "amount": transaction.amount,  # positive: money out of the account
        "currency": transaction.get("iso_currency_code") or "USD",
        "pending": transaction.pending,
    }
