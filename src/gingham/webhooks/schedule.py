"""When a webhook is tried again, and when it is given up (Plaid docs: Webhooks).

The first retry comes after 30 s and each further one after four times as long, for at most a day, which makes
six. A receiver that refuses nearly everything is not bothered with retries meanwhile.
"""

from gingham.clock import DAY, SECOND

FIRST_DELAY = 30 * SECOND
GROWTH = 4
LONGEST = DAY
"""A retry later than this after the fact is not made."""

REFUSES = 0.9
"""Share of the recent attempts, above which a receiver is spared retries."""
ENOUGH = 20
"""So many attempts at least say something about a receiver: one typing error on a first afternoon does not."""
LOOKED_AT = 200
"""So many of the newest attempts of a day are counted."""


def retry_delays() -> tuple[int, ...]:
    """Microseconds between an attempt and the next one."""
    delays: list[int] = []
    delay = FIRST_DELAY
    while sum(delays) + delay <= LONGEST:
        delays.append(delay)
        delay *= GROWTH
    return tuple(delays)


RETRY_DELAYS = retry_delays()


def next_attempt(attempts: int, now: int, *, spared: bool = False) -> int | None:
    """When to try again after `attempts` attempts, the last of them at `now`; None: give up.

    `spared`: the receiver refuses nearly everything, so the next retry is left out.
    """
    skip = RETRY_DELAYS[attempts - 1 : attempts + spared]
    return now + sum(skip) if len(skip) > spared else None


def refuses_nearly_everything(tried: int, failed: int) -> bool:
    """Of a receiver's attempts of the last day."""
    return tried >= ENOUGH and failed > REFUSES * tried


def failure_of(status: int) -> str | None:
    """Why an answer does not count as taken. Redirects are not followed: they could lead anywhere."""
    if 200 <= status < 300:
        return None
    return f"answered {status}"
