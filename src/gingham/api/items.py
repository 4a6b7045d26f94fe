"""/item/*: reading, ending and configuring Items, and their tokens."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gingham.api.access import item_of
from gingham.api.accounts import embedded_item
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, PublicToken, Url
from gingham.api.registry import endpoint
from gingham.clock import iso_seconds
from gingham.items import create, tokens
from gingham.items.lookup import item_object
from gingham.items.shapes import Item


class Nothing(Struct, kw_only=True):
    """An answer that says only that it was done."""


class ItemPublicTokenExchangeRequest(Request, kw_only=True, frozen=True):
    public_token: PublicToken


class ItemPublicTokenExchangeResponse(Struct, kw_only=True):
    access_token: str
    item_id: str


@endpoint("/item/public_token/exchange", tag="Items")
async def item_public_token_exchange(
    call: Call, request: ItemPublicTokenExchangeRequest
) -> ItemPublicTokenExchangeResponse:
    """Trades a public_token, once and within thirty minutes, for an access_token."""
    access_token, item_id = await tokens.exchange(
        call.platform, request.public_token, call.client_id, call.environment
    )
    return ItemPublicTokenExchangeResponse(access_token=access_token, item_id=item_id)


class ItemRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken


class ItemPublicTokenCreateResponse(Struct, kw_only=True):
    public_token: str
    expiration: str


@endpoint("/item/public_token/create", tag="Items")
async def item_public_token_create(call: Call, request: ItemRequest) -> ItemPublicTokenCreateResponse:
    """Makes a public_token of an existing Item, as integrations before link tokens used for update mode."""
    view = await item_of(call, request.access_token)
    async with call.platform.store.writing() as writer:
        token = await create.mint_public_token(call.platform, writer, view.row, for_update=True)
    expires_at = call.platform.clock.now() + create.PUBLIC_TOKEN_LIFETIME
    return ItemPublicTokenCreateResponse(public_token=token, expiration=iso_seconds(expires_at))


class UpdateStatus(Struct, kw_only=True):
    last_successful_update: str | None
    last_failed_update: str | None


class LastWebhook(Struct, kw_only=True):
    sent_at: str | None
    code_sent: str


class ItemStatus(Struct, kw_only=True):
    transactions: UpdateStatus | UnsetType = UNSET
    investments: UpdateStatus | UnsetType = UNSET
    last_webhook: LastWebhook | None = None


class ItemGetResponse(Struct, kw_only=True):
    item: Item
    status: ItemStatus


@endpoint("/item/get", tag="Items")
async def item_get(call: Call, request: ItemRequest) -> ItemGetResponse:
    """The Item, its error if it is in one, and how its updates went. Also answers for a broken Item."""
    row = (await item_of(call, request.access_token)).row
    transactions = UpdateStatus(
        last_successful_update=iso_seconds(row.refreshed_at) if row.refreshed_at is not None else None,
        last_failed_update=None,
    )
    investments = UpdateStatus(last_successful_update=iso_seconds(row.created_at), last_failed_update=None)
    status = ItemStatus(
        transactions=transactions if "transactions" in row.products else UNSET,
        investments=investments if "investments" in row.products else UNSET,
        last_webhook=(
            LastWebhook(sent_at=iso_seconds(row.webhook_sent_at), code_sent=row.webhook_code or "")
            if row.webhook_sent_at is not None
            else None
        ),
    )
    return ItemGetResponse(item=item_object(call.platform, row, whole=True), status=status)


class ItemRemoveRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    reason_code: (
        Literal[
            "FRAUD_FIRST_PARTY",
            "FRAUD_FALSE_IDENTITY",
            "FRAUD_ABUSE",
            "FRAUD_OTHER",
            "CONNECTION_IS_NON_FUNCTIONAL",
            "OTHER",
        ]
        | None
    ) = None
    reason_note: Annotated[str, Meta(max_length=512)] | None = None


@endpoint("/item/remove", tag="Items")
async def item_remove(call: Call, request: ItemRemoveRequest) -> Nothing:
    """Ends an Item for good, broken ones too."""
    view = await item_of(call, request.access_token)
    await tokens.remove(call.platform, view.row)
    return Nothing()


class ItemAccessTokenInvalidateResponse(Struct, kw_only=True):
    new_access_token: str


@endpoint("/item/access_token/invalidate", tag="Items")
async def item_access_token_invalidate(call: Call, request: ItemRequest) -> ItemAccessTokenInvalidateResponse:
    """Replaces the access_token; the old one stops working at once."""
    view = await item_of(call, request.access_token)
    return ItemAccessTokenInvalidateResponse(new_access_token=await tokens.rotate(call.platform, view.row))


class ItemWebhookUpdateRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    webhook: Url | None = None


class ItemWebhookUpdateResponse(Struct, kw_only=True):
    item: Item


@endpoint("/item/webhook/update", tag="Items")
async def item_webhook_update(call: Call, request: ItemWebhookUpdateRequest) -> ItemWebhookUpdateResponse:
    """Sets the address of an Item's webhooks; null clears it."""
    view = await item_of(call, request.access_token)
    await tokens.set_webhook(call.platform, view.row, request.webhook)
    changed = await item_of(call, request.access_token)
    return ItemWebhookUpdateResponse(item=embedded_item(changed))
