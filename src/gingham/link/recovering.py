"""Performing what the flow asks about people who wait for a bank (Plaid docs: Link Recovery).

The address never enters the flow's session. It travels in a `Mailbox`, sealed by the driver, and only its digest
outlives the session. No mail goes out: the sandbox's code is known, and in production nobody is asked.
"""

import hmac

from msgspec import Struct
from msgspec.structs import replace

from gingham.banks.sandbox.returning import OTP
from gingham.clock import MINUTE, iso_seconds
from gingham.errors import error
from gingham.items import issues
from gingham.link.flow.failures import INVALID_OTP, link_error
from gingham.link.flow.model import Action, EmailCodeSent, Failed, Follow, Followed, SendEmailCode
from gingham.link.tokens import LinkRequest
from gingham.platform import Platform
from gingham.store import Writer
from gingham.store.links import LinkTokenRow

CODE_LIFETIME = 10 * MINUTE


class Mailbox(Struct, frozen=True, kw_only=True):
    """The address that somebody has left, and when a code was sent there."""

    email: str
    sent_at: int

    def __repr__(self) -> str:  # a traceback or a log must never show an address
        return "Mailbox(...)"


def send_code(
    platform: Platform, effect: SendEmailCode, mailbox: Mailbox | None
) -> tuple[EmailCodeSent, Mailbox | None]:
    now = platform.clock.now()
    if effect.email is not None:
        return EmailCodeSent(), Mailbox(email=effect.email, sent_at=now)
    return EmailCodeSent(), replace(mailbox, sent_at=now) if mailbox is not None else None


async def follow(
    platform: Platform,
    writer: Writer,
    effect: Follow,
    token: LinkTokenRow,
    request: LinkRequest,
    mailbox: Mailbox | None,
) -> Action:
    """The webhook of the link_token is told when the issue is over."""
    institution = platform.banks.institution(effect.institution_id)
    if institution is None or mailbox is None or not request.webhook:
        return Failed(error=link_error(error("INTERNAL_SERVER_ERROR")))
    if not _is_right(effect.code, mailbox, platform.clock.now()):
        return Failed(error=INVALID_OTP)
    issue = await issues.opened(platform, writer, institution)
    await issues.follow(
        platform,
        writer,
        issue,
        client_id=token.client_id,
        environment=token.environment,
        url=request.webhook,
        email=mailbox.email,
    )
    return Followed(
        issue_id=issue.issue_id,
        description=issues.summary(platform, issue),
        detected_at=iso_seconds(issue.created_at),
    )


def _is_right(code: str, mailbox: Mailbox, now: int) -> bool:
    return now < mailbox.sent_at + CODE_LIFETIME and hmac.compare_digest(code.encode(), OTP.encode())
