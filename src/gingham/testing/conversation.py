"""One Link session as the JSON protocol tells it (docs/link-protocol.md). No I/O: makes bodies, takes answers.

`connecting` is a generator in the manner of httpx's auth flows: it yields calls and is sent their answers, so
that a blocking and an asynchronous driver are a loop each.
"""

from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

from gingham.testing.answers import Answers, Choose, LinkStopped, Move, Press, Search, Visit

PATH = "/gingham/v1/link/session/"
MOVES = 100
"""More than any flow has; whoever needs more goes round in a circle."""

Json = dict[str, Any]


class LinkRefused(Exception):  # noqa: N818  as in Plaid's words: the request was refused
    """The server answered with an error object. `error`: that object."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error.get('error_code')}: {error.get('error_message')}")
        self.error = error


class Linked(NamedTuple):
    """What onSuccess would be given."""

    public_token: str
    metadata: Json


class Call(NamedTuple):
    name: str
    body: Json


class Away(NamedTuple):
    """The person has to go to the bank's own pages, at this address."""

    url: str


class Conversation:
    """Where a session stands. `events`: all so far, in order. `result`: None until it is over."""

    def __init__(self) -> None:
        self.link_session_id = ""
        self.pane: Json | None = None
        self.events: list[Json] = []
        self.exit: Json | None = None
        self.result: Json | None = None
        self.texts: Mapping[str, str] = {}
        self._session_token = ""
        self._revision = 0
        self._seen = 0

    def __repr__(self) -> str:
        return f"<Link session {self.link_session_id} at {self.pane['name'] if self.pane else 'its end'}>"

    @property
    def over(self) -> bool:
        return self.result is not None

    @property
    def busy(self) -> bool:
        """The server is at work, or the person is at the bank: the pane will change by itself."""
        return self.pane is not None and bool(self.pane["busy"])

    @property
    def away(self) -> bool:
        """The person is at the bank's own pages."""
        return self.busy and bool((self.pane or {}).get("url"))

    @property
    def error(self) -> Json | None:
        """What onExit would be given if the person left now."""
        told = self.result or self.exit or {}
        return told.get("error")

    def starting(self, link_token: str, received_redirect_uri: str | None = None) -> Call:
        back = {} if received_redirect_uri is None else {"received_redirect_uri": received_redirect_uri}
        return Call("start", {"link_token": link_token, **back})

    def acting(self, action: Mapping[str, Any]) -> Call:
        return Call("act", {**self._known(), "revision": self._revision, "action": action})

    def waiting(self) -> Call:
        """Answered when there is something new, or after twenty seconds."""
        return Call("get", {**self._known(), "after_revision": self._revision})

    def take(self, answer: Json) -> None:
        """Raises `LinkRefused` for an error object."""
        if answer.get("error_code"):
            raise LinkRefused(answer)
        self._session_token = answer.get("session_token", self._session_token)
        self.texts = answer.get("texts", self.texts)
        self.link_session_id = answer["link_session_id"]
        self._revision, self._seen = answer["revision"], answer["events_seen"]
        self.pane, self.exit, self.result = answer["pane"], answer["exit"], answer["result"]
        self.events += answer["events"]

    def action(self, move: Move) -> Json:
        """A move as the protocol says it."""
        if isinstance(move, Choose):
            return {"type": "select_institution", "institution_id": move.value}
        if isinstance(move, Search):
            return {"type": "search", "query": move.query}
        if isinstance(move, Visit):
            return {"type": "open_oauth", "mode": "popup"}
        return {"type": move.action, **_members(move)}

    def connecting(self, answers: Answers) -> Generator[Call | Away, None, Linked]:
        """Goes on until the session is over. What it yields has been done, and taken in, when it goes on.

        Raises `LinkStopped` and `LinkRefused`.
        """
        visited = False
        for _ in range(MOVES):
            while self.busy:
                yield self.waiting()
            if self.pane is None:
                return self.linked()
            move = answers.move(self.pane, self.error)
            if isinstance(move, Visit) and visited:
                raise LinkStopped("the bank's pages were left unfinished", self.pane, self.error)
            yield self.acting(self.action(move))
            if isinstance(move, Visit):
                visited = True
                yield Away(str(move.url))
        raise LinkStopped("Link goes round in a circle", self.pane or {}, self.error)

    def linked(self) -> Linked:
        """What came of it. Raises `LinkRefused` with the error of an exit."""
        if self.result is None or self.result["kind"] != "success":
            unsaid = {"error_code": None, "error_message": "Link was left without connecting a bank"}
            raise LinkRefused(self.error or unsaid)
        return Linked(self.result["public_token"], self.result["metadata"])

    def _known(self) -> Json:
        return {"session_token": self._session_token, "events_seen": self._seen}


def _members(move: Press) -> Json:
    first = [given[0] if given else "" for given in move.entered.values()]
    if move.fill == "values":
        return {"values": dict(zip(move.entered, first, strict=True))}
    if move.fill == "answers":
        return {"answers": first}
    if move.fill == "accounts":
        return {"accounts": [value for given in move.entered.values() for value in given]}
    return {}
