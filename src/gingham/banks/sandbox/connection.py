"""The data behind a sandbox grant, as of one instant."""

from collections.abc import Mapping
from datetime import date

from gingham import clock
from gingham.banks.protocol import BankAccount, BankRefused, BankTransaction, Login, Numbers, Owner, Refused
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

    async def accounts(self) -> tuple[BankAccount, ...]:
        person = self._person()
        return accounts_of(person.username, person.profile, self._login.institution)

    async def numbers(self) -> Numbers:
        person = self._person()
        return numbers_of(person.profile, self._login.institution) if self._grant.numbers else Numbers()

    async def owners(self) -> Mapping[str, tuple[Owner, ...]]:
        profile = load(self._person().profile)
        return {account.reference: (profile.owner,) for account in profile.accounts}

    async def transactions(self, start: date, end: date) -> tuple[BankTransaction, ...]:
        """No row is dated after today (UTC)."""
        end = min(end, clock.day(self._login.now))
        return history(self._person().profile, currency_of(self._login.institution), start, end)

    def _person(self) -> Person:
        person = PEOPLE.get(self._grant.username)
        if person is None:
            raise BankRefused(Refused(error_code="ITEM_LOGIN_REQUIRED", error_type="ITEM_ERROR"))
        return person
