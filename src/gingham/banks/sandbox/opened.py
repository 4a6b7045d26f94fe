"""Accounts that a person opens at the bank after a connection was made.

They are written as those of `user_custom` are, in a script of their own that is kept with the grant, and stand
beside what the bank shows already.
"""

import msgspec
from msgspec.structs import replace

from gingham.banks.protocol import BankAccount, Institution
from gingham.banks.sandbox import custom
from gingham.banks.sandbox.accounts import currency_of
from gingham.banks.sandbox.custom import Account, Script, ScriptError

PREFIX = "opened"
"""Of their references, so that none is taken for an account of the person's own script."""


def add(opened: str | None, account: Account, institution: Institution) -> str:
    """The script with one more account. Raises `ScriptError`, which names the member from `account` on."""
    before = custom.read(opened).override_accounts or () if opened is not None else ()
    if len(before) == custom.MAX_ACCOUNTS:
        raise ScriptError(f"account must be one of at most {custom.MAX_ACCOUNTS} that are opened for an Item")
    own = replace(account, currency=account.currency or currency_of(institution))
    if wrong := custom.unpaired(own):
        raise ScriptError(f"account.{wrong}")
    text = msgspec.json.encode(Script(seed=PREFIX, override_accounts=(*before, own))).decode()
    if len(text) > custom.MAX_CHARACTERS:
        raise ScriptError(
            f"account must be shorter: those of an Item have {custom.MAX_CHARACTERS} characters together"
        )
    return text


def accounts(opened: str | None) -> tuple[BankAccount, ...]:
    """In the order in which they were opened."""
    return (custom.accounts(opened, PREFIX) or ()) if opened is not None else ()
