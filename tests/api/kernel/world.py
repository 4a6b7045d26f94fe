"""A small world for the kernel: toy endpoints, a store that holds keys and nothing else, and a client that
calls ASGI directly.
"""

import gzip
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from gingham.api.call import Answer, Call
from gingham.api.decode import Request
from gingham.api.fields import (
    AccessToken,
    AccountId,
    AccountIds,
    Count,
    CountryCodes,
    Day,
    Language,
    LinkToken,
    Nested,
    NonEmpty,
    Offset,
    Url,
)
from gingham.api.kernel import Kernel
from gingham.api.registry import Registry
from gingham.clock import ManualClock
from gingham.errors import error
from gingham.faults import Faults
from gingham.ids import Ids, digest
from gingham.store.clients import Key

CLIENT_ID = "5f0c1e2d3b4a596877665544"
SANDBOX_SECRET = "0123456789abcdef0123456789abcd"
PRODUCTION_SECRET = "fedcba9876543210fedcba98765432"
KEYS = {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": SANDBOX_SECRET}
ACCOUNT_ID = "A" * 37

# --- toy endpoints
# ----------------------------------------------------------------------------------------------------

TOYS = Registry()


class GetOptions(Nested, kw_only=True):
    account_ids: AccountIds | None = None
    count: Count = 100
    offset: Offset = 0
    webhook: Url | None = None


class GetRequest(Request, kw_only=True):
    access_token: AccessToken
    start_date: Day
    options: GetOptions | UnsetType = UNSET
    webhook: Url | None = None
    account_id: AccountId | None = None
    metadata: dict[str, Any] | None = None


class GetResponse(Struct, kw_only=True):
    count: int
    webhook: str | None
    client_id: str
    environment: str


@TOYS.endpoint("/toy/get", tag="Toys")
async def toy_get(call: Call, request: GetRequest) -> GetResponse:
    """Gets a toy.

    The box is not part of it.
    """
    count = request.options.count if isinstance(request.options, GetOptions) else 100
    return GetResponse(
        count=count, webhook=request.webhook, client_id=call.client_id, environment=call.environment
    )


class ToyUser(Nested, kw_only=True):
    client_user_id: NonEmpty
    email_address: str | None = None


class Override(Nested, kw_only=True):
    name: str
    tags: list[str] | None = None


class ConfigureRequest(Request, kw_only=True):
    language: Language
    country_codes: CountryCodes
    user: Annotated[ToyUser, Meta(extra={"code": "INVALID_CONFIGURATION"})]
    mode: Literal["fast", "slow"] = "fast"
    overrides: list[Override] | None = None
    amounts: list[Decimal] | None = None
    size: int | None = None
    ratio: float | None = None
    silent: bool = False
    names: Annotated[list[str] | None, Meta(extra={"must": "either be null or a list of strings"})] = None


class ConfigureResponse(Struct, kw_only=True):
    amounts: list[Decimal]


@TOYS.endpoint("/toy/configure", tag="Toys")
async def toy_configure(call: Call, request: ConfigureRequest) -> ConfigureResponse:
    """Configures a toy."""
    return ConfigureResponse(amounts=request.amounts or [])


class TokenRequest(Request, kw_only=True):
    link_token: LinkToken


class Nothing(Struct):
    pass


@TOYS.endpoint("/toy/token", tag="Toys")
async def toy_token(call: Call, request: TokenRequest) -> Nothing:
    """Takes a link_token."""
    return Nothing()


class Empty(Request, kw_only=True):
    pass


@TOYS.endpoint("/toy/open", tag="Open", auth="none", accepts_empty_body=True)
async def toy_open(call: Call, request: Empty) -> Nothing:
    """Needs no keys."""
    return Nothing()


@TOYS.endpoint("/sandbox/toy/break", tag="Sandbox")
async def toy_break(call: Call, request: Empty) -> Nothing:
    """Breaks a toy."""
    return Nothing()


@TOYS.endpoint("/toy/pdf", tag="Toys", produces="application/pdf")
async def toy_pdf(call: Call, request: Empty) -> Answer:
    """A picture of the toy."""
    return Answer(
        body=b"%PDF-1.7", content_type="application/pdf", headers=((b"plaid-content-hash", b"abc"),)
    )


@TOYS.endpoint("/toy/create", tag="Toys")
async def toy_create(call: Call, request: Empty) -> Nothing | Answer:
    """Answers with 201."""
    return Answer(body=Nothing(), status=201)


class ListResponse(Struct, kw_only=True):
    toys: list[Nothing]


@TOYS.endpoint("/toy/list", tag="Toys")
async def toy_list(call: Call, request: Empty) -> ListResponse:
    """Many toys, encoded beforehand."""
    rows: list[Any] = [Raw(b'{"name":"a toy of some length"}')] * 1000
    return ListResponse(toys=rows)


class RefuseRequest(Request, kw_only=True):
    code: str


@TOYS.endpoint("/toy/refuse", tag="Toys")
async def toy_refuse(call: Call, request: RefuseRequest) -> Nothing:
    """Raises an error of the table."""
    raise error(request.code)


@TOYS.endpoint("/toy/crash", tag="Toys")
async def toy_crash(call: Call, request: Empty) -> Nothing:
    """Has a bug."""
    raise RuntimeError("the wheel came off")


@TOYS.endpoint("/toy/mumble", tag="Toys")
async def toy_mumble(call: Call, request: Empty) -> ListResponse:
    """Answers with what cannot be encoded."""
    return ListResponse(toys=object())  # type: ignore[arg-type]


# --- a store that holds keys
# ------------------------------------------------------------------------------------------


@dataclass
class KeyStore:
    """What the kernel asks of a store. `counts` False: an engine whose version says nothing."""

    keys: list[Key] = field(default_factory=list)
    counts: bool = True
    commits: int = 0
    reads: int = 0

    def version(self) -> int | None:
        return self.commits if self.counts else None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["KeyStore"]:
        yield self

    async def one(self, sql: str, *values: object) -> tuple[object, ...] | None:
        raise NotImplementedError

    async def all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        self.reads += 1
        return [msgspec.structs.astuple(key) for key in self.keys]

    def add(
        self, secret: str, environment: str = "sandbox", client_id: str = CLIENT_ID, kind: str = "secret"
    ) -> None:
        self.keys.append(
            Key(client_id=client_id, environment=environment, kind=kind, digest=digest(secret), created_at=0)
        )
        self.commits += 1

    def revoke(self, secret: str) -> None:
        self.keys = [key for key in self.keys if key.digest != digest(secret)]
        self.commits += 1


# --- a client that calls ASGI directly
# --------------------------------------------------------------------------------


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.plain)

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message."""
        return self.status, self.json["error_code"], self.json["error_message"]


@dataclass
class World:
    """A kernel with toy endpoints, and how to call it."""

    store: KeyStore
    clock: ManualClock
    kernel: Kernel
    seen: list[dict[str, Any]]

    async def post(
        self,
        path: str,
        body: object = b"{}",
        headers: dict[str, str] | None = None,
        *,
        content_type: str | None = "application/json",
        keys: dict[str, str] | None = None,
    ) -> Reply:
        """`body`: bytes as they are, anything else as JSON. `keys` are those of the sandbox unless given."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {**(KEYS if keys is None else keys), **(headers or {})}
        if content_type is not None:
            sent["Content-Type"] = content_type
        return await self.call("POST", path, sent, [raw])

    async def call(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        chunks: Iterable[bytes] = (b"",),
        scheme: str = "http",
    ) -> Reply:
        left = list(chunks)
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not left:
                return {"type": "http.disconnect"}
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": scheme,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
        await self.kernel(scope, receive, send)
        if not sent:
            return Reply(0, {}, b"")
        self.unread = left
        start, end = sent
        return Reply(
            start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, end["body"]
        )

    unread: list[bytes] = field(default_factory=list)


def world(**options: Any) -> World:
    store = KeyStore()
    store.add(SANDBOX_SECRET, "sandbox")
    store.add(PRODUCTION_SECRET, "production")
    clock = ManualClock.at("2026-05-04T12:00:00Z")
    seen: list[dict[str, Any]] = []
    platform: Any = SimpleNamespace(store=store, clock=clock, ids=Ids("seed"), faults=Faults())
    kernel = Kernel(platform, TOYS, observe=lambda **told: seen.append(told), **options)
    return World(store, clock, kernel, seen)
