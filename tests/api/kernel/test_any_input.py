"""No input whatever gives a 5xx: Hypothesis looks for one."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.kernel.world import Reply, world

TOYS = world()
ENDPOINTS = ["/toy/get", "/toy/configure", "/toy/token", "/toy/open", "/sandbox/toy/break", "/toy/refuse"]
NAMES = st.sampled_from(
    [
        "access_token",
        "start_date",
        "options",
        "count",
        "offset",
        "account_ids",
        "webhook",
        "client_id",
        "secret",
        "metadata",
        "user",
        "client_user_id",
        "overrides",
        "name",
        "amounts",
        "size",
        "ratio",
        "language",
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["2026-01-31", "en", "US", "https://a.example", "\0", "A" * 37, 10**40, 2**63]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(), inner, max_size=6),
    max_leaves=12,
)


def check(reply: Reply) -> None:
    assert reply.status in {200, 400, 404, 413}
    assert reply.json["request_id"] == reply.headers["plaid-request-id"]
    if reply.status != 200:
        assert {"error_type", "error_code", "error_message", "display_message"} <= reply.json.keys()


@settings(max_examples=200)
@given(path=st.sampled_from(ENDPOINTS), body=st.binary(max_size=200))
async def test_any_bytes(path: str, body: bytes) -> None:
    check(await TOYS.post(path, body))


@settings(max_examples=200)
@given(path=st.sampled_from(ENDPOINTS[:5]), body=st.dictionaries(NAMES, VALUES, max_size=8))
async def test_any_json(path: str, body: dict[str, Any]) -> None:
    check(await TOYS.post(path, body))


@settings(max_examples=200)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["Content-Type", "Plaid-Version", "Plaid-Client-Id", "Plaid-Secret", "Accept-Encoding"]
        ),
        st.text(st.characters(max_codepoint=255), max_size=40),
    )
)
async def test_any_headers(headers: dict[str, str]) -> None:
    check(await TOYS.call("POST", "/toy/get", headers, [b'{"access_token":"a","start_date":"2026-01-31"}']))


@settings(max_examples=100)
@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]))
async def test_any_path(path: str, method: str) -> None:
    check(await TOYS.call(method, "/" + path, {}))
