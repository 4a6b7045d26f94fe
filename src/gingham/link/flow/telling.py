"""Telling people which of their data is read and what for (Plaid docs: Data Transparency Messaging).

A line at the foot of one pane: before the bank's own pages, or at the choice of accounts, also of those kept
for a returning person; without such a choice at consent.
"""

from gingham.link.flow.events import event
from gingham.link.flow.frame import text
from gingham.link.flow.model import Disclosure, Session, Step, View, ViewDataTypes
from gingham.link.flow.moves import stay


def disclosure(session: Session) -> Disclosure | None:
    """What is told on the session's pane; None where nothing is."""
    config = session.config
    if not config.data_types or session.view not in (_told_at(session), View.SELECT_SAVED_ACCOUNTS):
        return None
    return Disclosure(
        line=text(session, "data.line"),
        button=text(session, "data.button"),
        title=text(session, "data.title"),
        types_title=text(session, "data.types"),
        types=tuple(text(session, f"data.type.{kind}") for kind in config.data_types),
        uses_title=text(session, "data.uses"),
        uses=config.use_cases,
    )


def _told_at(session: Session) -> View:
    if session.institution is not None and session.institution.oauth:
        return View.OAUTH
    return View.CONSENT if session.config.account_selection in ("none", "disabled") else View.SELECT_ACCOUNTS


def viewed(session: Session, _: ViewDataTypes) -> Step:
    if disclosure(session) is None:
        return stay(session)
    return Step(session=session, events=(event(session, "VIEW_DATA_TYPES"),))
