"""The data behind a sandbox grant, as of one instant."""

from collections.abc import Mapping
from datetime import date

from gingham import clock
from gingham.banks.protocol import BankAccount, BankRefused, BankTransaction, Login, Numbers, Owner, Refused
from gingham.banks.sandbox import custom, opened
from gingham.banks.sandbox.accounts import accounts_of, currency_of, numbers_of
from gingham.banks.sandbox.grant import Grant
from gingham.banks.sandbox.people import PEOPLE, Person
from gingham.banks.sandbox.profile import load
from gingham.banks.sandbox.transactions import history


class SandboxConnection:
    """Implements `Connection`, `HasNumbers`, `HasOwners` and `HasTransactions`.

    Its methods raise `BankRefused` with `ITEM_LOGIN_REQUIRED` for a grant of a person the sandbox no longer
    has.
    """

    def __init__(self, login: Login, grant: bytes) -> None:
        self._login = login
        self._grant = Grant.decode(grant)
        script = self._grant.script
        self._script = script if script is not None and custom.accounts(script) is not None else None
        """Of accounts that a script made."""
        self._opened = self._grant.opened

    async def accounts(self) -> tuple[BankAccount, ...]:
        person = self._person()
        if self._script is not None:
            known = custom.accounts(self._script) or ()
        else:
            known = accounts_of(person.username, person.profile, self._login.institution)
        return (*known, *opened.accounts(self._opened))

    async def numbers(self) -> Numbers:
        person = self._person()
        if self._script is not None:
            known = custom.numbers(self._script)
        elif self._grant.numbers:
            known = numbers_of(person.profile, self._login.institution)
        else:
            return Numbers()
        if self._opened is None:
            return known
        more = custom.numbers(self._opened, opened.PREFIX)
        return Numbers(
            ach=known.ach + more.ach,
            eft=known.eft + more.eft,
            international=known.international + more.international,
            bacs=known.bacs + more.bacs,
        )

    async def owners(self) -> Mapping[str, tuple[Owner, ...]]:
        profile = load(self._person().profile)
        known: Mapping[str, tuple[Owner, ...]] = (
            custom.owners(self._script, profile.owner)
            if self._script is not None
            else {account.reference: (profile.owner,) for account in profile.accounts}
        )
        if self._opened is None:
            return known
        return {**known, **custom.owners(self._opened, profile.owner, opened.PREFIX)}

    async def transactions(self, start: date, end: date) -> tuple[BankTransaction, ...]:
        """No row is dated after today (UTC)."""
        today = clock.day(self._login.now)
        end = min(end, today)
        if self._script is not None:
            known = custom.transactions(self._script, start, end, today)
        else:
            known = history(self._person().profile, currency_of(self._login.institution), start, end)
        if self._opened is None:
            return known
        more = custom.transactions(self._opened, start, end, today, opened.PREFIX)
        return tuple(sorted((*known, *more), key=lambda row: row.date, reverse=True))

    def _person(self) -> Person:
        person = PEOPLE.get(self._grant.username)
        if person is None:
            raise BankRefused(Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR"))
        return person
