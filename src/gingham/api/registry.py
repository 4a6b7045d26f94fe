"""The endpoints of the API: one typed function each, listed once.

Whatever needs to know the endpoints (the kernel's routes, the OpenAPI document, the Hub's actions) reads
this registry.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from gingham.api.call import Answer
from gingham.api.decode import Request

TEST_KIT = "Test kit"
"""The tag of endpoints that are there for tests alone."""

Auth = Literal["keys", "none"]
Function = Callable[..., Awaitable[Struct | Answer]]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint.

    `function(call, request)` answers with a `response` object or an `Answer`. `response` is None where the
    body is not JSON but `produces`. `operation_id` is the path in camel case, as the official clients name
    their methods.
    """

    path: str
    tag: str
    summary: str
    description: str
    operation_id: str
    request: type[Request]
    response: type[Struct] | None
    function: Function
    auth: Auth = "keys"
    sandbox_only: bool = False
    accepts_empty_body: bool = False
    produces: str = "application/json"


class Registry(dict[str, Endpoint]):
    """Endpoints by path."""

    def endpoint(
        self,
        path: str,
        *,
        tag: str,
        auth: Auth = "keys",
        sandbox_only: bool | None = None,
        accepts_empty_body: bool = False,
        produces: str = "application/json",
    ) -> Callable[[F], F]:
        """Registers `async def name(call: Call, request: SomeRequest) -> SomeResponse`.

        The first line of its docstring is the summary, the rest the description. `auth="none"` asks for no
        keys. `sandbox_only` (by default: whether the path begins with /sandbox/) refuses keys of
        production. `accepts_empty_body` takes no body at all, or `null`, for `{}`. `produces` is the
        content type of an endpoint that answers with bytes.

        Raises `ValueError` for a path that is taken and `TypeError` for annotations that say too little.
        """

        def register(function: F) -> F:
            if path in self:
                raise ValueError(f"{path} is registered twice")
            request, response = _signature(path, function)
            summary, _, description = (inspect.getdoc(function) or "").partition("\n")
            self[path] = Endpoint(
                path=path,
                tag=tag,
                summary=summary,
                description=description.strip(),
                operation_id=operation_id(path),
                request=request,
                response=response,
                function=function,
                auth=auth,
                sandbox_only=path.startswith("/sandbox/") if sandbox_only is None else sandbox_only,
                accepts_empty_body=accepts_empty_body,
                produces=produces,
            )
            return function

        return register

    def served(self, *, test_kit: bool) -> "Registry":
        """Those that a server answers: the test kit's only where it was started with the kit."""
        return Registry({path: each for path, each in self.items() if test_kit or each.tag != TEST_KIT})


REGISTRY = Registry()
endpoint = REGISTRY.endpoint


def load() -> Registry:
    """Imports every module of this room, so that each has registered its endpoints, and returns the
    registry.
    """
    package = importlib.import_module("gingham.api")
    for module in pkgutil.iter_modules(package.__path__, "gingham.api."):
        importlib.import_module(module.name)
    return REGISTRY


def operation_id(path: str) -> str:
    """`/sandbox/public_token/create` -> `sandboxPublicTokenCreate`."""
    first, *rest = path.strip("/").replace("/", "_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def _signature(path: str, function: Function) -> tuple[type[Request], type[Struct] | None]:
    hints = get_type_hints(function)
    returned = _alternatives(hints.pop("return", None))
    requests = [hint for hint in hints.values() if isinstance(hint, type) and issubclass(hint, Request)]
    responses = [hint for hint in returned if isinstance(hint, type) and issubclass(hint, Struct)]
    if len(requests) != 1 or not responses or len(responses) != len(returned):
        raise TypeError(f"{path}: annotate one Request to take and a Struct or an Answer to return")
    objects = [response for response in responses if response is not Answer]
    if len(objects) > 1:
        raise TypeError(f"{path}: an endpoint has one response object")
    return requests[0], objects[0] if objects else None


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
