"""A bank that does what a test says, and asks that tests repeat."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from tests.world import World

from gingham.banks.protocol import (
    BankAccount,
    BankRefused,
    BankTransaction,
    Granted,
    Login,
    Numbers,
    Outcome,
    Owner,
    Refused,
)
from gingham.banks.sandbox import SandboxBank
from gingham.clock import day

TODAY = dt.date(2026, 5, 4)


def row(reference: str, *, days_ago: int = 0, account: str = "0000", **members: Any) -> BankTransaction:
    """A transaction of `user_good`'s checking account."""
    values: dict[str, Any] = {
        "reference": reference,
        "account_reference": account,
        "date": TODAY - dt.timedelta(days=days_ago),
        "amount": Decimal("12.34"),
        "name": f"Row {reference}",
    }
    return BankTransaction(**values | members)


class ScriptedBank(SandboxBank):
    """The sandbox's bank with a history of its own.

    `rows`: the history. `refusal`: what the bank answers instead of anything. `only`: masks of the accounts it
    has, None for all. `balances`: current balances by mask. `meanwhile`: what happens once, while the bank
    is on its way to tell transactions or its refusal.
    """

    def __init__(self, rows: Sequence[BankTransaction] = ()) -> None:
        self.rows = list(rows)
        self.refusal: Refused | None = None
        self.only: set[str] | None = None
        self.balances: dict[str, Decimal] = {}
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def open_directly(self, login: Login, username: str, password: str) -> Outcome:
        outcome = super().open_directly(login, username, password)
        return (
            replace(outcome, accounts=self.own(outcome.accounts)) if isinstance(outcome, Granted) else outcome
        )

    def connect(self, login: Login, grant: bytes) -> Any:
        return _Connection(self, super().connect(login, grant), day(login.now))

    async def wait(self) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()

    def own(self, accounts: tuple[BankAccount, ...]) -> tuple[BankAccount, ...]:
        return tuple(
            replace(account, current=self.balances.get(account.reference, account.current))
            for account in accounts
            if self.only is None or account.mask in self.only
        )


class _Connection:
    def __init__(self, bank: ScriptedBank, sandbox: Any, today: dt.date) -> None:
        self._bank = bank
        self._sandbox = sandbox
        self._today = today

    async def accounts(self) -> tuple[BankAccount, ...]:
        await self._answer()
        return self._bank.own(await self._sandbox.accounts())

    async def numbers(self) -> Numbers:
        await self._answer()
        numbers: Numbers = await self._sandbox.numbers()
        return numbers

    async def owners(self) -> dict[str, tuple[Owner, ...]]:
        await self._answer()
        return dict(await self._sandbox.owners())

    async def transactions(self, start: dt.date, end: dt.date) -> tuple[BankTransaction, ...]:
        await self._answer()
        found = [each for each in self._bank.rows if start <= each.date <= min(end, self._today)]
        await self._bank.wait()
        return tuple(sorted(found, key=lambda each: each.date, reverse=True))

    async def _answer(self) -> None:
        if self._bank.refusal is not None:
            await self._bank.wait()
            raise BankRefused(self._bank.refusal)


async def accounts_by_mask(world: World, token: str) -> dict[str, str]:
    """account_id of each of the Item's accounts."""
    reply = await world.post("/accounts/get", access_token=token)
    return {account["mask"]: account["account_id"] for account in reply["accounts"]}


async def products(world: World, token: str) -> list[str]:
    """What is on the Item."""
    return list((await world.post("/item/get", access_token=token))["item"]["products"])
