"""An authorisation between its first page and its end.

Everything about it lies in the store. A page carries the session's handle and a token for its one form; the
browser carries a cookie. Only the three together continue a session: a handle from an address that leaked is of
no use in another browser, and a form on another site cannot know its token (the cookie is `SameSite=Lax` besides,
which is what a popup and a redirect from another site need).
"""

import hmac
import re

import msgspec

from gingham.clock import MINUTE
from gingham.ids import digest
from gingham.oauthbank.issuer import Issuer
from gingham.platform import Platform
from gingham.store import oauth_bank
from gingham.store.oauth_bank import SessionRow

LIFETIME = 15 * MINUTE
COOKIE = "bank_browser"

AUTHORIZE, APP, CONNECTIONS = "authorize", "app", "connections"

_SECRET = re.compile(r"[0-9a-f]{32}")

Parameters = list[tuple[str, str]]


class Session:
    """One session, as of the start of a request."""

    def __init__(self, platform: Platform, issuer: Issuer, handle: str, row: SessionRow) -> None:
        self.platform, self.issuer, self.handle, self.row = platform, issuer, handle, row

    @property
    def parameters(self) -> Parameters:
        """Of the authorization request."""
        return msgspec.json.decode(self.row.request, type=Parameters)

    @property
    def redirect_uri(self) -> str:
        return dict(self.parameters).get("redirect_uri", "")

    @property
    def person(self) -> str | None:
        """The login name; None before somebody has signed in."""
        if self.row.person is None:
            return None
        return self.platform.vault.open(self.row.person, _context(self.row.digest)).decode()

    def form_token(self, step: str) -> str:
        """What the form of a page must send back."""
        text = f"{self.handle}/{step}"
        return self.platform.vault.keyed_digest(text, "oauth bank form").hex()[:32]

    def accepts(self, step: str, token: str) -> bool:
        return hmac.compare_digest(self.form_token(step).encode(), token.encode())

    async def sign_in(self, person: str, *, asks_code: bool) -> None:
        sealed = self.platform.vault.seal(person.encode(), _context(self.row.digest))
        async with self.platform.store.writing() as writer:
            await oauth_bank.sign_in(writer, self.row.digest, sealed, asks_code=asks_code)

    async def choose(self, accounts: tuple[str, ...]) -> None:
        async with self.platform.store.writing() as writer:
            await oauth_bank.choose(writer, self.row.digest, msgspec.json.encode(accounts).decode())

    async def end(self) -> bool:
        """True for exactly one of any number of racing requests."""
        async with self.platform.store.writing() as writer:
            return await oauth_bank.end_session(writer, self.row.digest)


async def begin(
    platform: Platform,
    issuer: Issuer,
    purpose: str,
    parameters: Parameters,
    cookie: str | None,
    person: str | None = None,
) -> tuple[str, str]:
    """Begins a session; returns its handle and the browser's cookie, the one it has if it has one. `person`: who is
    signed in already."""
    browser = cookie if cookie is not None and _SECRET.fullmatch(cookie) else platform.ids.secret(16)
    handle = platform.ids.secret(16)
    now = platform.clock.now()
    row = SessionRow(
        digest=digest(handle),
        browser=digest(browser),
        institution_id=issuer.institution.institution_id,
        purpose=purpose,
        request=msgspec.json.encode(parameters),
        person=platform.vault.seal(person.encode(), _context(digest(handle))) if person is not None else None,
        asks_code=False,
        accounts=None,
        began_at=now,
        expires_at=now + LIFETIME,
    )
    async with platform.store.writing() as writer:
        await oauth_bank.begin(writer, row, now)
    return handle, browser


async def resume(platform: Platform, issuer: Issuer, handle: str, cookie: str | None) -> Session | None:
    """None when it ran out or ended, or was begun at another bank or in another browser."""
    if not _SECRET.fullmatch(handle) or not _SECRET.fullmatch(cookie or ""):
        return None
    row = await oauth_bank.session(platform.store, digest(handle))
    if row is None or row.expires_at <= platform.clock.now():
        return None
    ours = row.institution_id == issuer.institution.institution_id
    same = hmac.compare_digest(row.browser, digest(cookie or ""))
    return Session(platform, issuer, handle, row) if ours and same else None


def _context(key: bytes) -> str:
    return f"oauth bank session {key.hex()}"
