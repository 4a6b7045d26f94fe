"""What an endpoint is given beside its request, and what it may answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gingham.origin import origin_of

if TYPE_CHECKING:
    # A name for type checkers only: the kernel passes the platform through and needs none of the rooms
    # below it.
    from gingham.platform import Platform

VERSION = "2020-09-14"


class Call(Struct, kw_only=True, gc=False):
    """One call of the API.

    `client_id` and `environment` ("sandbox", "production") come from the keys; both are empty where an
    endpoint takes none. `version`: the Plaid-Version that is served.
    """

    request_id: str
    platform: Platform
    path: str
    client_id: str = ""
    environment: str = ""
    version: str = VERSION
    scope: Mapping[str, Any] = {}
    """The request as the server handed it over (ASGI)."""

    @property
    def origin(self) -> str | None:
        """The origin under which the caller reached this server."""
        return origin_of(self.platform.settings, self.scope)


class Answer(Struct, frozen=True, kw_only=True):
    """What an endpoint returns when a response object alone does not say everything.

    `body`: a response object (sent as JSON, with its request_id) or bytes of `content_type`. `headers`:
    further ones, names in lower case.
    """

    body: Struct | bytes
    status: int = 200
    content_type: str = "application/octet-stream"
    headers: tuple[tuple[bytes, bytes], ...] = ()
