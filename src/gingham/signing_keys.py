"""Keys that sign (ES256), as they are kept: sealed under their own id."""

from typing import TYPE_CHECKING

import msgspec

from gingham.ids import uuid_of
from gingham.vault import Vault

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ALGORITHM = "ES256"


def make(vault: Vault) -> tuple[str, bytes]:
    """The id of a new key, and the key sealed. The id follows from the key: whoever keeps keys by their id never has
    the wrong one, not even when a database is put back to what it was."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", private=True)
    kid = uuid_of(key.thumbprint())
    return kid, vault.seal(msgspec.json.encode(key.as_dict(private=True)), kid)


def opened(vault: Vault, kid: str, sealed: bytes) -> "ECKey":
    """Raises `VaultError` when it is not from this key ring."""
    from joserfc.jwk import ECKey

    jwk = msgspec.json.decode(vault.open(sealed, kid), type=dict[str, str])
    return ECKey.import_key({**jwk, "kid": kid, "use": "sig", "alg": ALGORITHM})
