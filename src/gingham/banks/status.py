"""How well an institution works, as `/institutions/get_by_id` and its siblings report it.

Derived from `Institution.health`, so the same health always reports the same. The reference sandbox leaves
the status out or fills it with healthy values; suites read it, so it is always complete here. Only
`item_logins` follows the health: it is what Link looks at, and what the unhealthy test institutions are for.
"""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from gingham.banks.protocol import Institution

LAST_CHANGE = "2024-01-01T00:00:00Z"
"""Of a health that was never set to anything else."""


class Breakdown(Struct, frozen=True, kw_only=True):
    """Shares of all attempts; the three add up to 1."""

    success: float
    error_plaid: float
    error_institution: float
    refresh_interval: str | UnsetType = UNSET
    """NORMAL, DELAYED or STOPPED."""


class ProductStatus(Struct, frozen=True, kw_only=True):
    status: str
    last_status_change: str
    breakdown: Breakdown


class InstitutionStatus(Struct, frozen=True, kw_only=True):
    item_logins: ProductStatus
    transactions_updates: ProductStatus
    auth: ProductStatus
    identity: ProductStatus
    investments_updates: ProductStatus
    liabilities_updates: ProductStatus
    liabilities: ProductStatus
    investments: ProductStatus


def _product(status: str, success: float, plaid: float, institution: float, interval: str) -> ProductStatus:
    breakdown = Breakdown(
        success=success, error_plaid=plaid, error_institution=institution, refresh_interval=interval
    )
    return ProductStatus(status=status, last_status_change=LAST_CHANGE, breakdown=breakdown)


_BY_HEALTH = {
    "HEALTHY": _product("HEALTHY", 0.9, 0.08, 0.02, "NORMAL"),
    "DEGRADED": _product("DEGRADED", 0.5, 0.08, 0.42, "DELAYED"),
    "DOWN": _product("DOWN", 0.0, 0.08, 0.92, "STOPPED"),
}
_HEALTHY = _BY_HEALTH["HEALTHY"]


def status_of(institution: Institution, changed: str = LAST_CHANGE) -> InstitutionStatus:
    """The `status` object of an institution, ready to be encoded. `changed`: when its health was last set."""
    return InstitutionStatus(
        item_logins=replace(_BY_HEALTH[institution.health], last_status_change=changed),
        transactions_updates=_HEALTHY,
        auth=_HEALTHY,
        identity=_HEALTHY,
        investments_updates=_HEALTHY,
        liabilities_updates=_HEALTHY,
        liabilities=_HEALTHY,
        investments=_HEALTHY,
    )
