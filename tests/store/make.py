"""Rows for tests: complete, dull, and with any member to your liking."""

from typing import Any

from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow, PublicTokenRow
from gingham.store.jobs import JobRow
from gingham.store.links import LinkEventRow, LinkSessionRow, LinkTokenRow
from gingham.store.outbox import OutboxRow
from gingham.store.transactions import TransactionRow


def item(item_id: str = "item-1", **members: Any) -> ItemRow:
    values: dict[str, Any] = {
        "item_id": item_id,
        "client_id": "client-1",
        "environment": "sandbox",
        "institution_id": "ins_1",
        "client_user_id": None,
        "created_at": 1,
        "webhook": None,
        "products": ("auth",),
        "billed_products": (),
        "consented_products": None,
        "auth_method": None,
        "consent_expires_at": None,
        "error_code": None,
        "grant": b"sealed",
        "username_digest": None,
        "removed_at": None,
        "days_requested": 90,
        "transactions_from": None,
        "initial_at": None,
        "historical_at": None,
        "refreshed_at": None,
        "synced": False,
        "sequence": 0,
        "webhook_sent_at": None,
        "webhook_code": None,
        "user_id": None,
        "broken_at": None,
    }
    return ItemRow(**values | members)


def public_token(digest: bytes = b"public", **members: Any) -> PublicTokenRow:
    values: dict[str, Any] = {
        "digest": digest,
        "item_id": "item-1",
        "created_at": 1,
        "expires_at": 100,
        "exchanged_at": None,
        "for_update": False,
    }
    return PublicTokenRow(**values | members)


def account(account_id: str = "account-1", **members: Any) -> AccountRow:
    values: dict[str, Any] = {
        "account_id": account_id,
        "item_id": "item-1",
        "position": 0,
        "reference": f"bank's {account_id}",
        "type": "depository",
        "subtype": "checking",
        "name": "Checking",
        "mask": "0000",
        "encoded": b"{}",
    }
    return AccountRow(**values | members)


def transaction(transaction_id: str = "transaction-1", **members: Any) -> TransactionRow:
    values: dict[str, Any] = {
        "transaction_id": transaction_id,
        "item_id": "item-1",
        "account_id": "account-1",
        "reference": f"bank's {transaction_id}",
        "date": "2026-05-04",
        "place": 0,
        "pending": False,
        "added_seq": 1,
        "changed_seq": 1,
        "removed": False,
        "encoded": transaction_id.encode(),
    }
    return TransactionRow(**values | members)


def link_token(digest: bytes = b"link", **members: Any) -> LinkTokenRow:
    values: dict[str, Any] = {
        "digest": digest,
        "client_id": "client-1",
        "environment": "sandbox",
        "created_at": 1,
        "expires_at": 100,
        "request": b'{"products":["auth"]}',
        "item_id": None,
        "used_at": None,
        "burnt_at": None,
    }
    return LinkTokenRow(**values | members)


def link_session(link_session_id: str = "session-1", **members: Any) -> LinkSessionRow:
    values: dict[str, Any] = {
        "link_session_id": link_session_id,
        "token_digest": b"link",
        "secret_digest": link_session_id.encode(),
        "revision": 1,
        "state": b"{}",
        "sealed": None,
        "started_at": 1,
        "touched_at": 1,
        "finished_at": None,
        "outcome": None,
        "item_id": None,
    }
    return LinkSessionRow(**values | members)


def link_event(event_id: str = "event-1", **members: Any) -> LinkEventRow:
    values: dict[str, Any] = {
        "event_id": event_id,
        "link_session_id": "session-1",
        "position": 0,
        "name": "OPEN",
        "metadata": b"{}",
        "at": 1,
    }
    return LinkEventRow(**values | members)


def webhook(webhook_id: str = "webhook-1", **members: Any) -> OutboxRow:
    values: dict[str, Any] = {
        "webhook_id": webhook_id,
        "client_id": "client-1",
        "environment": "sandbox",
        "item_id": "item-1",
        "url": "https://app.example/webhook",
        "type": "TRANSACTIONS",
        "code": "INITIAL_UPDATE",
        "body": b"{}",
        "created_at": 1,
    }
    return OutboxRow(**values | members)


def job(job_id: str = "job-1", **members: Any) -> JobRow:
    values: dict[str, Any] = {"job_id": job_id, "kind": "pull", "item_id": "item-1", "due_at": 10}
    return JobRow(**values | members)
