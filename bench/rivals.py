"""The four servers that are asked for /accounts/get, each with a request that it answers well."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from bench import wire
from bench.bare import Given
from bench.children import HERE, CannotRun, Child, free_port, gingham, serving

PATH = "/accounts/get"
BANK = "ins_109508"

_ADDED_BY_UVICORN = {"date"}


class Rival(Struct, frozen=True, kw_only=True):
    """A server that takes turns with the others. `body`: of its answer. `bar`: how many times as fast we are."""

    name: str
    child: Child
    request: bytes
    body: bytes
    bar: float | None = None


@contextmanager
def ours(folder: Path) -> Generator[Rival, None, None]:
    """Gingham as it starts by default: one worker, SQLite, a line in the log for every request."""
    with serving(gingham(folder)) as child:
        yield _rival("Gingham", child, access_token(child.port))


@contextmanager
def bare(model: Rival, folder: Path) -> Generator[Rival, None, None]:
    """An ASGI application that always gives the answer of `model`, headers and all."""
    answer = wire.post(model.child.port, PATH, msgspec.json.decode(model.request.partition(b"\r\n\r\n")[2]))
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    given = Given([header for header in headers if header[0].decode() not in _ADDED_BY_UVICORN], answer.body)
    file = folder / "answer.json"
    file.write_bytes(msgspec.json.encode(given))
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", str(port), str(file)]
    with serving(Child(command, port), lambda port: wire.get(port, "/").body == answer.body) as child:
        yield _rival("bare ASGI application, the same answer", child, "any", bar=0.45)


@contextmanager
def prism() -> Generator[Rival, None, None]:
    """Stoplight's mock server on the OpenAPI file that GINGHAM_PLAID_OPENAPI names. Raises `CannotRun`."""
    document = os.environ.get("GINGHAM_PLAID_OPENAPI")
    if not document:
        raise CannotRun("GINGHAM_PLAID_OPENAPI names no copy of the OpenAPI file")
    if not Path(document).is_file():
        raise CannotRun(f"GINGHAM_PLAID_OPENAPI: there is no file {document}")
    port = free_port()
    # Silent, since it would otherwise print several coloured lines per request.
    options = ["mock", "--port", str(port), "--verboseLevel", "silent", str(Path(document).resolve())]
    command = [_node(), _package("@stoplight/prism-cli/dist/index.js"), *options]
    token = "access-sandbox-00000000-0000-0000-0000-000000000000"
    with serving(
        Child(command, port), lambda port: wire.post(port, PATH, {"access_token": token}).status == 200
    ) as child:
        yield _rival("Prism, an example of the OpenAPI file", child, token, bar=30)


@contextmanager
def mimic() -> Generator[Rival, None, None]:
    """Mimic's Plaid adapter: see mimic.mjs. Raises `CannotRun`."""
    _package("@mimicai/adapter-plaid/package.json")
    port = free_port()
    command = [_node(), str(HERE / "mimic.mjs"), str(port)]
    with serving(Child(command, port), lambda port: wire.get(port, "/").status == 404) as child:
        yield _rival("Mimic, its Item with 3 accounts", child, access_token(port))


def access_token(port: int) -> str:
    """Of a new Item, made without Link."""
    created = wire.call(
        port, "/sandbox/public_token/create", institution_id=BANK, initial_products=["transactions"]
    )
    exchanged = wire.call(port, "/item/public_token/exchange", public_token=created["public_token"])
    return str(exchanged["access_token"])


def _rival(name: str, child: Child, token: str, bar: float | None = None) -> Rival:
    body = {"access_token": token}
    request = wire.written(PATH, body, port=child.port)
    return Rival(
        name=name, child=child, request=request, body=wire.post(child.port, PATH, body).body, bar=bar
    )


def _node() -> str:
    """The program itself: what is called node on the PATH may be a script that runs it in a further process."""
    found = shutil.which("node")
    if found is None:
        raise CannotRun("there is no node on the PATH")
    told = subprocess.run([found, "-p", "process.execPath"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _package(file: str) -> str:
    path = HERE / "node_modules" / file
    if not path.exists():
        raise CannotRun("its npm package is not installed: `make bench` does that")
    return str(path)
