"""Items that are probably one login linked twice (Plaid docs: Duplicate Items).

Link lets a person connect the same login again. Two Items of one person at one institution are a pair when an
account of each carries the same persistent id, or when accounts of both have the same name and mask.
"""

from collections.abc import Sequence
from itertools import combinations

import msgspec
from msgspec import Struct

from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow

SAME_PERSISTENT_ID = "SAME_PERSISTENT_ACCOUNT_ID"
SAME_NAME_AND_MASK = "SAME_INSTITUTION_NAME_AND_MASK"


class _Kept(Struct):
    persistent_account_id: str | None = None


class Pair(Struct, frozen=True, kw_only=True):
    """`item_ids`: the older Item first. `account_ids`: accounts of the two that are the same, in pairs."""

    item_ids: tuple[str, str]
    institution_id: str
    reasons: tuple[str, ...]
    account_ids: tuple[tuple[str, str], ...]


def pairs(items: Sequence[tuple[ItemRow, Sequence[AccountRow]]]) -> list[Pair]:
    """`items`: one person's, oldest first, with their accounts."""
    found = []
    for (older, before), (newer, after) in combinations(items, 2):
        if older.institution_id is None or older.institution_id != newer.institution_id:
            continue
        same = [(one, other, why) for one in before for other in after if (why := _reasons(one, other))]
        if same:
            found.append(
                Pair(
                    item_ids=(older.item_id, newer.item_id),
                    institution_id=older.institution_id,
                    reasons=tuple(sorted({reason for _, _, why in same for reason in why})),
                    account_ids=tuple((one.account_id, other.account_id) for one, other, _ in same),
                )
            )
    return found


def _reasons(one: AccountRow, other: AccountRow) -> list[str]:
    reasons = []
    lasting = _persistent_id(one)
    if lasting is not None and lasting == _persistent_id(other):
        reasons.append(SAME_PERSISTENT_ID)
    # Never mask against number, and never a mask alone: it is not unique (Plaid docs: Duplicate Items).
    if one.mask is not None and (one.name, one.mask) == (other.name, other.mask):
        reasons.append(SAME_NAME_AND_MASK)
    return reasons


def _persistent_id(account: AccountRow) -> str | None:
    return msgspec.json.decode(account.encoded, type=_Kept).persistent_account_id
