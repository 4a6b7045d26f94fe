"""What a login at an OAuth bank leaves behind. It holds a secret, so it is sealed wherever it is kept."""

import msgspec
from msgspec import Struct


class Grant(Struct, frozen=True, tag_field="bank", tag="oauth"):
    """`refresh_token` stays the same for as long as the consent holds: the bank does not replace it."""

    consent_id: str
    refresh_token: str

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, grant: bytes) -> "Grant":
        return msgspec.json.decode(grant, type=cls)

    @classmethod
    def is_one(cls, grant: bytes) -> bool:
        """Tells it from the grants of other banks."""
        try:
            cls.decode(grant)
        except msgspec.DecodeError:
            return False
        return True
