"""The bank behind a grant when this server has been told of no OAuth bank: it answers nothing, so nothing is lost."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NoReturn

from gingham.banks.oauth.connection import NOT_RESPONDING
from gingham.banks.protocol import BankRefused, Login, Outcome


class AbsentBank:
    """Implements `Bank`: a bank that does not respond."""

    async def log_in(self, login: Login, credentials: Mapping[str, str]) -> Outcome:  # noqa: ARG002
        return NOT_RESPONDING

    async def answer(self, login: Login, state: bytes, answers: Sequence[str]) -> Outcome:  # noqa: ARG002
        return NOT_RESPONDING

    def connect(self, login: Login, grant: bytes) -> "AbsentConnection":  # noqa: ARG002
        return AbsentConnection()


class AbsentConnection:
    """Every method raises `BankRefused`."""

    async def accounts(self) -> NoReturn:
        raise BankRefused(NOT_RESPONDING)

    async def numbers(self) -> NoReturn:
        raise BankRefused(NOT_RESPONDING)

    async def owners(self) -> NoReturn:
        raise BankRefused(NOT_RESPONDING)

    async def transactions(self, start: date, end: date) -> NoReturn:  # noqa: ARG002
        raise BankRefused(NOT_RESPONDING)
