"""What is wrong with a body, in the words and in the order of the protocol.

Missing fields first (all of them), then unknown ones (all of them), then types and formats, one at a time in
the order of the schema. Paths are dotted: `options.count`, `user.email`.

The verdict on a field is msgspec's, the words follow from the field's type or from its notes (see
`fields.py`). This is the slow way, gone only by bodies that the decoder refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct, inspect

from gingham.errors import PlaidError, error, invalid_field

# Signed 64 bits are what both databases keep.
MAX_INTEGER = 2**63 - 1
# Powers of ten between which an amount makes sense: crypto currencies have 18 decimals, no account holds
# 10^30 of anything.
MAX_EXPONENT = 30
# An error answers a mistake; it need not repeat a megabyte of mistakes.
MAX_NAMES = 20
MAX_NAME_LENGTH = 100

encode = msgspec.json.Encoder(decimal_format="number").encode


def explain(cls: type[Struct], fields: dict[str, Any]) -> None:
    """Raises the `PlaidError` that a parsed body of the type `cls` deserves.

    Returns when there is none, and has then dropped the nulls that mean absent.
    """
    missing: list[str] = []
    unknown: list[str] = []
    schema = _object(cls)
    schema.survey(fields, "", missing, unknown)
    if missing:
        raise error("MISSING_FIELDS", fields=_listed(missing))
    if unknown:
        raise error("UNKNOWN_FIELDS", fields=_listed(unknown))
    schema.check(fields, "")


class _Field:
    """One field of an object of the schema."""

    def __init__(self, field: msgspec.structs.FieldInfo, kind: inspect.Type) -> None:
        self.name = field.encode_name
        self.required = field.required
        self.kind, self.must, self.code = _unwrapped(kind)
        self.decoder = msgspec.json.Decoder(field.type)
        self.has_loose_numbers = has_loose_numbers(kind)
        alternatives = []
        for each in self.kind.types if isinstance(self.kind, inspect.UnionType) else (self.kind,):
            alternative, _, code = _unwrapped(each)
            alternatives.append(alternative)
            self.code = self.code or code
        # Null is absent, unless the type knows it or the field says that it may be UNSET but not null.
        self.null_is_absent = (
            not field.required
            and field.default is not UNSET
            and not any(isinstance(each, inspect.NoneType | inspect.AnyType) for each in alternatives)
        )
        structs = [each for each in alternatives if isinstance(each, inspect.StructType)]
        items = [_unwrapped(each.item_type)[0] for each in alternatives if isinstance(each, inspect.ListType)]
        item_structs = [each for each in items if isinstance(each, inspect.StructType)]
        self.object = _object(structs[0].cls) if len(structs) == 1 else None
        self.items = _object(item_structs[0].cls) if len(item_structs) == 1 else None

    def inside(self, value: object, path: str) -> Iterator[tuple[_Object, dict[str, Any], str]]:
        """The objects of the schema within this field's value, with their paths."""
        if self.object is not None and isinstance(value, dict):
            yield self.object, value, path
        if self.items is not None and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield self.items, item, f"{path}[{index}]"

    def problem(self, value: object, path: str) -> PlaidError | None:
        """What is wrong with the value, if anything is."""
        try:
            found = self.decoder.decode(encode(value))
        except msgspec.DecodeError:
            if self.code is not None:
                return error(self.code)
            return invalid_field(f"{path} must {self.must or _must(self.kind, value)}")
        if self.has_loose_numbers and not _holdable(found):
            return invalid_field(f"{path} must {self.must or _must(self.kind, None)}")
        return None


class _Object:
    """An object of the schema: its fields in order."""

    def __init__(self, cls: type[Struct]) -> None:
        self._cls = cls

    @cached_property
    def fields(self) -> dict[str, _Field]:
        kinds = cast("inspect.StructType", inspect.type_info(self._cls))
        infos = msgspec.structs.fields(self._cls)
        return {
            info.encode_name: _Field(info, kind.type) for info, kind in zip(infos, kinds.fields, strict=True)
        }

    def survey(self, value: dict[str, Any], path: str, missing: list[str], unknown: list[str]) -> None:
        """Collects the paths of missing and unknown fields at any depth, and drops nulls that mean absent."""
        if self._cls.__struct_config__.forbid_unknown_fields:
            unknown.extend(join(path, name) for name in value if name not in self.fields)
        for name, field in self.fields.items():
            if name not in value:
                if field.required:
                    missing.append(join(path, name))
            elif value[name] is None and field.null_is_absent:
                del value[name]
            else:
                for schema, inner, where in field.inside(value[name], join(path, name)):
                    schema.survey(inner, where, missing, unknown)

    def check(self, value: dict[str, Any], path: str) -> None:
        """Raises for the first field, in the order of the schema, whose value is wrong."""
        for name, field in self.fields.items():
            if name not in value:
                continue
            where = join(path, name)
            for schema, inner, inner_path in field.inside(value[name], where):
                schema.check(inner, inner_path)
            if problem := field.problem(value[name], where):
                raise problem


@cache
def _object(cls: type[Struct]) -> _Object:
    return _Object(cls)


def _must(kind: inspect.Type, value: object) -> str:
    """What a value of this type must do, in the words of the protocol, given the one that does not."""
    match kind:
        case inspect.Metadata():
            inner, must, _ = _unwrapped(kind)
            return must or _must(inner, value)
        case inspect.UnionType():
            told = (each for each in kind.types if not isinstance(each, inspect.NoneType))
            return " or ".join(dict.fromkeys(_must(each, value) for each in told))
        case inspect.IntType(ge=int(least), le=int(most)) if type(value) is int:
            return f"be an integer between {least} and {most}"
        case inspect.StrType(min_length=least, max_length=int(most)) if (
            isinstance(value, str) and len(value) > most
        ):
            return f"be a string of at most {most} characters"
        case inspect.StrType(min_length=int(least)) if least > 0:
            return "be a non-empty string"
        case inspect.ListType(min_length=least):
            article = "a non-empty" if least else "an"
            items = _PLURALS.get(type(_unwrapped(kind.item_type)[0]), "valid values")
            return f"be {article} array of {items}"
        case inspect.LiteralType(values=values):
            return f"be one of: {', '.join(map(str, values))}"
        case inspect.EnumType(cls=cls):
            return f"be one of: {', '.join(str(member.value) for member in cls)}"
        case _:
            return _MUST.get(type(kind), "have a valid value")


_MUST: dict[type[inspect.Type], str] = {
    inspect.BoolType: "be a boolean",
    inspect.DateTimeType: "be a string of the format 'YYYY-MM-DDTHH:mm:ssZ'",
    inspect.DateType: "be a string of the format 'YYYY-MM-DD'",
    inspect.DecimalType: "be a number",
    inspect.DictType: "be an object",
    inspect.FloatType: "be a number",
    inspect.IntType: "be an integer",
    inspect.StrType: "be a string",
    inspect.StructType: "be an object",
}
_PLURALS: dict[type[inspect.Type], str] = {
    inspect.IntType: "integers",
    inspect.StrType: "strings",
    inspect.StructType: "objects",
}


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, str | None, str | None]:
    """The type without its notes, and the notes: what it must do, and the code of its error."""
    must = code = None
    while isinstance(kind, inspect.Metadata):
        extra = kind.extra or {}
        must = must or extra.get("must")
        code = code or extra.get("code")
        kind = kind.type
    return kind, must, code


def has_loose_numbers(kind: inspect.Type, seen: frozenset[type] = frozenset()) -> bool:
    """Whether numbers can get in that no column holds: msgspec takes integers and Decimals of any size."""
    match kind:
        case inspect.DecimalType():
            return True
        case inspect.IntType(ge=least, gt=above, le=most, lt=below):
            return (least is None and above is None) or (most is None and below is None)
        case inspect.StructType(cls=cls, fields=fields):
            return cls not in seen and any(has_loose_numbers(each.type, seen | {cls}) for each in fields)
        case (
            inspect.Metadata(type=inner)
            | inspect.ListType(item_type=inner)
            | inspect.DictType(value_type=inner)
        ):
            return has_loose_numbers(inner, seen)
        case inspect.UnionType(types=types):
            return any(has_loose_numbers(each, seen) for each in types)
        case _:
            return False


def _holdable(value: object) -> bool:
    """Whether every number of a decoded value fits a column."""
    match value:
        case Decimal():
            exponent = value.as_tuple().exponent  # a letter for NaN and the infinities
            return (
                isinstance(exponent, int) and exponent >= -MAX_EXPONENT and value.adjusted() <= MAX_EXPONENT
            )
        case int():
            return -MAX_INTEGER <= value <= MAX_INTEGER
        case list():
            return all(map(_holdable, value))
        case dict():
            return all(map(_holdable, value.values()))
        case Struct():
            return all(map(_holdable, msgspec.structs.astuple(value)))
        case _:
            return True


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _listed(paths: list[str]) -> str:
    named = ", ".join(map(short, paths[:MAX_NAMES]))
    return named if len(paths) <= MAX_NAMES else f"{named} and {len(paths) - MAX_NAMES} more"


def short(path: str) -> str:
    return path if len(path) <= MAX_NAME_LENGTH else path[:MAX_NAME_LENGTH] + "…"
