"""Webhooks: the keys that verify them, and what became of each (Plaid docs: Webhook verification)."""

import asyncio
import base64
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.registry import endpoint
from gingham.clock import iso_milliseconds
from gingham.errors import error
from gingham.items import facts
from gingham.store import outbox
from gingham.store.outbox import AttemptRow, DeliveryRow, OutboxRow
from gingham.webhooks import signing
from gingham.webhooks.signing import PublicKey

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

FOLLOW_SECONDS = 25
"""Below the half minute after which proxies take a silent connection for a dead one."""
_STEP_SECONDS = 0.2

WebhookId = Annotated[str, Meta(min_length=1, max_length=64, extra={"must": "be the id of a webhook"})]


class WebhookVerificationKeyGetRequest(Request, kw_only=True, frozen=True):
    key_id: Annotated[str, Meta(min_length=1, max_length=256, extra={"must": "be a non-empty string"})]


class WebhookVerificationKeyGetResponse(Struct, kw_only=True):
    key: PublicKey


@endpoint("/webhook_verification_key/get", tag="Webhooks")
async def webhook_verification_key_get(
    call: Call, request: WebhookVerificationKeyGetRequest
) -> WebhookVerificationKeyGetResponse:
    """The public key that checks the signature of a webhook, by the `kid` of its header."""
    key = await signing.public_key(call.platform, call.environment, request.key_id)
    if key is None:
        raise error("INVALID_WEBHOOK_VERIFICATION_KEY_ID")
    return WebhookVerificationKeyGetResponse(key=key)


class RotateRequest(Request, kw_only=True, frozen=True):
    pass


@endpoint("/gingham/v1/webhooks/keys/rotate", tag="Webhooks", accepts_empty_body=True)
async def webhooks_keys_rotate(call: Call, _: RotateRequest) -> WebhookVerificationKeyGetResponse:
    """Signs the environment's webhooks with a new key from now on; the one before stays readable, as expired."""
    return WebhookVerificationKeyGetResponse(key=await signing.rotate(call.platform, call.environment))


class Attempt(Struct, kw_only=True):
    number: int
    at: str
    status: int | None
    failure: str | None
    took_ms: int
    answer: str
    """The first bytes of the answer's body, as text."""


class Written(Struct, kw_only=True):
    """What is true of a webhook from the moment it is written."""

    webhook_id: str
    created_at: str
    url: str
    item_id: str | None
    webhook_type: str
    webhook_code: str


class Webhook(Written, kw_only=True):
    state: str
    """waiting, delivered or given_up."""
    next_attempt_at: str | None


class WebhooksListRequest(Request, kw_only=True, frozen=True):
    item_id: Annotated[str, Meta(max_length=64)] | None = None
    count: Annotated[int, Meta(ge=1, le=500)] = 100
    before: Annotated[str, Meta(max_length=64, extra={"must": "be the id of a webhook"})] | None = None


class WebhooksListResponse(Struct, kw_only=True):
    webhooks: list[Webhook]


@endpoint("/gingham/v1/webhooks/list", tag="Webhooks", accepts_empty_body=True)
async def webhooks_list(call: Call, request: WebhooksListRequest) -> WebhooksListResponse:
    """Webhooks and what became of them, newest first; `before`: the id of the last one of the page before."""
    store = call.platform.store
    if request.before is not None:
        await own(call, request.before, "before")
    rows = await outbox.of_client(
        store,
        call.client_id,
        call.environment,
        before=request.before,
        item_id=request.item_id,
        limit=request.count,
    )
    return WebhooksListResponse(
        webhooks=[
            _webhook(
                row,
                await outbox.delivery(store, row.webhook_id),
                await outbox.attempts(store, row.webhook_id),
            )
            for row in rows
        ]
    )


class WebhooksGetRequest(Request, kw_only=True, frozen=True):
    webhook_id: WebhookId


class WebhooksGetResponse(Struct, kw_only=True):
    webhook: Webhook
    body: dict[str, Any]
    body_base64: str
    """The exact bytes that are signed and sent."""
    plaid_verification: str
    """A signature made now: what the header would be in an attempt made now."""
    attempts: list[Attempt]


@endpoint("/gingham/v1/webhooks/get", tag="Webhooks")
async def webhooks_get(call: Call, request: WebhooksGetRequest) -> WebhooksGetResponse:
    """One webhook with its body and every attempt to deliver it."""
    return await whole(call, await own(call, request.webhook_id, "webhook_id"))


class WebhooksFollowRequest(Request, kw_only=True, frozen=True):
    after: Annotated[str, Meta(max_length=64, extra={"must": "be the id of a webhook"})] | None = None
    count: Annotated[int, Meta(ge=1, le=500)] = 100
    wait_seconds: Annotated[int, Meta(ge=0, le=FOLLOW_SECONDS)] = 0


class Followed(Written, kw_only=True):
    body_base64: str
    plaid_verification: str


class WebhooksFollowResponse(Struct, kw_only=True):
    webhooks: list[Followed]
    after: str
    """Send it with the next request."""


@endpoint("/gingham/v1/webhooks/follow", tag="Webhooks", accepts_empty_body=True)
async def webhooks_follow(call: Call, request: WebhooksFollowRequest) -> WebhooksFollowResponse:
    """Webhooks as they are written, in their order, each with a signature made now; waits for one if there is none.
    Without `after` it tells where to begin."""
    client = (call.platform.store, call.client_id, call.environment)
    if request.after is None:
        newest = await outbox.of_client(*client, before=None, item_id=None, limit=1)
        return WebhooksFollowResponse(webhooks=[], after=newest[0].webhook_id if newest else "")
    if request.after:
        await own(call, request.after, "after")
    waited = 0.0
    while not await outbox.newer(*client, after=request.after, limit=1):
        if waited >= request.wait_seconds or call.platform.ending.is_set():
            return WebhooksFollowResponse(webhooks=[], after=request.after)
        await asyncio.sleep(_STEP_SECONDS)
        waited += _STEP_SECONDS
    # On PostgreSQL one that came a little earlier may still be about to be committed.
    await asyncio.sleep(_STEP_SECONDS)
    rows = await outbox.newer(*client, after=request.after, limit=request.count)
    signer = signing.Signer(call.platform)
    key = await signer.key(call.environment)
    return WebhooksFollowResponse(
        webhooks=[_followed(call, signer, key, row) for row in rows], after=rows[-1].webhook_id
    )


def _followed(call: Call, signer: signing.Signer, key: "ECKey", row: OutboxRow) -> Followed:
    body = facts.wire(call.platform, row)
    return Followed(
        **_written(row),
        body_base64=base64.b64encode(body).decode(),
        plaid_verification=signer.sign(key, body),
    )


class WebhooksResendRequest(Request, kw_only=True, frozen=True):
    webhook_id: WebhookId


@endpoint("/gingham/v1/webhooks/resend", tag="Webhooks")
async def webhooks_resend(call: Call, request: WebhooksResendRequest) -> WebhooksGetResponse:
    """Delivers a webhook once more, at once, whatever became of it before."""
    row = await own(call, request.webhook_id, "webhook_id")
    async with call.platform.store.writing() as writer:
        made = await outbox.attempts(writer, row.webhook_id)
        number = made[-1].number if made else 0
        await outbox.owe_again(writer, row, call.platform.clock.now(), number)
    return await whole(call, row)


async def own(call: Call, webhook_id: str, field: str) -> OutboxRow:
    """The caller's webhook. Raises `PlaidError` INVALID_FIELD."""
    row = await outbox.webhook(call.platform.store, webhook_id)
    if row is None or (row.client_id, row.environment) != (call.client_id, call.environment):
        raise error("INVALID_FIELD", message=f"{field} is not the id of a webhook of this client")
    return row


async def whole(call: Call, row: OutboxRow) -> WebhooksGetResponse:
    store = call.platform.store
    attempts = await outbox.attempts(store, row.webhook_id)
    body = facts.wire(call.platform, row)
    signer = signing.Signer(call.platform)
    return WebhooksGetResponse(
        webhook=_webhook(row, await outbox.delivery(store, row.webhook_id), attempts),
        body=msgspec.json.decode(body),
        body_base64=base64.b64encode(body).decode(),
        plaid_verification=signer.sign(await signer.key(row.environment), body),
        attempts=[
            Attempt(
                number=attempt.number,
                at=iso_milliseconds(attempt.at),
                status=attempt.status,
                failure=attempt.failure,
                took_ms=attempt.took_ms,
                answer=attempt.answer.decode("utf-8", "replace").replace("\0", "\ufffd"),
            )
            for attempt in attempts
        ],
    )


def _webhook(row: OutboxRow, delivery: DeliveryRow | None, attempts: list[AttemptRow]) -> Webhook:
    taken = any(attempt.failure is None for attempt in attempts)
    state = "waiting" if delivery is not None else "delivered" if taken else "given_up"
    return Webhook(
        **_written(row),
        state=state,
        next_attempt_at=iso_milliseconds(delivery.due_at) if delivery is not None else None,
    )


def _written(row: OutboxRow) -> dict[str, Any]:
    """The members of `Written`."""
    return {
        "webhook_id": row.webhook_id,
        "created_at": iso_milliseconds(row.created_at),
        "url": row.url,
        "item_id": row.item_id,
        "webhook_type": row.type,
        "webhook_code": row.code,
    }
