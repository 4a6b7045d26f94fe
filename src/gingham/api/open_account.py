"""/gingham/v1/sandbox/accounts/open: an account that appears at the bank after an Item was linked."""

from msgspec import Struct

from gingham.api.access import item_of
from gingham.api.call import Call
from gingham.api.decode import Request
from gingham.api.fields import AccessToken
from gingham.api.registry import endpoint
from gingham.banks.sandbox import custom
from gingham.items import opening


class NewAccount(custom.Account, forbid_unknown_fields=True, frozen=True):
    """As in `override_accounts` of `user_custom`, of the members that are read."""


class SandboxAccountsOpenRequest(Request, kw_only=True, frozen=True):
    access_token: AccessToken
    account: NewAccount


class OpenedAccount(Struct, kw_only=True):
    """What Link will show. It has no account_id before it is shared."""

    name: str
    mask: str | None
    type: str
    subtype: str | None


class SandboxAccountsOpenResponse(Struct, kw_only=True):
    account: OpenedAccount
    noticed_at: str
    """When the bank is asked next, and NEW_ACCOUNTS_AVAILABLE sent."""


@endpoint("/gingham/v1/sandbox/accounts/open", tag="Sandbox", sandbox_only=True)
async def sandbox_accounts_open(
    call: Call, request: SandboxAccountsOpenRequest
) -> SandboxAccountsOpenResponse:
    """Opens one more account at the bank of an Item. Its person selects it in update mode."""
    view = await item_of(call, request.access_token)
    opened = await opening.open_account(call.platform, view.row, request.account)
    shown = opened.account
    return SandboxAccountsOpenResponse(
        account=OpenedAccount(name=shown.name, mask=shown.mask, type=shown.type, subtype=shown.subtype),
        noticed_at=opened.noticed_at,
    )
