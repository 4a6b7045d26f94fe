"""The OpenAPI document says what is served."""

from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.api.kernel.world import TOYS, World


@pytest.fixture
async def document(toys: World) -> Any:
    reply = await toys.call("GET", "/openapi.json", {})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    return msgspec.json.decode(reply.plain)


async def test_the_document_is_valid(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()


async def test_every_endpoint_is_in_the_document(document: Any) -> None:
    assert list(document["paths"]) == sorted(TOYS)
    toy = document["paths"]["/toy/get"]["post"]
    assert (toy["operationId"], toy["tags"], toy["summary"]) == ("toyGet", ["Toys"], "Gets a toy.")


async def test_requests_refuse_unknown_fields_and_take_keys(document: Any) -> None:
    schema = document["components"]["schemas"]["GetRequest"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["access_token", "start_date"]
    assert {"client_id", "secret"} <= schema["properties"].keys()


async def test_what_may_be_null_is_said_to(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert {"type": "null"} in schemas["GetOptions"]["properties"]["count"]["anyOf"]
    assert schemas["GetRequest"]["properties"]["options"] == {"$ref": "#/components/schemas/GetOptions"}


async def test_amounts_are_numbers(document: Any) -> None:
    amounts = document["components"]["schemas"]["ConfigureResponse"]["properties"]["amounts"]
    assert amounts == {"type": "array", "items": {"type": "number"}}


async def test_every_response_object_has_a_request_id(document: Any) -> None:
    answered = document["paths"]["/toy/get"]["post"]["responses"]["2XX"]["content"]["application/json"][
        "schema"
    ]
    names = ["GetResponse", "RequestId"]
    assert answered == {"allOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}
    assert document["components"]["schemas"]["RequestId"]["required"] == ["request_id"]
    assert "request_id" in document["components"]["schemas"]["Error"]["required"]


async def test_only_open_endpoints_need_no_keys(document: Any) -> None:
    assert document["paths"]["/toy/open"]["post"]["security"] == []
    assert "security" not in document["paths"]["/toy/get"]["post"]


async def test_bytes_are_described_by_their_content_type(document: Any) -> None:
    assert list(document["paths"]["/toy/pdf"]["post"]["responses"]["2XX"]["content"]) == ["application/pdf"]


async def test_the_document_is_made_once(toys: World) -> None:
    first, second = [await toys.call("GET", "/openapi.json", {}) for _ in range(2)]
    assert first.body == second.body
