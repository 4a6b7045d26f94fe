"""/gingham/v1/{clock,faults,snapshots}/* and webhooks/wait: the test kit over HTTP (docs/testing.md).

Served only where the server was started for tests (`gingham serve --test-kit`); elsewhere these paths are not there.
"""

import datetime
from copy import copy
from typing import Annotated

from msgspec import Meta, Struct

from gingham.api import webhooks
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.registry import REGISTRY, TEST_KIT, endpoint
from gingham.api.webhooks import WebhookId, WebhooksGetResponse
from gingham.clock import DAY, HOUR, MINUTE, SECOND, instant, iso_milliseconds
from gingham.errors import error, fact, invalid_field
from gingham.faults import Fault, Mishap
from gingham.kit import Kit, Snapshot
from gingham.store import outbox
from gingham.store.outbox import OutboxRow

LONGEST = 3660 * DAY
"""Ten years: further than any expiry."""


class ClockRequest(Request, kw_only=True, frozen=True):
    pass


class ClockResponse(Struct, kw_only=True):
    now: str
    running: bool
    next_due: str | None
    """When something happens next by itself; null when nothing is waiting."""


@endpoint("/gingham/v1/clock/get", tag=TEST_KIT, sandbox_only=True, accepts_empty_body=True)
async def clock_get(call: Call, _: ClockRequest) -> ClockResponse:
    """What time it is on this server."""
    return await _told(_kit(call))


Step = Annotated[
    float,
    Meta(
        ge=0,
        le=LONGEST / SECOND,
        extra={"must": "be a number, not negative, of at most ten years of seconds"},
    ),
]


class ClockAdvanceRequest(Request, kw_only=True, frozen=True):
    days: Step = 0
    hours: Step = 0
    minutes: Step = 0
    seconds: Step = 0


@endpoint("/gingham/v1/clock/advance", tag=TEST_KIT, sandbox_only=True)
async def clock_advance(call: Call, request: ClockAdvanceRequest) -> ClockResponse:
    """Moves the clock forward. What is due on the way happens at its instant, and before this answers."""
    kit = _kit(call)
    step = request.days * DAY + request.hours * HOUR + request.minutes * MINUTE + request.seconds * SECOND
    if step > LONGEST:
        raise invalid_field("days, hours, minutes and seconds must be at most ten years together")
    await kit.move(kit.clock.now() + round(step))
    return await _told(kit)


class ClockSetRequest(Request, kw_only=True, frozen=True):
    now: Annotated[
        datetime.datetime | None,
        Meta(extra={"must": "be an ISO 8601 date and time with an offset, such as 2026-05-04T12:00:00Z"}),
    ] = None
    running: bool | None = None


@endpoint("/gingham/v1/clock/set", tag=TEST_KIT, sandbox_only=True)
async def clock_set(call: Call, request: ClockSetRequest) -> ClockResponse:
    """Moves the clock forward to an instant, as `advance` does; `running: false` lets it stand still there."""
    kit = _kit(call)
    to = kit.clock.now()
    if request.now is not None:
        if request.now.tzinfo is None:
            raise invalid_field("now must have an offset, such as the Z of 2026-05-04T12:00:00Z")
        to = instant(request.now)
        if to < kit.clock.now():
            raise invalid_field(
                "now must not be earlier than it is: time runs back only where a snapshot is restored"
            )
        if to > kit.clock.now() + LONGEST:
            raise invalid_field("now must be within ten years from what it is")
    await kit.move(to, running=request.running)
    return await _told(kit)


async def _told(kit: Kit) -> ClockResponse:
    due = await kit.next_due()
    return ClockResponse(
        now=iso_milliseconds(kit.clock.now()),
        running=kit.clock.running,
        next_due=None if due is None else iso_milliseconds(due),
    )


# --- faults ---------------------------------------------------------------------------------------------------


class FaultsSetRequest(Request, kw_only=True, frozen=True):
    path: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    error_code: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    error_type: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    calls_per_minute: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    latency_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    webhooks: Mishap | None = None
    webhook_code: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    times: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class FaultResponse(Struct, kw_only=True):
    fault: Fault


@endpoint("/gingham/v1/faults/set", tag=TEST_KIT, sandbox_only=True)
async def faults_set(call: Call, request: FaultsSetRequest) -> FaultResponse:
    """Adds a rule: an error or slowness of an endpoint, a rate limit, or webhooks that get lost.

    `path`: the endpoint, else all of the protocol's. `times`: so often, else until it is cleared. `webhooks`: `lost`
    ones never arrive, `unheard` ones do, but the answer does not come back, so that they are sent again.
    """
    if request.path is not None and (request.path not in REGISTRY or REGISTRY[request.path].tag == TEST_KIT):
        raise invalid_field(
            "path must be the path of an endpoint of this server, and not of the test kit's own"
        )
    if request.error_code is not None:
        try:
            fact(request.error_code, request.error_type)
        except LookupError as problem:
            raise invalid_field(f"error_code must be one of the protocol's: {problem.args[0]}") from None
    about_calls = request.error_code is not None or request.calls_per_minute is not None or request.latency_ms
    if (request.webhooks is None) == (not about_calls):
        raise invalid_field("one of error_code, calls_per_minute, latency_ms or webhooks must be given")
    rule = Fault(**{name: getattr(request, name) for name in Fault.__struct_fields__ if name != "fault_id"})
    return FaultResponse(fault=copy(call.platform.faults.add(rule)))


class FaultsListRequest(Request, kw_only=True, frozen=True):
    pass


class FaultsResponse(Struct, kw_only=True):
    faults: list[Fault]


@endpoint("/gingham/v1/faults/list", tag=TEST_KIT, sandbox_only=True, accepts_empty_body=True)
async def faults_list(call: Call, _: FaultsListRequest) -> FaultsResponse:
    """The rules that are left, and how often each."""
    return FaultsResponse(faults=call.platform.faults.all())


class FaultsClearRequest(Request, kw_only=True, frozen=True):
    fault_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


@endpoint("/gingham/v1/faults/clear", tag=TEST_KIT, sandbox_only=True, accepts_empty_body=True)
async def faults_clear(call: Call, request: FaultsClearRequest) -> FaultsResponse:
    """Takes back one rule, or all of them; answers with those that are left."""
    if not call.platform.faults.clear(request.fault_id) and request.fault_id is not None:
        raise invalid_field("fault_id must be the id of a rule that is set")
    return FaultsResponse(faults=call.platform.faults.all())


# --- snapshots ------------------------------------------------------------------------------------------------


class SnapshotsMakeRequest(Request, kw_only=True, frozen=True):
    name: Annotated[str, Meta(max_length=200)] = ""


class SnapshotTold(Struct, kw_only=True):
    snapshot_id: str
    name: str
    now: str


class SnapshotResponse(Struct, kw_only=True):
    snapshot: SnapshotTold


@endpoint("/gingham/v1/snapshots/make", tag=TEST_KIT, sandbox_only=True, accepts_empty_body=True)
async def snapshots_make(call: Call, request: SnapshotsMakeRequest) -> SnapshotResponse:
    """Keeps everything there is at this moment: data, time and faults, in this process's memory."""
    try:
        kept = await _kit(call).keep(request.name)
    except OverflowError as problem:
        raise error("INVALID_FIELD", message=f"{problem}; delete some") from None
    return SnapshotResponse(snapshot=_snapshot(kept))


class SnapshotRequest(Request, kw_only=True, frozen=True):
    snapshot_id: Annotated[str, Meta(min_length=1, max_length=64, extra={"must": "be the id of a snapshot"})]


@endpoint("/gingham/v1/snapshots/restore", tag=TEST_KIT, sandbox_only=True)
async def snapshots_restore(call: Call, request: SnapshotRequest) -> SnapshotResponse:
    """Puts everything back to how it was; the snapshot stays. What is under way is broken off."""
    kept = _kept(call, request.snapshot_id)
    await _kit(call).put_back(kept)
    return SnapshotResponse(snapshot=_snapshot(kept))


class SnapshotsListRequest(Request, kw_only=True, frozen=True):
    pass


class SnapshotsListResponse(Struct, kw_only=True):
    snapshots: list[SnapshotTold]


@endpoint("/gingham/v1/snapshots/list", tag=TEST_KIT, sandbox_only=True, accepts_empty_body=True)
async def snapshots_list(call: Call, _: SnapshotsListRequest) -> SnapshotsListResponse:
    """Those that are kept, oldest first."""
    return SnapshotsListResponse(snapshots=[_snapshot(kept) for kept in _kit(call).snapshots.values()])


@endpoint("/gingham/v1/snapshots/delete", tag=TEST_KIT, sandbox_only=True)
async def snapshots_delete(call: Call, request: SnapshotRequest) -> SnapshotResponse:
    """Gives up a snapshot and its memory."""
    kept = _kept(call, request.snapshot_id)
    _kit(call).forget(kept.snapshot_id)
    return SnapshotResponse(snapshot=_snapshot(kept))


def _kept(call: Call, snapshot_id: str) -> Snapshot:
    kept = _kit(call).snapshots.get(snapshot_id)
    if kept is None:
        raise invalid_field("snapshot_id must be the id of a snapshot of this server")
    return kept


def _snapshot(kept: Snapshot) -> SnapshotTold:
    return SnapshotTold(snapshot_id=kept.snapshot_id, name=kept.name, now=iso_milliseconds(kept.now))


# --- webhooks -------------------------------------------------------------------------------------------------


class WebhooksWaitRequest(Request, kw_only=True, frozen=True):
    webhook_type: Annotated[str, Meta(min_length=1, max_length=100)]
    webhook_code: Annotated[str, Meta(min_length=1, max_length=100)]
    item_id: Annotated[str, Meta(max_length=64)] | None = None
    after: WebhookId | None = None
    timeout_seconds: Annotated[float, Meta(ge=0, le=60)] = 5


class WebhooksWaitResponse(Struct, kw_only=True):
    found: WebhooksGetResponse | None


@endpoint("/gingham/v1/webhooks/wait", tag=TEST_KIT, sandbox_only=True)
async def webhooks_wait(call: Call, request: WebhooksWaitRequest) -> WebhooksWaitResponse:
    """Answers as soon as a receiver has taken such a webhook, or with null when none has in time.

    `after`: the id of a webhook; those before it and itself do not count. The time that passes here is the
    machine's: what the clock has to come for, comes when the clock is moved.
    """
    if request.after is not None:
        await webhooks.own(call, request.after, "after")
    row: OutboxRow | None = None

    async def found() -> bool:
        nonlocal row
        row = await outbox.taken(
            call.platform.store,
            call.client_id,
            call.environment,
            type=request.webhook_type,
            code=request.webhook_code,
            item_id=request.item_id,
            after=request.after,
        )
        return row is not None

    await _kit(call).wait(found, request.timeout_seconds)
    return WebhooksWaitResponse(found=None if row is None else await webhooks.whole(call, row))


def _kit(call: Call) -> Kit:
    kit = call.platform.kit
    if kit is None:  # these endpoints are not served then
        raise error("NOT_FOUND")
    return kit
