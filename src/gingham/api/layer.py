"""Layer, which this server does not have: its endpoints say so in the protocol's own words, as they do to a client that
Layer is not enabled for (Plaid docs: Layer)."""

from typing import Annotated

from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import Nested, NonEmpty
from gingham.api.registry import endpoint
from gingham.errors import PlaidError, error


class SessionUser(Nested, kw_only=True, frozen=True):
    client_user_id: NonEmpty
    user_id: str | None = None


class SessionTokenCreateRequest(Request, kw_only=True, frozen=True):
    template_id: Annotated[str, Meta(min_length=1, max_length=256)]
    user: SessionUser | None = None
    user_id: str | None = None
    redirect_uri: str | None = None
    android_package_name: str | None = None
    webhook: str | None = None


class SessionTokenCreateResponse(Struct, kw_only=True):
    """Never sent."""


@endpoint("/session/token/create", tag="Layer")
async def session_token_create(_: Call, _request: SessionTokenCreateRequest) -> SessionTokenCreateResponse:
    """Not available: always INVALID_PRODUCT. In the page, `submit` answers LAYER_NOT_AVAILABLE."""
    raise _not_enabled()


class UserAccountSessionGetRequest(Request, kw_only=True, frozen=True):
    public_token: Annotated[str, Meta(min_length=1, max_length=256)]


class UserAccountSessionGetResponse(Struct, kw_only=True):
    """Never sent."""


@endpoint("/user_account/session/get", tag="Layer")
async def user_account_session_get(
    _: Call, _request: UserAccountSessionGetRequest
) -> UserAccountSessionGetResponse:
    """Not available: always INVALID_PRODUCT."""
    raise _not_enabled()


def _not_enabled() -> PlaidError:
    return error("INVALID_PRODUCT", products='["layer"]')
