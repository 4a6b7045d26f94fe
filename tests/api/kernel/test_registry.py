"""The registry: one typed function per endpoint, and everything that is known about it in one row."""

import pytest
from msgspec import Struct
from tests.api.kernel.world import TOYS, Empty, GetRequest, GetResponse, Nothing, toy_get

from gingham.api.call import Answer, Call
from gingham.api.decode import Request
from gingham.api.registry import Registry, operation_id


def test_an_endpoint_is_described_by_its_function() -> None:
    toy = TOYS["/toy/get"]
    assert (toy.request, toy.response, toy.function) == (GetRequest, GetResponse, toy_get)
    assert (toy.summary, toy.description) == ("Gets a toy.", "The box is not part of it.")
    assert (toy.auth, toy.sandbox_only, toy.operation_id) == ("keys", False, "toyGet")


def test_sandbox_paths_are_sandbox_only() -> None:
    assert TOYS["/sandbox/toy/break"].sandbox_only


def test_an_answer_beside_a_response_object_leaves_the_object() -> None:
    assert TOYS["/toy/create"].response is Nothing
    assert TOYS["/toy/pdf"].response is None


def test_a_path_is_registered_once() -> None:
    registry = Registry()
    register = registry.endpoint("/twice", tag="T")

    async def twice(call: Call, request: Empty) -> Nothing:
        return Nothing()

    register(twice)
    with pytest.raises(ValueError, match="/twice is registered twice"):
        registry.endpoint("/twice", tag="T")(twice)


async def no_request(call: Call) -> Nothing:
    return Nothing()


async def no_response(call: Call, request: Empty):  # type: ignore[no-untyped-def]
    return Nothing()


async def not_an_object(call: Call, request: Empty) -> dict[str, str]:
    return {}


class Other(Struct):
    pass


async def two_objects(call: Call, request: Empty) -> Nothing | Other | Answer:
    return Nothing()


async def two_requests(call: Call, request: Empty, second: Request) -> Nothing:
    return Nothing()


@pytest.mark.parametrize("function", [no_request, no_response, not_an_object, two_objects, two_requests])
def test_annotations_that_say_too_little_are_refused(function: object) -> None:
    with pytest.raises(TypeError, match="/odd"):
        Registry().endpoint("/odd", tag="T")(function)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("path", "name"),
    [("/accounts/get", "accountsGet"), ("/sandbox/public_token/create", "sandboxPublicTokenCreate")],
)
def test_operations_are_named_as_in_the_official_clients(path: str, name: str) -> None:
    assert operation_id(path) == name
