"""How a Struct becomes a row and a row becomes a Struct.

A table's row Struct names its columns, in order. Booleans are kept as 0 and 1, tuples of text as JSON
text, everything else as it is.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast, get_args, get_type_hints

from msgspec import Struct, json
from msgspec.structs import astuple

from gingham.store import Row, Value

S = TypeVar("S", bound=Struct)


class Rows(Generic[S]):
    """The rows of one table, as Structs.

    `struct`: its members are the columns to read and write. `table`: its name. Both come from this
    package alone, which is why its statements may be put together from them.
    """

    def __init__(self, struct: type[S], table: str) -> None:
        hints = get_type_hints(struct)
        self.struct = struct
        self.table = table
        self.columns: tuple[str, ...] = struct.__struct_fields__
        self._decoded = [
            (name, _DECODE[kind]) for name in self.columns if (kind := _kind(hints[name])) in _DECODE
        ]
        self._encoded = [at for at, name in enumerate(self.columns) if _kind(hints[name]) is not None]

    def names(self) -> str:
        """The columns, as a SELECT lists them."""
        return ", ".join(f'{self.table}."{column}"' for column in self.columns)

    def select(self, rest: str) -> str:
        """`rest`: everything behind the table's name."""
        return f"SELECT {self.names()} FROM {self.table} {rest}"  # noqa: S608

    def insert(self, rest: str = "") -> str:
        columns = ", ".join(f'"{column}"' for column in self.columns)
        places = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.table} ({columns}) VALUES ({places}) {rest}".rstrip()  # noqa: S608

    def update(self, columns: tuple[str, ...], rest: str) -> str:
        """Sets the columns, in the order given, of the rows that `rest` names."""
        assignments = ", ".join(f'"{column}" = ?' for column in columns)
        return f"UPDATE {self.table} SET {assignments} {rest}"  # noqa: S608

    def row(self, struct: S) -> Row:
        """What `insert` takes."""
        values = list(astuple(struct))
        for at in self._encoded:
            values[at] = value(values[at])
        return tuple(values)

    def read(self, row: Row) -> S:
        """The Struct of a row that `select` gave."""
        members: dict[str, Any] = dict(zip(self.columns, row, strict=True))
        for name, decode in self._decoded:
            members[name] = decode(members[name])
        return self.struct(**members)


def value(member: object) -> Value:
    """A member as its column holds it."""
    if isinstance(member, bool):
        return int(member)
    if isinstance(member, tuple):
        return json.encode(member).decode()
    return cast("Value", member)


@lru_cache(maxsize=1024)  # there are few combinations of products, and every request reads some
def _texts(stored: str | None) -> tuple[str, ...] | None:
    return None if stored is None else json.decode(stored, type=tuple[str, ...])


def _kind(hint: Any) -> type | None:
    """bool or tuple, or None for what needs no conversion."""
    kinds = {getattr(part, "__origin__", part) for part in (hint, *get_args(hint))}
    return next((kind for kind in (bool, tuple) if kind in kinds), None)


def _truth(stored: int | None) -> bool | None:
    return None if stored is None else bool(stored)


_DECODE: dict[type | None, Callable[[Any], object]] = {bool: _truth, tuple: _texts}
