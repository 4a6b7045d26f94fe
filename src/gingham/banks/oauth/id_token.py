"""Is this ID token what it claims to be? OpenID Connect Core 1.0, section 3.1.3.7."""

import base64
import hashlib
import hmac
from typing import Any

from msgspec import Struct

from gingham.banks.oauth.provider import NonsenseError
from gingham.clock import SECOND

_ALGORITHMS = ["ES256"]

_LEEWAY = 60
"""Seconds by which the bank's clock may be off."""


class Claims(Struct, frozen=True):
    subject: str
    username: str | None


def claims(
    token: str,
    keys: dict[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> Claims:
    """Who signed in. `now`: microseconds since the epoch, by the platform's clock.

    Raises `NonsenseError` unless the signature is of one of `keys` and every claim is as it must be.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        now=now // SECOND,
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        said = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        rules.validate(said)
    except (JoseError, ValueError, KeyError, TypeError):
        raise NonsenseError("the ID token is not to be believed") from None
    if "at_hash" in said and not hmac.compare_digest(str(said["at_hash"]), _half_hash(access_token)):
        raise NonsenseError("the ID token belongs to another access token")
    username = said.get("preferred_username")
    return Claims(subject=str(said["sub"]), username=username if isinstance(username, str) else None)


def _half_hash(text: str) -> str:
    """Of an access token, as `at_hash` has it."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
