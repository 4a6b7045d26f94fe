"""Time, passed in.

Everything that expires or is scheduled asks a `Clock`, so a test can jump four hours in a microsecond.
Instants are whole microseconds since 1970-01-01 UTC: exact, sortable, and the same integer in SQLite,
PostgreSQL and Python.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

MILLISECOND = 1_000
SECOND = 1_000 * MILLISECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the instant."""

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000


class ManualClock:
    """A clock that stands still until it is told to move.

    Example: `clock = ManualClock.at("2026-05-04T12:00:00Z"); clock.advance(4 * HOUR)`
    """

    def __init__(self, now: int) -> None:
        self._now = now

    @classmethod
    def at(cls, text: str) -> "ManualClock":
        """`text`: an ISO 8601 instant with an offset."""
        return cls(instant(datetime.fromisoformat(text)))

    def now(self) -> int:
        return self._now

    def advance(self, microseconds: int) -> None:
        """Moves forward. Raises `ValueError` for a negative step: nothing in the platform expects time to run
        back."""
        if microseconds < 0:
            raise ValueError("a clock only moves forward")
        self._now += microseconds


class MovableClock:
    """The clock of the test kit: it runs on with the machine's, or stands still, and can be put anywhere.

    Example: `clock = MovableClock(running=False); clock.put(clock.now() + 30 * DAY)`
    """

    def __init__(self, now: int | None = None, *, running: bool = True) -> None:
        """`now`: where it begins, unless with the machine's clock."""
        self.running = running
        self.put(SystemClock().now() if now is None else now, running=running)

    def now(self) -> int:
        return self._base + (_ticks() - self._put_at if self.running else 0)

    def put(self, now: int, *, running: bool | None = None) -> None:
        """It is `now`. `running`: whether it runs on from there; None leaves that as it is."""
        self._base, self._put_at = now, _ticks()
        self.running = self.running if running is None else running


def _ticks() -> int:
    """Microseconds that nobody sets back."""
    return time.monotonic_ns() // 1000


def instant(moment: datetime) -> int:
    """The instant of an aware datetime. Raises `ValueError` when it has no offset."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset from UTC")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The aware datetime of an instant."""
    return _EPOCH + timedelta(microseconds=at)


def day(at: int) -> date:
    """The UTC calendar day of an instant."""
    return moment(at).date()


def iso_seconds(at: int) -> str:
    """`2026-05-04T12:00:00Z`: how the API writes most instants."""
    return moment(at).isoformat(timespec="seconds")[:-6] + "Z"


def iso_milliseconds(at: int) -> str:
    """`2026-05-04T12:00:00.000Z`: how Link writes the timestamps of its events."""
    second, rest = divmod(at, SECOND)
    return f"{_iso_second(second)}.{rest // MILLISECOND:03d}Z"


@lru_cache(maxsize=16)
def _iso_second(second: int) -> str:
    """Without the Z: the same for all events of a second."""
    return moment(second * SECOND).isoformat(timespec="seconds")[:-6]
