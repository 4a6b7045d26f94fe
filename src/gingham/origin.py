"""The origin under which a browser reached this server: what links and redirects back here begin with."""

import re
from collections.abc import Mapping
from typing import Any

from gingham.settings import Settings

# RFC 3986 host and port, without percent-encoding: what may be written into scripts and redirects.
HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def origin_of(settings: Settings, scope: Mapping[str, Any]) -> str | None:
    """The configured origin, or the one the request of `scope` (ASGI) was sent to; None when its Host is none.

    A client chooses its Host header freely: use the origin only for what goes back to that client.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    headers = dict(scope["headers"])
    scheme = str(scope.get("scheme", "http"))
    if settings.trust_proxy and (forwarded := headers.get(b"x-forwarded-proto")):
        scheme = forwarded.decode("latin-1").split(",")[0].strip().lower()
    host = headers.get(b"host", b"").decode("latin-1")
    return f"{scheme}://{host}" if scheme in {"http", "https"} and HOST.fullmatch(host) else None
