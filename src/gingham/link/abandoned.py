"""Hosted sessions that nobody touches: their events are told all the same, and thirty minutes end them (Plaid
docs: Hosted Link).

No page has to be open for it: the clock looks at every session that has a `due_at`.
"""

from gingham.link import facts, sessions
from gingham.link.turns import IN_LINK
from gingham.platform import Platform
from gingham.store import links
from gingham.store.links import LinkSessionRow


async def next_due(platform: Platform) -> int | None:
    async with platform.store.reading() as reader:
        return await links.next_due_session(reader)


async def run_due(platform: Platform) -> int:
    """Looks at sessions that are due; returns how many. Any number of processes may call it at once."""
    async with platform.store.reading() as reader:
        ready = await links.due_sessions(reader, platform.clock.now())
    return sum([await _look(platform, row) for row in ready])


async def _look(platform: Platform, row: LinkSessionRow) -> bool:
    if platform.clock.now() >= row.started_at + IN_LINK:
        return await sessions.expire(platform, row, platform.ids.request_id())
    assert row.due_at is not None  # noqa: S101 - it was found by it
    async with platform.store.writing() as writer:
        if not await links.remind_session(writer, row.link_session_id, row.due_at, row.started_at + IN_LINK):
            return False
        token = await links.link_token(writer, row.token_digest)
        request = facts.receiver(token) if token is not None else None
        if token is not None and request is not None:
            await facts.events(platform, writer, token, request, row)
    return True
