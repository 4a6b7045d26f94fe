"""A receiver for those who have none: takes webhooks whose signature is good, and keeps nothing.

Part of the test kit. What was taken is on record where all deliveries are (`store/outbox.py`).
"""

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gingham import signing_keys
from gingham.clock import MINUTE, SECOND
from gingham.platform import Platform
from gingham.webhooks import signing

PATH = "/gingham/v1/webhooks/inbox"
FRESH = 5 * MINUTE
"""A signature that is older is somebody's who has heard it elsewhere (Plaid docs: Webhook verification)."""

Message = MutableMapping[str, Any]


class Inbox:
    """The ASGI application at `PATH`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        header = dict(scope["headers"]).get(b"plaid-verification", b"")
        genuine = scope["method"] == "POST" and await self.is_genuine(body, header)
        await send({"type": "http.response.start", "status": 200 if genuine else 400, "headers": []})
        await send({"type": "http.response.body", "body": b"" if genuine else b"bad signature"})

    async def is_genuine(self, body: bytes, header: bytes) -> bool:
        """Plaid's own recipe."""
        from joserfc import jws, jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey

        try:
            told = jws.extract_compact(header).headers()
            key = await self._key(str(told.get("kid")))
            if key is None or told.get("alg") != signing_keys.ALGORITHM:
                return False
            public: dict[str, str | list[str]] = {"kty": key.kty, "crv": key.crv, "x": key.x, "y": key.y}
            claims = jwt.decode(
                header.decode(), ECKey.import_key(public), algorithms=[signing_keys.ALGORITHM]
            ).claims
        except (JoseError, ValueError):
            return False
        age = self._platform.wall.now() - claims["iat"] * SECOND
        return bool(age < FRESH and claims["request_body_sha256"] == hashlib.sha256(body).hexdigest())

    async def _key(self, kid: str) -> signing.PublicKey | None:
        for environment in signing.ENVIRONMENTS:
            key = await signing.public_key(self._platform, environment, kid)
            if key is not None:
                return key
        return None
