"""From a desk to a phone: the code on Link's pane, and the address that it leads to.

Who reads the code comes to the bank with a visit that somebody else's Link has begun. Nothing is shared before the
bank's own pages have asked, and they name the app; what was agreed to goes to the Link that shows the code.
"""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import TYPE_CHECKING

from gingham.link.effects import PHONE_PATH

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

Find = Callable[[str], Awaitable[str | None]]

QUIET = 4
"""Modules of white around the code (ISO/IEC 18004), whatever the colour of the page."""
POLICY = "default-src 'none'; sandbox"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def draw(address: str) -> bytes:
    """The address as an SVG of a QR code, black on white."""
    import segno  # 50 to 100 ms, for few people

    drawn = BytesIO()
    # M, 15 % to lose: screens are clean, but their light is not.
    code = segno.make(address, error="m", micro=False)
    code.save(drawn, kind="svg", border=QUIET, dark="#000", light="#fff", omitsize=True, xmldecl=False)
    return drawn.getvalue()


def routes(address_of: Find, to_bank: Find, over: Callable[[], "Response"]) -> "list[BaseRoute]":
    """address_of: what the code of a visit says; to_bank: the bank's page, for a phone that has read it; over: the page
    for a code that leads nowhere any more."""
    from starlette.responses import PlainTextResponse, RedirectResponse, Response
    from starlette.routing import Route

    async def code(request: "Request") -> "Response":
        address = await address_of(request.path_params["handle"])
        if address is None:
            return PlainTextResponse("Not Found", 404, headers=HEADERS)
        headers = {
            **HEADERS,
            "Content-Security-Policy": POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        drawn = await asyncio.to_thread(draw, address)
        return Response(drawn, media_type="image/svg+xml", headers=headers)

    async def phone(request: "Request") -> "Response":
        url = await to_bank(request.path_params["handle"])
        return over() if url is None else RedirectResponse(url, 302, headers=HEADERS)

    return [
        Route(PHONE_PATH + "{handle}.svg", code, methods=["GET"]),
        Route(PHONE_PATH + "{handle}", phone, methods=["GET"]),
    ]
