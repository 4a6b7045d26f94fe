"""The bank as an ASGI application: which address is answered by what, and with which headers."""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

import gingham
from gingham.banks import logo
from gingham.oauthbank import data, endpoints, keys
from gingham.oauthbank.authority import Answer
from gingham.oauthbank.client import Client, client_of
from gingham.oauthbank.connections import Connections
from gingham.oauthbank.forms import form_of
from gingham.oauthbank.issuer import Issuer, issuer_of
from gingham.oauthbank.pages import Pages
from gingham.oauthbank.render import Renderer
from gingham.platform import Platform

_LINK = Path(gingham.__file__).parent / "link" / "web" / "static"
_SHEETS = {
    # The look's own numbers, and Link's inputs: one file each, wherever they are shown.
    "tokens.css": _LINK / "tokens.css",
    "fields.css": _LINK / "fields.css",
    "bank.css": Path(__file__).parent / "static" / "bank.css",
}
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
_DRAWN = {**_KEPT, "Cache-Control": "public, max-age=86400"}
_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_PLAIN = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[Request, Issuer], Awaitable[Response]]


def bank(platform: Platform, origin: str) -> ASGIApp:
    """The banks under `origin`. Blocks for the time of a few imports and reads, so call it in a thread."""
    # At its most talkative Authlib writes tokens into the log.
    logging.getLogger("authlib").setLevel(logging.WARNING)
    return _Bank(platform, origin).app()


class _Bank:
    def __init__(self, platform: Platform, origin: str) -> None:
        self._platform, self._origin = platform, origin
        self._sheets = {name: path.read_bytes() for name, path in _SHEETS.items()}
        version = hashlib.sha256(b"".join(self._sheets.values())).hexdigest()[:12]
        self._renderer = Renderer(version)
        self._client: Client = client_of(platform, origin)
        self._pages = Pages(platform, self._client, self._renderer)
        self._connections = Connections(platform, self._pages, self._renderer)

    def app(self) -> ASGIApp:
        at = self._at
        routes = [
            Route("/assets/{name}", self._sheet, methods=["GET"]),
            Route("/{bank}/.well-known/openid-configuration", at(self._metadata), methods=["GET"]),
            Route("/{bank}/jwks", at(self._jwks), methods=["GET"]),
            Route("/{bank}/authorize", at(self._pages.authorize), methods=["GET"]),
            Route("/{bank}/app", at(self._pages.open_app), methods=["GET"]),
            Route("/{bank}/token", at(self._token), methods=["POST"]),
            Route("/{bank}/revoke", at(self._revoke), methods=["POST"]),
            Route("/{bank}/userinfo", at(self._userinfo), methods=["GET", "POST"]),
            Route("/{bank}/api/{part}", at(self._data), methods=["GET"]),
            Route("/{bank}/logo.svg", at(self._logo), methods=["GET"]),
            Route("/{bank}/colors.css", at(self._colors), methods=["GET"]),
            Route("/{bank}/connections", at(self._connections.begin), methods=["GET"]),
            Route("/{bank}/connections/list", at(self._connections.show), methods=["GET"]),
            Route("/{bank}/connections/list", at(self._connections.answer), methods=["POST"]),
            Route("/{bank}", at(self._home), methods=["GET"]),
            Route("/{bank}/{step}", at(self._show), methods=["GET"]),
            Route("/{bank}/{step}", at(self._answer), methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._problem})  # type: ignore[dict-item]

    def _at(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """The handler, told at which institution; 404 where there is none."""

        async def handled(request: Request) -> Response:
            issuer = issuer_of(self._platform.banks, self._origin, request.path_params["bank"])
            if issuer is None:
                raise HTTPException(404)
            return await handler(request, issuer)

        return handled

    async def _problem(self, _: Request, problem: HTTPException) -> Response:
        return self._renderer.page("missing", None, status=problem.status_code)

    # --- for people ---

    async def _home(self, _: Request, issuer: Issuer) -> Response:
        return RedirectResponse(f"{issuer.path}/connections", 303)

    async def _show(self, request: Request, issuer: Issuer) -> Response:
        return await self._pages.show(request, issuer, _step(request))

    async def _answer(self, request: Request, issuer: Issuer) -> Response:
        return await self._pages.answer(request, issuer, _step(request))

    async def _sheet(self, request: Request) -> Response:
        content = self._sheets.get(request.path_params["name"])
        if content is None:
            raise HTTPException(404)
        return Response(content, media_type="text/css", headers=_KEPT)

    async def _logo(self, _: Request, issuer: Issuer) -> Response:
        drawn = logo.svg(issuer.institution)
        headers = {**_DRAWN, "Content-Security-Policy": _SVG_POLICY}
        return Response(drawn, media_type="image/svg+xml", headers=headers)

    async def _colors(self, _: Request, issuer: Issuer) -> Response:
        return Response(_colors_of(issuer), media_type="text/css", headers=_DRAWN)

    # --- for clients ---

    async def _metadata(self, _: Request, issuer: Issuer) -> Response:
        return said(issuer.metadata())

    async def _jwks(self, _: Request, issuer: Issuer) -> Response:  # noqa: ARG002  one key set for all
        return said(await keys.key_set(self._platform))

    async def _token(self, request: Request, issuer: Issuer) -> Response:
        return await self._asked(request, issuer, endpoints.token)

    async def _revoke(self, request: Request, issuer: Issuer) -> Response:
        return await self._asked(request, issuer, endpoints.revoke)

    async def _asked(
        self, request: Request, issuer: Issuer, endpoint: Callable[..., Awaitable[Answer]]
    ) -> Response:
        try:
            form = await form_of(request)
        except HTTPException as problem:
            return said({"error": "invalid_request"}, problem.status_code)
        authorization = request.headers.get("authorization")
        answer = await endpoint(self._platform, issuer, self._client, form.fields, authorization)
        # RFC 6749, section 5.2.
        challenge = {"WWW-Authenticate": 'Basic realm="bank"'} if answer.status == 401 else {}
        return said(answer.body, answer.status, challenge)

    async def _userinfo(self, request: Request, issuer: Issuer) -> Response:
        asker = await endpoints.bearer(self._platform, issuer, request.headers.get("authorization"))
        if asker is None or "openid" not in asker.scopes:
            return _unasked("openid" if asker else None)
        return said({"sub": asker.consent.subject, "preferred_username": asker.person})

    async def _data(self, request: Request, issuer: Issuer) -> Response:
        found = data.PARTS.get(request.path_params["part"])
        if found is None:
            return said({"error": "not_found"}, 404)
        scope, part = found
        asker = await endpoints.bearer(self._platform, issuer, request.headers.get("authorization"))
        if asker is None or (scope is not None and scope not in asker.scopes):
            return _unasked(scope if asker else None)
        try:
            return said(await part(self._platform, issuer, asker, dict(request.query_params)))
        except data.BadQueryError as problem:
            return said({"error": "invalid_request", "error_description": str(problem)}, 400)


def said(body: object, status: int = 200, further: dict[str, str] | None = None) -> Response:
    """JSON that nobody keeps."""
    return Response(
        msgspec.json.encode(body),
        status,
        {**_PLAIN, **(further or {})},
        media_type="application/json",
    )


def _unasked(lacking: str | None) -> Response:
    """RFC 6750, section 3.1: the token is no good, or (`lacking`: a scope) does not reach that far."""
    error, status = ("insufficient_scope", 403) if lacking else ("invalid_token", 401)
    scope = f', scope="{lacking}"' if lacking else ""
    return said(
        {"error": error}, status, {"WWW-Authenticate": f'Bearer realm="bank", error="{error}"{scope}'}
    )


def _step(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in ("sign-in", "code", "accounts", "consent", "approve"):
        raise HTTPException(404)
    return step


@cache
def _colors_of(issuer: Issuer) -> str:
    first, second = logo.dyes(issuer.institution)
    return f":root {{\n  --bank: {first};\n  --bank-second: {second};\n}}\n"
