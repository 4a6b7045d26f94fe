"""The people of the sandbox who have saved bank logins already, by phone number (Plaid docs: Sandbox).

They are facts of the sandbox, not rows of a database: what is linked under these numbers never changes them,
so a test finds the same person every time.
"""

from collections.abc import Mapping

from msgspec import Struct

OTP = "123456"
"""The one-time code of every number in the sandbox."""


class SavedLogin(Struct, frozen=True, kw_only=True):
    """`accounts`: references of those that are shared already."""

    institution_id: str
    accounts: tuple[str, ...]
    automatic: bool = False
    """These accounts are taken without asking."""


_PLATYPUS = SavedLogin(institution_id="ins_109508", accounts=("0000", "1111"))
_PLATYPUS_OAUTH = SavedLogin(institution_id="ins_127287", accounts=("0000", "1111"))
_TATTERSALL = SavedLogin(institution_id="ins_109510", accounts=("0000", "1111"))

PEOPLE: Mapping[str, tuple[SavedLogin, ...]] = {
    "+14155550010": (),
    "+14155550011": (_PLATYPUS, _TATTERSALL),
    "+14155550012": (SavedLogin(institution_id="ins_109508", accounts=("0000",)),),
    "+14155550013": (_PLATYPUS_OAUTH,),
    "+14155550014": (_PLATYPUS,),
    "+14155550015": (SavedLogin(institution_id="ins_109508", accounts=("0000", "1111"), automatic=True),),
}
"""In turn: new; verified; with an account that can be added; with an OAuth institution; on a new device;
with accounts that are selected automatically."""
