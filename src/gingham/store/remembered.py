"""People who have had their bank logins remembered, to link again without them."""

from msgspec import Struct

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class PersonRow(Struct, frozen=True, kw_only=True):
    person_id: str
    environment: str
    phone_digest: bytes
    """Keyed digest of the number: whoever has only the database cannot try numbers."""
    phone: bytes
    """The number, sealed (associated data: the person_id)."""
    created_at: int


class LoginRow(Struct, frozen=True, kw_only=True):
    person_id: str
    institution_id: str
    grant: bytes
    """What opens the bank, sealed (associated data: person_id and institution_id)."""
    accounts: tuple[str, ...]
    """The bank's references of the accounts that were shared."""
    saved_at: int


_PEOPLE = Rows(PersonRow, "remembered_people")
_LOGINS = Rows(LoginRow, "remembered_logins")

ADD_PERSON = _PEOPLE.insert("ON CONFLICT DO NOTHING")
BY_PHONE = _PEOPLE.select("WHERE environment = ? AND phone_digest = ?")
LOGINS = _LOGINS.select("WHERE person_id = ? ORDER BY person_id, institution_id")
LOGIN = _LOGINS.select("WHERE person_id = ? AND institution_id = ?")
ADD_LOGIN = _LOGINS.insert("ON CONFLICT DO NOTHING")
REMOVE_LOGIN = "DELETE FROM remembered_logins WHERE person_id = ? AND institution_id = ?"


async def person(reader: Reader, environment: str, phone_digest: bytes) -> PersonRow | None:
    row = await reader.one(BY_PHONE, environment, phone_digest)
    return None if row is None else _PEOPLE.read(row)


async def remember_person(writer: Writer, person: PersonRow) -> None:
    """Whoever is there already stays as they are."""
    await writer.run(ADD_PERSON, *_PEOPLE.row(person))


async def logins(reader: Reader, person_id: str) -> list[LoginRow]:
    return [_LOGINS.read(row) for row in await reader.all(LOGINS, person_id)]


async def login(reader: Reader, person_id: str, institution_id: str) -> LoginRow | None:
    row = await reader.one(LOGIN, person_id, institution_id)
    return None if row is None else _LOGINS.read(row)


async def remember_login(writer: Writer, login: LoginRow) -> None:
    """One a person and institution: the newest replaces the one before."""
    await forget_login(writer, login.person_id, login.institution_id)
    await writer.run(ADD_LOGIN, *_LOGINS.row(login))


async def forget_login(writer: Writer, person_id: str, institution_id: str) -> None:
    await writer.run(REMOVE_LOGIN, person_id, institution_id)
