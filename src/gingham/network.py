"""The institutions as they are at this moment: the catalogue, and the health that was set meanwhile.

The catalogue says how each institution is by nature. What an operator or a test sets at run time is in the
store, so that every worker sees it at once.
"""

from msgspec.structs import replace

from gingham.banks.protocol import Institution
from gingham.platform import Platform
from gingham.store import Reader, Writer, health
from gingham.store.health import HealthRow

HEALTHS = ("HEALTHY", "DEGRADED", "DOWN")


async def institution(
    platform: Platform, institution_id: str | None, reader: Reader | None = None
) -> Institution | None:
    """The institution with its health of now; None for an unknown id."""
    known = platform.banks.institution(institution_id)
    if known is None:
        return None
    set_to = await health.health(reader or platform.store, known.institution_id)
    return known if set_to is None else replace(known, health=set_to.health)


async def health_set(platform: Platform, institution_id: str) -> HealthRow | None:
    """What was set, and when; None while the catalogue's health holds."""
    return await health.health(platform.store, institution_id)


async def set_health(platform: Platform, writer: Writer, institution_id: str, to: str | None) -> None:
    """Sets the health; None returns to the catalogue's."""
    if to is None:
        await health.clear_health(writer, institution_id)
        return
    row = HealthRow(institution_id=institution_id, health=to, changed_at=platform.clock.now())
    await health.set_health(writer, row)
