"""From the bytes of a body to the request object of an endpoint.

Two ways. `Schema.decode` is msgspec's decoder: a microsecond, right or wrong. Only when it says "wrong",
`Schema.explain` goes through the parsed body again, slowly, and finds the words (see `explain.py`). Both
agree on what is right, because each field's verdict is msgspec's in both.

The slow way also accepts two things that the fast one does not know: null for a field that may be absent,
and a field given twice (the last one counts).
"""

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, inspect

from gingham.api.explain import encode, explain, has_loose_numbers, join, short
from gingham.errors import error, invalid_field

# Nothing in the protocol is nested deeper than ten levels; what is would overflow somebody's stack some day.
MAX_DEPTH = 64

# In the OpenAPI document too it has no type: beside keys in headers, anything will do.
_Key = Annotated[Any, Meta(description="A string; does not matter where a header carries it.")]


class Request(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The base of all requests. Subclasses say `kw_only=True` again, so that required fields may follow
    optional ones.

    `client_id` and `secret` are for the kernel, which has its own errors for wrong ones, hence no type.
    Endpoints take the caller from `Call`.
    """

    client_id: _Key = UNSET
    secret: _Key = UNSET

    def __repr__(self) -> str:
        # A request holds keys, tokens and passwords, and what can be printed will be logged.
        return f"<{type(self).__name__}>"


R = TypeVar("R", bound=Request)


class Unread(Exception):  # noqa: N818 - no error yet: the slow way decides
    """The fast way found something wrong, or nothing it could vouch for."""


class Schema(Generic[R]):
    """How the body of one endpoint is read."""

    def __init__(self, request: type[R]) -> None:
        self._request = request
        self._decoder = msgspec.json.Decoder(request)
        self._vouches = not has_loose_numbers(inspect.type_info(request))

    def decode(self, body: bytes) -> R:
        """The fast way. Raises `Unread`."""
        if not self._vouches or _NUL in body or _brackets(body) > MAX_DEPTH:
            raise Unread
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unread from None

    def explain(self, fields: dict[str, Any]) -> R:
        """The slow way, from a parsed body (see `parse`). Raises the `PlaidError` that the body deserves."""
        explain(self._request, fields)
        body = encode(fields)
        if _NUL in body:
            _refuse_nul(fields)
        try:
            return self._decoder.decode(body)
        except msgspec.DecodeError as problem:
            # Every field is right by itself, so a rule of the whole object is broken: msgspec has the words.
            raise invalid_field(f"body is not valid: {problem}") from None


def parse(body: bytes) -> dict[str, Any]:
    """The body as an object of the language; numbers with a point become Decimals. Raises INVALID_BODY."""
    try:
        value = _PARSER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise error("INVALID_BODY") from None
    if not isinstance(value, dict):
        raise error("INVALID_BODY", message="body must be a JSON object")
    if _brackets(body) > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise error("INVALID_BODY", message=f"body must not be nested deeper than {MAX_DEPTH} levels")
    return value


_PARSER = msgspec.json.Decoder(float_hook=Decimal)
# How JSON writes the one character that PostgreSQL's text cannot hold.
_NUL = b"\\u0000"


def _brackets(body: bytes) -> int:
    """At least the depth of the body, for a tenth of a microsecond."""
    return body.count(b"[") + body.count(b"{")


def _depth(value: object) -> int:
    """How deep `value` is nested, found without recursion, since depth is what is to be judged."""
    depth = 0
    level = [value]
    while level:
        depth += 1
        members: list[object] = []
        for each in level:
            members.extend(
                each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
            )
        level = [each for each in members if isinstance(each, dict | list)]
    return depth


def _refuse_nul(value: object, path: str = "") -> None:
    """Raises INVALID_FIELD for the first text or name in `value` that holds U+0000."""
    if isinstance(value, str) and "\0" in value:
        raise invalid_field(f"{short(path)} must not contain the character U+0000")
    if isinstance(value, dict):
        for name, member in value.items():
            _refuse_nul(name, path)
            _refuse_nul(member, short(join(path, name)))
    if isinstance(value, list):
        for index, member in enumerate(value):
            _refuse_nul(member, short(f"{path}[{index}]"))
