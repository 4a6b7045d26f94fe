"""The moment an Item comes into being: one transaction writes the Item, its accounts, its first pull and its
public_token."""

from collections.abc import Collection
from typing import Any

from msgspec import Struct

from gingham.banks.protocol import BankAccount, Granted, Institution
from gingham.clock import DAY, MINUTE
from gingham.ids import digest
from gingham.items import bank_consents, encode, new_accounts, pulls, verification
from gingham.items.consent import Consent, consented
from gingham.items.products import billed
from gingham.items.shapes import Account
from gingham.items.shapes import encode as encoded
from gingham.items.verification import Proof
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, jobs
from gingham.store.accounts import AccountRow
from gingham.store.items import ItemRow, PublicTokenRow
from gingham.store.jobs import JobRow

PUBLIC_TOKEN_LIFETIME = 30 * MINUTE
LOGIN_LIFETIME = 30 * DAY
"""A Sandbox Item asks for a new login this long after it was made (Plaid docs: Sandbox)."""
DEFAULT_DAYS_REQUESTED = 90
MAX_DAYS_REQUESTED = 730


class Terms(Struct, frozen=True, kw_only=True):
    """What the client asked for when the Item was made."""

    client_id: str
    environment: str
    products: tuple[str, ...]
    webhook: str | None = None
    client_user_id: str | None = None
    user_id: str | None = None
    days_requested: int = DEFAULT_DAYS_REQUESTED
    consent: Consent | None = None


class Made(Struct, frozen=True, kw_only=True):
    item: ItemRow
    accounts: tuple[Account, ...]
    public_token: str


async def create(
    platform: Platform,
    writer: Writer,
    terms: Terms,
    institution: Institution | None,
    granted: Granted,
    shared: Collection[BankAccount],
    proof: Proof | None = None,
) -> Made:
    """Makes an Item of a granted login with the accounts the person shares, in the bank's order.

    `proof`: of the numbers that the person typed for the only account; an Item without an institution consists of it.
    """
    now = platform.clock.now()
    item_id = platform.ids.opaque()
    products = billed(terms.products)
    item = ItemRow(
        item_id=item_id,
        client_id=terms.client_id,
        environment=terms.environment,
        institution_id=institution.institution_id if institution is not None else None,
        client_user_id=terms.client_user_id,
        created_at=now,
        webhook=terms.webhook,
        products=products,
        billed_products=products,
        consented_products=consented(terms.consent.scopes, institution.products)
        if terms.consent and institution
        else None,
        auth_method=proof.method if proof else "INSTANT_AUTH" if "auth" in products else None,
        consent_expires_at=granted.consent_expires_at,
        error_code=None,
        grant=platform.vault.seal(granted.grant, item_id),
        username_digest=platform.vault.keyed_digest(granted.username, "username")
        if granted.username
        else None,
        removed_at=None,
        days_requested=terms.days_requested,
        transactions_from=None,
        initial_at=None,
        historical_at=None,
        refreshed_at=None,
        synced=False,
        sequence=0,
        webhook_sent_at=None,
        webhook_code=None,
        user_id=terms.user_id,
        broken_at=None,
        consented_scopes=terms.consent.scopes if terms.consent else None,
        consented_use_cases=terms.consent.use_cases if terms.consent else None,
        seen_accounts=new_accounts.references(granted.accounts),
    )
    made = tuple(verification.shown(encode.account(item_id, said), proof) for said in shared)
    rows = [
        account_row(
            item_id,
            position,
            said,
            account,
            **(verification.columns(platform, proof, account.account_id) if proof else {}),
        )
        for position, (said, account) in enumerate(zip(shared, made, strict=True))
    ]
    await items.add_item(writer, item)
    await accounts.add_accounts(writer, rows)
    await bank_consents.watch(platform, writer, item, granted.consent_expires_at)
    if "transactions" in products:
        await pulls.begin(platform, writer, item)
    if proof is not None:
        await verification.begin(platform, writer, item, proof)
    if terms.environment == "sandbox" and institution is not None:
        expiry = JobRow(
            job_id=platform.ids.uuid(), kind=pulls.EXPIRE_LOGIN, item_id=item_id, due_at=now + LOGIN_LIFETIME
        )
        await jobs.schedule(writer, expiry)
    token = await mint_public_token(platform, writer, item)
    return Made(item=item, accounts=made, public_token=token)


def account_row(
    item_id: str, position: int, said: BankAccount, account: Account, **verified: Any
) -> AccountRow:
    """`verified`: columns of typed numbers (`verification.columns`)."""
    return AccountRow(
        account_id=account.account_id,
        item_id=item_id,
        position=position,
        reference=said.reference,
        type=account.type,
        subtype=account.subtype,
        name=account.name,
        mask=account.mask,
        encoded=encoded(account),
        **verified,
    )


async def mint_public_token(
    platform: Platform, writer: Writer, item: ItemRow, *, for_update: bool = False
) -> str:
    """A fresh public_token of the Item, good for thirty minutes and one exchange."""
    token = platform.ids.token("public", item.environment)
    now = platform.clock.now()
    await items.add_public_token(
        writer,
        PublicTokenRow(
            digest=digest(token),
            item_id=item.item_id,
            created_at=now,
            expires_at=now + PUBLIC_TOKEN_LIFETIME,
            exchanged_at=None,
            for_update=for_update,
        ),
    )
    return token
