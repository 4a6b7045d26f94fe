"""What a person sees: sign in, perhaps a code, the accounts to share, the consent, and the way back. In the bank's app,
which knows its owner, one screen.

Every page is one form that works without JavaScript, and every answer to a form is a redirect to the next page, so
that reloading and going back do no harm. A page that is not yet due leads to the one that is.

Any login name and password will do, even none (Plaid docs: Sandbox, OAuth); the password `mfa_device` asks for a
code, 1234. What is ticked on the consent page changes nothing; which accounts are ticked does.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gingham.banks.protocol import BankAccount
from gingham.clock import day
from gingham.oauthbank import data, endpoints, sessions
from gingham.oauthbank.authority import Answer
from gingham.oauthbank.client import NAME, Client
from gingham.oauthbank.forms import Form, form_of
from gingham.oauthbank.issuer import Issuer
from gingham.oauthbank.render import Renderer
from gingham.oauthbank.sessions import APP, AUTHORIZE, CONNECTIONS, COOKIE, Session
from gingham.platform import Platform

CODE = "1234"
ASKS_CODE = "mfa_device"
DEFAULT_PERSON = "user_good"
"""Who signs in with an empty login name."""
PERSON_LENGTH = 64

TICKED_AT_FIRST = frozenset(["checking", "savings"])

Page = Callable[[Session, Form], Awaitable[Response]]


class Pages:
    """The pages of every issuer."""

    def __init__(self, platform: Platform, client: Client, renderer: Renderer) -> None:
        self._platform, self._client, self._renderer = platform, client, renderer
        self._answers: dict[str, Page] = {
            "sign-in": self._sign_in,
            "code": self._code,
            "accounts": self._accounts,
            "consent": self._consent,
            "approve": self._approve,
        }

    async def authorize(self, request: Request, issuer: Issuer) -> Response:
        """The authorization endpoint: begins a session for a request that is right."""
        parameters = request.query_params.multi_items()
        answer = endpoints.consider(self._platform, issuer, self._client, parameters)
        if answer is not None:
            return self.leave(issuer, answer)
        return await self.begin(request, issuer, AUTHORIZE, parameters)

    async def open_app(self, request: Request, issuer: Issuer) -> Response:
        """The authorization endpoint, as a phone follows it: a page that plays the bank's app."""
        if not issuer.has_app:
            raise HTTPException(404)
        parameters = request.query_params.multi_items()
        answer = endpoints.consider(self._platform, issuer, self._client, parameters)
        if answer is not None:
            return self.leave(issuer, answer)
        return await self.begin(request, issuer, APP, parameters)

    async def begin(
        self, request: Request, issuer: Issuer, purpose: str, parameters: list[tuple[str, str]]
    ) -> Response:
        cookie = request.cookies.get(COOKIE)
        person = DEFAULT_PERSON if purpose == APP else None
        handle, browser = await sessions.begin(self._platform, issuer, purpose, parameters, cookie, person)
        response = go(issuer, "approve" if purpose == APP else "sign-in", handle)
        response.set_cookie(
            COOKIE, browser, path=issuer.path, secure=issuer.is_secure, httponly=True, samesite="lax"
        )
        return response

    async def show(self, request: Request, issuer: Issuer, step: str) -> Response:
        """`GET` of a step."""
        session = await self.resume(request, issuer, request.query_params.get("at", ""))
        if session is None:
            return self.over(issuer)
        if step not in _open(session):
            return go(issuer, due(session), session.handle)
        return self._page(session, step)

    async def answer(self, request: Request, issuer: Issuer, step: str) -> Response:
        """`POST` of a step's form."""
        form = await form_of(request)
        session = await self.resume(request, issuer, form.get("at"))
        if session is None or not session.accepts(step, form.get("form")):
            return self.over(issuer)
        if form.get("decline"):
            return await self._decline(session)
        if step not in _open(session):
            return go(issuer, due(session), session.handle)
        return await self._answers[step](session, form)

    async def resume(self, request: Request, issuer: Issuer, handle: str) -> Session | None:
        return await sessions.resume(self._platform, issuer, handle, request.cookies.get(COOKIE))

    def over(self, issuer: Issuer) -> Response:
        """For a session that ran out, has ended, or belongs to another browser."""
        return self._renderer.page("over", issuer, status=400)

    def leave(self, issuer: Issuer, answer: Answer) -> Response:
        """Goes back to the client, or says what is wrong when it is not known where that is."""
        if answer.location is not None:
            return RedirectResponse(answer.location, 303)
        said = str(answer.body.get("error_description") or "This request is not one the bank understands.")
        return self._renderer.page("refused", issuer, status=400, said=said)

    # --- what a form does ---

    async def _sign_in(self, session: Session, form: Form) -> Response:
        person = form.get("username").strip()[:PERSON_LENGTH] or DEFAULT_PERSON
        asks = form.get("password") == ASKS_CODE
        await session.sign_in(person, asks_code=asks)
        following = "code" if asks else "connections" if session.row.purpose == CONNECTIONS else "accounts"
        return go(session.issuer, following, session.handle)

    async def _code(self, session: Session, form: Form) -> Response:
        if form.get("code").strip() != CODE:
            return self._page(session, "code", error="That is not the code. In the sandbox it is 1234.")
        await session.sign_in(session.person or DEFAULT_PERSON, asks_code=False)
        following = "connections" if session.row.purpose == CONNECTIONS else "accounts"
        return go(session.issuer, following, session.handle)

    async def _accounts(self, session: Session, form: Form) -> Response:
        chosen = self._ticked(session, form)
        if not chosen:
            return self._page(session, "accounts", error="Choose at least one account, or cancel.")
        await session.choose(chosen)
        return go(session.issuer, "consent", session.handle)

    async def _approve(self, session: Session, form: Form) -> Response:
        chosen = self._ticked(session, form)
        if not chosen:
            return self._page(session, "approve", error="Choose at least one account, or decline.")
        answer = await endpoints.finish(session, self._client, accounts=chosen)
        return self.over(session.issuer) if answer is None else self.leave(session.issuer, answer)

    def _ticked(self, session: Session, form: Form) -> tuple[str, ...]:
        wanted = set(form.all("account"))
        there = data.accounts_at(self._platform, session.issuer)
        return tuple(account.reference for account in there if account.reference in wanted)

    async def _consent(self, session: Session, form: Form) -> Response:  # noqa: ARG002  ticks change nothing
        answer = await endpoints.finish(session, self._client, accounts=session.row.accounts)
        return self.over(session.issuer) if answer is None else self.leave(session.issuer, answer)

    async def _decline(self, session: Session) -> Response:
        if session.row.purpose == CONNECTIONS:
            await session.end()
            return self._renderer.page("signed-out", session.issuer)
        answer = await endpoints.finish(session, self._client, accounts=None)
        return self.over(session.issuer) if answer is None else self.leave(session.issuer, answer)

    # --- what a page shows ---

    def _page(self, session: Session, step: str, error: str | None = None) -> Response:
        shown: dict[str, Any] = {"client": NAME, "purpose": session.row.purpose}
        if step in ("accounts", "consent", "approve"):
            there = data.accounts_at(self._platform, session.issuer)
            chosen = session.row.accounts
            shown["groups"] = grouped(there)
            shown["ticked"] = frozenset(
                account.reference
                for account in there
                if (account.subtype in TICKED_AT_FIRST if chosen is None else account.reference in chosen)
            )
            shown["chosen"] = [account for account in there if account.reference in (chosen or ())]
            shown["person"] = session.person
            shown["until"] = day(self._platform.clock.now() + session.issuer.consent_lifetime)
        return self._renderer.form(step, session, status=400 if error else 200, error=error, **shown)


def due(session: Session) -> str:
    """The step that is next."""
    if session.row.purpose == APP:
        return "approve"
    if session.row.person is None:
        return "sign-in"
    if session.row.asks_code:
        return "code"
    if session.row.purpose == CONNECTIONS:
        return "connections"
    return "accounts" if session.row.accounts is None else "consent"


def _open(session: Session) -> tuple[str, ...]:
    """The steps a person may be at: the one that is due, and those to which one may go back."""
    return {
        "sign-in": ("sign-in",),
        "code": ("sign-in", "code"),
        "accounts": ("sign-in", "accounts"),
        "consent": ("sign-in", "accounts", "consent"),
        "connections": ("sign-in", "connections"),
        "approve": ("approve",),
    }[due(session)]


def go(issuer: Issuer, step: str, handle: str) -> Response:
    path = "connections/list" if step == "connections" else step
    # Relative, so that it holds behind a proxy as well.
    return RedirectResponse(f"{issuer.path}/{path}?{urlencode({'at': handle})}", 303)


_GROUPS = {"depository": "Cash", "credit": "Cards", "investment": "Investments", "loan": "Loans"}


def grouped(accounts: tuple[BankAccount, ...]) -> list[tuple[str, list[BankAccount]]]:
    """Accounts of a kind stand together, in the bank's order."""
    groups: dict[str, list[BankAccount]] = {}
    for account in accounts:
        groups.setdefault(_GROUPS.get(account.type, "Other"), []).append(account)
    return list(groups.items())
