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
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

__all__ = ["pages"]

STATIC = Path(__file__).parent / "static"
PREFIX = "/link/v2/stable/"
LOADER = "link-initialize.js"
PAGE = "link.html"
PARTS = ("dom.js", "fields.js", "pane.js", "link.js", "tokens.css", "fields.css", "link.css")

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

# RFC 3986 host and port, without percent-encoding: what may be written into the loader.
HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
INSTITUTION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

COMMON = {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}


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
    sources = {name: (STATIC / name).read_text(encoding="utf-8") for name in (PAGE, *PARTS)}
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
        name: Asset(versioned(text, version).encode(), Path(name).suffix, page if name == PAGE else part)
        for name, text in sources.items()
    }


def request_origin(scheme: str, host: str) -> str | None:
    """The origin a request was sent to, or None when its Host header is not one."""
    return f"{scheme}://{host}" if HOST.fullmatch(host) and scheme in {"http", "https"} else None


def pages(
    public_origin: str | Callable[[], str | None] | None,
    logos: Callable[[str], str | None],
    *,
    trust_forwarded_proto: bool = False,
) -> "ASGIApp":
    """The ASGI app of Link's files under `/link/`.

    public_origin: the configured public origin, such as `https://link.example.com`, or how to ask for it; None
    or empty: the origin each request was sent to.
    logos: institution_id to its drawn SVG, None when there is no such institution.
    trust_forwarded_proto: believe `X-Forwarded-Proto`; only behind a proxy that sets it.
    """
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    parts = load_parts()
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
        origin = public_origin() if callable(public_origin) else public_origin
        if not origin:
            scheme = request.scope["scheme"]
            if trust_forwarded_proto:
                scheme = request.headers.get("x-forwarded-proto", scheme).split(",")[0].strip().lower()
            origin = request_origin(scheme, request.headers.get("host", ""))
        return loader_for(origin.rstrip("/") if origin else None).answer(request)

    async def part(request: "Request") -> "Response":
        return parts[request.scope["path"].removeprefix(PREFIX)].answer(request)

    async def logo(request: "Request") -> "Response":
        institution_id = request.path_params["institution_id"]
        found = logo_for(institution_id) if INSTITUTION_ID.fullmatch(institution_id) else None
        return found.answer(request) if found else PlainTextResponse("Not Found", 404, headers=COMMON)

    routes = [
        Route(PREFIX + LOADER, loader, methods=["GET"]),
        *(Route(PREFIX + name, part, methods=["GET"]) for name in parts),
        Route("/link/institutions/{institution_id}.svg", logo, methods=["GET"]),
    ]
    return Starlette(routes=routes)
