"""The API's own OpenAPI 3.1 document, made from the registry: what is served is what is described."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gingham import __version__
from gingham.api.call import VERSION
from gingham.api.registry import Endpoint

_ENVELOPE = {
    "title": "Error",
    "type": "object",
    "description": "What every answer holds whose status is not 2xx.",
    "properties": {
        "causes": {"type": "array", "items": {"type": "object"}},
        "display_message": {"type": ["string", "null"]},
        "documentation_url": {"type": "string"},
        "error_code": {"type": "string"},
        "error_code_reason": {"type": ["string", "null"]},
        "error_message": {"type": "string"},
        "error_type": {"type": "string"},
        "request_id": {"type": "string"},
        "suggested_action": {"type": ["string", "null"]},
    },
    "required": ["display_message", "error_code", "error_message", "error_type", "request_id"],
}
_REQUEST_ID = {
    "title": "RequestId",
    "type": "object",
    "description": "What every JSON answer holds beside the response object.",
    "properties": {"request_id": {"type": "string", "pattern": "^[A-Za-z0-9]{15}$"}},
    "required": ["request_id"],
}
_ERROR = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
_SECURITY_SCHEMES = {
    "clientId": {"type": "apiKey", "in": "header", "name": "PLAID-CLIENT-ID"},
    "secret": {"type": "apiKey", "in": "header", "name": "PLAID-SECRET"},
}
# Keys in headers, or (the empty alternative) `client_id` and `secret` in the body.
_SECURITY: list[dict[str, list[str]]] = [{"clientId": [], "secret": []}, {}]


def document(endpoints: Mapping[str, Endpoint]) -> bytes:
    """The document as JSON."""
    listed = [endpoints[path] for path in sorted(endpoints)]
    responses = (each.response for each in listed if each.response is not None)
    types = dict.fromkeys([*(each.request for each in listed), *responses])
    refs, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    ref_of = dict(zip(types, refs, strict=True))
    schemas = {name: _as_served(schema) for name, schema in schemas.items()}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Gingham", "version": __version__, "description": f"Plaid-Version {VERSION}."},
            "tags": [{"name": tag} for tag in sorted({each.tag for each in listed})],
            "security": _SECURITY,
            "paths": {each.path: {"post": _operation(each, ref_of)} for each in listed},
            "components": {
                "schemas": {**schemas, "Error": _ENVELOPE, "RequestId": _REQUEST_ID},
                "securitySchemes": _SECURITY_SCHEMES,
            },
        }
    )


def _operation(endpoint: Endpoint, ref_of: Mapping[type, dict[str, Any]]) -> dict[str, Any]:
    taken = ref_of[endpoint.request]
    if endpoint.accepts_empty_body:
        taken = {"anyOf": [taken, {"type": "null"}]}
    answered: dict[str, Any] = {"type": "string", "format": "binary"}
    if endpoint.response is not None:
        answered = {"allOf": [ref_of[endpoint.response], {"$ref": "#/components/schemas/RequestId"}]}
    operation: dict[str, Any] = {
        "operationId": endpoint.operation_id,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "requestBody": {
            "required": not endpoint.accepts_empty_body,
            "content": {"application/json": {"schema": taken}},
        },
        "responses": {
            "2XX": {"description": "Success.", "content": {endpoint.produces: {"schema": answered}}},
            "default": {"description": "The call failed; `error_type` and `error_code` say why.", **_ERROR},
        },
    }
    if endpoint.auth == "none":
        operation["security"] = []
    return operation


def _as_served(schema: Any) -> Any:
    """A schema of msgspec's with two things of ours: amounts are numbers, and null is as good as absent
    (see `fields.py`).
    """
    if isinstance(schema, list):
        return [_as_served(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {**{key: value for key, value in schema.items() if key != "format"}, "type": "number"}
    served = {key: _as_served(value) for key, value in schema.items()}
    if served.get("additionalProperties") is False:
        # Only objects of requests are closed, and in them what has a default but null may be null all the
        # same.
        served["properties"] = {
            name: {"anyOf": [each, {"type": "null"}]} if each.get("default") is not None else each
            for name, each in served["properties"].items()
        }
    return served
