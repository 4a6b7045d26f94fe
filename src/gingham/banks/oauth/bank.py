"""Sends a person to the bank's own pages and takes them back: OAuth 2's authorization code with PKCE, and OpenID
Connect.

What could be forged on the way is checked: who answers (`iss`, RFC 9207), that it is our own login that comes back
(`state`), that the code is worth something to us only (PKCE), and that the ID token was made for this login
(signature, `iss`, `aud`, `exp`, `nonce`).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from gingham import logs
from gingham.banks.oauth.connection import NOT_RESPONDING, NOT_UNDERSTOOD, AccessTokens, OAuthConnection
from gingham.banks.oauth.grant import Grant
from gingham.banks.oauth.id_token import claims
from gingham.banks.oauth.provider import (
    DeniedError,
    NonsenseError,
    NotRespondingError,
    Provider,
    ProviderError,
    Tokens,
)
from gingham.banks.protocol import BankAccount, Granted, Login, Outcome, Redirect, Refused
from gingham.clock import SECOND
from gingham.ids import Ids

SCOPE = "openid accounts numbers owners transactions"

NOT_SERVED = Refused(error_code="INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", error_type="INSTITUTION_ERROR")
DECLINED = Refused(error_code="INSUFFICIENT_CREDENTIALS", error_type="ITEM_ERROR")
TOO_LATE = Refused(error_code="USER_INPUT_TIMEOUT", error_type="ITEM_ERROR")
WITHHELD = Refused(error_code="ACCESS_NOT_GRANTED", error_type="ITEM_ERROR")
NO_ACCOUNTS = Refused(error_code="NO_ACCOUNTS", error_type="ITEM_ERROR")


class Away(Struct, frozen=True):
    """What is remembered while the person is at the bank."""

    verifier: str
    nonce: str
    return_url: str
    handle: str


class _Consent(Struct, frozen=True):
    """Of the bank's `/api/consent`."""

    consent_id: str
    expires_at: int
    """Seconds since the epoch."""


class OAuthBank:
    """Implements `Bank` and `SendsAway`, for every institution that `provider` serves."""

    def __init__(self, provider: Provider, ids: Ids) -> None:
        self._provider, self._ids = provider, ids
        self._tokens = AccessTokens()

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:  # noqa: ARG002  typed at the bank
        """Always `Redirect`, unless the bank is not there or nobody could come back."""
        if login.return_url is None:
            return NOT_SERVED
        away = Away(
            verifier=self._ids.secret(32),
            nonce=self._ids.secret(16),
            return_url=login.return_url,
            handle=login.return_handle or "",
        )
        try:
            metadata = await self._provider.metadata(login.institution.institution_id)
        except ProviderError as problem:
            return self._refused(login, problem)
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": away.return_url,
            "scope": SCOPE,
            "state": away.handle,
            "nonce": away.nonce,
            "code_challenge": _challenge(away.verifier),
            "code_challenge_method": "S256",
        }
        asked, app = urlencode(query), metadata.app_authorization_endpoint
        return Redirect(
            url=f"{metadata.authorization_endpoint}?{asked}",
            app_url=f"{app}?{asked}" if app is not None else None,
            state=msgspec.json.encode(away),
        )

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:  # noqa: ARG002
        """Nobody answers this bank here: its questions are on its own pages."""
        return NOT_SERVED

    async def returned(self, login: Login, state: bytes, answer: Mapping[str, str]) -> Outcome:
        """`Granted` with the accounts that the person ticked, and when the consent ends.

        `Refused`: INSUFFICIENT_CREDENTIALS when the person declined, ACCESS_NOT_GRANTED when they withheld the
        permission to see accounts and NO_ACCOUNTS when they shared none, USER_INPUT_TIMEOUT when the code had run out,
        UNSUPPORTED_RESPONSE for an answer that is not to be believed, INSTITUTION_NOT_RESPONDING.
        """
        away = msgspec.json.decode(state, type=Away)
        institution_id = login.institution.institution_id
        try:
            self._check(institution_id, away, answer)
            if "error" in answer:
                return _declined(answer["error"])
            issued = await self._provider.exchange(
                institution_id, code=answer["code"], verifier=away.verifier, return_url=away.return_url
            )
            return await self._granted(login, away, issued)
        except DeniedError as denied:
            if denied.error == "invalid_grant":
                return TOO_LATE
            if denied.error == "insufficient_scope":
                return WITHHELD
            return self._refused(login, denied)
        except ProviderError as problem:
            return self._refused(login, problem)

    def connect(self, login: Login, grant: bytes) -> OAuthConnection:
        """Opens the data behind a grant. Nothing is asked before it is read."""
        return OAuthConnection(self._provider, self._tokens, login, Grant.decode(grant))

    async def close(self) -> None:
        """Lets go of the connections to the bank."""
        await self._provider.close()

    def _check(self, institution_id: str, away: Away, answer: Mapping[str, str]) -> None:
        """Raises `NonsenseError` for an answer that is not to this login."""
        if answer.get("iss") != self._provider.issuer(institution_id):
            raise NonsenseError("the answer is another bank's")
        if not hmac.compare_digest(answer.get("state", "").encode(), away.handle.encode()):
            raise NonsenseError("the answer is to another login")
        if "code" not in answer and "error" not in answer:
            raise NonsenseError("the answer says neither yes nor no")

    async def _granted(self, login: Login, away: Away, issued: Tokens) -> Outcome:
        institution_id = login.institution.institution_id
        if issued.id_token is None or issued.refresh_token is None:
            raise NonsenseError("tokens are missing")
        who = claims(
            issued.id_token,
            await self._provider.keys(institution_id),
            issuer=self._provider.issuer(institution_id),
            client_id=self._provider.client_id,
            nonce=away.nonce,
            access_token=issued.access_token,
            now=login.now,
        )
        consent = await self._provider.read(institution_id, "consent", issued.access_token, _Consent)
        accounts = await self._provider.read(
            institution_id, "accounts", issued.access_token, tuple[BankAccount, ...]
        )
        if not accounts:
            return NO_ACCOUNTS
        self._tokens.put(consent.consent_id, issued.access_token, login.now + issued.expires_in * SECOND)
        return Granted(
            grant=Grant(consent_id=consent.consent_id, refresh_token=issued.refresh_token).encode(),
            accounts=accounts,
            username=who.username or who.subject,
            consent_expires_at=consent.expires_at * SECOND,
        )

    def _refused(self, login: Login, problem: ProviderError) -> Refused:
        logs.warning(
            "oauth bank failed", institution_id=login.institution.institution_id, reason=str(problem)
        )
        match problem:
            case NotRespondingError():
                return NOT_RESPONDING
            case _:
                return NOT_UNDERSTOOD


def _declined(error: str) -> Refused:
    """RFC 6749, section 4.1.2.1."""
    return NOT_RESPONDING if error in ("server_error", "temporarily_unavailable") else DECLINED


def _challenge(verifier: str) -> str:
    """RFC 7636, section 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
