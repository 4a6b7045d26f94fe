"""/gingham/v1/link/session/*: Link driven over JSON, by its own page and by headless clients alike
(docs/link-protocol.md).

These endpoints take no API keys: a link_token opens a session, and a session_token, which only its opener
knows, drives it.
"""

from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from msgspec import Meta

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import Nested
from gingham.api.registry import endpoint
from gingham.errors import error
from gingham.link import actions, embedded, sessions
from gingham.link.embedded import Embedded
from gingham.link.pictures import Picture

SessionToken = Annotated[str, Meta(min_length=1, max_length=256, extra={"must": "be a Link session token"})]
Revision = Annotated[int, Meta(ge=0, le=2**53)]
EventsSeen = Annotated[int, Meta(ge=0, le=1_000_000)]
Typed = Annotated[str, Meta(max_length=20_000)]
"""Something a person typed: a password may be a whole JSON document in the sandbox."""


class LinkSessionStartRequest(Request, kw_only=True, frozen=True):
    link_token: Annotated[str, Meta(max_length=256)] | None = None
    institution_id: Annotated[str, Meta(max_length=256)] | None = None
    """Chosen before Link opened, on an embedded tile."""
    hosted: Annotated[str, Meta(max_length=64)] | None = None
    """Instead of the link_token: the end of a hosted page's address."""
    received_redirect_uri: Annotated[str, Meta(max_length=4096)] | None = None


@endpoint("/gingham/v1/link/session/start", tag="Link sessions", auth="none")
async def link_session_start(call: Call, request: LinkSessionStartRequest) -> Picture:
    """Opens Link. The answer holds the session_token that drives it and the first pane."""
    if request.received_redirect_uri is not None:
        state_ids = parse_qs(urlsplit(request.received_redirect_uri).query).get("oauth_state_id", [])
        if not state_ids:
            raise error("OAUTH_STATE_ID_NOT_FOUND")
        return await sessions.resume(call.platform, request.link_token, state_ids[0], call.request_id)
    if request.link_token is None and request.hosted is None:
        raise error("MISSING_FIELDS", fields="link_token")
    return await sessions.start(
        call.platform,
        request.link_token,
        call.request_id,
        hosted=request.hosted,
        institution_id=request.institution_id,
    )


class LinkEmbeddedRequest(Request, kw_only=True, frozen=True):
    link_token: Annotated[str, Meta(max_length=256)]


@endpoint("/gingham/v1/link/embedded", tag="Link sessions", auth="none")
async def link_embedded(call: Call, request: LinkEmbeddedRequest) -> Embedded:
    """The banks that an embedded search shows; opens no session."""
    return await embedded.tiles(call.platform, request.link_token)


class LinkAction(Nested, kw_only=True, frozen=True):
    """One action; which members it takes depends on `type` (docs/link-protocol.md)."""

    type: Annotated[str, Meta(max_length=64)]
    query: Annotated[str, Meta(max_length=200)] | None = None
    institution_id: Annotated[str, Meta(max_length=256)] | None = None
    values: Annotated[dict[str, Typed], Meta(max_length=20)] | None = None
    answers: Annotated[list[Typed], Meta(max_length=100)] | None = None
    accounts: Annotated[list[str], Meta(max_length=1000)] | None = None
    mode: Literal["popup", "redirect"] | None = None

    def __repr__(self) -> str:
        return f"LinkAction({self.type!r})"


class LinkSessionActRequest(Request, kw_only=True, frozen=True):
    session_token: SessionToken
    revision: Revision
    action: LinkAction
    events_seen: EventsSeen | None = None


@endpoint("/gingham/v1/link/session/act", tag="Link sessions", auth="none")
async def link_session_act(call: Call, request: LinkSessionActRequest) -> Picture:
    """Takes one action and answers with what to show next."""
    said = request.action
    action = actions.parse(
        said.type,
        query=said.query,
        institution_id=said.institution_id,
        values=said.values,
        answers=said.answers,
        accounts=said.accounts,
        mode=said.mode,
    )
    return await sessions.act(
        call.platform,
        request.session_token,
        request.revision,
        action,
        call.request_id,
        request.events_seen,
        call.origin,
    )


class LinkSessionGetRequest(Request, kw_only=True, frozen=True):
    session_token: SessionToken
    after_revision: Revision | None = None
    events_seen: EventsSeen | None = None


@endpoint("/gingham/v1/link/session/get", tag="Link sessions", auth="none")
async def link_session_get(call: Call, request: LinkSessionGetRequest) -> Picture:
    """What the session shows now; with `after_revision`, waits up to twenty seconds for something newer."""
    return await sessions.get(
        call.platform, request.session_token, call.request_id, request.after_revision, request.events_seen
    )
