"""The history of `user_good` stands on the calendar, not on the day of the login."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham.banks.protocol import BankTransaction, Login
from gingham.banks.sandbox import SandboxBank
from gingham.banks.sandbox.transactions import history

LoginAt = Callable[..., Login]

DAYS = st.dates(date(1990, 1, 1), date(2080, 1, 1))


def rows(start: date, end: date) -> tuple[BankTransaction, ...]:
    return history("user_good", "USD", start, end)


@pytest.mark.parametrize("anchor", ["2021-09-07", "2025-11-15", "2026-01-14", "2026-09-11", "2027-06-08"])
def test_the_card_is_paid_on_every_anchor_day(anchor: str) -> None:
    day = date.fromisoformat(anchor)
    assert [row.name for row in rows(day, day)] == ["CREDIT CARD 3333 PAYMENT *//", "Uber 063015 SF**POOL**"]


def test_rows_recorded_in_september_2021_are_where_they_were() -> None:
    found = [(str(r.date), r.name, str(r.amount)) for r in rows(date(2021, 9, 2), date(2021, 9, 5))]
    assert found == [
        ("2021-09-05", "Touchstone Climbing", "78.50"),
        ("2021-09-05", "United Airlines", "-500.00"),
        ("2021-09-04", "McDonald's", "12.00"),
        ("2021-09-04", "Starbucks", "4.33"),
        ("2021-09-03", "SparkFun", "89.40"),
        ("2021-09-02", "INTRST PYMNT", "-4.22"),
    ]


def test_a_cycle_is_sixteen_rows_on_five_accounts() -> None:
    cycle = rows(date(2026, 8, 13), date(2026, 9, 11))
    assert Counter(row.account_reference for row in cycle) == {
        "0000": 6,
        "3333": 6,
        "1111": 2,
        "2222": 1,
        "4444": 1,
    }


def test_two_years_count_as_recorded() -> None:
    """388 rows over 723 days, as recorded three days before an anchor."""
    today = date(2026, 9, 8)
    found = rows(today - timedelta(days=730), today)
    assert len(found) == 388
    assert (found[0].date - found[-1].date).days + 1 == 723
    assert Counter(row.account_reference for row in found) == {
        "0000": 147,
        "1111": 49,
        "2222": 24,
        "3333": 144,
        "4444": 24,
    }


@given(DAYS)
def test_any_thirty_days_hold_sixteen_rows(start: date) -> None:
    assert len(rows(start, start + timedelta(days=29))) == 16


@given(DAYS, st.integers(0, 800), st.integers(0, 800))
def test_a_range_is_the_sum_of_its_parts(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole = rows(start, end)
    assert whole == rows(middle + timedelta(days=1), end) + rows(start, middle)
    assert len({row.reference for row in whole}) == len(whole)
    assert [row.date for row in whole] == sorted((row.date for row in whole), reverse=True)


def test_a_range_that_ends_before_it_starts_is_empty() -> None:
    assert rows(date(2026, 5, 2), date(2026, 5, 1)) == ()


async def test_nothing_is_dated_after_today(bank: SandboxBank, login_at: LoginAt) -> None:
    connection = bank.connect(login_at("ins_109508", date(2026, 9, 10)), b'{"username":"user_good"}')
    found = await connection.transactions(date(2026, 9, 8), date(2030, 1, 1))
    assert {row.date for row in found} == {date(2026, 9, 8), date(2026, 9, 9), date(2026, 9, 10)}


async def test_tomorrow_adds_rows_and_changes_none(bank: SandboxBank, login_at: LoginAt) -> None:
    async def as_of(today: date) -> tuple[BankTransaction, ...]:
        connection = bank.connect(login_at("ins_109508", today), b'{"username":"user_good"}')
        return await connection.transactions(date(2026, 1, 1), date(2026, 12, 31))

    before, after = await as_of(date(2026, 9, 10)), await as_of(date(2026, 9, 11))
    assert after[2:] == before


@pytest.mark.parametrize(("institution_id", "currency"), [("ins_43", "CAD"), ("ins_117650", "GBP")])
async def test_rows_are_in_the_currency_of_the_accounts(
    bank: SandboxBank, login_at: LoginAt, institution_id: str, currency: str
) -> None:
    connection = bank.connect(login_at(institution_id), b'{"username":"user_good"}')
    found = await connection.transactions(date(2026, 1, 1), date(2026, 4, 1))
    assert {row.iso_currency_code for row in found} == {currency}


def test_a_merchant_is_known_by_name_site_and_id() -> None:
    (row,) = [r for r in rows(date(2026, 9, 1), date(2026, 9, 11)) if r.merchant_name == "Starbucks"]
    (counterparty,) = row.counterparties
    assert (row.website, row.merchant_entity_id) == ("starbucks.com", counterparty.entity_id)
    assert (counterparty.name, counterparty.type) == ("Starbucks", "merchant")
    assert (row.payment_channel, row.transaction_type, row.category_id) == ("in store", "place", "13005043")
    assert row.personal_finance == row.personal_finance_v1 == "FOOD_AND_DRINK_COFFEE"


def test_five_merchants_are_known_and_no_other() -> None:
    known = {r.merchant_name for r in rows(date(2026, 8, 13), date(2026, 9, 11)) if r.counterparties}
    assert known == {"United Airlines", "KFC", "Uber", "McDonald's", "Starbucks"}


def test_two_rows_are_authorized_the_day_before() -> None:
    cycle = rows(date(2026, 8, 13), date(2026, 9, 11))
    authorized = {r.name: r.date - r.authorized_date for r in cycle if r.authorized_date}
    assert authorized == {
        "Uber 063015 SF**POOL**": timedelta(days=1),
        "Touchstone Climbing": timedelta(days=1),
    }


def test_everything_is_posted() -> None:
    assert not any(r.pending or r.pending_reference for r in rows(date(2025, 1, 1), date(2026, 1, 1)))


def test_only_a_refund_and_interest_come_in() -> None:
    incoming = {(r.name, r.amount) for r in rows(date(2026, 8, 13), date(2026, 9, 11)) if r.amount < 0}
    assert incoming == {("United Airlines", Decimal("-500")), ("INTRST PYMNT", Decimal("-4.22"))}
