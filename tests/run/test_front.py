"""What stands for Plaid's hosts before a server."""

import gzip
from collections.abc import Callable

import httpx

from gingham.run.front import Front, client

SERVER = "http://127.0.0.1:8000"
FEW = b'{"few":"bytes"}'


async def through(answer: Callable[[httpx.Request], httpx.Response], path: str = "/health") -> httpx.Response:
    """The answer to a request at the front of a server that answers so."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as server:
        face = httpx.ASGITransport(Front(SERVER, server))
        async with httpx.AsyncClient(transport=face, base_url="https://sandbox.plaid.com") as app:
            return await app.post(path, content=FEW, headers={"Plaid-Secret": "s", "Connection": "close"})


async def test_a_request_arrives_whole_under_the_servers_own_name() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    await through(answer, "/link/v2/a%2Fb?token=%20x&x")

    assert str(seen[0].url) == f"{SERVER}/link/v2/a%2Fb?token=%20x&x"
    assert (seen[0].method, seen[0].content) == ("POST", FEW)
    assert seen[0].headers["host"] == "127.0.0.1:8000"
    assert seen[0].headers["plaid-secret"] == "s"
    assert "connection" not in seen[0].headers


async def test_an_answer_goes_back_as_it_is() -> None:
    packed = gzip.compress(FEW)
    headers = [
        ("content-encoding", "gzip"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("keep-alive", "3"),
    ]

    answer = await through(lambda _: httpx.Response(404, headers=headers, stream=httpx.ByteStream(packed)))

    assert (answer.status_code, answer.content) == (404, FEW)
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "keep-alive" not in answer.headers


async def test_a_server_that_is_gone_is_a_bad_gateway() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert (await through(gone)).status_code == 502


async def test_a_server_on_this_machine_is_never_reached_by_a_proxy() -> None:
    async with client(SERVER) as here, client("https://gingham.example") as away:
        assert (here.trust_env, away.trust_env) == (False, True)
