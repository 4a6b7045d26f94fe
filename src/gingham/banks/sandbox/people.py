"""Who can log in to the sandbox. A new test user is one entry here, and a data file for data of its own."""

from collections.abc import Callable

from msgspec import Struct

from gingham.banks.protocol import Institution
from gingham.banks.sandbox import custom, passwords


class Person(Struct, frozen=True, kw_only=True):
    username: str
    profile: str
    """The data file, without `.json`."""
    password: Callable[[str, Institution], passwords.Meaning] = passwords.meaning
    """What a password does when this person types it."""


PEOPLE = {
    person.username: person
    for person in (
        Person(username="user_good", profile="user_good"),
        Person(username=custom.USERNAME, profile="user_good", password=passwords.script),
    )
}
