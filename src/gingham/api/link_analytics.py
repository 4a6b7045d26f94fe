"""/gingham/v1/link/analytics/get: how far people come in Link."""

import datetime
from typing import Annotated

from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import Day, InstitutionId
from gingham.api.registry import endpoint
from gingham.clock import DAY, SECOND
from gingham.errors import error
from gingham.link import analytics
from gingham.link.analytics import Statistics
from gingham.store import funnel

MOST_DAYS = 31
MOST_EVENTS = 200_000
"""What one call reads at most; about thirty thousand sessions."""


class LinkAnalyticsGetRequest(Request, kw_only=True, frozen=True):
    start_date: Day
    end_date: Day
    institution_id: InstitutionId | None = None
    link_customization_name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class LinkAnalyticsGetResponse(Struct, kw_only=True):
    start_date: datetime.date
    end_date: datetime.date
    statistics: Statistics


@endpoint("/gingham/v1/link/analytics/get", tag="Link")
async def link_analytics_get(call: Call, request: LinkAnalyticsGetRequest) -> LinkAnalyticsGetResponse:
    """The funnel of the Link sessions that began from `start_date` to `end_date` (UTC, both inclusive, at
    most 31 days), and the errors met.

    With `institution_id` or `link_customization_name`, of those sessions alone. A session belongs to the
    institution that was chosen last in it.
    """
    days = (request.end_date - request.start_date).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise error("INVALID_FIELD", message=f"end_date must be 0 to {MOST_DAYS - 1} days after start_date")
    start = _midnight(request.start_date)
    happened = await funnel.events(
        call.platform.store, call.client_id, call.environment, start, start + days * DAY, MOST_EVENTS + 1
    )
    if len(happened) > MOST_EVENTS:
        raise error("INVALID_FIELD", message="end_date must be nearer to start_date: too many sessions")
    found = [
        course
        for course in analytics.courses(happened)
        if request.institution_id in (None, course.institution_id)
        and request.link_customization_name in (None, course.customization)
    ]
    return LinkAnalyticsGetResponse(
        start_date=request.start_date,
        end_date=request.end_date,
        statistics=analytics.statistics(found),
    )


def _midnight(date: datetime.date) -> int:
    at = datetime.datetime.combine(date, datetime.time(), tzinfo=datetime.UTC)
    return int(at.timestamp()) * SECOND
