"""What a login leaves behind: enough to read the person's data again, and no secret."""

import msgspec
from msgspec import Struct


class Grant(Struct, frozen=True, omit_defaults=True):
    username: str
    numbers: bool = True
    """False: the bank does not tell account numbers, so they must be proved with micro-deposits."""
    script: str | None = None
    """Of `user_custom`: what the bank shows."""
    opened: str | None = None
    """A script of the accounts that were opened since (`opened.py`)."""

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    def renewing(self, before: bytes | None) -> "Grant":
        """This login's grant, with what the person has opened since an earlier one."""
        known = Grant.decode(before) if before is not None else None
        if known is None or known.username != self.username:
            return self
        return msgspec.structs.replace(self, opened=known.opened)

    @classmethod
    def decode(cls, grant: bytes) -> "Grant":
        return msgspec.json.decode(grant, type=cls)
