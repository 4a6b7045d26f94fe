"""From what a client sends to an action of the flow."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import fields

from gingham.errors import error
from gingham.link.flow.model import ClientAction

_ACTIONS: Mapping[str, type[Struct]] = {
    str(action.__struct_config__.tag): action for action in ClientAction.__args__
}


def parse(kind: str, **given: object) -> ClientAction:
    """The action called `kind` with the members that were given (None: not given).

    Raises `PlaidError` INVALID_FIELD for an unknown action, MISSING_FIELDS and UNKNOWN_FIELDS for its
    members. The values themselves are never repeated: they may be passwords.
    """
    action = _ACTIONS.get(kind)
    if action is None:
        raise error("INVALID_FIELD", message=f"action.type must be one of {', '.join(sorted(_ACTIONS))}")
    present = {name: value for name, value in given.items() if value is not None}
    wanted = set(action.__struct_fields__)
    needed = {field.name for field in fields(action) if field.required}
    if missing := sorted(needed - present.keys()):
        raise error("MISSING_FIELDS", fields=", ".join(f"action.{name}" for name in missing))
    if unknown := sorted(present.keys() - wanted):
        raise error("UNKNOWN_FIELDS", fields=", ".join(f"action.{name}" for name in unknown))
    return action(**present)  # type: ignore[return-value]
