"""/sandbox/*: shortcuts that exist only in the sandbox."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gingham.api.access import item_of, user_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken, Day, InstitutionId, Nested, Url, UserId, UserToken
from gingham.api.items import Nothing
from gingham.api.registry import endpoint
from gingham.errors import error
from gingham.items import firing, tokens, users, verification
from gingham.products import sandbox


class TransactionsWindow(Nested, kw_only=True, frozen=True):
    start_date: Day | None = None
    end_date: Day | None = None
    days_requested: Annotated[int, Meta(ge=1, le=730)] | None = None


class StatementsWindow(Nested, kw_only=True, frozen=True):
    start_date: Day
    end_date: Day


class SandboxOptions(Nested, kw_only=True, frozen=True):
    webhook: Url | None = None
    override_username: Annotated[str, Meta(max_length=1000)] | None = None
    override_password: Annotated[str, Meta(max_length=100_000)] | None = None
    transactions: TransactionsWindow | None = None
    statements: StatementsWindow | None = None
    income_verification: Any = None


class SandboxPublicTokenCreateRequest(Request, kw_only=True, frozen=True):
    institution_id: InstitutionId
    initial_products: Annotated[
        list[str],
        Meta(min_length=1, extra={"must": "be a list of strings containing at least one product"}),
    ]
    options: SandboxOptions | None = None
    user_token: UserToken | None = None
    user_id: UserId | None = None


class SandboxPublicTokenCreateResponse(Struct, kw_only=True):
    public_token: str


@endpoint("/sandbox/public_token/create", tag="Sandbox")
async def sandbox_public_token_create(
    call: Call, request: SandboxPublicTokenCreateRequest
) -> SandboxPublicTokenCreateResponse:
    """Makes an Item without Link, all accounts shared, and answers with its public_token."""
    options = request.options or SandboxOptions()
    if options.income_verification is not None:
        raise error("INVALID_FIELD", message="options.income_verification is not supported by this server")
    user = None
    if request.user_id is not None or request.user_token is not None:
        user = await user_of(call, request.user_id, request.user_token)
    window = options.transactions or TransactionsWindow()
    token = await sandbox.create_item(
        call.platform,
        call.client_id,
        call.environment,
        institution_id=request.institution_id,
        products=request.initial_products,
        webhook=options.webhook,
        username=options.override_username,
        password=options.override_password,
        start_date=window.start_date,
        end_date=window.end_date,
        days_requested=window.days_requested,
        user=user,
    )
    return SandboxPublicTokenCreateResponse(public_token=token)


class SandboxItemResetLoginRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken


class SandboxItemResetLoginResponse(Struct, kw_only=True):
    reset_login: Literal[True] = True


@endpoint("/sandbox/item/reset_login", tag="Sandbox")
async def sandbox_item_reset_login(
    call: Call, request: SandboxItemResetLoginRequest
) -> SandboxItemResetLoginResponse:
    """Puts an Item into ITEM_LOGIN_REQUIRED, as if its password had changed at the bank."""
    view = await item_of(call, request.access_token)
    await tokens.reset_login(call.platform, view.row)
    return SandboxItemResetLoginResponse()


class SandboxUserResetLoginRequest(Request, kw_only=True, frozen=True):
    user_id: UserId | None = None
    user_token: UserToken | None = None
    item_ids: list[Annotated[str, Meta(min_length=1, max_length=256)]] | None = None


@endpoint("/sandbox/user/reset_login", tag="Sandbox")
async def sandbox_user_reset_login(call: Call, request: SandboxUserResetLoginRequest) -> Nothing:
    """Puts Items of a user, or without `item_ids` all of them, into ITEM_LOGIN_REQUIRED."""
    user = await user_of(call, request.user_id, request.user_token)
    await users.reset_login(call.platform, user, request.item_ids or [])
    return Nothing()


class SandboxItemSetVerificationStatusRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    account_id: str
    verification_status: Literal["automatically_verified", "verification_expired"]


class SandboxItemSetVerificationStatusResponse(Struct, kw_only=True):
    """Nothing but the request_id."""


@endpoint("/sandbox/item/set_verification_status", tag="Sandbox")
async def sandbox_item_set_verification_status(
    call: Call, request: SandboxItemSetVerificationStatusRequest
) -> SandboxItemSetVerificationStatusResponse:
    """Ends the wait for an automated micro-deposit: it was found, or seven days have passed."""
    view = await item_of(call, request.access_token)
    await verification.set_status(call.platform, view.row, request.account_id, request.verification_status)
    return SandboxItemSetVerificationStatusResponse()


class SandboxItemFireWebhookRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    webhook_type: (
        Literal[
            "AUTH",
            "HOLDINGS",
            "IDENTITY",
            "INVESTMENTS_TRANSACTIONS",
            "ITEM",
            "LIABILITIES",
            "TRANSACTIONS",
            "ASSETS",
        ]
        | None
    ) = None
    webhook_code: Literal[
        "DEFAULT_UPDATE",
        "NEW_ACCOUNTS_AVAILABLE",
        "SMS_MICRODEPOSITS_VERIFICATION",
        "AUTHORIZATION_GRANTED",
        "USER_PERMISSION_REVOKED",
        "USER_ACCOUNT_REVOKED",
        "PENDING_DISCONNECT",
        "RECURRING_TRANSACTIONS_UPDATE",
        "LOGIN_REPAIRED",
        "SYNC_UPDATES_AVAILABLE",
        "PRODUCT_READY",
        "ERROR",
    ]


class SandboxItemFireWebhookResponse(Struct, kw_only=True):
    webhook_fired: Literal[True] = True


@endpoint("/sandbox/item/fire_webhook", tag="Sandbox")
async def sandbox_item_fire_webhook(
    call: Call, request: SandboxItemFireWebhookRequest
) -> SandboxItemFireWebhookResponse:
    """Sends the Item's receiver a webhook on demand; nothing else about the Item changes."""
    view = await item_of(call, request.access_token)
    await firing.fire(call.platform, view.row, request.webhook_type, request.webhook_code)
    return SandboxItemFireWebhookResponse()
