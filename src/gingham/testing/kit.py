"""The whole platform in a test (docs/testing.md).

    with Gingham() as gingham:
        bank = gingham.link("First Platypus Bank", products=["transactions"])
        gingham.clock.advance(minutes=1)
        gingham.webhooks.wait_for("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", item_id=bank.item_id)

`Gingham` is a server of its own in this process; `Kit` is the same for one that runs somewhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx

from gingham.testing import bank
from gingham.testing.answers import BANK
from gingham.testing.controls import Clock, Faults, Json, Webhooks
from gingham.testing.page import link_bank, link_bank_async
from gingham.testing.session import TIMEOUT_SECONDS, LinkSession

if TYPE_CHECKING:
    from playwright import async_api, sync_api

    from gingham.testing.inside import Inside

PATIENCE_SECONDS = 600.0
"""A year's worth of pulls takes a while."""
CDN = "https://cdn.plaid.com"


class Refused(Exception):  # noqa: N818  the protocol's word for it
    """The API answered with an error object. `error`: that object; `code`: its error_code."""

    def __init__(self, path: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"{path}: {error.get('error_code')}: {error.get('error_message')}")
        self.error = error
        self.code = error.get("error_code")


class Item(NamedTuple):
    """A connected bank."""

    access_token: str
    item_id: str
    public_token: str
    metadata: Json
    """What onSuccess is given."""


class Snapshot(NamedTuple):
    snapshot_id: str
    now: datetime


class Kit:
    """A server that was started with `--test-kit`, and the keys of one client."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.url = url.rstrip("/")
        self.client_id = client_id
        self.secret = secret
        keys = {"PLAID-CLIENT-ID": client_id, "PLAID-SECRET": secret}
        self._http = _client(self.url, headers=keys, timeout=PATIENCE_SECONDS)
        self.clock = Clock(self.post)
        self.faults = Faults(self.post)
        self.webhooks = Webhooks(self.post, self.url)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self.url}>"

    def post(self, path: str, /, **body: Any) -> Json:
        """Calls an endpoint of the API. Raises `Refused` for an error object, and httpx's errors."""
        answer = self._http.post(path, json=body)
        told: Json = answer.json()
        if answer.status_code >= 400:
            raise Refused(path, told)
        return told

    def link_token(self, **members: Any) -> str:
        """A link_token. `members`: those of /link/token/create; what it must have is there already."""
        usual: Json = {
            "client_name": "Test",
            "language": "en",
            "country_codes": ["US"],
            "user": {"client_user_id": "user"},
            "webhook": self.webhooks.url,
        }
        if not members.keys() & {"products", "access_token", "update"}:
            usual["products"] = ["transactions"]
        return str(self.post("/link/token/create", **(usual | members))["link_token"])

    def link(
        self,
        institution: str = BANK,
        *,
        products: Sequence[str] | None = None,
        username: str = "user_good",
        password: str = "pass_good",
        mfa: Sequence[str] = (),
        accounts: Sequence[str] | None = None,
        values: Mapping[str, str] | None = None,
        **link_token_members: Any,
    ) -> Item:
        """Connects a bank through Link, as a person would, and exchanges the public_token.

        institution: the name on its tile, or its `ins_…`; a bank with pages of its own is signed in at, too. The
        rest up to `values` is what `LinkSession.connect` takes. With `access_token` it mends that Item. Raises
        `LinkStopped` and `LinkRefused` where Link does not lead on.
        """
        if products is not None:
            link_token_members["products"] = list(products)
        link_token = self.link_token(**link_token_members)
        client = _client(self.url, timeout=TIMEOUT_SECONDS)
        with client, LinkSession(self.url, link_token, client=client) as session:
            linked = session.connect(
                institution,
                username=username,
                password=password,
                mfa=mfa,
                accounts=accounts,
                values=values,
                at_bank=partial(bank.sign_in, username=username, password=password),
            )
        mended = link_token_members.get("access_token")
        if mended is not None:
            item_id = self.post("/item/get", access_token=mended)["item"]["item_id"]
            return Item(mended, item_id, linked.public_token, linked.metadata)
        got = self.post("/item/public_token/exchange", public_token=linked.public_token)
        return Item(got["access_token"], got["item_id"], linked.public_token, linked.metadata)

    def snapshot(self, name: str = "") -> Snapshot:
        """Keeps everything as it is now: data, time, faults."""
        told = self.post("/gingham/v1/snapshots/make", name=name)["snapshot"]
        return Snapshot(told["snapshot_id"], datetime.fromisoformat(told["now"]))

    def restore(self, snapshot: Snapshot) -> None:
        """Puts everything back to how it was; the snapshot can be restored again."""
        self.post("/gingham/v1/snapshots/restore", snapshot_id=snapshot.snapshot_id)

    def forget(self, snapshot: Snapshot) -> None:
        """Gives up a snapshot and its memory."""
        self.post("/gingham/v1/snapshots/delete", snapshot_id=snapshot.snapshot_id)

    def link_bank(self, page: "sync_api.Page", institution: str = BANK, **known: Any) -> None:
        """`gingham.testing.link_bank`: goes through the Link that a Playwright page has opened."""
        link_bank(page, institution, **known)

    async def link_bank_async(self, page: "async_api.Page", institution: str = BANK, **known: Any) -> None:
        await link_bank_async(page, institution, **known)

    def serve_link_to(self, context: "sync_api.Page | sync_api.BrowserContext") -> None:
        """A page that loads Link from cdn.plaid.com gets it from this server, with nothing changed in it."""

        def fulfil(route: "sync_api.Route") -> None:
            route.fulfill(response=route.fetch(url=route.request.url.replace(CDN, self.url)))

        context.route(f"{CDN}/**", fulfil)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Gingham(Kit):
    """A server in a thread of this process, on free ports, with a database, keys and a clock of its own. It is ready
    when it is made, and gone with everything in it once closed.

    clock: where it begins (a datetime with an offset, or ISO 8601), unless now. running: whether it goes on by
    itself. seed: what ids and tokens follow from; None makes them random. settings: any of docs/settings.md, in
    lower case and without the prefix.
    """

    def __init__(
        self,
        *,
        clock: datetime | str | None = None,
        running: bool = False,
        seed: str | None = "gingham",
        **settings: Any,
    ) -> None:
        from gingham.testing.inside import Inside

        self._start(Inside.fresh(clock=clock, running=running, seed=seed, settings=settings))

    def _start(self, inside: "Inside") -> None:
        self._inside = inside
        super().__init__(inside.url, inside.client_id, inside.secret)

    def fork(self, snapshot: Snapshot | None = None) -> "Gingham":
        """One more server that begins where this one is, or was at a snapshot; neither sees the other from then on.

        The address, and so `webhooks.url`, is its own: webhooks of Items that are there already go where they
        always went.
        """
        kept = self.snapshot() if snapshot is None else snapshot
        try:
            forked = object.__new__(Gingham)
            forked._start(self._inside.fork(kept.snapshot_id))
        finally:
            if snapshot is None:
                self.forget(kept)
        return forked

    def close(self) -> None:
        super().close()
        self._inside.stop()


def _client(url: str, **options: Any) -> httpx.Client:
    """Reading the list of authorities takes longer than a server's start, and without TLS nobody looks at it."""
    return httpx.Client(base_url=url, verify=url.startswith("https:"), trust_env=False, **options)
