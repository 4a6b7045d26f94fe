"""The one client of the sandbox's banks: the platform itself.

There is no registration: id and secret follow from the key ring, which bank and platform share, so there is
nothing to set up and nothing to leak. Return addresses are held to the platform's origin and to one path.
"""

import hmac
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin

from gingham.banks.oauth.registration import CLIENT_ID, RETURN_PATH, client_secret
from gingham.oauthbank.issuer import SCOPES
from gingham.platform import Platform

NAME = "Gingham"
"""What the consent page calls the client."""

_LOOPBACK = frozenset(["127.0.0.1", "::1", "localhost"])


class Client(ClientMixin):  # type: ignore[misc]  # Authlib is not typed
    """The platform, as Authlib wants to know a client.

    `public_url`: the platform's origin if one is set; without one the platform is looked for on the bank's own
    host, whatever the port (RFC 8252, section 7.3, for the loopback).
    """

    client_id = CLIENT_ID

    def __init__(self, secret: str, origin: str, public_url: str | None) -> None:
        self._secret = secret
        self._host = urlsplit(origin).hostname
        self._public_url = public_url

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        """A request has to say where the person goes."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = [name for name in SCOPES if name in (scope or "").split()]
        return " ".join(asked) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        try:
            parts = urlsplit(redirect_uri)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        exact = f"{parts.scheme}://{parts.netloc}{RETURN_PATH}" == redirect_uri and parts.username is None
        if not exact or parts.scheme not in ("http", "https"):
            return False
        if self._public_url is not None and f"{parts.scheme}://{parts.netloc}" == self._public_url:
            return True
        return host == self._host or (host in _LOOPBACK and self._host in _LOOPBACK)

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret.encode(), self._secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  # Authlib's signature
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


def client_of(platform: Platform, origin: str) -> Client:
    return Client(client_secret(platform.vault), origin, platform.settings.public_url)
