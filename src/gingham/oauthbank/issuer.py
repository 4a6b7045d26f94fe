"""An institution as an OAuth 2 issuer."""

from urllib.parse import urlsplit

from msgspec import Struct

from gingham import signing_keys
from gingham.banks.protocol import Institution
from gingham.banks.registry import Banks
from gingham.clock import DAY

SCOPES = ("openid", "accounts", "numbers", "owners", "transactions")
"""`openid` gives an ID token; each of the others opens the part of the data API that is called so."""


CONSENT_LIFETIME = 365 * DAY
CONSENT_LIFETIME_IN_EUROPE = 180 * DAY
"""As the field has it: about 180 days in Europe, twelve months at most banks of the United States."""

_AMERICAS = frozenset(["US", "CA"])


class Issuer(Struct, frozen=True):
    """`origin`: where the bank's pages are, without a slash at the end."""

    origin: str
    institution: Institution

    @property
    def url(self) -> str:
        return f"{self.origin}/{self.institution.institution_id}"

    @property
    def path(self) -> str:
        return f"/{self.institution.institution_id}"

    @property
    def has_app(self) -> bool:
        return self.institution.handoff == "app"

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.origin).scheme == "https"

    @property
    def consent_lifetime(self) -> int:
        """Microseconds."""
        home = self.institution.country_codes[0]
        return CONSENT_LIFETIME if home in _AMERICAS else CONSENT_LIFETIME_IN_EUROPE

    def metadata(self) -> dict[str, object]:
        """OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 9207."""
        url, ways = self.url, ["client_secret_basic", "client_secret_post"]
        app = {"app_authorization_endpoint": f"{url}/app"} if self.has_app else {}
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "revocation_endpoint": f"{url}/revoke",
            "userinfo_endpoint": f"{url}/userinfo",
            "jwks_uri": f"{url}/jwks",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [signing_keys.ALGORITHM],
            "token_endpoint_auth_methods_supported": ways,
            "revocation_endpoint_auth_methods_supported": ways,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "claims_supported": [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "preferred_username",
            ],
            **app,
        }


def issuer_of(banks: Banks, origin: str, institution_id: str) -> Issuer | None:
    """None when there is no such institution, or its people sign in elsewhere."""
    institution = banks.institution(institution_id)
    return Issuer(origin, institution) if institution is not None and institution.oauth else None
