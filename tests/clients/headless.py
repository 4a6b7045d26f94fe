"""Link without a browser: a person who drives the session over its JSON protocol (docs/link-protocol.md)."""

from typing import Any

from tests.server.process import Process
from tests.servers import KEYS
from tests.world import BANK

SESSION = "/gingham/v1/link/session"


class Person:
    """Opens Link with a link_token and acts. `picture`: the last answer; `answers`: all of them."""

    def __init__(self, server: Process, link_token: str) -> None:
        self._server = server
        self.answers: list[dict[str, Any]] = []
        self.session_token: str = self._ask("start", link_token=link_token)["session_token"]

    @property
    def picture(self) -> dict[str, Any]:
        return self.answers[-1]

    @property
    def sees(self) -> str:
        """The pane's name."""
        return str(self.picture["pane"]["name"])

    def act(self, kind: str, **members: object) -> None:
        """Acts, and waits while the bank thinks."""
        self._ask(
            "act",
            session_token=self.session_token,
            revision=self.picture["revision"],
            action={"type": kind, **members},
        )
        while self.picture["pane"] is not None and self.picture["pane"]["busy"]:
            self._ask("get", session_token=self.session_token, after_revision=self.picture["revision"])

    def sign_in(self, password: str) -> None:
        self.act("submit_credentials", values={"username": "user_good", "password": password})

    def chooses_bank(self, institution_id: str = BANK) -> None:
        self.act("continue")
        self.act("select_institution", institution_id=institution_id)

    def shares(self, *accounts: str) -> str:
        """Ticks accounts by their place in the list, finishes, and returns the public_token."""
        self.act("submit_accounts", accounts=list(accounts))
        self.act("finish")
        return str(self.picture["result"]["public_token"])

    def _ask(self, call: str, **body: object) -> dict[str, Any]:
        status, answer = self._server.post(f"{SESSION}/{call}", body)
        assert status == 200, answer
        self.answers.append(answer)
        return dict(answer)


def link_token(server: Process, *products: str, **members: object) -> str:
    """A link_token of an app that sends no more than it must."""
    asked = {
        "client_name": "Ledger",
        "language": "en",
        "country_codes": ["US"],
        "products": list(products),
        "user": {"client_user_id": "user-1"},
    }
    status, answer = server.post("/link/token/create", {**KEYS, **asked, **members})
    assert status == 200, answer
    return str(answer["link_token"])
