"""Link Delivery: the address of a hosted page, to be sent to somebody, and how far they got (Plaid docs: Link
Delivery, beta).

This server sends neither text messages nor e-mails. It says so: DELIVERY_STATUS of every address that was given is
FAILURE, and whoever asked has the address to send it themselves.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gingham.errors import error
from gingham.ids import digest
from gingham.link import facts, tokens
from gingham.link.flow.moves import SUCCESS
from gingham.link.pictures import outcome, session_of
from gingham.link.tokens import Kept, LinkRequest
from gingham.platform import Platform
from gingham.store import links
from gingham.store.links import LinkSessionRow, LinkTokenRow


class Progress(Struct, frozen=True, kw_only=True):
    status: str
    created_at: int
    completed_at: int | None
    item_ids: list[str] | None


async def deliver(
    platform: Platform, link_token: str, client_id: str, environment: str, methods: Sequence[str]
) -> str:
    """The end of the hosted page's address. Asked again, it is the same.

    Raises `PlaidError` INVALID_FIELD for a token that is not this client's, and INVALID_LINK_TOKEN.
    """
    now = platform.clock.now()
    async with platform.store.writing() as writer:
        token = await links.link_token(writer, digest(link_token))
        if token is None or token.client_id != client_id or token.environment != environment:
            raise error("INVALID_FIELD", message="link_token is not a link_token of this client")
        tokens.usable(token, now)
        kept = tokens.kept(platform, token) if token.sealed is not None else Kept(link_token=link_token)
        if kept.hosted is None:
            kept = Kept(link_token=link_token, hosted=f"lp{platform.ids.opaque()}")
            token = replace(
                token,
                hosted_digest=digest(kept.hosted or ""),
                hosted_until=token.expires_at,
                sealed=tokens.seal(platform, kept),
            )
        token = replace(token, delivered_at=token.delivered_at or now)
        await links.deliver_link_token(writer, token)
        request = msgspec.json.decode(token.request, type=LinkRequest)
        for method in methods:
            status = {"communication_method": method, "delivery_status": "FAILURE"}
            await facts.owe_delivery(
                platform, writer, token, request, "DELIVERY_STATUS", link_delivery_metadata=status
            )
    return kept.hosted or ""


async def progress(platform: Platform, delivery_id: str, client_id: str, environment: str) -> Progress:
    """Raises `PlaidError` INVALID_FIELD for an id that is not this client's."""
    async with platform.store.reading() as reader:
        token = await links.link_token(reader, digest(f"link-{environment}-{delivery_id}"))
        if token is None or token.client_id != client_id or token.delivered_at is None:
            raise error("INVALID_FIELD", message="link_delivery_session_id is not one of this client")
        opened = await links.sessions_of_token(reader, token.digest)
    done = next((row for row in opened if session_of(row).finished == SUCCESS), None)
    return Progress(
        status="COMPLETED" if done is not None else _status(token, opened, platform.clock.now()),
        created_at=token.delivered_at,
        completed_at=done.finished_at if done is not None else None,
        item_ids=[each.item_id for each in outcome(done).linked] if done is not None else None,
    )


def _status(token: LinkTokenRow, opened: list[LinkSessionRow], now: int) -> str:
    if any(row.finished_at is None for row in opened):
        return "OPENED"
    if token.hosted_until is not None and now >= token.hosted_until:
        return "EXPIRED"
    return "EXITED" if opened else "CREATED"
