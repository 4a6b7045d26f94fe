"""`gingham link`: a Link session in the terminal, against a running server.

A third rendering of the panes, beside the browser's and a program's: it knows kinds of fields and buttons, never
single panes. What is secret is not echoed, and the result alone goes to standard output.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from getpass import getpass
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt

from gingham.testing.answers import BANK, TICKED, Answers, LinkStopped, Pane, Press, Visit, label, names
from gingham.testing.conversation import Linked, LinkRefused
from gingham.testing.session import LinkSession

SECRET = frozenset({"password", "pin"})
TONES = {"info": "cyan", "good": "green", "warn": "yellow", "bad": "red"}
BACK, LEAVE = "b", "q"
OTHERS = ("o", "p", "r", "s")
"""Keys of the buttons after the first."""


def answers(institution: str | None, known: Mapping[str, Any]) -> Answers | None:
    """What was given on the command line; None if nothing was, so that the person is asked."""
    if institution is None and not known:
        return None
    return Answers(institution or BANK, **known)


def create_link_token(
    server: str, client_id: str, secret: str, products: Sequence[str] | None, access_token: str | None
) -> str:
    """Makes a link_token with the team's keys. Raises `LinkRefused` and httpx's errors."""
    asked: dict[str, Any] = {
        "client_name": "Terminal",
        "language": "en",
        "country_codes": ["US"],
        "user": {"client_user_id": "terminal"},
    }
    if access_token is None:
        asked["products"] = list(products or ["transactions"])
    else:
        asked["access_token"] = access_token
    answer = httpx.post(
        f"{server.rstrip('/')}/link/token/create",
        headers={"PLAID-CLIENT-ID": client_id, "PLAID-SECRET": secret},
        json=asked,
    )
    said = answer.json()
    if "link_token" not in said:
        raise LinkRefused(said)
    return str(said["link_token"])


def run(server: str, link_token: str, answers: Answers | None) -> Linked:
    """Goes through Link: by the answers, or by asking whoever sits here. Raises `LinkRefused`, `LinkStopped`."""
    console = Console(stderr=True, highlight=False)
    with LinkSession(server, link_token) as link:
        if answers is not None:
            return link.connect_with(answers, at_bank=partial(_tell_where, console))
        return Terminal(console, link).go()


def report(linked: Linked, *, as_json: bool) -> None:
    """The result, for a person or for a program."""
    if as_json:
        text = json.dumps({"public_token": linked.public_token, "metadata": linked.metadata}, indent=2)
        Console(soft_wrap=True, highlight=False, markup=False).print(text)
    else:
        Console(soft_wrap=True, highlight=False, markup=False).print(linked.public_token)


class Terminal:
    """A person at a terminal, in one Link session."""

    def __init__(self, console: Console, link: LinkSession) -> None:
        self._console = console
        self._link = link

    def go(self) -> Linked:
        while (pane := self._link.pane) is not None:
            self._draw(pane)
            if self._link.busy:
                if self._link.away:
                    _tell_where(self._console, pane["url"])
                self._wait(pane)
                continue
            action = self._searched(pane) or self._pressed(pane)
            with self._console.status(self._link.texts.get("working", "")):
                self._link.do(**action)
        return self._link.linked()

    # --- what is shown ------------------------------------------------------------------------------------------------

    def _draw(self, pane: Pane) -> None:
        tone = TONES.get(pane["tone"], "cyan")
        bank = pane["institution"]
        self._console.print()
        self._console.rule(escape(bank["name"]) if bank else "", align="left", style=tone)
        self._console.print(f"[bold]{escape(pane['title']['text'])}[/]")
        for text in (pane["help"], *pane["details"]):
            if text:
                self._console.print(escape(text["text"]), style="dim")
        for point in pane["points"]:
            self._console.print(f"  [{tone}]✓[/] {escape(point['text'])}")
        for field in pane["fields"]:
            if field["options"]:
                self._list(field)
        wrong = dict.fromkeys(field["error"]["text"] for field in pane["fields"] if field["error"])
        for text in [*([pane["notice"]["text"]] if pane["notice"] else []), *wrong]:
            self._console.print(escape(text), style="yellow" if pane["tone"] == "info" else tone)

    def _wait(self, pane: Pane) -> None:
        with self._console.status(escape(pane["title"]["text"])):
            while self._link.busy:
                self._link.wait()

    # --- what is asked ------------------------------------------------------------------------------------------------

    def _searched(self, pane: Pane) -> dict[str, Any] | None:
        """On a pane with tiles: a number picks one, words search. None where there are none."""
        tiles = next((field for field in pane["fields"] if field["kind"] == "tiles"), None)
        if tiles is None:
            return None
        said = self._ask(f"A number, or words to search for ({BACK} goes back, {LEAVE} leaves)")
        if said in (BACK, LEAVE):
            return {"type": "back" if said == BACK else "close"}
        option = _chosen(tiles["options"], said)
        if option is not None:
            return {"type": "select_institution", "institution_id": option["value"]}
        return {"type": "search", "query": said[:200]}

    def _pressed(self, pane: Pane) -> dict[str, Any]:
        """Which button, then what goes into the fields."""
        buttons = sorted(pane["buttons"], key=lambda button: button["role"] != "primary")
        ways = dict(zip(("", *OTHERS), buttons, strict=False))
        if pane["can_go_back"]:
            ways[BACK] = {
                "action": "back",
                "fill": None,
                "label": {"text": self._link.texts.get("back", "Back")},
            }
        if pane["can_close"]:
            ways[LEAVE] = {
                "action": "close",
                "fill": None,
                "label": {"text": self._link.texts.get("close", "Close")},
            }
        for key, button in ways.items():
            self._console.print(f"  [bold cyan]{key or 'Enter':>5}[/]  {escape(button['label']['text'])}")
        picked = Prompt.ask(
            "Your choice",
            console=self._console,
            choices=[*ways],
            default="",
            show_choices=False,
            show_default=False,
        )
        button = ways[picked]
        if button["fill"] == "away":
            return self._link.action(Visit(pane["url"]))
        entered = {it["name"]: self._entered(it) for it in pane["fields"]} if button["fill"] else {}
        return self._link.action(Press(button["action"], button["fill"], entered))

    def _entered(self, field: Mapping[str, Any]) -> list[str]:
        if field["kind"] not in TICKED:
            secret, optional = field["kind"] in SECRET, bool(field.get("optional"))
            return [self._ask(label(field), field["value"], secret=secret, optional=optional)]
        one = field["kind"] == "radio"
        ticked = [str(n) for n, option in enumerate(field["options"], 1) if option["checked"]]
        while True:
            said = self._ask(f"{label(field)}: a number" if one else "Numbers, or all", " ".join(ticked))
            if said == "all" and not one:
                return [option["value"] for option in field["options"]]
            words = said.replace(",", " ").split()
            options = [_chosen(field["options"], word) for word in words]
            if options and all(options) and (len(options) == 1 or not one):
                return [option["value"] for option in options if option]

    def _list(self, field: Mapping[str, Any]) -> None:
        heading = None
        self._console.print(escape(label(field)))
        for number, option in enumerate(field["options"], 1):
            group = option["group"]["text"] if option["group"] else None
            if group and group != heading:
                self._console.print(escape(group), style="dim")
            heading = group
            name = option["title"]["text"] if option.get("title") else option["label"]
            note = f" [dim]{escape(option['note'])}[/]" if option["note"] else ""
            self._console.print(f"  [bold cyan]{number:>2}[/] {escape(name)}{note}")

    def _ask(self, text: str, default: str = "", *, secret: bool = False, optional: bool = False) -> str:
        """Asks until something is said, or once where nothing may be."""
        said = ""
        while not said:
            if secret:
                # Not rich's: it shows its question before the echo is off, and drops what is typed between the two.
                said = getpass(f"{text}: ")
            else:
                shown = bool(default)
                said = Prompt.ask(
                    escape(text), console=self._console, default=default, show_default=shown
                ).strip()
            if optional:
                break
        return said


def _chosen(options: Sequence[Mapping[str, Any]], said: str) -> Mapping[str, Any] | None:
    """The option of that number, or of that name."""
    if said.isascii() and said.isdigit() and 0 < int(said) <= len(options):
        return options[int(said) - 1]
    return next((option for option in options if names(option, said)), None)


def _tell_where(console: Console, url: str) -> None:
    console.print("Open this address in a browser; Link goes on when you are done there:")
    console.print(url, style="underline", soft_wrap=True, markup=False)


def explain(error: Exception) -> str:
    """What went wrong, as one line for whoever sits here."""
    if isinstance(error, httpx.ConnectError):
        return "there is no server at that address: start one with `gingham serve`"
    if isinstance(error, EOFError):
        return "nobody is there to answer"
    if isinstance(error, httpx.HTTPError | ValueError):
        return f"the server could not be asked: {error}"
    return str(error)


FAILURES = (LinkRefused, LinkStopped, httpx.HTTPError, httpx.InvalidURL, ValueError, EOFError)
"""What `explain` has words for."""
