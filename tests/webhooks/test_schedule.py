"""When a webhook is tried again: the documented delays, and mercy for a receiver that refuses everything."""

import pytest

from gingham.clock import DAY, MINUTE, SECOND
from gingham.webhooks import schedule


def test_six_retries_fit_into_a_day() -> None:
    assert [delay // SECOND for delay in schedule.RETRY_DELAYS] == [30, 120, 480, 1920, 7680, 30720]
    assert sum(schedule.RETRY_DELAYS) <= DAY


def test_the_first_retry_comes_after_half_a_minute() -> None:
    assert schedule.next_attempt(1, now=0) == 30 * SECOND


def test_the_second_retry_comes_two_minutes_later() -> None:
    assert schedule.next_attempt(2, now=0) == 2 * MINUTE


def test_after_the_seventh_attempt_it_is_given_up() -> None:
    assert schedule.next_attempt(7, now=0) is None


def test_a_receiver_that_refuses_everything_is_spared_a_retry() -> None:
    assert schedule.next_attempt(1, now=0, spared=True) == 150 * SECOND


def test_sparing_never_brings_more_attempts_than_the_schedule_has() -> None:
    assert schedule.next_attempt(6, now=0, spared=True) is None


@pytest.mark.parametrize(
    ("tried", "failed", "expected"), [(19, 19, False), (20, 18, False), (20, 19, True), (200, 180, False)]
)
def test_a_receiver_refuses_nearly_everything_above_nine_in_ten(
    tried: int, failed: int, expected: bool
) -> None:
    assert schedule.refuses_nearly_everything(tried, failed) is expected


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (301, False), (404, False), (500, False)]
)
def test_only_success_counts_as_taken(status: int, taken: bool) -> None:
    assert (schedule.failure_of(status) is None) is taken
