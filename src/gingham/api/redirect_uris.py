"""/gingham/v1/redirect_uris/*: which addresses, and which Android apps, banks may send a client's people back to.

The list is the client's, for the sandbox and production alike.
"""

from typing import Annotated

from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.registry import endpoint
from gingham.link import redirects

Uri = Annotated[str, Meta(min_length=1, max_length=2048, extra={"must": "be a non-empty string"})]


class RedirectUrisGetRequest(Request, kw_only=True, frozen=True):
    pass


class RedirectUriRequest(Request, kw_only=True, frozen=True):
    uri: Uri


class RedirectUrisResponse(Struct, kw_only=True):
    redirect_uris: list[str]


@endpoint("/gingham/v1/redirect_uris/get", tag="Redirect URIs")
async def redirect_uris_get(call: Call, request: RedirectUrisGetRequest) -> RedirectUrisResponse:  # noqa: ARG001
    """The allowed redirect URIs."""
    return RedirectUrisResponse(redirect_uris=await redirects.listed(call.platform, call.client_id))


@endpoint("/gingham/v1/redirect_uris/add", tag="Redirect URIs")
async def redirect_uris_add(call: Call, request: RedirectUriRequest) -> RedirectUrisResponse:
    """Allows an address; `https://*.example.com/oauth` allows every subdomain, `android-app://com.example.app` an
    Android app."""
    return RedirectUrisResponse(redirect_uris=await redirects.add(call.platform, call.client_id, request.uri))


@endpoint("/gingham/v1/redirect_uris/remove", tag="Redirect URIs")
async def redirect_uris_remove(call: Call, request: RedirectUriRequest) -> RedirectUrisResponse:
    """Allows an address no longer."""
    return RedirectUrisResponse(
        redirect_uris=await redirects.remove(call.platform, call.client_id, request.uri)
    )
