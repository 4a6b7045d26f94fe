"""Every endpoint with every kind of body: whatever comes, the answer is the protocol's.

A body begins as a right one, so that it gets past the first checks, and is then spoilt: values are replaced by
hostile ones, members are left out, added or given twice, and now and then the whole is cut or is no JSON at all.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.target import HEADERS, KEYS, SHARE, Target, judge

from gingham.api import registry

ENDPOINTS = registry.load()

HOSTILE = [
    # numbers
    *(b"0", b"-1", b"-0", b"1.0", b"0.1", b"1e2", b"1e-2", b"2147483648", b"9007199254740993"),
    *(b"9223372036854775808", b"18446744073709551616", b"9" * 400, b"-" + b"9" * 5000, b"1" * 100_000),
    *(
        b"1e308",
        b"1e309",
        b"-1e999999999",
        b"1e-999999999",
        b"0." + b"0" * 5000 + b"1",
        b"01",
        b"0x10",
        b"1_0",
    ),
    *(b"NaN", b"Infinity", b"-Infinity", b"nan"),
    # texts
    *(
        b'""',
        b'" "',
        b'"\\u0000"',
        b'"a\\u0000b"',
        b'"\x00"',
        b'"\\ud800"',
        b'"\\udfff\\ud800"',
        b'"\\ud83d"',
    ),
    *(b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b'"\\x41"', b'"\\u12"', b'"'),
    *(b'"' + b"x" * 100_000 + b'"', b'"' + b"\\u0001" * 3000 + b'"', b'"\\r\\nX-Injected: 1\\r\\n"'),
    *('"١٢٣"'.encode(), '"\u202e\ufeff\U0001f9f5"'.encode(), b'"%s%n{0}{fields}"', b'"\' OR 1=1 --"'),
    *(b'"../../../etc/passwd"', b'"access-sandbox-' + b"0" * 5000 + b'"', b'"2026-02-30"', b'"0000-00-00"'),
    *(b'"0001-01-01"', b'"9999-12-31"', b'"99999-01-01"', b'"1970-01-01T00:00:00Z"', b'"true"', b'"null"'),
    *(b'"http://["', b'"http://[::1"', b'"://x"', b'"//x:99999999"', b'"javascript://%0a"'),
    # other kinds
    *(b"null", b"true", b"false", b"{}", b"[]", b"[null]", b"[[]]", b"[{}]", b'{"":""}', b'{"a":1,"a":2}'),
    *(b"[" + b"0," * 20_000 + b"0]", b'["' + b'","'.join([b"x" * 37] * 2000) + b'"]'),
    *(b"[" * 60 + b"]" * 60, b"[" * 100_000, b"[" * 5000 + b"]" * 5000, b'{"a":' * 3000 + b"1" + b"}" * 3000),
    *(b"{" * 70, b"/**/1", b"undefined", b"'x'", b"", b",", b"1}", b"1,"),
]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5)
)
hostile = st.sampled_from(HOSTILE) | anything.map(lambda value: json.dumps(value).encode())

headers = st.sampled_from(
    [
        HEADERS,
        HEADERS,
        HEADERS,
        HEADERS | {"content-type": "Application/JSON ; charset=utf-8"},
        HEADERS | {"content-type": "application/json; charset=utf-16"},
        HEADERS | {"content-type": "text/plain"},
        HEADERS | {"content-type": "application/x-www-form-urlencoded"},
        HEADERS | {"content-type": "multipart/form-data; boundary=x"},
        HEADERS | {"content-type": ""},
        {name: value for name, value in HEADERS.items() if name != "content-type"},
        HEADERS | {"plaid-version": "1066-10-14"},
        HEADERS | {"plaid-secret": "\xff" * 100},
        HEADERS | {"plaid-client-id": ""},
        HEADERS | {"accept": "text/html", "accept-encoding": "br, gzip;q=x"},
        HEADERS | {"x-long": "x" * 30_000},
        HEADERS | {f"x-{n}": "y" for n in range(200)},
        {"content-type": "application/json"},
    ]
)


def wanted(path: str, samples: Mapping[str, Any]) -> dict[str, Any]:
    """A right body of an endpoint, as far as there are samples."""
    fields = ENDPOINTS[path].request.__struct_fields__
    return {name: samples[name] for name in fields if name in samples}


@st.composite
def bodies(draw: st.DrawFn, right: dict[str, Any], optional: list[str]) -> bytes:
    """A spoilt body. What is no JSON is put in as text, where a mark stood."""
    body: dict[str, Any] = json.loads(json.dumps(right))
    if draw(st.booleans()):
        body |= KEYS
    marks: list[bytes] = []

    def mark() -> str:
        marks.append(draw(hostile))
        return f"@@{len(marks)}@@"

    for _ in range(draw(st.integers(0, 3))):
        inside = body
        while (deeper := [name for name, value in inside.items() if isinstance(value, dict)]) and draw(
            st.booleans()
        ):
            inside = inside[draw(st.sampled_from(deeper))]
        names = [*inside, *optional]
        name = draw(st.sampled_from(names) | st.text()) if names else draw(st.text())
        if draw(st.integers(0, 4)) == 0:
            inside.pop(name, None)
        else:
            inside[name] = mark()
    text = json.dumps(body).encode()
    for number, raw in enumerate(marks, 1):
        text = text.replace(b'"@@%d@@"' % number, raw)
    match draw(st.integers(0, 19)):
        case 0:
            return draw(hostile)
        case 1:
            return draw(st.binary())
        case 2:
            return text[: draw(st.integers(0, len(text)))]
        case 3:  # the first member once more
            return text[:-1] + b"," + text[1:] if body else text
        case 4:
            return b"\xef\xbb\xbf" + text
        case 5:
            return text + draw(hostile)
        case _:
            return text


@pytest.mark.parametrize("path", sorted(ENDPOINTS))
def test_any_body_is_answered_in_the_protocol(target: Target, path: str) -> None:
    samples = dict(target.samples)
    if path in ("/item/remove", "/item/access_token/invalidate", "/sandbox/item/reset_login"):
        # What these do to an Item would spoil it for the others.
        samples["access_token"] = target.item()
    # Except what makes an endpoint wait: that would be a test of patience.
    optional = [name for name in ENDPOINTS[path].request.__struct_fields__ if name != "after_revision"]

    @SHARE
    @given(bodies(wanted(path, samples), optional), headers)
    def any_body(body: bytes, headers: dict[str, str]) -> None:
        judge(target.send(path, body, headers))

    any_body()


@pytest.mark.parametrize("path", sorted(ENDPOINTS))
def test_each_hostile_value_in_each_field(target: Target, path: str) -> None:
    """A table and no lottery: every field that an endpoint has, with values of every kind."""
    right = wanted(path, target.samples)
    if path in ("/item/remove", "/item/access_token/invalidate", "/sandbox/item/reset_login"):
        right["access_token"] = target.item()
    # The rest of the list has its turn in the test above, and all of it when there is time.
    step = max(1, 200 // SHARE.max_examples)
    for offset, name in enumerate(ENDPOINTS[path].request.__struct_fields__):
        if name == "after_revision":
            continue
        for raw in HOSTILE[offset % step :: step]:
            body = json.dumps({**right, **KEYS, name: "@@1@@"}).encode().replace(b'"@@1@@"', raw)
            judge(target.send(path, body))


@pytest.mark.parametrize("path", ["/institutions/get", "/categories/get", "/gingham/v1/link/session/start"])
class TestEncodedBodies:
    def test_a_compressed_body_is_refused(self, target: Target, path: str) -> None:
        for pack in (gzip.compress, zlib.compress):
            told = judge(target.send(path, pack(b"{}"), HEADERS | {"content-encoding": "gzip"}))
            assert told["error_code"] == "INVALID_BODY"

    def test_a_body_in_chunks_is_as_good_as_in_one_piece(self, target: Target, path: str) -> None:
        body = json.dumps(wanted(path, target.samples)).encode()

        whole = judge(target.send(path, body))
        pieces = judge(target.send(path, (body[at : at + 1] for at in range(len(body)))))

        changing = ("request_id", "link_session_id", "session_token", "events", "exit")
        assert {k: v for k, v in whole.items() if k not in changing} == {
            k: v for k, v in pieces.items() if k not in changing
        }

    @pytest.mark.parametrize("in_chunks", [False, True])
    def test_a_body_that_is_too_long_is_refused(self, target: Target, path: str, in_chunks: bool) -> None:
        body = [b" " * 65536] * 48

        answer = target.send(path, iter(body) if in_chunks else b"".join(body))

        assert answer.status == 413
        assert judge(answer)["error_code"] == "INVALID_BODY"
