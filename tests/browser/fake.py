"""A server that plays Link's session endpoints from a script, so that the browser side is tested alone.

It serves the real loader and page. The flow is short: consent, institutions, credentials, accounts, connected. A
test can hold answers back (`hold`), make the next ones fail (`broken`), answer with a pane of its own (`refusal`)
or begin at any pane (`first`).
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from tests.browser import panes
from tests.browser.panes import Json

from gingham.link.hosted import Invitation
from gingham.link.messages.messages import frame_texts
from gingham.link.returns import Landing
from gingham.link.web.pages import pages
from gingham.settings import Settings

INSTITUTION = {"name": "First Platypus Bank", "institution_id": "ins_109508"}
INVALID = {
    "error_type": "INVALID_INPUT",
    "error_code": "INVALID_LINK_TOKEN",
    "error_message": "invalid link_token provided",
    "display_message": None,
    "request_id": "bad0000",
}


def logo(institution_id: str) -> str | None:
    """Two colours and a weave from the id, as long as it is one of ours."""
    if not institution_id.startswith("ins_"):
        return None
    hue = int(institution_id.removeprefix("ins_")) * 67 % 360
    fill = f"oklch(0.5 0.12 {hue})"
    bands = "".join(
        f'<rect x="{x}" width="8" height="48" fill="{fill}" opacity=".45"/>'
        f'<rect y="{x}" width="48" height="8" fill="{fill}" opacity=".45"/>'
        for x in (4, 20, 36)
    )
    ground = '<rect width="48" height="48" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">{ground}{bands}</svg>'


async def nobody_lands(answer: Mapping[str, str], origin: str | None) -> Landing:
    return Landing(known=False)


async def no_picture(_: str) -> bytes | None:
    return None


async def nobody_is_invited(address: str) -> Invitation:
    return Invitation(open=False)


class FakeLink:
    """One server for all tests of a run; `reset` between them."""

    def __init__(self) -> None:
        self.port = 0
        self.tests = 0
        self.reset()
        session = "/gingham/v1/link/session/"
        self.app = Starlette(
            routes=[
                Route(session + "start", self.start, methods=["POST"]),
                Route(session + "act", self.act, methods=["POST"]),
                Route(session + "get", self.get, methods=["POST"]),
                Route("/host", self.host),
                Route("/blank", lambda request: HTMLResponse("<!doctype html><title>elsewhere</title>")),
                Mount("/", pages(Settings(), logo, nobody_lands, nobody_is_invited, no_picture)),
            ]
        )

    def reset(self) -> None:
        self.tests += 1
        self.origin = ""
        self.host_origin = ""
        self.html = ""
        self.host_headers: dict[str, str] = {}
        self.first: Json = panes.consent()
        self.environment = "sandbox"
        self.direction = "ltr"
        self.language = "en"
        self.pane: Json | None = None
        self.revision = 0
        self.sessions = 0
        self.requests = 0
        self.events_seen = 0
        self.starts: list[Json] = []
        self.actions: list[Json] = []
        self.left = asyncio.Event()
        self.broken = 0
        self.refusal: Json | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    def hold(self) -> None:
        """Answers wait until `gate.set()`."""
        self.gate.clear()

    def event(self, name: str, **metadata: Any) -> Json:
        self.requests += 1
        shared = {"link_session_id": f"session-{self.sessions}", "request_id": f"r{self.requests}"}
        return {
            "event_name": name,
            "metadata": {**shared, "timestamp": "2030-01-01T00:00:00.000Z", **metadata},
        }

    def state(self, events: list[Json], result: Json | None = None, **more: Any) -> JSONResponse:
        ids = {"link_session_id": f"session-{self.sessions}", "request_id": f"r{self.requests}"}
        self.events_seen += len(events)
        metadata = {"institution": INSTITUTION, "status": "requires_credentials", **ids}
        leaving = {
            "error": None,
            "metadata": metadata,
            "event": self.event("EXIT", exit_status="x")["metadata"],
        }
        return JSONResponse(
            {
                **ids,
                "revision": self.revision,
                "stale": False,
                "language": self.language,
                "direction": self.direction,
                "environment": self.environment,
                "pane": None if result else self.pane,
                "events": events,
                "events_seen": self.events_seen,
                "exit": None if result else leaving,
                "result": result,
                **more,
            }
        )

    async def start(self, request: Request) -> Response:
        body = await request.json()
        self.starts.append(body)
        await self.gate.wait()
        if self.broken:
            self.broken -= 1
            return Response(status_code=503)
        if body["link_token"] == "link-sandbox-bad":
            return JSONResponse(INVALID, 400)
        self.sessions += 1
        self.revision = 1
        self.events_seen = 0
        self.pane = self.first
        return self.state(
            [self.event("OPEN", view_name=self.pane["view"])],
            session_token=f"session-token-{self.tests}",
            texts=frame_texts(self.language),
        )

    async def get(self, request: Request) -> Response:
        await request.json()
        await self.gate.wait()
        self.revision += 1
        self.pane = panes.accounts()
        return self.state([self.event("TRANSITION_VIEW", view_name="SELECT_ACCOUNT")])

    async def act(self, request: Request) -> Response:
        body = json.loads(await request.body())
        if body["session_token"] != f"session-token-{self.tests}":  # a beacon of the test before
            return JSONResponse(INVALID, 400)
        action = body["action"]
        self.actions.append({**action, "revision": body["revision"]})
        if action["type"] == "force_exit":
            self.left.set()
        await self.gate.wait()
        if self.broken:
            self.broken -= 1
            return Response(status_code=503)
        if self.pane is None:
            return JSONResponse(INVALID, 400)
        if body["revision"] != self.revision:
            return self.state([], stale=True)
        self.revision += 1
        result = self.step(self.pane["name"], action)
        if result and result["kind"] == "success":
            return self.state([self.event("HANDOFF")], result)
        if result:
            return self.state([self.event("EXIT", exit_status="requires_credentials")], result)
        return self.state([self.event("TRANSITION_VIEW", view_name=self.pane["view"])])

    def step(self, name: str, action: Json) -> Json | None:
        """Sets the next pane, or returns the result."""
        kind = action["type"]
        ids = {"link_session_id": f"session-{self.sessions}", "request_id": f"r{self.requests + 1}"}
        gone = {"kind": "exit", "error": None, "metadata": {"institution": None, "status": None, **ids}}
        if kind == "finish" or (kind in {"close", "force_exit"} and name == "connected"):
            accounts = [{"id": "a1", "name": "Plaid Checking", "mask": "0000"}]
            metadata = {"institution": INSTITUTION, "accounts": accounts, **ids}
            return {"kind": "success", "public_token": "public-sandbox-1", "metadata": metadata}
        if kind in {"confirm_exit", "force_exit"} or (
            kind == "close" and name in {"consent", "select_institution"}
        ):
            return gone
        if self.refusal:
            self.pane, self.refusal = self.refusal, None
        elif kind == "search":
            self.pane = panes.institutions(action["query"])
        elif kind == "submit_credentials" and action["values"]["username"] == "wrong":
            self.pane = panes.credentials("The bank did not accept these details.")
        elif kind == "submit_credentials" and action["values"]["username"] == "slow":
            self.pane = panes.loading()
        else:
            self.pane = {
                "continue": panes.institutions(),
                "select_institution": panes.credentials(),
                "submit_credentials": panes.accounts(),
                "submit_mfa": panes.accounts(),
                "submit_accounts": panes.connected(),
                "retry": panes.credentials(),
                "choose_another": panes.institutions(),
                "back": panes.institutions(),
                "close": panes.leaving(),
                "resume": panes.credentials(),
            }[kind]
        return None

    async def host(self, request: Request) -> Response:
        return HTMLResponse(self.html.replace("LINK", self.origin), headers=self.host_headers)
