"""What onSuccess and onExit receive, with every key each time (Plaid docs: Link Web)."""

from collections.abc import Mapping
from typing import Any

from gingham.link.flow.model import AccountChoice, LinkError, Session


def exit_snapshot(session: Session) -> tuple[LinkError | None, str | None]:
    """The error and the status that a forced exit would report from here."""
    return session.error, session.exit_status


def exit_error(session: Session) -> dict[str, Any] | None:
    """First argument of onExit: the last error the person met, or None."""
    error = session.error
    if error is None:
        return None
    return {
        "error_type": error.error_type,
        "error_code": error.error_code,
        "error_message": error.error_message,
        "display_message": error.display_message,
    }


def exit_metadata(session: Session, request_id: str) -> dict[str, Any]:
    """Second argument of onExit. `request_id`: of the request that ends the session."""
    return {
        "institution": _institution(session),
        "status": session.exit_status,
        "link_session_id": session.link_session_id,
        "request_id": request_id,
    }


def success_metadata(session: Session, public_token: str, account_ids: Mapping[str, str]) -> dict[str, Any]:
    """Second argument of onSuccess.

    `account_ids`: account_id by the key of the account, for every key in `session.selected`. Raises
    `KeyError` when one is missing. `account`, `account_id` and `public_token` are what integrations before
    2020 read.
    """
    accounts = [
        _account(account, account_ids[account.key], session.verification_status)
        for account in session.accounts
        if account.key in session.selected
    ]
    first = accounts[0] if accounts else None
    return {
        "institution": _institution(session),
        "accounts": accounts,
        "account": first,
        "account_id": first["id"] if first else None,
        "link_session_id": session.link_session_id,
        "public_token": public_token,
        "transfer_status": None,
        "wallet": None,
    }


def _institution(session: Session) -> dict[str, str] | None:
    institution = session.institution
    if institution is None:
        return None
    return {"name": institution.name, "institution_id": institution.institution_id}


def _account(account: AccountChoice, account_id: str, verification_status: str | None) -> dict[str, Any]:
    return {
        "id": account_id,
        "name": account.name,
        "mask": account.mask,
        "type": account.type,
        "subtype": account.subtype,
        "verification_status": verification_status,
        "class_type": None,
    }
