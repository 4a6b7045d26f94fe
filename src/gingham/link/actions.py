"""From what a client sends to an action of the flow."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import fields

from gingham.errors import error
from gingham.link.flow.model import ClientAction


class _Kind(NamedTuple):
    action: type[Struct]
    members: frozenset[str]
    required: frozenset[str]


_KINDS: Mapping[str, _Kind] = {
    str(action.__struct_config__.tag): _Kind(
        action,
        frozenset(action.__struct_fields__),
        frozenset(field.name for field in fields(action) if field.required),
    )
    for action in ClientAction.__args__
}


def parse(kind: str, **given: object) -> ClientAction:
    """The action called `kind` with the members that were given (None: not given).

    Raises `PlaidError` INVALID_FIELD for an unknown action, MISSING_FIELDS and UNKNOWN_FIELDS for its
    members. The values themselves are never repeated: they may be passwords.
    """
    known = _KINDS.get(kind)
    if known is None:
        raise error("INVALID_FIELD", message=f"action.type must be one of {', '.join(sorted(_KINDS))}")
    present = {name: value for name, value in given.items() if value is not None}
    if missing := sorted(known.required - present.keys()):
        raise error("MISSING_FIELDS", fields=", ".join(f"action.{name}" for name in missing))
    if unknown := sorted(present.keys() - known.members):
        raise error("UNKNOWN_FIELDS", fields=", ".join(f"action.{name}" for name in unknown))
    return known.action(**present)  # type: ignore[return-value]
