"""A bank's endpoints, as one sees them over HTTP.

What can go wrong has three names: the bank does not answer (`NotRespondingError`), it says no (`DeniedError`), or
what it says cannot be understood (`NonsenseError`). No message holds a token or a code.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

PATIENCE = 15.0
"""Seconds for one request."""


class ProviderError(Exception):
    """Talking to a bank failed."""


class NotRespondingError(ProviderError):
    """No answer, or none that is the bank's: a network failure, a time-out, a status of 500 and above."""


class DeniedError(ProviderError):
    """The bank says no. `error`: its word for why (RFC 6749, section 5.2; RFC 6750, section 3.1)."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status} {error}"[:80])
        self.status, self.error = status, error


class NonsenseError(ProviderError):
    """The bank's answer is not of the form it should have, or not to be believed."""


class Metadata(Struct, frozen=True):
    """What is used of a discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    app_authorization_endpoint: str | None = None
    """The same as `authorization_endpoint`, but a phone opens the bank's app there. A name of our own: no standard has
    one, since an app usually takes over the address of the page."""


class Tokens(Struct, frozen=True):
    """An answer of the token endpoint."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str | None = None
    id_token: str | None = None


class Provider:
    """Every issuer under `origin`, for one client.

    `secret`: asked for when it is first needed. `reach`: where this process finds what browsers find under
    `origin`, if that is somewhere else. `client`: makes the HTTP client; a test may bring its own.
    """

    def __init__(
        self,
        origin: str,
        client_id: str,
        secret: Callable[[], str],
        *,
        reach: str | None = None,
        client: "Callable[[], httpx.AsyncClient] | None" = None,
    ) -> None:
        self.origin = origin
        self.client_id = client_id
        self._secret = secret
        self._reach = reach or origin
        self._make = client or self._http
        self._client: httpx.AsyncClient | None = None
        self._metadata: dict[str, Metadata] = {}

    def issuer(self, institution_id: str) -> str:
        return f"{self.origin}/{institution_id}"

    async def metadata(self, institution_id: str) -> Metadata:
        """The discovery document, read once. Raises `ProviderError`."""
        known = self._metadata.get(institution_id)
        if known is None:
            issuer = self.issuer(institution_id)
            known = await self._ask("GET", f"{issuer}/.well-known/openid-configuration", Metadata)
            if known.issuer != issuer:
                raise NonsenseError("the discovery document is another issuer's")
            self._metadata[institution_id] = known
        return known

    async def keys(self, institution_id: str) -> dict[str, Any]:
        """The issuer's public keys. Raises `ProviderError`."""
        known = await self.metadata(institution_id)
        return await self._ask("GET", known.jwks_uri, dict[str, Any])

    async def exchange(self, institution_id: str, *, code: str, verifier: str, return_url: str) -> Tokens:
        """Raises `ProviderError`."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": return_url}
        return await self._tokens(institution_id, {**form, "code_verifier": verifier})

    async def refresh(self, institution_id: str, refresh_token: str) -> Tokens:
        """Raises `ProviderError`."""
        return await self._tokens(
            institution_id, {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )

    async def read(
        self,
        institution_id: str,
        part: str,
        access_token: str,
        kind: type[T],
        query: Mapping[str, str] | None = None,
    ) -> T:
        """A part of the data API. Raises `ProviderError`."""
        url = f"{self.issuer(institution_id)}/api/{part}"
        headers = {"Authorization": f"Bearer {access_token}"}
        return await self._ask("GET", url, kind, headers=headers, params=query)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _tokens(self, institution_id: str, form: dict[str, str]) -> Tokens:
        known = await self.metadata(institution_id)
        auth = (self.client_id, self._secret())
        return await self._ask("POST", known.token_endpoint, Tokens, data=form, auth=auth)

    async def _ask(self, method: str, url: str, kind: type[T], **more: Any) -> T:
        import httpx

        if self._client is None:
            self._client = self._make()
        if url.startswith(f"{self.origin}/"):
            url = self._reach + url.removeprefix(self.origin)
        try:
            answer = await self._client.request(method, url, timeout=PATIENCE, **more)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise NotRespondingError("no answer") from None
        if answer.status_code >= 500 or 300 <= answer.status_code < 400:
            raise NotRespondingError(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise DeniedError(answer.status_code, _error(answer.content))
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError:
            raise NonsenseError("an answer has another form than it should") from None

    def _http(self) -> "httpx.AsyncClient":
        import httpx

        # What runs beside us is reached directly, whatever proxy the environment names for the rest of the world.
        return httpx.AsyncClient(trust_env=self._reach == self.origin)


class _Error(Struct):
    error: str = ""


def _error(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Error).error
    except msgspec.DecodeError:
        return ""
