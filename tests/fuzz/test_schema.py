"""Schemathesis reads the server's own OpenAPI document, and holds the answers against it."""

import json

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from tests.fuzz.target import HEADERS, SHARE, Answer, Target, judge

from gingham.api import registry
from gingham.api.openapi import document

DOCUMENT = document(registry.load().served(test_kit=False))
schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT))


def test_the_live_server_serves_this_document(target: Target) -> None:
    assert target.send("/openapi.json", method="GET").body == DOCUMENT


@schema.parametrize()
@SHARE
def test_answers_are_as_described(case: schemathesis.Case, target: Target) -> None:
    keys = {name: value for name, value in HEADERS.items() if name.startswith("plaid-")}
    answer = case.call(base_url=f"http://127.0.0.1:{target.server.port}", headers=keys)

    target.count(answer.status_code)
    judge(Answer(answer.status_code, answer.headers["content-type"][0], answer.content))
    case.validate_response(
        answer,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ],
    )
