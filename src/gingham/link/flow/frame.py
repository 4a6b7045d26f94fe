"""What all panes have in common: names in the texts, the frame, buttons, errors at fields."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from gingham.link.flow.chart import PLAID_VIEWS
from gingham.link.flow.model import Button, Field, InstitutionCard, Option, Pane, Session, Text
from gingham.link.flow.signing_in import answer_name


def text(session: Session, key: str, **values: str) -> Text:
    """A text with the names it may mention."""
    names = {"client_name": session.config.client_name}
    if session.institution is not None:
        names["institution"] = session.institution.name
    return Text(key=key, values=names | values, said=session.config.texts.get(key))


def frame(
    session: Session,
    title: str,
    help_key: str | None = None,
    help_values: Mapping[str, str] | None = None,
    **parts: Any,
) -> Pane:
    """The pane of the session's view; `help_values` go into its help, `parts` are further members of `Pane`."""
    return Pane(
        name=session.view.value,
        view=PLAID_VIEWS[session.view],
        title=text(session, title),
        help=text(session, help_key, **(help_values or {})) if help_key else None,
        institution=session.institution,
        **parts,
    )


def button(
    session: Session, action: str, label: str, role: str = "primary", fill: str | None = None
) -> Button:
    return Button(action=action, label=text(session, label), role=role, fill=fill)


def mark_wrong(session: Session, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Puts the session's error at the fields it belongs to: the named ones, else the last."""
    if session.field_error is None or not fields:
        return fields
    names = session.wrong_fields or (fields[-1].name,)
    error = text(session, session.field_error)
    return tuple(replace(each, error=error) if each.name in names else each for each in fields)


def one_time_code(session: Session) -> Field:
    """Where a code goes that was sent to the person, whoever sent it."""
    return Field(
        name=answer_name(0),
        kind="code",
        label=text(session, "mfa_code.field"),
        autocomplete="one-time-code",
        inputmode="numeric",
    )


def known(kind: str, kinds: frozenset[str]) -> str:
    """`kind` as the end of a message key; `other` when there is no text for it."""
    return kind if kind in kinds else "other"


def tile(card: InstitutionCard, brand: str | None = None) -> Option:
    """`brand`: the name of which the institution is one of several portals."""
    return Option(value=card.institution_id, label=brand or card.name, note=_host(card.url), logo=card.logo)


def _host(url: str | None) -> str | None:
    """`example.com` of `https://www.example.com/login`: it tells apart banks that share a name."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
