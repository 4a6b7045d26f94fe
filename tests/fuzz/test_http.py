"""What is hardly HTTP any more: paths and methods of nobody, endless headers, requests that make no sense.

The protocol's error object is the answer here too, for clients read nothing else.
"""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.target import HEADERS, SHARE, Target, judge

from gingham.api import registry

PATHS = sorted(registry.load())
METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

segment = st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@%", max_size=20)
paths = st.lists(segment, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts))
misspelt = st.tuples(
    st.sampled_from(PATHS), st.sampled_from(["/", "//", "/.", "/..", "%00", "%2f", "%ff", ";x", ".json", "x"])
).map("".join)
firsts = st.tuples(st.sampled_from(["/link", "/hub", "/dashboard", "/gingham", "/static"]), paths).map(
    "".join
)


@SHARE
@given(paths | misspelt | firsts, st.sampled_from(["POST", *METHODS]))
def test_a_path_of_nobody_is_not_found(target: Target, path: str, method: str) -> None:
    answer = target.send(path, b"{}", method=method)

    assert answer.status == 404, (method, path)
    if method != "HEAD":
        assert judge(answer)["error_code"] == "NOT_FOUND"


@pytest.mark.parametrize("path", PATHS)
def test_a_method_of_nobody_is_not_found(target: Target, path: str) -> None:
    for method in METHODS:
        answer = target.send(path, b"", method=method)
        assert answer.status == 404
        if method != "HEAD":
            assert judge(answer)["error_code"] == "NOT_FOUND"


HEAD = b"POST /item/get HTTP/1.1\r\nhost: x\r\n"
LAST = b"host: x\r\nconnection: close\r\n"
STRANGE = {
    "words": b"\r\n\r\n\r\nhello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
    "a method of another protocol": b"BREW /coffee HTTP/1.1\r\nhost: x\r\n\r\n",
    "a version to come": b"POST /item/get HTTP/9.9\r\nhost: x\r\n\r\n",
    "a version of old": b"GET /x HTTP/1.0\r\n\r\n",
    "a header without a colon": b"POST /item/get HTTP/1.1\r\nhost x\r\n\r\n",
    "a negative length": HEAD + b"content-length: -1\r\n\r\n",
    "an enormous length": HEAD + b"content-length: 99999999999999999999\r\n\r\n",
    "two lengths": HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a chunk of no length": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "chunks and a length": HEAD + b"transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}",
    "a NUL in the path": b"POST /item/\x00get HTTP/1.1\r\n" + LAST + b"\r\n",
    "bytes in the path": b"POST /\xff\xfe HTTP/1.1\r\n" + LAST + b"\r\n",
    "a path without a slash": b"POST item/get HTTP/1.1\r\n" + LAST + b"\r\n",
    "an address of nobody": b"GET http:// HTTP/1.1\r\n" + LAST + b"\r\n",
    "an address without a path": b"GET http://x HTTP/1.1\r\n" + LAST + b"\r\n",
    "no path at all": b"OPTIONS * HTTP/1.1\r\n" + LAST + b"\r\n",
    "a proxy's business": b"CONNECT x:443 HTTP/1.1\r\n" + LAST + b"\r\n",
    "a long path": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n" + LAST + b"\r\n",
    "a long header": b"GET /x HTTP/1.1\r\n" + LAST + b"x-long: " + b"y" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /x HTTP/1.1\r\n" + LAST + b"a: b\r\n" * 20_000 + b"\r\n",
    "a WebSocket": b"GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_hardly_http_is_refused_in_the_protocol(target: Target, name: str) -> None:
    (answer,) = target.wire(STRANGE[name])

    assert answer.status in (400, 404)
    judge(answer)


@pytest.mark.parametrize(
    ("start", "more"),
    [(b"GET /", b"x"), (b"GET /x HTTP/1.1\r\nx-long: ", b"y"), (b"GET /x HTTP/1.1\r\n", b"a: b\r\n")],
    ids=["path", "header", "headers"],
)
def test_what_never_ends_is_cut_off(target: Target, start: bytes, more: bytes) -> None:
    with pytest.raises(ConnectionError):
        target.pour(start, more * 10_000, times=5000)


def test_requests_in_a_row_on_one_connection_are_answered_in_order(target: Target) -> None:
    one = b"POST /categories/get HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    other = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    answers = target.wire(one + other + one + other + last)

    assert [answer.status for answer in answers] == [200, 404, 200, 404, 200]
    assert len({judge(answer)["request_id"] for answer in answers}) == 5


@SHARE
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_leave_the_server_standing(target: Target, raw: bytes) -> None:
    target.hang_up(raw)
    target.hang_up(
        b"POST /item/get HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n" + raw
    )

    judge(target.send("/institutions/get", b"{}", HEADERS))
