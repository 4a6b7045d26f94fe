"""The ceiling: an ASGI application that does nothing but answer, under the uvicorn that Gingham runs under.

`python -m bench.bare PORT FILE`: the file holds the answer to give, headers and body.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from msgspec import Struct

Message = MutableMapping[str, Any]


class Given(Struct, frozen=True):
    """An answer. `headers`: names in lower case, without those that uvicorn adds by itself."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


def app_of(answer: Given) -> Callable[..., Awaitable[None]]:
    """The application. It does not even look at the request."""
    start = {"type": "http.response.start", "status": 200, "headers": answer.headers}
    body = {"type": "http.response.body", "body": answer.body}

    async def app(scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:  # noqa: ARG001
        await send(start)
        await send(body)

    return app


def main(port: int, answer: Given) -> None:
    """Serves until it is ended."""
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    listener.setblocking(False)
    # What gingham/serving.py says, and nothing of what it does.
    config = uvicorn.Config(
        app_of(answer),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main(int(sys.argv[1]), msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Given))
