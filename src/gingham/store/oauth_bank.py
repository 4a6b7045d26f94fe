"""What the sandbox's OAuth bank keeps: authorisations under way, consents, codes, tokens and signing keys.

Handles, codes and tokens are kept as SHA-256; who the person is and the signing keys are sealed. Rows that have
had their time are deleted by whoever writes next, so the tables stay as small as what is in use.
"""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class SessionRow(Struct, frozen=True, kw_only=True):
    """An authorisation between its first page and its end."""

    digest: bytes
    """Of the handle that the pages' forms carry."""
    browser: bytes
    """Digest of the cookie of the browser that began."""
    institution_id: str
    purpose: str
    """authorize or connections."""
    request: bytes
    """The authorization request's parameters, JSON; no secret among them."""
    person: bytes | None
    """The login name, sealed under the handle's digest, once somebody has signed in."""
    asks_code: bool
    """A code stands between the password and what follows."""
    accounts: tuple[str, ...] | None
    """References of the accounts that were ticked."""
    began_at: int
    expires_at: int


class ConsentRow(Struct, frozen=True, kw_only=True):
    """What a person lets a client see, until it expires or is ended."""

    consent_id: str
    institution_id: str
    client_id: str
    subject: str
    """Stands for the person at this institution: a keyed digest."""
    person: bytes
    """The login name, sealed under the consent_id."""
    scope: str
    accounts: tuple[str, ...]
    created_at: int
    expires_at: int
    ended_at: int | None


class CodeRow(Struct, frozen=True, kw_only=True):
    digest: bytes
    consent_id: str
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    signed_in_at: int
    expires_at: int
    used_at: int | None


class TokenRow(Struct, frozen=True, kw_only=True):
    digest: bytes
    consent_id: str
    kind: str
    """access or refresh."""
    scope: str
    expires_at: int


class KeyRow(Struct, frozen=True, kw_only=True):
    kid: str
    sealed: bytes
    """The private JWK, sealed under the kid."""
    created_at: int


_SESSIONS = Rows(SessionRow, "oauth_bank_sessions")
_CONSENTS = Rows(ConsentRow, "oauth_bank_consents")
_CODES = Rows(CodeRow, "oauth_bank_codes")
_TOKENS = Rows(TokenRow, "oauth_bank_tokens")
_KEYS = Rows(KeyRow, "oauth_bank_keys")

ADD_SESSION = _SESSIONS.insert()
SESSION = _SESSIONS.select("WHERE digest = ?")
SIGN_IN = _SESSIONS.update(("person", "asks_code"), "WHERE digest = ?")
CHOOSE = _SESSIONS.update(("accounts",), "WHERE digest = ?")
END_SESSION = "DELETE FROM oauth_bank_sessions WHERE digest = ?"
FORGET_SESSIONS = "DELETE FROM oauth_bank_sessions WHERE expires_at <= ?"

ADD_CONSENT = _CONSENTS.insert()
CONSENT = _CONSENTS.select("WHERE consent_id = ?")
CONSENTS = _CONSENTS.select(
    "WHERE institution_id = ? AND subject = ? AND ended_at IS NULL AND expires_at > ?"
    " ORDER BY created_at DESC, consent_id LIMIT ?"
)
END_CONSENT = "UPDATE oauth_bank_consents SET ended_at = ? WHERE consent_id = ? AND ended_at IS NULL"
FORGET_CONSENTS = "DELETE FROM oauth_bank_consents WHERE expires_at <= ?"

ADD_CODE = _CODES.insert()
CODE = _CODES.select("WHERE digest = ? /* FOR UPDATE */")
USE_CODE = "UPDATE oauth_bank_codes SET used_at = ? WHERE digest = ?"
FORGET_CODES = "DELETE FROM oauth_bank_codes WHERE expires_at <= ?"

ADD_TOKEN = _TOKENS.insert()
TOKEN = _TOKENS.select("WHERE digest = ?")
END_TOKEN = "DELETE FROM oauth_bank_tokens WHERE digest = ?"
FORGET_TOKENS = "DELETE FROM oauth_bank_tokens WHERE expires_at <= ?"

ADD_KEY = _KEYS.insert()
KEYS = _KEYS.select("ORDER BY created_at DESC, kid LIMIT ?")


async def begin(writer: Writer, session: SessionRow, now: int) -> None:
    """Adds an authorisation; those that ran out are forgotten."""
    await writer.run(FORGET_SESSIONS, now)
    await writer.run(ADD_SESSION, *_SESSIONS.row(session))


async def session(reader: Reader, digest: bytes) -> SessionRow | None:
    row = await reader.one(SESSION, digest)
    return None if row is None else _SESSIONS.read(row)


async def sign_in(writer: Writer, digest: bytes, person: bytes, *, asks_code: bool) -> None:
    await writer.run(SIGN_IN, person, int(asks_code), digest)


async def choose(writer: Writer, digest: bytes, accounts: str) -> None:
    """`accounts`: a JSON array of references."""
    await writer.run(CHOOSE, accounts, digest)


async def end_session(writer: Writer, digest: bytes) -> bool:
    """True for exactly one of any number of racing callers."""
    return await writer.run(END_SESSION, digest) == 1


async def add_consent(writer: Writer, consent: ConsentRow, code: CodeRow) -> None:
    await writer.run(ADD_CONSENT, *_CONSENTS.row(consent))
    await writer.run(ADD_CODE, *_CODES.row(code))


async def consent(reader: Reader, consent_id: str) -> ConsentRow | None:
    row = await reader.one(CONSENT, consent_id)
    return None if row is None else _CONSENTS.read(row)


async def consents(
    reader: Reader, institution_id: str, subject: str, now: int, *, limit: int = 100
) -> list[ConsentRow]:
    """A person's consents that hold at `now`, newest first."""
    return [_CONSENTS.read(row) for row in await reader.all(CONSENTS, institution_id, subject, now, limit)]


async def end_consent(writer: Writer, consent_id: str, now: int) -> bool:
    """False when it had ended before, or there is none."""
    return await writer.run(END_CONSENT, now, consent_id) == 1


async def code(reader: Reader, digest: bytes) -> CodeRow | None:
    """Inside a transaction: keeps other users of the code out until it ends."""
    row = await reader.one(CODE, digest)
    return None if row is None else _CODES.read(row)


async def use_code(writer: Writer, digest: bytes, now: int) -> None:
    await writer.run(USE_CODE, now, digest)


async def add_tokens(writer: Writer, tokens: list[TokenRow]) -> None:
    await writer.run_many(ADD_TOKEN, [_TOKENS.row(token) for token in tokens])


async def token(reader: Reader, digest: bytes) -> TokenRow | None:
    row = await reader.one(TOKEN, digest)
    return None if row is None else _TOKENS.read(row)


async def end_token(writer: Writer, digest: bytes) -> None:
    await writer.run(END_TOKEN, digest)


async def forget(writer: Writer, *, codes_before: int, tokens_before: int, consents_before: int) -> None:
    """Deletes what expired at or before the instants."""
    await writer.run(FORGET_CODES, codes_before)
    await writer.run(FORGET_TOKENS, tokens_before)
    await writer.run(FORGET_CONSENTS, consents_before)


async def keys(reader: Reader, *, limit: int = 10) -> list[KeyRow]:
    """Newest first."""
    return [_KEYS.read(row) for row in await reader.all(KEYS, limit)]


async def add_key(writer: Writer, key: KeyRow) -> None:
    await writer.run(ADD_KEY, *_KEYS.row(key))
