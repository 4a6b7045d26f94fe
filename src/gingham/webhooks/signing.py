"""The signature of a webhook: a JWT over the hash of its exact bytes (Plaid docs: Webhook verification).

One key signs for an environment at a time. Whoever needs it first makes it; `rotate` makes the next one, and
the one before is marked as expired but stays readable, since receivers keep keys by their id. A signature is
made for every attempt anew: receivers refuse one that is older than five minutes.
"""

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from gingham import signing_keys
from gingham.clock import SECOND
from gingham.platform import Platform
from gingham.signing_keys import ALGORITHM
from gingham.store import meta, webhook_keys
from gingham.store.webhook_keys import WebhookKeyRow

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ENVIRONMENTS = ("sandbox", "production")


class PublicKey(Struct, frozen=True, kw_only=True):
    """A key as receivers read it. `created_at` and `expired_at` are seconds since the epoch."""

    alg: str
    created_at: int
    crv: str
    expired_at: int | None
    kid: str
    kty: str
    use: str
    x: str
    y: str


class Signer:
    """Signs for both environments. Keeps the opened keys: opening one takes longer than signing."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._opened: dict[str, ECKey] = {}

    async def key(self, environment: str) -> "ECKey":
        """The key that signs now; made if there is none."""
        row = await webhook_keys.current(self._platform.store, environment)
        if row is None:
            row = await _replace(self._platform, environment, only_if_missing=True)
        opened = self._opened.get(row.kid)
        if opened is None:
            opened = self._opened[row.kid] = signing_keys.opened(self._platform.vault, row.kid, row.sealed)
        return opened

    def sign(self, key: "ECKey", body: bytes) -> str:
        """The value of the header `Plaid-Verification`."""
        from joserfc import jwt

        header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
        claims = {
            # The receiver compares it with its own clock.
            "iat": self._platform.wall.now() // SECOND,
            "request_body_sha256": hashlib.sha256(body).hexdigest(),
        }
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


async def rotate(platform: Platform, environment: str) -> PublicKey:
    """Signs with a new key from now on."""
    row = await _replace(platform, environment, only_if_missing=False)
    return _public(platform, row)


async def public_key(platform: Platform, environment: str, kid: str) -> PublicKey | None:
    """None when the environment never had such a key."""
    row = await webhook_keys.key(platform.store, kid)
    return _public(platform, row) if row is not None and row.environment == environment else None


async def _replace(platform: Platform, environment: str, *, only_if_missing: bool) -> WebhookKeyRow:
    now, (kid, sealed) = platform.clock.now(), signing_keys.make(platform.vault)
    row = WebhookKeyRow(
        kid=kid,
        environment=environment,
        sealed=sealed,
        created_at=now,
        expired_at=None,
    )
    async with platform.store.writing() as writer:
        # Whoever comes at the same time waits here, and finds the key of whoever came first.
        await meta.put(writer, f"webhook_key_at:{environment}", str(now))
        there = await webhook_keys.current(writer, environment)
        if there is not None and only_if_missing:
            return there
        await webhook_keys.expire(writer, environment, now)
        await webhook_keys.add(writer, row)
    return row


def _public(platform: Platform, row: WebhookKeyRow) -> PublicKey:
    jwk = signing_keys.opened(platform.vault, row.kid, row.sealed).as_dict(private=False)
    return PublicKey(
        alg=ALGORITHM,
        created_at=row.created_at // SECOND,
        crv=str(jwk["crv"]),
        expired_at=None if row.expired_at is None else row.expired_at // SECOND,
        kid=row.kid,
        kty=str(jwk["kty"]),
        use="sig",
        x=str(jwk["x"]),
        y=str(jwk["y"]),
    )
