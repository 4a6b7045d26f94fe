"""What a person has shared with whom, and ending it: the bank's own page, which needs no platform."""

from starlette.requests import Request
from starlette.responses import Response

from gingham.clock import day
from gingham.oauthbank import data
from gingham.oauthbank.client import NAME
from gingham.oauthbank.endpoints import subject_of
from gingham.oauthbank.forms import form_of
from gingham.oauthbank.issuer import Issuer
from gingham.oauthbank.pages import Pages, due, go
from gingham.oauthbank.render import Renderer
from gingham.oauthbank.sessions import CONNECTIONS, Session
from gingham.platform import Platform
from gingham.store import oauth_bank
from gingham.store.oauth_bank import ConsentRow


class Connections:
    def __init__(self, platform: Platform, pages: Pages, renderer: Renderer) -> None:
        self._platform, self._pages, self._renderer = platform, pages, renderer

    async def begin(self, request: Request, issuer: Issuer) -> Response:
        return await self._pages.begin(request, issuer, CONNECTIONS, [])

    async def show(self, request: Request, issuer: Issuer) -> Response:
        session = await self._pages.resume(request, issuer, request.query_params.get("at", ""))
        if session is None:
            return self._pages.over(issuer)
        if due(session) != "connections":
            return go(issuer, due(session), session.handle)
        return await self._page(session)

    async def answer(self, request: Request, issuer: Issuer) -> Response:
        """Ends the consent that the form names, if it is the person's; or signs out."""
        form = await form_of(request)
        session = await self._pages.resume(request, issuer, form.get("at"))
        if session is None or not session.accepts("connections", form.get("form")):
            return self._pages.over(issuer)
        if due(session) != "connections":
            return go(issuer, due(session), session.handle)
        if form.get("decline"):
            await session.end()
            return self._renderer.page("signed-out", issuer)
        mine = {consent.consent_id for consent in await self._consents(session)}
        if form.get("consent") in mine:
            async with self._platform.store.writing() as writer:
                await oauth_bank.end_consent(writer, form.get("consent"), self._platform.clock.now())
        return go(issuer, "connections", session.handle)

    async def _consents(self, session: Session) -> list[ConsentRow]:
        issuer = session.issuer
        return await oauth_bank.consents(
            self._platform.store,
            issuer.institution.institution_id,
            subject_of(self._platform, issuer, session.person or ""),
            self._platform.clock.now(),
        )

    async def _page(self, session: Session) -> Response:
        names = {account.reference: account for account in data.accounts_at(self._platform, session.issuer)}
        shared = [
            {
                "consent_id": consent.consent_id,
                "since": day(consent.created_at),
                "until": day(consent.expires_at),
                "accounts": [names[reference] for reference in consent.accounts if reference in names],
            }
            for consent in await self._consents(session)
        ]
        return self._renderer.form(
            "connections", session, status=200, error=None, client=NAME, person=session.person, shared=shared
        )
