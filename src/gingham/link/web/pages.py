"""What Link serves to browsers: the loader for host pages, the frame's page with its parts, and drawn logos.

Everything is read once, kept in memory with its gzip twin and its ETag, and answered without I/O. The loader
carries this server's public origin, because the page that includes it may name another host. The frame's page
is `no-cache` and asks for its parts by a version made of their bytes, so an upgrade is seen at once and the
parts may be kept for a year.

Promises: nothing a client sends is reflected unless it is a well-formed host; the frame's page runs only its
own files.
"""

import gzip
import hashlib
import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gingham.banks.oauth.registration import RETURN_PATH
from gingham.link.flow.model import Text
from gingham.link.hosted import Invitation
from gingham.link.messages.messages import direction, render
from gingham.link.returns import HOSTED_PATH, Landing
from gingham.origin import origin_of
from gingham.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

__all__ = ["pages"]

STATIC = Path(__file__).parent / "static"
PREFIX = "/link/v2/stable/"
LOADER = "link-initialize.js"
PAGE = "link.html"
EMBED = "embed.html"
PARTS = (
    "return.js",
    "return.css",
    "dom.js",
    "dress.js",
    "sheet.js",
    "fields.js",
    "pane.js",
    "link.js",
    "tokens.css",
    "fields.css",
    "link.css",
    "webview.js",
    "embed.js",
    "embed.css",
)

CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors * file: capacitor: ionic:"
)
"""`*` covers network schemes only; the other three are pages on a disk and in the common app shells."""
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

LOADER_CACHE = "public, max-age=300"
"""Short: after an upgrade or a change of the public origin, hosts follow within five minutes."""
PAGE_CACHE = "no-cache"
PART_CACHE = "public, max-age=31536000, immutable"
LOGO_CACHE = "public, max-age=86400"

INSTITUTION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

COMMON = {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}


HOSTED_POLICY = PAGE_POLICY.replace("frame-ancestors * file: capacitor: ionic:", "frame-ancestors 'none'")
"""A page that asks for passwords under its own address is nobody's part."""
RETURN_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
RETURN_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/link/v2/stable/tokens.css">
<link rel="stylesheet" href="/link/v2/stable/return.css"><script src="/link/v2/stable/return.js"></script></head>
<body><main><span class="mark gingham" aria-hidden="true"></span><h1>{title}</h1><p>{help}</p></main></body></html>
"""

LOGO_DIGEST = re.compile(r"[0-9a-f]{64}")
PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    **COMMON,
}
"""A client's own picture: shown by Link's frame alone, and never anything but a picture."""

Land = Callable[[Mapping[str, str], str | None], Awaitable[Landing]]
Invite = Callable[[str], Awaitable[Invitation]]
Find = Callable[[str], Awaitable[bytes | None]]


def return_page(language: str, *, known: bool) -> str:
    """What a person sees in the bank's window at the end; it closes itself where the browser lets it. Also at an
    address that leads nowhere (any more)."""
    state = "return" if known else "return.over"
    words = {name: html.escape(render(Text(key=f"{state}.{name}"), language)) for name in ("title", "help")}
    return RETURN_PAGE.format(language=language, direction=direction(language), **words)


def page_over(language: str = "en") -> "Response":
    """At an address that leads nowhere."""
    from starlette.responses import HTMLResponse

    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", **COMMON}
    headers["Content-Security-Policy"] = RETURN_POLICY
    return HTMLResponse(return_page(language, known=False), 404, headers=headers)


def hosted_page(page: str) -> str:
    """Link's page under an address of its own: its parts stay where they are."""
    return re.sub(r'(href|src)="(?!data:)', rf'\1="{PREFIX}', page).replace("<html ", '<html class="hosted" ')


class Asset:
    """One file as it is answered: bytes, gzip twin, validator and headers."""

    def __init__(self, content: bytes, suffix: str, headers: Mapping[str, str]) -> None:
        self.plain = content
        self.zipped = gzip.compress(content, 9, mtime=0)
        self.tag = hashlib.sha256(content).hexdigest()[:20]
        self.headers = {"Content-Type": CONTENT_TYPES[suffix], **COMMON, **headers}

    def answer(self, request: "Request") -> "Response":
        from starlette.responses import Response

        zipped = accepts_gzip(request.headers.get("accept-encoding", ""))
        # A strong validator names the bytes on the wire, so the two encodings need two.
        tag = f'"{self.tag}-gzip"' if zipped else f'"{self.tag}"'
        headers = {**self.headers, "ETag": tag}
        if matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(self.zipped if zipped else self.plain, headers=headers)


def accepts_gzip(header: str) -> bool:
    """RFC 9110, section 12.5.3, as far as browsers use it: a listed gzip (or *) that is not weighted 0."""
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def matches(header: str, tag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110, section 13.1.2): proxies may have put a W/ in front."""
    return any(one.strip().removeprefix("W/") in {tag, "*"} for one in header.split(","))


def versioned(text: str, version: str) -> str:
    """Writes the version behind every name of a part in quotes."""
    names = "|".join(re.escape(name) for name in PARTS)
    return re.sub(rf'"((?:\./)?(?:{names}))"', rf'"\1?v={version}"', text)


def load_parts() -> dict[str, Asset]:
    """The page and its parts by name."""
    sources = {name: (STATIC / name).read_text(encoding="utf-8") for name in (PAGE, EMBED, *PARTS)}
    version = hashlib.sha256("\0".join(sources.values()).encode()).hexdigest()[:12]
    part = {"Cache-Control": PART_CACHE, "Cross-Origin-Resource-Policy": "same-origin"}
    # The page may be embedded anywhere, also by hosts that isolate themselves: hence the cross-origin pair.
    page = {
        "Cache-Control": PAGE_CACHE,
        "Content-Security-Policy": PAGE_POLICY,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
    }
    return {
        name: Asset(
            versioned(text, version).encode(), Path(name).suffix, page if name in (PAGE, EMBED) else part
        )
        for name, text in sources.items()
    }


def pages(
    settings: Settings,
    logos: Callable[[str], str | None],
    land: Land,
    invitation: Invite,
    picture: Find,
    further: "Sequence[BaseRoute]" = (),
) -> "ASGIApp":
    """The ASGI app of Link's files under `/link/`.

    logos: institution_id to its drawn SVG, None when there is no such institution.
    land: takes a bank's answer to a person who has been on its pages, and this server's origin.
    invitation: whether Link can be opened at a hosted page's address.
    picture: a client's logo (PNG) by its digest.
    further: routes that others make.
    """
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
    from starlette.routing import Route

    parts = load_parts()
    hosted = Asset(
        hosted_page(parts[PAGE].plain.decode()).encode(),
        ".html",
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": HOSTED_POLICY,
            "Referrer-Policy": "no-referrer",
        },
    )
    source = (STATIC / LOADER).read_text(encoding="utf-8")

    @lru_cache(maxsize=64)
    def loader_for(origin: str | None) -> Asset:
        # Without an origin the loader falls back to the address of its own tag.
        return Asset(
            source.replace('"__GINGHAM_ORIGIN__"', json.dumps(origin or "")).encode(),
            ".js",
            {
                "Cache-Control": LOADER_CACHE,
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )

    @lru_cache(maxsize=1024)
    def logo_for(institution_id: str) -> Asset | None:
        drawn = logos(institution_id)
        if drawn is None:
            return None
        headers = {
            "Cache-Control": LOGO_CACHE,
            "Content-Security-Policy": SVG_POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return Asset(drawn.encode(), ".svg", headers)

    async def loader(request: "Request") -> "Response":
        return loader_for(origin_of(settings, request.scope)).answer(request)

    async def part(request: "Request") -> "Response":
        return parts[request.scope["path"].removeprefix(PREFIX)].answer(request)

    async def logo(request: "Request") -> "Response":
        institution_id = request.path_params["institution_id"]
        found = logo_for(institution_id) if INSTITUTION_ID.fullmatch(institution_id) else None
        return found.answer(request) if found else PlainTextResponse("Not Found", 404, headers=COMMON)

    async def own_logo(request: "Request") -> "Response":
        digest = request.path_params["digest"]
        found = await picture(digest) if LOGO_DIGEST.fullmatch(digest) else None
        if found is None:
            return PlainTextResponse("Not Found", 404, headers=COMMON)
        return Response(found, media_type="image/png", headers=PICTURE_HEADERS)

    async def back_from_bank(request: "Request") -> "Response":
        landing = await land(dict(request.query_params), origin_of(settings, request.scope))
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", **COMMON}
        if landing.redirect_to is not None:
            return RedirectResponse(landing.redirect_to, 302, headers=headers)
        headers["Content-Security-Policy"] = RETURN_POLICY
        page = return_page(landing.language, known=landing.known)
        return HTMLResponse(page, 200 if landing.known else 404, headers=headers)

    async def on_page(request: "Request") -> "Response":
        invited = await invitation(request.path_params["address"])
        if (invited.open and "over" not in request.query_params) or "oauth_state_id" in request.query_params:
            # Who comes back from a bank goes on, also when nobody could begin here any more.
            return hosted.answer(request)
        return page_over(invited.language)

    routes = [
        *further,
        Route(RETURN_PATH, back_from_bank, methods=["GET"]),
        Route(PREFIX + LOADER, loader, methods=["GET"]),
        *(Route(PREFIX + name, part, methods=["GET"]) for name in parts),
        Route(HOSTED_PATH + "{address}", on_page, methods=["GET"]),
        Route("/link/customizations/{digest}.png", own_logo, methods=["GET"]),
        Route("/link/institutions/{institution_id}.svg", logo, methods=["GET"]),
    ]
    return Starlette(routes=routes)
