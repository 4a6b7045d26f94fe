"""The sandbox: banks that exist only here, deterministic, offline and scriptable.

    bank.py          `SandboxBank`: logs people in
    people.py        who can log in, one table entry each
    passwords.py     what each magic password does
    custom.py        `user_custom`, whose password is a script
    opened.py        accounts that come after the login
    mfa.py           the questions a login can be asked, and their answers
    profile.py       what the bank knows about a person, read from a data file such as `user_good.json`
    accounts.py      a person's accounts in the currency of the institution's country
    transactions.py  a person's history, a pure function of the calendar
    grant.py         what a login leaves behind
    connection.py    reads the data behind a grant

The promise of the room: nothing is random and nothing is remembered. The same login gives the same data for
ever, and the history grows only because the clock does.
"""

from gingham.banks.sandbox.bank import SandboxBank

__all__ = ["SandboxBank"]
