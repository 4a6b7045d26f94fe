"""The bank behind every institution of the sandbox."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gingham.banks.metadata import INSTANT_MATCH
from gingham.banks.protocol import BankAccount, Granted, Institution, Login, Outcome, Refused
from gingham.banks.sandbox import custom, mfa, opened
from gingham.banks.sandbox.accounts import accounts_of
from gingham.banks.sandbox.connection import SandboxConnection
from gingham.banks.sandbox.grant import Grant
from gingham.banks.sandbox.passwords import PIN, WRONG, Asks, Enters
from gingham.banks.sandbox.people import PEOPLE, Person

_NOT_SERVED = Refused(error_code="INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", error_type="INSTITUTION_ERROR")
_NOT_SUPPORTED = Refused(error_code="INSTITUTION_NO_LONGER_SUPPORTED", error_type="INSTITUTION_ERROR")
_DOWN = Refused(error_code="INSTITUTION_DOWN", error_type="INSTITUTION_ERROR")


class SandboxBank:
    """Implements `Bank`. Keeps nothing: one instance serves every institution and every login at once."""

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:
        """Begins a login with what was typed into Link's form.

        An OAuth institution refuses: its people log in on pages of the bank's own (`gingham.oauthbank`).
        """
        if refused := _closed(login.institution):
            return refused
        person = PEOPLE.get(credentials.get("username", "").strip())
        if person is None or not _pin_is_right(login.institution, credentials):
            return WRONG
        match person.password(credentials.get("password", ""), login.institution):
            case Enters(numbers=numbers, script=script):
                return _granted(login, person, Grant(person.username, numbers, script))
            case Asks(mfa=asked, recaptcha=recaptcha, script=script):
                return mfa.ask(mfa.Turn(Grant(person.username, script=script), asked, recaptcha))
            case refused:
                return refused

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:
        """Continues a login. `answers` is the index of a device, a code, or one text per prompt."""
        match mfa.answered(mfa.Turn.decode(state), answers):
            case mfa.Turn() as turn:
                return mfa.ask(turn)
            case Grant() as grant:
                return _granted(login, PEOPLE[grant.username], grant)
            case refused:
                return refused

    def open_directly(self, login: Login, username: str, password: str) -> Outcome:
        """Logs in without Link, for `/sandbox/public_token/create`: `Granted` or `Refused`, never a question.

        There is nobody to ask, so a password that leads to questions counts as answered; likewise no PIN is
        wanted, OAuth institutions need no redirect, and a bank that is down still opens, since what is tested
        is what comes after the login. `error_<CODE>` passwords refuse, so that a test can see its own
        handling of them.
        """
        person = PEOPLE.get(username)
        if person is None:
            return WRONG
        match person.password(password, login.institution):
            case Enters(numbers=numbers, script=script):
                return _granted(login, person, Grant(person.username, numbers, script))
            case Asks(recaptcha="bad"):
                return Refused(error_code="RECAPTCHA_BAD", error_type="RECAPTCHA_ERROR")
            case Asks(script=script):
                return _granted(login, person, Grant(person.username, script=script))
            case refused:
                return refused

    def connect(self, login: Login, grant: bytes) -> SandboxConnection:
        """Opens the data behind a grant, as of `login.now`."""
        return SandboxConnection(login, grant)

    def renewed(self, before: bytes, after: bytes) -> bytes:
        """The later grant, with every account that was opened under the earlier one."""
        return Grant.decode(after).renewing(before).encode()

    def open_account(
        self, institution: Institution, grant: bytes, account: custom.Account
    ) -> tuple[bytes, BankAccount]:
        """The grant of a person who has one more account from now on, and that account.

        Raises `custom.ScriptError`.
        """
        known = Grant.decode(grant)
        script = opened.add(known.opened, account, institution)
        return replace(known, opened=script).encode(), opened.accounts(script)[-1]


def _closed(institution: Institution) -> Refused | None:
    if institution.oauth:
        return _NOT_SERVED
    if not institution.supported:
        return _NOT_SUPPORTED
    return _DOWN if institution.health == "DOWN" else None


def _pin_is_right(institution: Institution, credentials: Mapping[str, str]) -> bool:
    asked = any(field.name == "pin" for field in institution.credentials)
    return not asked or credentials.get("pin", "") == PIN


def _granted(login: Login, person: Person, grant: Grant) -> Granted | Refused:
    grant = grant.renewing(login.renews)
    scripted = custom.accounts(grant.script) if grant.script is not None else None
    if scripted is None:
        scripted = accounts_of(person.username, person.profile, login.institution)
    accounts = (*scripted, *opened.accounts(grant.opened))
    if not accounts:
        return Refused(error_code="NO_ACCOUNTS", error_type="ITEM_ERROR")
    return Granted(
        grant=grant.encode(),
        accounts=accounts,
        username=person.username,
        numbers_told=grant.numbers and login.institution.institution_id not in INSTANT_MATCH,
    )
