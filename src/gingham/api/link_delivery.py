"""/link_delivery/create and /link_delivery/get."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import LinkToken, Nested
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.link import delivery
from gingham.link.returns import HOSTED_PATH
from gingham.link.tokens import delivery_id


class CommunicationMethod(Nested, kw_only=True, frozen=True):
    method: Literal["SMS", "EMAIL"]
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class Recipient(Nested, kw_only=True, frozen=True):
    communication_methods: Annotated[list[CommunicationMethod], Meta(max_length=10)] | None = None
    first_name: Annotated[str, Meta(max_length=128)] | None = None


class DeliveryOptions(Nested, kw_only=True, frozen=True):
    recipient: Recipient | None = None


class LinkDeliveryCreateRequest(Request, kw_only=True, frozen=True):
    link_token: LinkToken
    options: DeliveryOptions | None = None


class LinkDeliveryCreateResponse(Struct, kw_only=True):
    link_delivery_url: str
    link_delivery_session_id: str


@endpoint("/link_delivery/create", tag="Link")
async def link_delivery_create(call: Call, request: LinkDeliveryCreateRequest) -> LinkDeliveryCreateResponse:
    """Gives the address of a page where the link_token's Link can be used. Nothing is sent to anybody."""
    recipient = request.options.recipient if request.options is not None else None
    methods = (
        [each.method for each in (recipient.communication_methods or ())] if recipient is not None else []
    )
    hosted = await delivery.deliver(
        call.platform, request.link_token, call.client_id, call.environment, methods
    )
    return LinkDeliveryCreateResponse(
        link_delivery_url=f"{call.origin or ''}{HOSTED_PATH}{hosted}",
        link_delivery_session_id=delivery_id(request.link_token),
    )


class LinkDeliveryGetRequest(Request, kw_only=True, frozen=True):
    link_delivery_session_id: Annotated[str, Meta(min_length=1, max_length=64)]


class LinkDeliveryGetResponse(Struct, kw_only=True):
    status: str
    created_at: str
    completed_at: str | None
    item_ids: list[str] | None
    access_tokens: list[str] | None = None
    """Always null: access_tokens are kept as digests, and made by exchanging a public_token."""


@endpoint("/link_delivery/get", tag="Link")
async def link_delivery_get(call: Call, request: LinkDeliveryGetRequest) -> LinkDeliveryGetResponse:
    """How far the person got."""
    found = await delivery.progress(
        call.platform, request.link_delivery_session_id, call.client_id, call.environment
    )
    return LinkDeliveryGetResponse(
        status=found.status,
        created_at=iso_seconds(found.created_at),
        completed_at=iso_seconds(found.completed_at) if found.completed_at is not None else None,
        item_ids=found.item_ids,
    )
