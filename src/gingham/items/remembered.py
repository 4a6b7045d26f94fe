"""Bank logins that people have had remembered under their phone number (Plaid docs: Link, returning user).

A number belongs to a person, not to a client: it is found whichever client of this server opened Link, but
never in another environment. Nothing of it can be read in the database.
"""

from collections.abc import Sequence

from msgspec import Struct

from gingham.banks.protocol import BankAccount, BankRefused, Granted, Institution, Login, Refused
from gingham.banks.sandbox.returning import PEOPLE, SavedLogin
from gingham.platform import Platform
from gingham.store import Writer, accounts, items, remembered
from gingham.store.remembered import LoginRow, PersonRow

_GONE = Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR")


class Opened(Struct, frozen=True, kw_only=True):
    """A saved login that still opens the bank. `shared`: references of the accounts it shared before."""

    granted: Granted
    shared: tuple[str, ...]
    automatic: bool = False


async def is_known(platform: Platform, environment: str, phone: str) -> bool:
    """Whether any login is saved under the number."""
    return bool(await institutions(platform, environment, phone))


async def institutions(platform: Platform, environment: str, phone: str) -> list[str]:
    """The institutions with a saved login."""
    seeded = _seeded(environment, phone)
    if seeded is not None:
        return [login.institution_id for login in seeded]
    async with platform.store.reading() as reader:
        person = await remembered.person(reader, environment, _digest(platform, phone))
        found = await remembered.logins(reader, person.person_id) if person is not None else []
    return [login.institution_id for login in found]


async def open_login(
    platform: Platform, environment: str, phone: str, institution: Institution
) -> Opened | Refused:
    """Asks the bank whether the saved login still opens it, and for its accounts."""
    login = Login(institution=institution, environment=environment, now=platform.clock.now())
    seeded = _seeded(environment, phone)
    if seeded is not None:
        return _open_seeded(platform, seeded, login)
    async with platform.store.reading() as reader:
        person = await remembered.person(reader, environment, _digest(platform, phone))
        row = (
            await remembered.login(reader, person.person_id, institution.institution_id)
            if person is not None
            else None
        )
    if row is None:
        return _GONE
    grant = platform.vault.open(row.grant, _context(row.person_id, row.institution_id))
    bank = platform.banks.bank_of_grant(institution, grant)
    try:
        told: Sequence[BankAccount] = await bank.connect(login, grant).accounts()
    except BankRefused as refusal:
        return refusal.refused
    return Opened(granted=Granted(grant=grant, accounts=tuple(told)), shared=row.accounts)


def _open_seeded(platform: Platform, seeded: tuple[SavedLogin, ...], login: Login) -> Opened | Refused:
    for saved in seeded:
        if saved.institution_id == login.institution.institution_id:
            outcome = platform.banks.sandbox.open_directly(login, "user_good", "pass_good")
            if isinstance(outcome, Granted):
                return Opened(granted=outcome, shared=saved.accounts, automatic=saved.automatic)
            return outcome if isinstance(outcome, Refused) else _GONE
    return _GONE


async def save(platform: Platform, writer: Writer, environment: str, phone: str, item_id: str) -> None:
    """Remembers the login of an Item under the number. The sandbox's own people stay as they are."""
    if _seeded(environment, phone) is not None:
        return
    item = await items.item(writer, item_id)
    if item is None or item.institution_id is None or not item.grant:
        return
    phone_digest = _digest(platform, phone)
    person = await remembered.person(writer, environment, phone_digest)
    if person is None:
        person_id = platform.ids.uuid()
        made = PersonRow(
            person_id=person_id,
            environment=environment,
            phone_digest=phone_digest,
            phone=platform.vault.seal(phone.encode(), person_id),
            created_at=platform.clock.now(),
        )
        await remembered.remember_person(writer, made)
        # Of two who come at the same time, one has made the person.
        person = await remembered.person(writer, environment, phone_digest) or made
    grant = platform.vault.open(item.grant, item.item_id)
    shared = await accounts.accounts(writer, item_id)
    await remembered.remember_login(
        writer,
        LoginRow(
            person_id=person.person_id,
            institution_id=item.institution_id,
            grant=platform.vault.seal(grant, _context(person.person_id, item.institution_id)),
            accounts=tuple(account.reference for account in shared),
            saved_at=platform.clock.now(),
        ),
    )


def _seeded(environment: str, phone: str) -> tuple[SavedLogin, ...] | None:
    return PEOPLE.get(phone) if environment == "sandbox" else None


def _digest(platform: Platform, phone: str) -> bytes:
    return platform.vault.keyed_digest(phone, "phone")


def _context(person_id: str, institution_id: str) -> str:
    return f"{person_id}/{institution_id}"
