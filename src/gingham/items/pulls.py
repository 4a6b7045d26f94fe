"""Bringing an Item's transactions home: the initial and the historical pull, later refreshes, and the jobs
that start them.

Stages (Plaid docs: Transactions sync): nothing -> about 30 days -> everything that was asked for. From then
on every contact with the bank compares all of that range with what is known (`changes.py`).
"""

from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from gingham.banks.protocol import (
    BankAccount,
    BankRefused,
    BankTransaction,
    HasTransactions,
    Login,
    Refused,
)
from gingham.clock import DAY, MINUTE, day
from gingham.errors import error
from gingham.items import bank_consents, encode, facts, new_accounts, verification
from gingham.items.changes import compare
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, jobs, transactions
from gingham.store.items import ItemRow
from gingham.store.jobs import JobRow

PULL_INITIAL = "pull_initial"
PULL_HISTORICAL = "pull_historical"
POLL = "poll"
LOOK = "look_for_accounts"
"""Asks which accounts there are, and nothing else."""
EXPIRE_LOGIN = "expire_login"

INITIAL_DAYS = 30
POLL_INTERVAL = DAY
"""Banks are asked one to four times a day (Plaid docs: Transactions); the Sandbox is asked once."""
RETRY_AFTER = 10 * MINUTE
"""When a bank that did not answer is asked again."""

_CODES = {PULL_INITIAL: "INITIAL_UPDATE", PULL_HISTORICAL: "HISTORICAL_UPDATE", POLL: "DEFAULT_UPDATE"}


class Told(Struct, frozen=True, kw_only=True):
    """What a bank said when it was asked: its rows of the days from `start` to `end`, newest first, and the accounts
    it has."""

    asked_at: int
    start: date
    end: date
    rows: tuple[BankTransaction, ...]
    accounts: tuple[BankAccount, ...]

    def since(self, start: date) -> "Told":
        """The part from `start` on."""
        if start <= self.start:
            return self
        return replace(self, start=start, rows=tuple(row for row in self.rows if row.date >= start))


async def begin(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """Starts the first pull of an Item that has just got transactions."""
    await items.update_item(writer, item.item_id, transactions_from=platform.clock.now())
    await _start(platform, writer, item, POLL_INTERVAL)


async def resume(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """Asks the bank at once, for an Item that was broken and missed its pulls."""
    if "transactions" in item.products:
        for kind in (PULL_INITIAL, PULL_HISTORICAL, POLL):
            await jobs.cancel(writer, item.item_id, kind=kind)
        await _start(platform, writer, item, 0)
    elif item.institution_id is not None:
        await look(platform, writer, item, 0)


async def look(platform: Platform, writer: Writer, item: ItemRow, delay: int) -> None:
    """Has the bank asked soon which accounts there are now."""
    await jobs.cancel(writer, item.item_id, kind=LOOK)
    await jobs.schedule(writer, _job(platform, item, LOOK, platform.clock.now() + delay))


async def _start(platform: Platform, writer: Writer, item: ItemRow, poll_delay: int) -> None:
    settings, now = platform.settings, platform.clock.now()
    stages = (
        (PULL_INITIAL, settings.initial_pull_delay_ms * 1000, item.initial_at is not None),
        (PULL_HISTORICAL, settings.historical_pull_delay_ms * 1000, item.historical_at is not None),
        (POLL, poll_delay, False),
    )
    due = [_job(platform, item, kind, now + delay) for kind, delay, done in stages if not done]
    await jobs.schedule(writer, *due)


def _job(platform: Platform, item: ItemRow, kind: str, due_at: int) -> JobRow:
    return JobRow(job_id=platform.ids.uuid(), kind=kind, item_id=item.item_id, due_at=due_at)


async def run_due(platform: Platform) -> int:
    """Runs every job that is due by the clock, in order; returns how many. Any number of processes may call
    it at once."""
    ran = 0
    while True:
        ready = await jobs.due(platform.store, platform.clock.now())
        if not ready:
            return ran
        for job in ready:
            ran += await run(platform, job)


async def run(platform: Platform, job: JobRow) -> bool:
    """Runs one job if nobody else has; True when it was ours.

    The job is taken in the transaction that writes its result, so a crash in the middle leaves it for the
    next process.
    """
    if job.kind in verification.ENDS:
        return await verification.run(platform, job)
    if job.kind == EXPIRE_LOGIN:
        return await _expire_login(platform, job)
    if job.kind in (bank_consents.WARN, bank_consents.END):
        return await bank_consents.run(platform, job)
    item = await items.item(platform.store, job.item_id)
    told: Told | None = None
    refused: Refused | None = None
    if item is not None and item.removed_at is None and item.error_code is None:
        try:
            told = await _ask(platform, item, job.kind)
        except BankRefused as refusal:
            refused = refusal.refused
    async with platform.store.writing() as writer:
        if not await jobs.take(writer, job.job_id):
            return False
        locked = await items.lock_item(writer, job.item_id)
        if locked is None or locked.removed_at is not None:
            return True
        if job.kind == POLL:
            await jobs.schedule(writer, _job(platform, locked, POLL, job.due_at + POLL_INTERVAL))
        if told is not None:
            await new_accounts.notice(platform, writer, locked, told.accounts)
            if job.kind != LOOK:
                await _land(platform, writer, locked, job.kind, told)
        elif refused is not None:
            await _heed(platform, writer, locked, job.kind, refused)
        # Otherwise the Item waits for its person: `resume` asks for what is missed here.
    return True


async def refresh(platform: Platform, item: ItemRow) -> None:
    """Contacts the bank now, ending any stage that is still open (Plaid docs: Sandbox).

    Raises `BankRefused`, and `PlaidError` ITEM_CONCURRENTLY_DELETED.
    """
    told = await _ask(platform, item, POLL)
    async with platform.store.writing() as writer:
        locked = await items.lock_item(writer, item.item_id)
        if locked is None or locked.removed_at is not None:
            raise error("ITEM_CONCURRENTLY_DELETED")
        if told is not None:
            await new_accounts.notice(platform, writer, locked, told.accounts)
            await _land(platform, writer, locked, POLL, told)


async def _ask(platform: Platform, item: ItemRow, stage: str) -> Told | None:
    """The bank's rows for a stage; None when nobody is there to be asked. Raises `BankRefused`."""
    institution = platform.banks.institution(item.institution_id)
    if institution is None:
        return None
    now = platform.clock.now()
    login = Login(institution=institution, environment=item.environment, now=now)
    grant = platform.vault.open(item.grant, item.item_id)
    connection = platform.banks.bank_of_grant(institution, grant).connect(login, grant)
    today = day(now)
    days = min(INITIAL_DAYS, item.days_requested) if stage == PULL_INITIAL else item.days_requested
    start = today - timedelta(days=days - 1)
    rows: tuple[BankTransaction, ...] = ()
    if stage != LOOK and isinstance(connection, HasTransactions):
        rows = await connection.transactions(start, today)
    # A consent at a bank's own pages names its accounts: no other is shown without a new one.
    shown = () if institution.oauth else await connection.accounts()
    return Told(asked_at=now, start=start, end=today, rows=rows, accounts=shown)


async def _land(platform: Platform, writer: Writer, item: ItemRow, stage: str, told: Told) -> None:
    """Writes what the bank told: the stages that are still open first, each with its own webhook."""
    if item.initial_at is None:
        recent = told.since(told.end - timedelta(days=INITIAL_DAYS - 1))
        item = await _write(platform, writer, item, PULL_INITIAL, recent)
    if stage == PULL_INITIAL:
        return
    if item.historical_at is None:
        await _write(platform, writer, item, PULL_HISTORICAL, told)
    elif stage == POLL and (item.refreshed_at is None or item.refreshed_at <= told.asked_at):
        # What was told before the last contact is older than what is known.
        await _write(platform, writer, item, POLL, told)


async def _write(platform: Platform, writer: Writer, item: ItemRow, stage: str, told: Told) -> ItemRow:
    """Writes what is new, changed or gone, and the facts that follow; returns the Item as it is then."""
    shared = {row.reference for row in await accounts.accounts(writer, item.item_id)}
    rows = tuple(row for row in told.rows if row.account_reference in shared)
    start, end = told.start.isoformat(), told.end.isoformat()
    known = await transactions.between(writer, item.item_id, start=start, end=end) if item.sequence else []
    if len(known) < item.sequence:
        # Every row has taken a number when it came: only with more numbers than these can there be others.
        seen = {row.reference for row in known}
        unseen = [
            encode.transaction_id(item.item_id, row.reference) for row in rows if row.reference not in seen
        ]
        known += await transactions.with_ids(writer, item.item_id, unseen)
    changes = compare(item, rows, known)
    await transactions.add_transactions(writer, list(changes.added))
    for row in changes.replaced:
        await transactions.update_transaction(writer, row)
    now = platform.clock.now()
    progress = {
        "sequence": changes.sequence,
        "initial_at": item.initial_at if item.initial_at is not None else now,
        "historical_at": now if stage == PULL_HISTORICAL else item.historical_at,
        "refreshed_at": now,
    }
    await items.update_item(writer, item.item_id, **progress)
    moved = changes.sequence != item.sequence
    item = replace(item, **progress)
    historical = item.historical_at is not None
    if changes.removed:
        await facts.transactions_removed(platform, writer, item, list(changes.removed))
    if changes.new or stage != POLL:
        await facts.transactions_pulled(
            platform, writer, item, _CODES[stage], changes.new, initial=True, historical=historical
        )
    elif moved:
        await facts.sync_updates_available(platform, writer, item, initial=True, historical=historical)
    return item


async def _heed(platform: Platform, writer: Writer, item: ItemRow, kind: str, refused: Refused) -> None:
    """A bank that no longer honours the grant breaks the Item; one that is down is asked again."""
    if refused.error_type == "ITEM_ERROR":
        if item.error_code is None:
            await items.break_item(writer, item.item_id, refused.error_code, platform.clock.now())
            if bank_consents.ended_by_person(item, platform.clock.now()):
                await facts.permission_revoked(platform, writer, item)
            await facts.login_required(platform, writer, item, refused.error_code)
    elif kind != POLL:
        await jobs.schedule(writer, _job(platform, item, kind, platform.clock.now() + RETRY_AFTER))


async def _expire_login(platform: Platform, job: JobRow) -> bool:
    async with platform.store.writing() as writer:
        if not await jobs.take(writer, job.job_id):
            return False
        item = await items.lock_item(writer, job.item_id)
        if item is not None and item.removed_at is None and item.error_code is None:
            await items.break_item(writer, item.item_id, "ITEM_LOGIN_REQUIRED", platform.clock.now())
            await facts.login_required(platform, writer, item)
    return True
