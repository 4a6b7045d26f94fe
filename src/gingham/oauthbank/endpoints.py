"""The endpoints of OAuth 2 and OpenID Connect: the store around the rules of `authority.py`."""

from msgspec import Struct

from gingham.clock import DAY, SECOND
from gingham.ids import digest
from gingham.oauthbank.authority import ACCESS_LIFETIME, CODE_LIFETIME, Answer, Authority, Known, Request
from gingham.oauthbank.client import Client
from gingham.oauthbank.issuer import Issuer
from gingham.oauthbank.keys import signing_key
from gingham.oauthbank.sessions import Session
from gingham.platform import Platform
from gingham.store import Reader, Writer, oauth_bank
from gingham.store.oauth_bank import CodeRow, ConsentRow, TokenRow

_CODES_KEPT = DAY
"""After their end: a used code that comes again must still be known for what it is."""
_CONSENTS_KEPT = 30 * DAY


def consider(
    platform: Platform, issuer: Issuer, client: Client, parameters: list[tuple[str, str]]
) -> Answer | None:
    """None when a person may be asked."""
    authority = Authority(issuer, client, platform.ids, platform.clock.now())
    return authority.consider(Request("GET", parameters))


async def finish(session: Session, client: Client, *, accounts: tuple[str, ...] | None) -> Answer | None:
    """Ends an authorisation: with a consent to see `accounts`, or declined with None.

    None when another request has ended it already.
    """
    platform, issuer, now = session.platform, session.issuer, session.platform.clock.now()
    person = session.person
    granted = accounts is not None and person is not None
    subject = subject_of(platform, issuer, person or "")
    authority = Authority(issuer, client, platform.ids, now)
    parameters = session.parameters
    answer = authority.decide(Request("GET", parameters), subject=subject if granted else None)
    async with platform.store.writing() as writer:
        if not await oauth_bank.end_session(writer, session.row.digest):
            return None
        if authority.made_code is not None and accounts is not None and person is not None:
            asked = dict(parameters)
            consent_id = platform.ids.opaque()
            consent = ConsentRow(
                consent_id=consent_id,
                institution_id=issuer.institution.institution_id,
                client_id=client.client_id,
                subject=subject,
                person=platform.vault.seal(person.encode(), consent_id),
                scope=client.get_allowed_scope(asked.get("scope")) or "",
                accounts=accounts,
                created_at=now,
                expires_at=now + issuer.consent_lifetime,
                ended_at=None,
            )
            code = CodeRow(
                digest=digest(authority.made_code),
                consent_id=consent_id,
                redirect_uri=asked.get("redirect_uri", ""),
                code_challenge=asked.get("code_challenge", ""),
                nonce=asked.get("nonce"),
                signed_in_at=now,
                expires_at=now + CODE_LIFETIME,
                used_at=None,
            )
            await oauth_bank.add_consent(writer, consent, code)
    return answer


async def token(
    platform: Platform,
    issuer: Issuer,
    client: Client,
    parameters: list[tuple[str, str]],
    authorization: str | None,
) -> Answer:
    """The token endpoint. The code is looked up, judged and used up in one transaction."""
    key = await signing_key(platform)
    now = platform.clock.now()
    form = dict(parameters)
    async with platform.store.writing() as writer:
        known = await _known(platform, writer, form.get("code"), form.get("refresh_token"))
        authority = Authority(issuer, client, platform.ids, now, known, key)
        answer = authority.token(Request("POST", parameters, authorization))
        if known.consent is not None and authority.issued is not None:
            await oauth_bank.add_tokens(writer, _tokens(authority.issued, known.consent, now))
            await oauth_bank.forget(
                writer,
                codes_before=now - _CODES_KEPT,
                tokens_before=now,
                consents_before=now - _CONSENTS_KEPT,
            )
        if known.code is not None and authority.used_code:
            await oauth_bank.use_code(writer, known.code.digest, now)
        if known.code is not None and authority.replayed:
            # Somebody else has the code: RFC 6749, section 4.1.2. The tokens end with their consent.
            await oauth_bank.end_consent(writer, known.code.consent_id, now)
    return answer


async def revoke(
    platform: Platform,
    issuer: Issuer,
    client: Client,
    parameters: list[tuple[str, str]],
    authorization: str | None,
) -> Answer:
    """The revocation endpoint: an access token ends alone, a refresh token ends the consent."""
    now = platform.clock.now()
    async with platform.store.writing() as writer:
        known = await _known(platform, writer, None, dict(parameters).get("token"))
        authority = Authority(issuer, client, platform.ids, now, known)
        answer = authority.revoke(Request("POST", parameters, authorization))
        if authority.revoked and known.token is not None:
            if known.token.kind == "refresh":
                await oauth_bank.end_consent(writer, known.token.consent_id, now)
            else:
                await oauth_bank.end_token(writer, known.token.digest)
    return answer


class Bearer(Struct, frozen=True):
    """Who is asking with an access token that is good."""

    consent: ConsentRow
    person: str
    scopes: frozenset[str]


async def bearer(platform: Platform, issuer: Issuer, authorization: str | None) -> Bearer | None:
    """RFC 6750, section 2.1: the header only, never the query."""
    kind, _, text = (authorization or "").partition(" ")
    if kind.lower() != "bearer":
        return None
    known = await _known(platform, platform.store, None, text.strip())
    now = platform.clock.now()
    if known.token is None or known.consent is None or known.token.kind != "access":
        return None
    if known.token.expires_at <= now or not known.consent_holds(issuer, now):
        return None
    return Bearer(known.consent, known.person, frozenset(known.token.scope.split()))


def subject_of(platform: Platform, issuer: Issuer, person: str) -> str:
    """Stands for a person at one institution only (OpenID Connect Core 1.0, section 8: pairwise)."""
    text = f"{issuer.institution.institution_id}/{person}"
    return platform.vault.keyed_digest(text, "oauth bank subject").hex()


async def _known(
    platform: Platform, reader: Reader | Writer, code_text: str | None, token_text: str | None
) -> Known:
    code = await oauth_bank.code(reader, digest(code_text)) if code_text else None
    token = await oauth_bank.token(reader, digest(token_text)) if token_text else None
    consent_id = code.consent_id if code else token.consent_id if token else None
    consent = await oauth_bank.consent(reader, consent_id) if consent_id else None
    person = platform.vault.open(consent.person, consent.consent_id).decode() if consent else ""
    return Known(code=code, token=token, consent=consent, person=person)


def _tokens(issued: dict[str, str], consent: ConsentRow, now: int) -> list[TokenRow]:
    scope = issued["scope"]
    rows = [
        TokenRow(
            digest=digest(issued["access_token"]),
            consent_id=consent.consent_id,
            kind="access",
            scope=scope,
            expires_at=min(now + ACCESS_LIFETIME, consent.expires_at),
        )
    ]
    if "refresh_token" in issued:
        rows.append(
            TokenRow(
                digest=digest(issued["refresh_token"]),
                consent_id=consent.consent_id,
                kind="refresh",
                scope=scope,
                expires_at=consent.expires_at,
            )
        )
    return rows


def consent_said(consent: ConsentRow) -> dict[str, object]:
    """A consent as the data API tells it; instants in seconds since the epoch, as in a JWT."""
    return {
        "consent_id": consent.consent_id,
        "scope": consent.scope,
        "accounts": list(consent.accounts),
        "created_at": consent.created_at // SECOND,
        "expires_at": consent.expires_at // SECOND,
    }
