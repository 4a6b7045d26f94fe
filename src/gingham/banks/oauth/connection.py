"""The data behind a grant of an OAuth bank."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from gingham.banks.oauth.grant import Grant
from gingham.banks.oauth.provider import (
    DeniedError,
    NonsenseError,
    NotRespondingError,
    Provider,
    ProviderError,
)
from gingham.banks.protocol import BankAccount, BankRefused, BankTransaction, Login, Numbers, Owner, Refused
from gingham.clock import SECOND

T = TypeVar("T")

NOT_RESPONDING = Refused(error_code="INSTITUTION_NOT_RESPONDING", error_type="INSTITUTION_ERROR")
NOT_UNDERSTOOD = Refused(error_code="UNSUPPORTED_RESPONSE", error_type="INSTITUTION_ERROR")
LOGIN_REQUIRED = Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR")
NOT_GRANTED = Refused(error_code="ACCESS_NOT_GRANTED", error_type="ITEM_ERROR")

_EARLY = 30 * SECOND
"""So long before its end an access token is not used any more."""

_CAPACITY = 10_000


class AccessTokens:
    """Access tokens in memory, by consent, for as long as they are good: a read need not begin with a refresh."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, int]] = {}

    def get(self, consent_id: str, now: int) -> str | None:
        token, until = self._held.get(consent_id, ("", 0))
        return token if now < until else None

    def put(self, consent_id: str, token: str, expires_at: int) -> None:
        if len(self._held) >= _CAPACITY:
            self._held.clear()
        self._held[consent_id] = (token, expires_at - _EARLY)

    def drop(self, consent_id: str) -> None:
        self._held.pop(consent_id, None)


class OAuthConnection:
    """Implements `Connection`, `HasNumbers`, `HasOwners` and `HasTransactions`.

    Nothing is asked before the first method is called. The methods raise `BankRefused`: `ITEM_LOGIN_REQUIRED` once
    the person or the calendar has ended the consent, `INSTITUTION_NOT_RESPONDING`, `ACCESS_NOT_GRANTED` for what
    the consent does not cover.
    """

    def __init__(self, provider: Provider, tokens: AccessTokens, login: Login, grant: Grant) -> None:
        self._provider, self._tokens, self._login, self._grant = provider, tokens, login, grant

    async def accounts(self) -> tuple[BankAccount, ...]:
        return await self._read("accounts", tuple[BankAccount, ...])

    async def numbers(self) -> Numbers:
        return await self._read("numbers", Numbers)

    async def owners(self) -> Mapping[str, tuple[Owner, ...]]:
        return await self._read("owners", dict[str, tuple[Owner, ...]])

    async def transactions(self, start: date, end: date) -> tuple[BankTransaction, ...]:
        query = {"from": start.isoformat(), "to": end.isoformat()}
        return await self._read("transactions", tuple[BankTransaction, ...], query)

    async def _read(self, part: str, kind: type[T], query: Mapping[str, str] | None = None) -> T:
        institution_id = self._login.institution.institution_id
        try:
            token = self._tokens.get(self._grant.consent_id, self._login.now)
            if token is not None:
                try:
                    return await self._provider.read(institution_id, part, token, kind, query)
                except DeniedError as denied:
                    if denied.status != 401:
                        raise
                    # Ended before its time: a refresh will tell whether the consent has, too.
                    self._tokens.drop(self._grant.consent_id)
            token = await self._refreshed(institution_id)
            return await self._provider.read(institution_id, part, token, kind, query)
        except ProviderError as problem:
            raise BankRefused(refusal(problem)) from None

    async def _refreshed(self, institution_id: str) -> str:
        issued = await self._provider.refresh(institution_id, self._grant.refresh_token)
        expires_at = self._login.now + issued.expires_in * SECOND
        self._tokens.put(self._grant.consent_id, issued.access_token, expires_at)
        return issued.access_token


def refusal(problem: ProviderError) -> Refused:
    """What a failed read means for the Item."""
    match problem:
        case DeniedError(error="insufficient_scope"):
            return NOT_GRANTED
        case DeniedError(error="invalid_grant" | "invalid_token"):
            return LOGIN_REQUIRED
        case NonsenseError():
            return NOT_UNDERSTOOD
        case NotRespondingError():
            return NOT_RESPONDING
        case _:
            # It answers, but not to us: nothing the person could mend.
            return NOT_RESPONDING
