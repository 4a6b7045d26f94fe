"""Events as onEvent receives them, without what only the driver knows (link_session_id, request_id,
timestamp)."""

from typing import Any

from gingham.link.flow.chart import MFA_TYPES, PLAID_VIEWS
from gingham.link.flow.model import Event, LinkError, Session, View

METADATA_KEYS = (
    "account_number_mask",
    "brand_name",
    "error_code",
    "error_message",
    "error_type",
    "exit_status",
    "institution_id",
    "institution_name",
    "institution_search_query",
    "is_update_mode",
    "issue_description",
    "issue_detected_at",
    "issue_id",
    "match_reason",
    "mfa_type",
    "routing_number",
    "selection",
    "view_name",
    "view_variant",
)
"""Sent every time, null where they do not apply, so that an app may read any of them unguarded (Plaid docs:
Link Web, onEvent)."""


def event(session: Session, name: str, **metadata: Any) -> Event:
    """An event of `session`; the institution is filled in once it is chosen."""
    institution = session.institution
    values: dict[str, Any] = dict.fromkeys(METADATA_KEYS)
    if institution is not None:
        values |= {"institution_id": institution.institution_id, "institution_name": institution.name}
    return Event(name=name, metadata=values | metadata)


def transition_event(session: Session) -> Event:
    """TRANSITION_VIEW to the view the session is on."""
    return event(
        session,
        "TRANSITION_VIEW",
        view_name=PLAID_VIEWS[session.view],
        mfa_type=MFA_TYPES.get(session.view),
        view_variant=_variant(session),
    )


def _variant(session: Session) -> str | None:
    """How many banks are offered instead of typed numbers."""
    if session.view is not View.NUMBERS_SELECT_INSTITUTION or session.typed is None:
        return None
    return "SINGLE_INSTITUTION" if len(session.typed.institutions) == 1 else "MULTI_INSTITUTION"


def open_event(session: Session) -> Event:
    """OPEN, on the first view. `is_update_mode` is a string, as Plaid types it."""
    mode = "true" if session.config.update_mode else "false"
    return event(session, "OPEN", view_name=PLAID_VIEWS[session.view], is_update_mode=mode)


def reopen_event(session: Session) -> Event:
    """OPEN of a page that has come back from the bank: no view is named (Plaid docs: OAuth guide)."""
    mode = "true" if session.config.update_mode else "false"
    return event(session, "OPEN", is_update_mode=mode)


def error_event(session: Session, error: LinkError) -> Event:
    return event(session, "ERROR", **_error_keys(error))


def exit_event(session: Session) -> Event:
    """EXIT, as it would be sent from where the session stands."""
    return event(session, "EXIT", exit_status=session.exit_status, **_error_keys(session.error))


def _error_keys(error: LinkError | None) -> dict[str, Any]:
    if error is None:
        return {}
    return {
        "error_type": error.error_type,
        "error_code": error.error_code,
        "error_message": error.error_message,
    }
