"""The transport (Plaid docs: API, protocol headers): paths, methods, headers, versions, compression,
failures.
"""

import gzip
import logging
import re
from typing import Any

import pytest
from msgspec import Struct
from tests.api.kernel.world import CLIENT_ID, KEYS, World, world

from gingham.api.call import Answer
from gingham.errors import error

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/toy/get/", "/TOY/GET", "//toy/get", "/toy", "/toy/get\0"]
)
async def test_an_unknown_path_is_not_found(toys: World, path: str) -> None:
    assert (await toys.post(path)).error == (404, "NOT_FOUND", "not found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
async def test_a_wrong_method_is_not_found(toys: World, method: str) -> None:
    assert (await toys.call(method, "/toy/get", {**KEYS, **JSON}, [b"{}"])).error[:2] == (404, "NOT_FOUND")


async def test_an_error_has_every_key_of_the_envelope_in_alphabetical_order(toys: World) -> None:
    reply = await toys.post("/toy/refuse", {"code": "ITEM_LOCKED"})
    body = reply.json
    assert list(body) == sorted(body)
    assert body["request_id"] == reply.headers["plaid-request-id"]
    assert {**body, "error_message": "", "display_message": "", "request_id": ""} == {
        "display_message": "",
        "documentation_url": "https://plaid.com/docs/errors/item/#item_locked",
        "error_code": "ITEM_LOCKED",
        "error_code_reason": None,
        "error_message": "",
        "error_type": "ITEM_ERROR",
        "request_id": "",
        "suggested_action": None,
    }


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TRANSACTIONS_LIMIT", 429),
        ("PLANNED_MAINTENANCE", 503),
        ("NO_LONGER_AVAILABLE", 404),
        ("ITEM_LOCKED", 400),
    ],
)
async def test_an_error_of_an_endpoint_has_its_status(toys: World, code: str, status: int) -> None:
    assert (await toys.post("/toy/refuse", {"code": code})).error[:2] == (status, code)


async def test_every_answer_has_its_own_request_id(toys: World) -> None:
    replies = [
        await toys.post(path) for path in ("/toy/open", "/toy/create", "/nowhere", "/toy/crash", "/toy/get")
    ]
    ids = [reply.json["request_id"] for reply in replies]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[A-Za-z0-9]{15}", each) for each in ids)


async def test_the_headers_of_an_answer(toys: World) -> None:
    reply = await toys.post("/toy/open")
    assert reply.body == b'{"request_id":"%b"}' % reply.headers["plaid-request-id"].encode()
    assert reply.headers == {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(reply.body)),
        "plaid-request-id": reply.json["request_id"],
        "plaid-version": "2020-09-14",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-xss-protection": "1; mode=block",
    }


async def test_only_https_promises_https(toys: World) -> None:
    reply = await toys.call("POST", "/toy/open", JSON, [b"{}"], scheme="https")
    assert reply.headers["strict-transport-security"].startswith("max-age=")


async def test_bytes_go_out_as_they_are_with_the_request_id_in_a_header(toys: World) -> None:
    reply = await toys.post("/toy/pdf")
    assert (reply.status, reply.body) == (200, b"%PDF-1.7")
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["plaid-content-hash"] == "abc"
    assert len(reply.headers["plaid-request-id"]) == 15


async def test_an_endpoint_may_choose_its_status(toys: World) -> None:
    reply = await toys.post("/toy/create")
    assert (reply.status, list(reply.json)) == (201, ["request_id"])


async def test_rows_may_be_encoded_beforehand(toys: World) -> None:
    reply = await toys.post("/toy/list")
    assert len(reply.json["toys"]) == 1000
    assert reply.json["request_id"] == reply.headers["plaid-request-id"]


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "deflate,gzip"])
async def test_a_long_answer_is_compressed_when_asked(toys: World, accepted: str) -> None:
    reply = await toys.post("/toy/list", headers={"Accept-Encoding": accepted})
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["content-length"] == str(len(reply.body))
    assert len(gzip.decompress(reply.body)) > 10 * len(reply.body)
    assert len(reply.json["toys"]) == 1000


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "xgzip"])
async def test_no_answer_is_compressed_unasked(toys: World, accepted: str) -> None:
    assert (
        "content-encoding"
        not in (await toys.post("/toy/list", headers={"Accept-Encoding": accepted})).headers
    )


async def test_a_short_answer_is_not_worth_compressing(toys: World) -> None:
    assert (
        "content-encoding" not in (await toys.post("/toy/open", headers={"Accept-Encoding": "gzip"})).headers
    )


@pytest.mark.parametrize("version", ["2019-05-29", "2018-05-22", "2017-03-08", "2030-01-01", "latest", ""])
async def test_a_version_that_is_not_served_is_refused(toys: World, version: str) -> None:
    status, code, message = (await toys.post("/toy/open", headers={"Plaid-Version": version})).error
    assert (status, code) == (400, "INVALID_HEADERS")
    assert "Plaid-Version" in message
    assert "2020-09-14" in message


async def test_the_served_version_is_accepted(toys: World) -> None:
    assert (await toys.post("/toy/open", headers={"Plaid-Version": "2020-09-14"})).status == 200


@pytest.mark.parametrize("path", ["/toy/crash", "/toy/mumble"])
async def test_a_bug_is_logged_with_the_request_id_and_not_told(
    toys: World, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await toys.post(path)
    assert reply.error == (500, "INTERNAL_SERVER_ERROR", "an unexpected error occurred")
    assert "wheel" not in reply.body.decode()
    assert reply.json["request_id"] in caplog.text


async def test_a_client_that_leaves_before_its_body_is_complete_gets_no_answer(toys: World) -> None:
    assert (await toys.call("POST", "/toy/get", {**KEYS, **JSON}, [])).status == 0


async def test_a_client_that_leaves_before_its_answer_does_no_harm(toys: World) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        raise OSError("gone")

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/toy/open",
        "headers": [(b"content-type", b"application/json")],
    }
    await toys.kernel(scope, receive, send)
    assert [told["status"] for told in toys.seen] == [200]


async def test_a_websocket_is_turned_away(toys: World) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    await toys.kernel({"type": "websocket", "path": "/toy/get", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1000}]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health_is_ok_by_default(toys: World, method: str) -> None:
    reply = await toys.call(method, "/health", {})
    assert (reply.status, reply.json["status"]) == (200, "ok")


async def test_health_can_say_no() -> None:
    async def down() -> Struct | Answer:
        raise error("PLANNED_MAINTENANCE")

    assert (await world(health=down).call("GET", "/health", {})).error[:2] == (503, "PLANNED_MAINTENANCE")


async def test_every_answer_is_observed(toys: World) -> None:
    await toys.post("/toy/open")
    await toys.post("/toy/refuse", {"code": "ITEM_LOCKED"})
    await toys.post("/nowhere")
    told = [
        (each["path"], each["status"], each["client_id"], each["environment"], each["error_code"])
        for each in toys.seen
    ]
    assert told == [
        ("/toy/open", 200, "", "", ""),
        ("/toy/refuse", 400, CLIENT_ID, "sandbox", "ITEM_LOCKED"),
        ("/nowhere", 404, "", "", "NOT_FOUND"),
    ]
    assert all(len(each["request_id"]) == 15 and each["duration_us"] >= 0 for each in toys.seen)
