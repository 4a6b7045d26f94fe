"""The keys that sign ID tokens.

The newest key signs. A key signs for `SIGNS`, and its public half is shown for `SHOWN`, so that whatever it
signed can be checked for as long as it is good. Making the next one is the work of whoever needs it first.
"""

from joserfc.jwk import ECKey

from gingham import signing_keys
from gingham.clock import DAY
from gingham.platform import Platform
from gingham.store import meta, oauth_bank
from gingham.store.oauth_bank import KeyRow

SIGNS = 90 * DAY
SHOWN = 97 * DAY


async def signing_key(platform: Platform) -> ECKey:
    """The key that signs now."""
    row = _usable(await oauth_bank.keys(platform.store), platform.clock.now())
    return _open(platform, row or await _make(platform))


async def key_set(platform: Platform) -> dict[str, list[dict[str, object]]]:
    """The public keys, as RFC 7517 writes them."""
    await signing_key(platform)
    now = platform.clock.now()
    rows = [row for row in await oauth_bank.keys(platform.store) if now - row.created_at < SHOWN]
    return {"keys": [dict(_open(platform, row).as_dict(private=False)) for row in rows]}


def _usable(rows: list[KeyRow], now: int) -> KeyRow | None:
    return next((row for row in rows if now - row.created_at < SIGNS), None)


def _open(platform: Platform, row: KeyRow) -> ECKey:
    return signing_keys.opened(platform.vault, row.kid, row.sealed)


async def _make(platform: Platform) -> KeyRow:
    """Makes a key, unless another process was faster."""
    now, (kid, sealed) = platform.clock.now(), signing_keys.make(platform.vault)
    row = KeyRow(kid=kid, sealed=sealed, created_at=now)
    async with platform.store.writing() as writer:
        # Whoever comes at the same time waits here, and finds the key of whoever came first.
        await meta.put(writer, "oauth_bank_key_at", str(now))
        there = _usable(await oauth_bank.keys(writer), now)
        if there is None:
            await oauth_bank.add_key(writer, row)
        return there or row
