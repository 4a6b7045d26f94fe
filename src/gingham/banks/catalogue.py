"""The institutions a person can choose from, in memory.

A `Catalogue` is immutable and holds every institution once. What it promises: `page` keeps one order for as
long as the catalogue lives, so offsets mean something; `search` forgives typing errors and gives the same
answer to the same question.

The built-in list is `institutions.json`. Sandbox institutions carry the ids of Plaid's sandbox, so that
existing suites find them; real banks are there by name only, with a picture and colour of our own; ids from
`ins_900001` up are banks that exist nowhere but here.
"""

from collections.abc import Collection, Iterable
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from gingham.banks import logo
from gingham.banks.protocol import CredentialField, Institution
from gingham.banks.search import SearchIndex

_USERNAME = CredentialField(name="username", label="Username")
_PASSWORD = CredentialField(name="password", label="Password", kind="password")
_PIN = CredentialField(name="pin", label="PIN", kind="pin")

_LOGIN_FORMS = {"password": (_USERNAME, _PASSWORD), "pin": (_USERNAME, _PASSWORD, _PIN)}


class Catalogue:
    """An immutable list of institutions. Raises `ValueError` when two share an id.

    Wherever filters appear: `country_codes` keeps institutions that serve any of the countries, `products`
    those that support all of the products, `oauth` those that log in (or do not log in) on the bank's own
    pages. An empty collection or `None` does not filter.
    """

    def __init__(self, institutions: Iterable[Institution]) -> None:
        self._institutions = tuple(institutions)
        self._by_id = {institution.institution_id: institution for institution in self._institutions}
        if len(self._by_id) != len(self._institutions):
            raise ValueError("two institutions of a catalogue share an institution_id")

    @classmethod
    def builtin(cls) -> "Catalogue":
        """The list that ships with Gingham."""
        return _builtin()

    def __len__(self) -> int:
        return len(self._institutions)

    def get(self, institution_id: str) -> Institution | None:
        return self._by_id.get(institution_id)

    def portals(self, brand: str | None) -> list[Institution]:
        """The institutions that are one brand to the people who bank there."""
        return [] if brand is None else [i for i in self._institutions if i.brand == brand]

    def page(
        self,
        *,
        country_codes: Collection[str] = (),
        products: Collection[str] = (),
        oauth: bool | None = None,
        routing_numbers: Collection[str] = (),
        offset: int = 0,
        count: int = 100,
    ) -> tuple[list[Institution], int]:
        """`count` institutions from `offset`, and how many there are in all. Of `routing_numbers` each must
        match.
        """
        wanted = set(routing_numbers)
        found = [
            institution
            for institution in self._institutions
            if wanted.issubset(institution.routing_numbers)
            and _admits(institution, country_codes, products, oauth)
        ]
        return found[offset : offset + count], len(found)

    def search(
        self,
        query: str,
        *,
        country_codes: Collection[str] = (),
        products: Collection[str] = (),
        oauth: bool | None = None,
        limit: int = 10,
    ) -> list[Institution]:
        """The institutions that `query` may mean, best first: a name, part of one, its initials, or an
        institution id.
        """
        return self._index.search(query, lambda i: _admits(i, country_codes, products, oauth), limit)

    def popular(
        self, *, country_codes: Collection[str] = (), products: Collection[str] = (), limit: int = 10
    ) -> list[Institution]:
        """What Link offers before anything is typed; an institution that nobody can link is not offered."""
        offered = (i for i in self._by_popularity if _admits(i, country_codes, products, None))
        return list(islice(offered, max(limit, 0)))

    @cached_property
    def _by_popularity(self) -> list[Institution]:
        return sorted((i for i in self._institutions if i.supported), key=lambda i: -i.popularity)

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self._institutions)


def _admits(
    institution: Institution, country_codes: Collection[str], products: Collection[str], oauth: bool | None
) -> bool:
    return (
        (oauth is None or institution.oauth is oauth)
        and (not country_codes or any(code in institution.country_codes for code in country_codes))
        and all(product in institution.products for product in products)
    )


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of `institutions.json`. `products` names one of the file's product lists."""

    institution_id: str
    name: str
    countries: tuple[str, ...]
    products: str
    url: str
    oauth: bool = False
    handoff: Literal["app", "code"] | None = None
    primary_color: str | None = None
    routing_numbers: tuple[str, ...] = ()
    dtc_numbers: tuple[str, ...] = ()
    brand: str | None = None
    health: str = "HEALTHY"
    supported: bool = True
    login: str = "password"
    popularity: int = 0


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    products: dict[str, tuple[str, ...]]
    institutions: tuple[_Entry, ...]


@cache
def _builtin() -> Catalogue:
    text = Path(__file__).with_name("institutions.json").read_bytes()
    file = msgspec.json.decode(text, type=_File)
    return Catalogue(
        Institution(
            institution_id=entry.institution_id,
            name=entry.name,
            country_codes=entry.countries,
            products=file.products[entry.products],
            oauth=entry.oauth,
            handoff=entry.handoff,
            url=entry.url,
            brand=entry.brand,
            primary_color=entry.primary_color or logo.color(entry.institution_id),
            routing_numbers=entry.routing_numbers,
            dtc_numbers=entry.dtc_numbers,
            health=entry.health,
            supported=entry.supported,
            credentials=() if entry.oauth else _LOGIN_FORMS[entry.login],
            popularity=entry.popularity,
        )
        for entry in file.institutions
    )
