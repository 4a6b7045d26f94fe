"""/issues/*: what institutions suffer from, and being told when it is over (Plaid docs: Issues)."""

from typing import Annotated

from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import Url
from gingham.api.items import Nothing
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.errors import error
from gingham.items import issues
from gingham.platform import Platform
from gingham.store.issues import IssueRow

Id = Annotated[
    str, Meta(min_length=1, max_length=256, extra={"must": "be a properly formatted, non-empty string"})
]
_BY = ("item_id", "link_session_id", "link_session_request_id")


class Issue(Struct, kw_only=True):
    issue_id: str
    institution_ids: list[str]
    institution_names: list[str]
    created_at: str
    summary: str
    detailed_description: str
    status: str


def _shown(platform: Platform, issue: IssueRow) -> Issue:
    return Issue(
        issue_id=issue.issue_id,
        institution_ids=[issue.institution_id],
        institution_names=[issues.name(platform, issue)],
        created_at=iso_seconds(issue.created_at),
        summary=issues.summary(platform, issue),
        detailed_description=issues.details(platform, issue),
        status=issues.status(issue),
    )


class IssuesSearchRequest(Request, kw_only=True, frozen=True):
    item_id: Id | None = None
    link_session_id: Id | None = None
    link_session_request_id: Id | None = None


class IssuesSearchResponse(Struct, kw_only=True):
    issues: list[Issue]


@endpoint("/issues/search", tag="Issues")
async def issues_search(call: Call, request: IssuesSearchRequest) -> IssuesSearchResponse:
    """The issue that an Item's institution suffers from now, or those that a Link session (or one request of it)
    has met."""
    given = [name for name in _BY if getattr(request, name) is not None]
    if len(given) != 1:
        raise error("INVALID_FIELD", message=f"exactly one of {', '.join(_BY)} must be given")
    whose = (call.platform, call.client_id, call.environment)
    if request.item_id is not None:
        found = await issues.of_item(*whose, request.item_id)
    elif request.link_session_id is not None:
        found = await issues.of_session(*whose, request.link_session_id)
    else:
        found = await issues.of_request(*whose, request.link_session_request_id or "")
    return IssuesSearchResponse(issues=[_shown(call.platform, issue) for issue in found])


class IssuesGetRequest(Request, kw_only=True, frozen=True):
    issue_id: Id


class IssuesGetResponse(Struct, kw_only=True):
    issue: Issue


@endpoint("/issues/get", tag="Issues")
async def issues_get(call: Call, request: IssuesGetRequest) -> IssuesGetResponse:
    """One issue, as it stands."""
    return IssuesGetResponse(issue=_shown(call.platform, await issues.get(call.platform, request.issue_id)))


class IssuesSubscribeRequest(Request, kw_only=True, frozen=True):
    issue_id: Id
    webhook: Url


@endpoint("/issues/subscribe", tag="Issues")
async def issues_subscribe(call: Call, request: IssuesSubscribeRequest) -> Nothing:
    """Sends ISSUE_RESOLVED to `webhook` when the issue is over."""
    await issues.subscribe(call.platform, call.client_id, call.environment, request.issue_id, request.webhook)
    return Nothing()
