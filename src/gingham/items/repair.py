"""Update mode's end: the same Item, healthy again, or sharing something else (Plaid docs: Link, Items)."""

from collections.abc import Sequence

from msgspec.structs import replace

from gingham.banks.protocol import BankAccount, Granted, KeepsWithGrants
from gingham.clock import DAY
from gingham.items import bank_consents, encode, facts, pulls
from gingham.items.consent import ORDER, Consent, consented
from gingham.items.create import account_row
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, jobs, transactions
from gingham.store.items import ItemRow
from gingham.store.jobs import JobRow

SANDBOX_LOGIN_LIFETIME = 30 * DAY
_EVER = ("0000-01-01", "9999-12-31")


async def repair(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    granted: Granted,
    shared: Sequence[BankAccount] | None = None,
    consent: Consent | None = None,
) -> dict[str, str]:
    """Gives the Item the fresh grant and clears its error; its access_token and webhook stay. `shared`: the
    accounts that the person shares from now on; None: the same as before. `consent`: what was agreed to beside
    what was before; an Item that is not limited stays so.

    Returns the account_id of every shared account by the bank's reference.
    """
    item = await items.lock_item(writer, item.item_id) or item
    await _change(platform, writer, item, shared, consent)
    await items.update_item(
        writer,
        item.item_id,
        error_code=None,
        broken_at=None,
        grant=platform.vault.seal(_grant(platform, item, granted), item.item_id),
        consent_expires_at=granted.consent_expires_at,
    )
    await bank_consents.watch(platform, writer, item, granted.consent_expires_at)
    await _repair_siblings(platform, writer, item)
    await pulls.resume(platform, writer, await items.item(writer, item.item_id) or item)
    if item.environment == "sandbox":
        now = platform.clock.now()
        await jobs.cancel(writer, item.item_id, kind=pulls.EXPIRE_LOGIN)
        due_at = now + SANDBOX_LOGIN_LIFETIME
        job = JobRow(job_id=platform.ids.uuid(), kind=pulls.EXPIRE_LOGIN, item_id=item.item_id, due_at=due_at)
        await jobs.schedule(writer, job)
    return await _by_reference(writer, item)


async def change(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    shared: Sequence[BankAccount] | None,
    consent: Consent | None,
) -> dict[str, str]:
    """As `repair`, but the Item keeps the login it has, and how long that is good for."""
    await _change(platform, writer, item, shared, consent)
    if shared is not None:
        await pulls.resume(platform, writer, await items.item(writer, item.item_id) or item)
    return await _by_reference(writer, item)


async def _change(
    platform: Platform,
    writer: Writer,
    item: ItemRow,
    shared: Sequence[BankAccount] | None,
    consent: Consent | None,
) -> None:
    if shared is not None:
        await _share(writer, item, shared)
    if consent is not None and item.consented_scopes is not None:
        await _consent(platform, writer, item, item.consented_scopes, consent)


async def _by_reference(writer: Writer, item: ItemRow) -> dict[str, str]:
    return {row.reference: row.account_id for row in await accounts.accounts(writer, item.item_id)}


def _grant(platform: Platform, item: ItemRow, granted: Granted) -> bytes:
    """The fresh one, with what the bank has put into the Item's while the person was in Link."""
    institution = platform.banks.institution(item.institution_id)
    if institution is None or not item.grant:
        return granted.grant
    before = platform.vault.open(item.grant, item.item_id)
    bank = platform.banks.bank_of_grant(institution, granted.grant)
    if bank is platform.banks.bank_of_grant(institution, before) and isinstance(bank, KeepsWithGrants):
        return bank.renewed(before, granted.grant)
    return granted.grant


async def _consent(
    platform: Platform, writer: Writer, item: ItemRow, before: tuple[str, ...], consent: Consent
) -> None:
    institution = platform.banks.institution(item.institution_id)
    given = {*before, *consent.scopes}
    await items.update_item(
        writer,
        item.item_id,
        consented_scopes=tuple(scope for scope in ORDER if scope in given),
        consented_use_cases=consent.use_cases,
        consented_products=consented(given, institution.products if institution else ()),
    )


async def _share(writer: Writer, item: ItemRow, shared: Sequence[BankAccount]) -> None:
    """Accounts that stay keep their ids and rows; those that go take their transactions along. An account that
    is shared again later has its old id: ids follow from the Item and the bank's own key."""
    before = {row.reference: row for row in await accounts.accounts(writer, item.item_id)}
    rows = []
    for position, said in enumerate(shared):
        known = before.pop(said.reference, None)
        rows.append(
            replace(known, position=position)
            if known is not None
            else account_row(item.item_id, position, said, encode.account(item.item_id, said))
        )
    await accounts.replace_accounts(writer, item.item_id, rows)
    await _forget(writer, item, {row.account_id for row in before.values()})


async def _forget(writer: Writer, item: ItemRow, account_ids: set[str]) -> None:
    """Removes the transactions of accounts that are no longer shared; /transactions/sync tells of it."""
    if not account_ids:
        return
    locked = await items.lock_item(writer, item.item_id)
    sequence = locked.sequence if locked is not None else item.sequence
    known = await transactions.between(writer, item.item_id, start=_EVER[0], end=_EVER[1])
    gone = [row for row in known if row.account_id in account_ids]
    for row in sorted(gone, key=lambda row: (row.date, row.transaction_id)):
        sequence += 1
        await transactions.update_transaction(writer, replace(row, removed=True, changed_seq=sequence))
    await items.update_item(writer, item.item_id, sequence=sequence)


async def _repair_siblings(platform: Platform, writer: Writer, item: ItemRow) -> None:
    """The person's other Items with the same login: it works again for them too.

    Only a login that is typed is shared; a consent at the bank's own pages is each Item's own. In the sandbox
    every test signs in as the same few people, so a person is known by the client's own id of them as well.
    """
    if item.client_user_id is None or item.username_digest is None or item.consent_expires_at is not None:
        return
    found = await items.items_of_client_user(writer, item.client_id, item.environment, item.client_user_id)
    for other in found:
        same = (other.institution_id, other.username_digest) == (item.institution_id, item.username_digest)
        broken = other.error_code == "ITEM_LOGIN_REQUIRED" and other.removed_at is None
        if other.item_id == item.item_id or not same or not broken:
            continue
        await items.update_item(writer, other.item_id, error_code=None, broken_at=None)
        await facts.login_repaired(platform, writer, other)
        await pulls.resume(platform, writer, await items.item(writer, other.item_id) or other)
