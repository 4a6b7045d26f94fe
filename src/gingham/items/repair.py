"""Update mode's end: the same Item, healthy again (Plaid docs: Link, Items)."""

from gingham.banks.protocol import Granted
from gingham.clock import DAY
from gingham.items import pulls
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, jobs
from gingham.store.items import ItemRow
from gingham.store.jobs import JobRow

SANDBOX_LOGIN_LIFETIME = 30 * DAY


async def repair(platform: Platform, writer: Writer, item: ItemRow, granted: Granted) -> dict[str, str]:
    """Gives the Item the fresh grant and clears its error; its access_token, webhook and accounts stay.

    Returns the account_id of every shared account by the bank's reference.
    """
    await items.update_item(
        writer,
        item.item_id,
        error_code=None,
        broken_at=None,
        grant=platform.vault.seal(granted.grant, item.item_id),
        consent_expires_at=granted.consent_expires_at,
    )
    await pulls.resume(platform, writer, await items.item(writer, item.item_id) or item)
    if item.environment == "sandbox":
        now = platform.clock.now()
        await jobs.cancel(writer, item.item_id, kind=pulls.EXPIRE_LOGIN)
        due_at = now + SANDBOX_LOGIN_LIFETIME
        job = JobRow(job_id=platform.ids.uuid(), kind=pulls.EXPIRE_LOGIN, item_id=item.item_id, due_at=due_at)
        await jobs.schedule(writer, job)
    return {row.reference: row.account_id for row in await accounts.accounts(writer, item.item_id)}
