"""A client of the banks that shares no code with ours: Authlib's, and joserfc for ID tokens."""

import warnings
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.oauthbank.house import NO_TLS, House

from gingham.banks.oauth.registration import CLIENT_ID, RETURN_PATH, client_secret

with warnings.catch_warnings(record=True):
    # Authlib would rather use a successor of httpx, and says so whatever the filters are.
    from authlib.integrations.httpx_client import AsyncOAuth2Client

SCOPE = "openid accounts numbers owners transactions"


class App:
    """An app at one institution."""

    def __init__(self, bank: House, institution_id: str) -> None:
        self.issuer = bank.issuer(institution_id)
        self.return_url = bank.main + RETURN_PATH
        self.secret = client_secret(bank.platform.vault)
        self.oauth = AsyncOAuth2Client(
            CLIENT_ID,
            self.secret,
            scope=SCOPE,
            redirect_uri=self.return_url,
            code_challenge_method="S256",
            verify=NO_TLS,
            trust_env=False,
        )
        self.http = httpx.AsyncClient(verify=NO_TLS, trust_env=False)
        self.verifier = generate_token(48)
        self.nonce = generate_token(20)

    def start(self, **more: str | None) -> str:
        """Where the person is sent; a parameter that is None is left out."""
        parameters = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self.return_url,
            "scope": SCOPE,
            "state": "the-state",
            "nonce": self.nonce,
            "code_challenge": create_s256_code_challenge(self.verifier),
            "code_challenge_method": "S256",
        } | more
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"{self.issuer}/authorize?{query}"

    async def tokens(self, code: str, **more: str) -> dict[str, Any]:
        """Authlib's whole client side of the exchange. Raises its `OAuthError`."""
        return dict(
            await self.oauth.fetch_token(
                f"{self.issuer}/token", code=code, code_verifier=self.verifier, **more
            )
        )

    async def post(self, endpoint: str, **form: str) -> httpx.Response:
        return await self.http.post(f"{self.issuer}/{endpoint}", data=form, auth=(CLIENT_ID, self.secret))

    async def exchange(self, code: str, **more: str) -> httpx.Response:
        form = {"code": code, "redirect_uri": self.return_url, "code_verifier": self.verifier} | more
        return await self.post("token", grant_type="authorization_code", **form)

    async def refresh(self, refresh_token: str, **more: str) -> httpx.Response:
        return await self.post("token", grant_type="refresh_token", refresh_token=refresh_token, **more)

    async def read(self, part: str, token: str, **query: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.get(f"{self.issuer}/api/{part}", params=query, headers=headers)

    async def id_token(self, token: str) -> jwt.Token:
        """The ID token with its signature checked."""
        metadata = (await self.http.get(f"{self.issuer}/.well-known/openid-configuration")).json()
        keys = KeySet.import_key_set((await self.http.get(metadata["jwks_uri"])).json())
        return jwt.decode(token, keys, algorithms=["ES256"])

    async def close(self) -> None:
        await self.oauth.aclose()
        await self.http.aclose()
