"""Templates to HTML, with the headers that every page here has."""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from gingham.oauthbank.issuer import Issuer
from gingham.oauthbank.sessions import CONNECTIONS, Session

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "
_STAYS = "'self'"
_LEAVES = "'self' http: https:"
"""Browsers hold `form-action` against every redirect after a form, and the last one leads to the client's app,
whose address the bank does not know."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY + _STAYS,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@cache
def _templates() -> Environment:
    """Compiled once in a process, however many servers it has."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["money"] = money
    made.filters["longdate"] = longdate
    return made


class Renderer:
    """`version`: of the style sheets, so that they may be kept for ever."""

    def __init__(self, version: str) -> None:
        self._version = version

    def page(self, name: str, issuer: Issuer | None, *, status: int = 200, **shown: Any) -> Response:
        template = _templates().get_template(f"{name}.html")
        bank = issuer.institution if issuer else None
        text = template.render(version=self._version, bank=bank, issuer=issuer, **shown)
        return HTMLResponse(text, status, HEADERS)

    def form(self, step: str, session: Session, *, status: int, **shown: Any) -> Response:
        """A page with a form of a session."""
        response = self.page(
            step,
            session.issuer,
            status=status,
            step=step,
            at=session.handle,
            form=session.form_token(step),
            **shown,
        )
        if session.row.purpose != CONNECTIONS:
            response.headers["Content-Security-Policy"] = _POLICY + _LEAVES
        return response


_SIGNS = {"USD": "$", "CAD": "CA$", "GBP": "£", "EUR": "€"}


def money(amount: Decimal | None, currency: str | None) -> str:
    """`$1,000.00`."""
    if amount is None:
        return ""
    sign = _SIGNS.get(currency or "")
    return f"{sign}{amount:,.2f}" if sign else f"{amount:,.2f} {currency or ''}".rstrip()


def longdate(day: date) -> str:
    """`4 May 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
