"""What a login leaves behind: enough to read the person's data again, and no secret."""

import msgspec
from msgspec import Struct


class Grant(Struct, frozen=True, omit_defaults=True):
    username: str
    numbers: bool = True
    """False: the bank does not tell account numbers, so they must be proved with micro-deposits."""
    script: str | None = None
    """Of `user_custom`: what the bank shows."""

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, grant: bytes) -> "Grant":
        return msgspec.json.decode(grant, type=cls)
