"""The end of a consent, by the clock: a warning seven days before, a broken Item at its end (Plaid docs: OAuth guide).

Banks with pages of their own say when they will ask the person anew. What the person ends earlier at the bank
is learned when the bank is asked next.
"""

from gingham.clock import DAY
from gingham.items import facts
from gingham.platform import Platform
from gingham.store import Writer, items, jobs
from gingham.store.items import ItemRow
from gingham.store.jobs import JobRow

WARN = "warn_of_consent"
END = "end_consent"
WARNING = 7 * DAY


async def watch(platform: Platform, writer: Writer, item: ItemRow, expires_at: int | None) -> None:
    """Schedules the warning and the end of the Item's consent, instead of those of the one before."""
    for kind in (WARN, END):
        await jobs.cancel(writer, item.item_id, kind=kind)
    if expires_at is None:
        return
    for kind, due_at in ((WARN, expires_at - WARNING), (END, expires_at)):
        if due_at > platform.clock.now():
            await jobs.schedule(
                writer, JobRow(job_id=platform.ids.uuid(), kind=kind, item_id=item.item_id, due_at=due_at)
            )


async def run(platform: Platform, job: JobRow) -> bool:
    """Runs one of the two jobs if nobody else has."""
    async with platform.store.writing() as writer:
        if not await jobs.take(writer, job.job_id):
            return False
        item = await items.lock_item(writer, job.item_id)
        if item is None or item.removed_at is not None or item.error_code is not None:
            return True
        if job.kind == WARN:
            await _warn(platform, writer, item)
        else:
            await items.break_item(writer, item.item_id, "ITEM_LOGIN_REQUIRED", platform.clock.now())
            await facts.login_required(platform, writer, item)
    return True


async def _warn(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """PENDING_DISCONNECT in North America, PENDING_EXPIRATION elsewhere (Plaid docs: Items, webhooks)."""
    institution = platform.banks.institution(item.institution_id)
    if item.consent_expires_at is None:
        return
    if institution is not None and {"US", "CA"} & {*institution.country_codes}:
        await facts.pending_disconnect(platform, writer, item, item.consent_expires_at)
    else:
        await facts.pending_expiration(platform, writer, item, item.consent_expires_at)


def ended_by_person(item: ItemRow, now: int) -> bool:
    """True for an Item that the bank no longer honours although its consent should still hold."""
    return item.consent_expires_at is not None and now < item.consent_expires_at
