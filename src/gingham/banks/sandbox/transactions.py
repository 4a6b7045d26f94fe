"""A person's history: the profile's cycle, laid on the calendar every thirty days.

Recordings of the reference sandbox from 2017 to 2026 agree on one rule: rows stand on absolute dates,
whenever the Item was made. The anchor of a cycle is a day whose number since 1970-01-01, divided by thirty,
leaves seven; each row stands a fixed count of days before it. So any range of dates can be computed from
nothing, and two Items of any age show the same rows.
"""

from datetime import date, timedelta
from functools import lru_cache

from gingham.banks.protocol import BankTransaction, Counterparty
from gingham.banks.sandbox.profile import CycleRow, Profile, load

CYCLE_DAYS = 30
ANCHOR = 7
"""Anchor days have this remainder."""

_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=128)
def history(profile: str, currency: str, start: date, end: date) -> tuple[BankTransaction, ...]:
    """The rows dated `start` to `end`, both inclusive: newest first, a day's in the order of the profile.

    Cached, since every Item of a profile asks for the same few ranges.
    """
    known = load(profile)
    first, last = (start - _EPOCH).days, (end - _EPOCH).days
    reach = max((row.days_before for row in known.cycle), default=0)
    dated = []
    # From the first anchor that is not before the range to the last whose rows reach back into it.
    for anchor in range(first + (ANCHOR - first) % CYCLE_DAYS, last + reach + 1, CYCLE_DAYS):
        for place, row in enumerate(known.cycle):
            day = anchor - row.days_before
            if first <= day <= last:
                dated.append((-day, place, row))
    dated.sort(key=lambda entry: entry[:2])
    return tuple(_transaction(known, row, -day, currency) for day, _, row in dated)


def _transaction(profile: Profile, row: CycleRow, day: int, currency: str) -> BankTransaction:
    on = _EPOCH + timedelta(days=day)
    ahead = row.authorized_days_before
    merchant = profile.merchants[row.merchant] if row.merchant else None
    return BankTransaction(
        reference=f"{day}-{row.key}",
        account_reference=row.account,
        date=on,
        authorized_date=None if ahead is None else on - timedelta(days=ahead),
        amount=row.amount,
        iso_currency_code=currency,
        name=row.name,
        original_description=row.name,
        merchant_name=row.merchant or row.merchant_name,
        merchant_entity_id=merchant.entity_id if merchant else None,
        website=merchant.website if merchant else None,
        payment_channel=row.channel,
        transaction_type=row.type,
        category_id=row.legacy_category,
        personal_finance=row.category,
        personal_finance_v1=row.category,
        confidence_level=row.confidence,
        counterparties=()
        if merchant is None
        else (_counterparty(row, merchant.entity_id, merchant.website),),
    )


def _counterparty(row: CycleRow, entity_id: str, website: str) -> Counterparty:
    return Counterparty(
        name=row.merchant or row.name,
        type="merchant",
        entity_id=entity_id,
        website=website,
        confidence_level="VERY_HIGH",
    )
