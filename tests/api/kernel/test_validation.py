"""What a body must be, and in which order and words a client is told (Plaid docs: Errors, Invalid Request)."""

import pytest
from tests.api.kernel.world import ACCOUNT_ID, CLIENT_ID, KEYS, SANDBOX_SECRET, World

GOOD = {"access_token": "access-sandbox-1", "start_date": "2026-01-31"}
CONFIGURED = {"language": "en", "country_codes": ["US"], "user": {"client_user_id": "u1"}}
ID_RULE = "must be a non-empty array of valid account ids"


async def test_a_good_body_is_answered(toys: World) -> None:
    reply = await toys.post("/toy/get", {**GOOD, "options": {"count": 5}, "webhook": "https://a.example/h"})
    assert reply.status == 200
    assert reply.json == {
        "count": 5,
        "webhook": "https://a.example/h",
        "client_id": CLIENT_ID,
        "environment": "sandbox",
        "request_id": reply.headers["plaid-request-id"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"client_id=1&secret=2",
        b"\xff",
        b'{"access_token": "\xff"}',
        b'{"a": NaN}',
        b"{'a': 1}",
        b'{"a": "\\ud800"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": 1e}',
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"9" * 5000,
        b'{"a": "\x00"}',
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b" ",
        b"",
    ],
)
async def test_what_is_not_json_is_refused(toys: World, body: bytes) -> None:
    assert (await toys.post("/toy/get", body)).error == (
        400,
        "INVALID_BODY",
        "body could not be parsed as JSON",
    )


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"1", b"true"])
async def test_json_that_is_no_object_is_refused(toys: World, body: bytes) -> None:
    assert (await toys.post("/toy/get", body)).error == (400, "INVALID_BODY", "body must be a JSON object")


async def test_a_missing_content_type_is_refused(toys: World) -> None:
    status, code, message = (await toys.post("/toy/get", GOOD, content_type=None)).error
    assert (status, code) == (400, "INVALID_HEADERS")
    assert "Content-Type" in message


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
async def test_another_content_type_is_refused(toys: World, content_type: str) -> None:
    assert (await toys.post("/toy/get", GOOD, content_type=content_type)).error[:2] == (400, "INVALID_BODY")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
async def test_json_may_be_named_with_a_charset_and_in_any_case(toys: World, content_type: str) -> None:
    assert (await toys.post("/toy/get", GOOD, content_type=content_type)).status == 200


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/toy/get", {}, "access_token, start_date"),
        ("/toy/get", {"start_date": "nonsense", "what": 1}, "access_token"),
        ("/toy/configure", {"language": "en", "country_codes": ["US"], "user": {}}, "user.client_user_id"),
        ("/toy/configure", {**CONFIGURED, "overrides": [{"name": "a"}, {}]}, "overrides[1].name"),
        ("/toy/configure", {}, "language, country_codes, user"),
    ],
)
async def test_all_missing_fields_are_named(toys: World, path: str, body: object, fields: str) -> None:
    expected = f"the following required fields are missing: {fields}"
    assert (await toys.post(path, body)).error == (400, "MISSING_FIELDS", expected)


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/toy/get", {**GOOD, "colour": 1}, "colour"),
        ("/toy/get", {**GOOD, "colour": 1, "options": {"sort": 1, "count": "x"}}, "colour, options.sort"),
        (
            "/toy/configure",
            {**CONFIGURED, "user": {"client_user_id": "1", "email": "a@b.example"}},
            "user.email",
        ),
        ("/toy/configure", {**CONFIGURED, "overrides": [{"name": "a", "x": 1}]}, "overrides[0].x"),
        ("/toy/open", {"x": 1}, "x"),
    ],
)
async def test_all_unknown_fields_are_named_by_path(
    toys: World, path: str, body: object, fields: str
) -> None:
    expected = f"the following fields are not recognized by this endpoint: {fields}"
    assert (await toys.post(path, body)).error == (400, "UNKNOWN_FIELDS", expected)


async def test_the_answer_to_very_many_mistakes_stays_short(toys: World) -> None:
    reply = await toys.post("/toy/get", {**GOOD, **{f"x{n:0200}": 0 for n in range(1000)}})
    assert reply.error[1] == "UNKNOWN_FIELDS"
    assert "and 980 more" in reply.error[2]
    assert len(reply.body) < 4000


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"options": {"count": "5"}}, "options.count must be an integer"),
        ({"options": {"count": 1.5}}, "options.count must be an integer"),
        ({"options": {"count": True}}, "options.count must be an integer"),
        ({"options": {"count": 501}}, "options.count must be an integer between 1 and 500"),
        ({"options": {"count": 10**30}}, "options.count must be an integer between 1 and 500"),
        ({"options": {"offset": "a"}}, "options.offset must be an integer"),
        ({"options": {"offset": -1}}, "options.offset must be an integer between 0 and 2147483647"),
        ({"options": {"offset": "a", "count": "b"}}, "options.count must be an integer"),
        ({"options": None}, "options must be an object"),
        ({"options": []}, "options must be an object"),
        ({"options": "all"}, "options must be an object"),
        ({"options": {"account_ids": []}}, f"options.account_ids {ID_RULE}"),
        ({"options": {"account_ids": "x"}}, f"options.account_ids {ID_RULE}"),
        ({"options": {"account_ids": [None]}}, f"options.account_ids {ID_RULE}"),
        ({"options": {"account_ids": [ACCOUNT_ID, "bad id"]}}, f"options.account_ids {ID_RULE}"),
        ({"options": {"webhook": "invalid-hook"}}, "options.webhook must be a non-empty string URL"),
        ({"start_date": "31.01.2026"}, "start_date must be a string of the format 'YYYY-MM-DD'"),
        ({"start_date": "2026-02-30"}, "start_date must be a string of the format 'YYYY-MM-DD'"),
        ({"start_date": ""}, "start_date must be a string of the format 'YYYY-MM-DD'"),
        ({"start_date": 20260131}, "start_date must be a string of the format 'YYYY-MM-DD'"),
        ({"start_date": None}, "start_date must be a string of the format 'YYYY-MM-DD'"),
        ({"access_token": ""}, "access_token must be a properly formatted, non-empty string"),
        ({"access_token": None}, "access_token must be a properly formatted, non-empty string"),
        ({"access_token": 1}, "access_token must be a properly formatted, non-empty string"),
        ({"access_token": 1, "start_date": 2}, "access_token must be a properly formatted, non-empty string"),
        ({"webhook": "ABCDEFG1234567"}, "webhook must be a non-empty string URL"),
        ({"webhook": ""}, "webhook must be a non-empty string URL"),
        ({"webhook": "https://a.example/ x"}, "webhook must be a non-empty string URL"),
        ({"webhook": "https://a.example/\n"}, "webhook must be a non-empty string URL"),
        ({"webhook": "." * 500_000 + " "}, "webhook must be a non-empty string URL"),
        ({"account_id": "short"}, "account_id must be a valid account ID"),
        ({"account_id": ACCOUNT_ID + "\n"}, "account_id must be a valid account ID"),
        ({"metadata": []}, "metadata must be an object"),
        ({"metadata": {"a": [{"b": "\0"}]}}, "metadata.a[0].b must not contain the character U+0000"),
        ({"metadata": {"a": {"\0": 1}}}, "metadata.a must not contain the character U+0000"),
        ({"access_token": "access-\0"}, "access_token must not contain the character U+0000"),
    ],
)
async def test_one_wrong_field_is_named_with_its_rule(
    toys: World, change: dict[str, object], problem: str
) -> None:
    assert (await toys.post("/toy/get", {**GOOD, **change})).error == (400, "INVALID_FIELD", problem)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"language": "xx"}, "language must be a supported language"),
        (
            {"country_codes": "US"},
            "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
        ),
        (
            {"country_codes": []},
            "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
        ),
        (
            {"country_codes": ["XX"]},
            "country_codes must be a non-empty array of supported ISO-3166-1 alpha-2 country codes",
        ),
        ({"user": {"client_user_id": ""}}, "user.client_user_id must be a non-empty string"),
        ({"mode": "warp"}, "mode must be one of: fast, slow"),
        ({"overrides": "x"}, "overrides must be an array of objects"),
        ({"overrides": ["x"]}, "overrides must be an array of objects"),
        ({"overrides": [{"name": 1}]}, "overrides[0].name must be a string"),
        ({"overrides": [{"name": "a", "tags": [1]}]}, "overrides[0].tags must be an array of strings"),
        ({"amounts": ["NaN"]}, "amounts must be an array of valid values"),
        ({"size": 2**63}, "size must be an integer"),
        ({"size": "1"}, "size must be an integer"),
        ({"ratio": "1"}, "ratio must be a number"),
        ({"silent": "yes"}, "silent must be a boolean"),
        ({"names": "x"}, "names must either be null or a list of strings"),
    ],
)
async def test_rules_follow_from_types_and_notes(
    toys: World, change: dict[str, object], problem: str
) -> None:
    assert (await toys.post("/toy/configure", {**CONFIGURED, **change})).error == (
        400,
        "INVALID_FIELD",
        problem,
    )


async def test_an_object_may_have_its_own_code_for_a_wrong_shape(toys: World) -> None:
    expected = (400, "INVALID_CONFIGURATION", "please ensure that the request body is formatted correctly")
    assert (await toys.post("/toy/configure", {**CONFIGURED, "user": "u1"})).error == expected


@pytest.mark.parametrize("amount", [b"1E+999999999", b"1e31", b'"Infinity"', b"1e-31", b"0." + b"1" * 1000])
async def test_amounts_that_no_ledger_holds_are_refused(toys: World, amount: bytes) -> None:
    body = b'{"language":"en","country_codes":["US"],"user":{"client_user_id":"u"},"amounts":[%b]}' % amount
    assert (await toys.post("/toy/configure", body)).error[:2] == (400, "INVALID_FIELD")


async def test_amounts_come_back_as_they_were_sent(toys: World) -> None:
    amounts = b'"amounts":[0.10,410,12345678901234567.89]'
    body = b'{"language":"en","country_codes":["US"],"user":{"client_user_id":"u"},%b}' % amounts
    assert (await toys.post("/toy/configure", body)).body.startswith(b"{%b," % amounts)


@pytest.mark.parametrize(
    "webhook", ["examplewebhook.com", "localhost:3000", "https://a.example/h?x=1", "http://[::1]/"]
)
async def test_urls_need_a_scheme_a_dot_or_a_port(toys: World, webhook: str) -> None:
    assert (await toys.post("/toy/get", {**GOOD, "webhook": webhook})).status == 200


@pytest.mark.parametrize(
    "token", ["junk", "link-sandbox-1", "access-sandbox-3d1f2c4b-0000-4000-8000-000000000000", ""]
)
async def test_a_malformed_link_token_is_an_invalid_field(toys: World, token: str) -> None:
    assert (await toys.post("/toy/token", {"link_token": token})).error[:2] == (400, "INVALID_FIELD")


async def test_null_for_an_optional_field_is_as_good_as_absent(toys: World) -> None:
    body = {**GOOD, "webhook": None, "account_id": None, "options": {"count": None, "account_ids": None}}
    assert (await toys.post("/toy/get", body)).json["count"] == 100


async def test_of_a_field_that_is_given_twice_the_last_one_counts(toys: World) -> None:
    body = (
        b'{"access_token":1,"access_token":"access-sandbox-1","start_date":"2026-01-31",'
        b'"options":{"count":"x","count":7}}'
    )
    assert (await toys.post("/toy/get", body)).json["count"] == 7


async def test_a_backslash_before_u0000_is_no_nul(toys: World) -> None:
    assert (await toys.post("/toy/get", {**GOOD, "metadata": {"a": "\\u0000"}})).status == 200


async def test_nesting_has_a_limit(toys: World) -> None:
    deep = b'{"access_token":"a","start_date":"2026-01-31","metadata":{"a":' + b"[" * 200 + b"]" * 200 + b"}}"
    assert (await toys.post("/toy/get", deep)).error == (
        400,
        "INVALID_BODY",
        "body must not be nested deeper than 64 levels",
    )


async def test_many_small_objects_are_not_deep(toys: World) -> None:
    assert (await toys.post("/toy/get", {**GOOD, "metadata": {"a": [{}] * 500}})).status == 200


async def test_wrong_keys_come_before_wrong_fields(toys: World) -> None:
    wrong = {**KEYS, "PLAID-SECRET": "0" * 30}
    assert (await toys.post("/toy/get", {"what": 1}, keys=wrong)).error[1] == "INVALID_API_KEYS"
    assert (await toys.post("/toy/get", {"what": 1}, keys={})).error[1] == "MISSING_FIELDS"
    assert "client_id, secret" in (await toys.post("/toy/get", {"what": 1}, keys={})).error[2]


async def test_broken_json_comes_before_wrong_keys(toys: World) -> None:
    assert (await toys.post("/toy/get", b"{", keys={})).error[1] == "INVALID_BODY"


async def test_keys_in_the_body_are_no_unknown_fields(toys: World) -> None:
    body = {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET}
    assert (await toys.post("/toy/get", {**GOOD, **body}, keys={})).status == 200
    assert (await toys.post("/toy/get", body, keys={})).error[2].endswith(": access_token, start_date")


async def test_a_body_of_the_limit_is_read_and_a_longer_one_is_not(toys: World) -> None:
    padding = 1024 * 1024 - len(b'{"x":""}')
    assert (await toys.post("/toy/open", b'{"x":"' + b"a" * padding + b'"}')).error[1] == "UNKNOWN_FIELDS"
    assert (await toys.post("/toy/open", b'{"x":"' + b"a" * (padding + 1) + b'"}')).error[:2] == (
        413,
        "INVALID_BODY",
    )


async def test_a_body_that_is_too_long_is_not_read_to_its_end(toys: World) -> None:
    headers = {**KEYS, "Content-Type": "application/json"}
    reply = await toys.call("POST", "/toy/get", headers, [b"a" * 65536] * 100)
    assert reply.error[:2] == (413, "INVALID_BODY")
    # A client that is still sending would lose the answer with the connection.
    assert "connection" not in reply.headers
    assert len(toys.unread) == 83


async def test_a_body_may_come_in_pieces(toys: World) -> None:
    headers = {**KEYS, "Content-Type": "application/json"}
    pieces = [b'{"access_token":"a",', b"", b'"start_date":"2026-01-31"}']
    assert (await toys.call("POST", "/toy/get", headers, pieces)).status == 200


@pytest.mark.parametrize("body", [b"", b"null", b"{}"])
async def test_an_endpoint_may_take_no_body(toys: World, body: bytes) -> None:
    assert (await toys.post("/toy/open", body, keys={})).status == 200


async def test_no_body_needs_no_content_type(toys: World) -> None:
    assert (await toys.post("/toy/open", b"", keys={}, content_type=None)).status == 200
    assert (await toys.post("/toy/open", b"{}", keys={}, content_type=None)).error[1] == "INVALID_HEADERS"


def test_a_request_does_not_print_what_it_holds() -> None:
    from tests.api.kernel.world import RefuseRequest

    assert "hunter2" not in repr(RefuseRequest(code="hunter2", secret="hunter2"))
