"""What browsers and clients send in a body: `application/x-www-form-urlencoded`."""

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

LONGEST = 1 << 16
"""Bytes: a hundred times what any form here needs."""

_MOST = 200
"""Fields."""


class Form:
    """Fields in their order; a missing one reads as empty."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields

    def get(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]


async def form_of(request: Request) -> Form:
    """Raises `HTTPException`: 413 for a body that is too long, 415 for one that is no form, 400 for nonsense."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise HTTPException(413)
    try:
        # Bytes that are not UTF-8 become replacement characters.
        fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise HTTPException(400) from None
    return Form(fields)
