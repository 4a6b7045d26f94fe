"""The health of institutions, where it has been set to something else than the catalogue says."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class HealthRow(Struct, frozen=True, kw_only=True):
    institution_id: str
    health: str
    """HEALTHY, DEGRADED or DOWN."""
    changed_at: int


_HEALTH = Rows(HealthRow, "institution_health")

SET = _HEALTH.insert(
    "ON CONFLICT (institution_id) DO UPDATE SET health = excluded.health, changed_at = excluded.changed_at"
)
BY_ID = _HEALTH.select("WHERE institution_id = ?")
CLEAR = "DELETE FROM institution_health WHERE institution_id = ?"


async def set_health(writer: Writer, row: HealthRow) -> None:
    await writer.run(SET, *_HEALTH.row(row))


async def clear_health(writer: Writer, institution_id: str) -> None:
    await writer.run(CLEAR, institution_id)


async def health(reader: Reader, institution_id: str) -> HealthRow | None:
    row = await reader.one(BY_ID, institution_id)
    return None if row is None else _HEALTH.read(row)
