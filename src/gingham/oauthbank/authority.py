"""The rules: OAuth 2 (RFC 6749, 6750, 7009, 7636, 9207, 9700) and OpenID Connect, as Authlib knows them.

An `Authority` decides one request. What it may have to look at was read from the store before (`Known`), what it
made is written afterwards by whoever asked: so the rules do no I/O, and everything a request does happens in one
transaction.

What is stricter than Authlib's own defaults: PKCE is required of every client, with S256 only; a code that comes
a second time ends the consent it stood for. Refresh tokens are not replaced at every use: the only client is a
confidential one, and RFC 9700, section 4.14.2, asks for rotation only where the client cannot authenticate.
"""

from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import OAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import ECKey
from msgspec import Struct

from gingham import signing_keys
from gingham.clock import MINUTE, SECOND
from gingham.ids import Ids
from gingham.oauthbank.client import Client
from gingham.oauthbank.issuer import SCOPES, Issuer
from gingham.store.oauth_bank import CodeRow, ConsentRow, TokenRow

CODE_LIFETIME = 60 * SECOND
ACCESS_LIFETIME = 15 * MINUTE
ID_TOKEN_LIFETIME = 15 * MINUTE

# Authlib is not typed: what derives from it is held by the tests.


class Known(Struct, frozen=True, kw_only=True):
    """What the store says about the code or token in a request. `person`: the consent's login name."""

    code: CodeRow | None = None
    token: TokenRow | None = None
    consent: ConsentRow | None = None
    person: str = ""

    def consent_holds(self, issuer: Issuer, now: int) -> bool:
        consent = self.consent
        return (
            consent is not None
            and consent.institution_id == issuer.institution.institution_id
            and consent.ended_at is None
            and consent.expires_at > now
        )


class Answer:
    """An HTTP answer. A `location` means that the browser goes on there."""

    def __init__(self, status: int, body: Any, location: str | None = None) -> None:
        self.status = status
        self.body = dict(body) if body else {}
        self.location = location


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, parameters: list[tuple[str, str]]) -> None:
        self._list: dict[str, list[str]] = {}
        for name, value in parameters:
            self._list.setdefault(name, []).append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._list.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._list


class Request(OAuth2Request):  # type: ignore[misc]
    """`parameters`: of the query for `GET`, of the form for `POST`, in their order."""

    def __init__(
        self, method: str, parameters: list[tuple[str, str]], authorization: str | None = None
    ) -> None:
        # Authlib refuses http; whether TLS ends before this process is the operator's decision, not a request's.
        super().__init__(method, "https://bank.invalid/", headers={"Authorization": authorization or ""})
        self.payload = _Payload(parameters)

    @property
    def args(self) -> dict[str, str]:
        return self._parameters if self.method == "GET" else {}

    @property
    def form(self) -> dict[str, str]:
        return self._parameters if self.method == "POST" else {}

    @property
    def _parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = self.payload.data
        return parameters


class Authority(AuthorizationServer):  # type: ignore[misc]
    """Decides one request of an issuer.

    Afterwards: `made_code`, `issued` (the token answer), `used_code`, `replayed` (a code came again), `revoked`.
    """

    def __init__(
        self,
        issuer: Issuer,
        client: Client,
        ids: Ids,
        now: int,
        known: Known | None = None,
        key: ECKey | None = None,
    ) -> None:
        super().__init__(scopes_supported=SCOPES)
        self.issuer, self.client, self.ids, self.now = issuer, client, ids, now
        self.known, self.key = known or Known(), key
        self.made_code: str | None = None
        self.issued: dict[str, Any] | None = None
        self.used_code = self.replayed = self.revoked = False
        self.register_token_generator("default", self._token)
        self.register_grant(_CodeGrant, [_Modest(), _Pkce(), _IdToken()])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)

    def consider(self, request: Request) -> Answer | None:
        """Is this an authorization request that a person may be asked about? None: yes."""

        def look() -> None:
            self.get_consent_grant(request)

        answer: Answer | None = self._plainly(request, look)
        return answer

    def decide(self, request: Request, *, subject: str | None) -> Answer:
        """Sends the person back, with a code for `subject`, or declining without one."""

        def respond() -> Answer:
            grant = self.get_authorization_grant(request)
            answer: Answer = self.create_authorization_response(request, subject, grant)
            return answer

        return self._plainly(request, respond) or Answer(500, None)

    def token(self, request: Request) -> Answer:
        return self._plainly(request, lambda: self.create_token_response(request)) or Answer(500, None)

    def revoke(self, request: Request) -> Answer:
        return self._plainly(request, lambda: self.create_endpoint_response("revocation", request)) or Answer(
            500, None
        )

    def _plainly(self, request: Request, call: Any) -> Answer | None:
        """Authlib repeats what it was sent in its messages, and fails over characters that these must not have."""
        answer: Answer | None
        try:
            answer = call()
        except OAuth2Error as error:
            answer = self.handle_error_response(request, error)
        except ValueError:
            refusal = InvalidRequestError("A parameter has characters that are not allowed.")
            answer = self.handle_error_response(request, refusal)
        return answer

    # --- what Authlib asks for ---

    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == self.client.client_id else None

    def save_token(self, token: dict[str, Any], request: Request) -> None:  # noqa: ARG002
        self.issued = token

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        location = dict(headers).get("Location")
        if location is not None:
            # RFC 9207: tells the client which of its banks is answering.
            location = add_params_to_uri(location, [("iss", self.issuer.url)])
        return Answer(status, body, location)

    def _token(self, *, include_refresh_token: bool, scope: str, **_: object) -> dict[str, Any]:
        token = {
            "token_type": "Bearer",
            "access_token": self.ids.secret(32),
            "expires_in": ACCESS_LIFETIME // SECOND,
        }
        if include_refresh_token:
            token["refresh_token"] = self.ids.secret(32)
        return {**token, "scope": scope}


class _Code:
    """A code, as Authlib reads it."""

    code_challenge_method = "S256"

    def __init__(self, code: CodeRow, consent: ConsentRow) -> None:
        self._code, self._consent = code, consent
        self.code_challenge = code.code_challenge

    def get_redirect_uri(self) -> str:
        return self._code.redirect_uri

    def get_scope(self) -> str:
        return self._consent.scope

    def get_nonce(self) -> str | None:
        return self._code.nonce

    def get_auth_time(self) -> int:
        return self._code.signed_in_at // SECOND

    def get_acr(self) -> None:
        return

    def get_amr(self) -> list[str]:
        return ["pwd"]


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    server: Authority

    def generate_authorization_code(self) -> str:
        return self.server.ids.secret(24)

    def save_authorization_code(self, code: str, request: Request) -> None:  # noqa: ARG002
        self.server.made_code = code

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:  # noqa: ARG002
        server, known = self.server, self.server.known
        if known.code is None or known.consent is None or known.consent.client_id != client.client_id:
            return None
        if known.code.used_at is not None:
            server.replayed = True
            return None
        fresh = known.code.expires_at > server.now and known.consent_holds(server.issuer, server.now)
        return _Code(known.code, known.consent) if fresh else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:  # noqa: ARG002
        self.server.used_code = True

    def authenticate_user(self, authorization_code: _Code) -> str | None:  # noqa: ARG002
        consent = self.server.known.consent
        return consent.subject if consent else None


LONGEST_PARAMETER = 2048
"""Characters: more than any parameter needs, and few enough to be kept while a person signs in."""


class _Modest:
    """What is kept must be of a size and a kind that can be kept."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Any, redirect_uri: str) -> None:  # noqa: ARG002
        for values in grant.request.payload.datalist.values():
            if any(len(value) > LONGEST_PARAMETER or "\0" in value for value in values):
                raise InvalidRequestError(
                    "A parameter is too long, or holds a character that cannot be kept."
                )


class _Pkce(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        parameters = grant.request.payload.data
        if not parameters.get("code_challenge") or not parameters.get("code_challenge_method"):
            raise InvalidRequestError("PKCE is required: code_challenge, and code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _IdToken(OpenIDCode):  # type: ignore[misc]
    """Signs by the platform's clock and with the bank's newest key."""

    def __call__(self, grant: Any) -> None:
        self._server: Authority = grant.server
        super().__call__(grant)

    def exists_nonce(self, nonce: str, request: Request) -> bool:  # noqa: ARG002
        """A code is good for one ID token, so a nonce that comes again is the client's to notice."""
        return False

    def resolve_client_private_key(self, client: Client) -> ECKey | None:  # noqa: ARG002
        return self._server.key

    def get_client_algorithm(self, client: Client) -> str:  # noqa: ARG002
        return signing_keys.ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:  # noqa: ARG002
        key = self._server.key
        return (
            {"alg": signing_keys.ALGORITHM, "kid": key.kid or ""} if key else {"alg": signing_keys.ALGORITHM}
        )

    def get_compatible_claims(self, request: Request) -> dict[str, Any]:
        seconds = self._server.now // SECOND
        return {
            "iss": self._server.issuer.url,
            "aud": request.client.get_client_id(),
            "iat": seconds,
            "exp": seconds + ID_TOKEN_LIFETIME // SECOND,
        }

    def generate_user_info(self, user: str, scope: str) -> dict[str, str]:  # noqa: ARG002
        return {"sub": user, "preferred_username": self._server.known.person}


class _Held:
    """A token that is good, as Authlib reads it."""

    def __init__(self, token: TokenRow, consent: ConsentRow) -> None:
        self._token, self._consent = token, consent

    def check_client(self, client: Client) -> bool:
        return self._consent.client_id == client.client_id

    def get_scope(self) -> str:
        return self._token.scope


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
    server: Authority

    def authenticate_refresh_token(self, refresh_token: str) -> _Held | None:  # noqa: ARG002
        server, known = self.server, self.server.known
        if known.token is None or known.consent is None or known.token.kind != "refresh":
            return None
        fresh = known.token.expires_at > server.now and known.consent_holds(server.issuer, server.now)
        return _Held(known.token, known.consent) if fresh else None

    def authenticate_user(self, refresh_token: _Held) -> str | None:  # noqa: ARG002
        consent = self.server.known.consent
        return consent.subject if consent else None

    def revoke_old_credential(self, refresh_token: _Held) -> None:
        """It stays good: see the module."""


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
    server: Authority

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Held | None:  # noqa: ARG002
        known = self.server.known
        there = known.token is not None and known.consent is not None
        mine = known.consent_holds(self.server.issuer, self.server.now)
        return _Held(known.token, known.consent) if there and mine else None  # type: ignore[arg-type]

    def revoke_token(self, token: _Held, request: Request) -> None:  # noqa: ARG002
        self.server.revoked = True
