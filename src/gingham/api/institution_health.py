"""/gingham/v1/institutions/health/*: an institution that falls ill, while people are in Link.

The sandbox's institutions are as healthy as their names say; a test or an operator may change that at run
time, for every client and worker of this server at once.
"""

from typing import Literal

from msgspec import Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import InstitutionId
from gingham.api.registry import endpoint
from gingham.items import issues

Health = Literal["HEALTHY", "DEGRADED", "DOWN"]


class InstitutionHealthSetRequest(Request, kw_only=True, frozen=True):
    institution_id: InstitutionId
    health: Health | None
    """Null returns to what the catalogue says."""


class InstitutionHealthResponse(Struct, kw_only=True):
    institution_id: str
    health: str


@endpoint("/gingham/v1/institutions/health/set", tag="Institutions", sandbox_only=True)
async def institution_health_set(
    call: Call, request: InstitutionHealthSetRequest
) -> InstitutionHealthResponse:
    """Sets how well an institution works from now on; opens its issue, or resolves it."""
    known = await issues.set_health(call.platform, request.institution_id, request.health)
    return InstitutionHealthResponse(institution_id=known.institution_id, health=known.health)
