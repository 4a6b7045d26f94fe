"""What a person would do on a pane, decided from the pane's data alone. No I/O.

A pane is what the session endpoints answer (docs/link-protocol.md), or what was read off the page in the same
shape. `Answers.move` gives the one thing to do next; the drivers do it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

Pane = Mapping[str, Any]

ENTERED = frozenset({"text", "password", "pin", "code"})
"""Kinds of fields that are typed into, whatever else a later version adds to them."""
TICKED = frozenset({"radio", "checkbox"})
NOT_ONWARD = frozenset({"back", "close", "choose_another", "confirm_exit", "retry"})
"""Actions that lead out of where a person is, or in a circle."""


class LinkStopped(Exception):  # noqa: N818  it is what happened, as in StopIteration
    """Link stands at a pane that the answers do not lead on from.

    `pane`: where it stands. `error`: what onExit would be given now, as far as the driver knows it.
    """

    def __init__(self, why: str, pane: Pane, error: Mapping[str, Any] | None = None) -> None:
        code = f" ({error['error_code']})" if error else ""
        where = f", on the pane {pane['name']!r}: {said(pane)}" if pane else ""
        super().__init__(why + code + where)
        self.pane = pane
        self.error = error


class Press(NamedTuple):
    """Enters something into each field, then presses a button."""

    action: str
    fill: str | None
    entered: Mapping[str, list[str]]
    """By the names of the fields, in order: the one text, or the values of the ticked options."""


class Choose(NamedTuple):
    """Picks a tile."""

    value: str


class Search(NamedTuple):
    query: str


class Visit(NamedTuple):
    """Goes to the bank's own pages."""

    url: str | None


Move = Press | Choose | Search | Visit


BANK = "First Platypus Bank"


class Known(TypedDict, total=False):
    """The arguments of `Answers` but the institution."""

    username: str
    password: str
    mfa: Iterable[str]
    accounts: Iterable[str] | None
    values: Mapping[str, str] | None


class Answers:
    """A person who knows what to say.

    institution: its name as it stands on the tile, or its `ins_…`. values: for any other field, by its name.
    mfa: the answers in the order they are asked for; a choice among options that the next answer does not name
    is the first one. accounts: names, masks or values; None takes those that are ticked, or else all that may be.
    A pane that asks what nobody knows is skipped where it can be, else the driver stops there.
    """

    def __init__(
        self,
        institution: str = BANK,
        *,
        username: str = "user_good",
        password: str = "pass_good",
        mfa: Iterable[str] = (),
        accounts: Iterable[str] | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        self._institution = institution
        self._values = {"username": username, "password": password, **(values or {})}
        self._mfa = list(mfa)
        self._accounts = None if accounts is None else list(accounts)

    def __repr__(self) -> str:
        return f"Answers({self._institution!r})"

    def move(self, pane: Pane, error: Mapping[str, Any] | None = None) -> Move:
        """The next move. Raises `LinkStopped` when there is none."""
        if pane["view"] == "ERROR":
            raise LinkStopped("Link shows an error", pane, error)
        if any(field["error"] for field in pane["fields"]):
            raise LinkStopped("Link did not take an answer", pane, error)
        tiles = next((field for field in pane["fields"] if field["kind"] == "tiles"), None)
        if tiles is not None:
            return self._institution_move(pane, tiles)
        main = main_button(pane)
        if main is None:
            raise LinkStopped("there is no way on", pane, error)
        if main["fill"] == "away":
            return Visit(pane["url"])
        try:
            return Press(main["action"], main["fill"], self._entered(pane, main))
        except KeyError as missing:
            skip = next((it for it in pane["buttons"] if it is not main and _skips(it)), None)
            if skip is None:
                raise LinkStopped(f"no answer is known for {missing}", pane, error) from None
            return Press(skip["action"], None, {})

    def _institution_move(self, pane: Pane, tiles: Mapping[str, Any]) -> Move:
        wanted = self._institution
        for option in tiles["options"]:
            if wanted in (option["value"], option["label"]):
                return Choose(option["value"])
        if wanted.startswith("ins_"):
            return Choose(wanted)
        searches = [field["value"] for field in pane["fields"] if field["kind"] == "search"]
        if not searches and pane["buttons"]:  # a few suggestions, and a way past them
            return Press(pane["buttons"][0]["action"], None, {})
        if any(value != wanted for value in searches):
            return Search(wanted)
        found = ", ".join(option["label"] for option in tiles["options"]) or "none"
        raise LinkStopped(f"there is no institution {wanted!r} (found: {found})", pane)

    def _entered(self, pane: Pane, button: Mapping[str, Any]) -> dict[str, list[str]]:
        """What goes into each field. Raises `KeyError` with the label of the one that nobody knows."""
        entered = {}
        for field in pane["fields"]:
            if field["kind"] in TICKED:
                entered[field["name"]] = self._options(field, button["fill"])
            else:
                entered[field["name"]] = [self._text(field, button["fill"])]
        return entered

    def _text(self, field: Mapping[str, Any], fill: str | None) -> str:
        if fill == "answers" and self._mfa:
            return self._mfa.pop(0)
        known = self._values.get(field["name"]) or field["value"]
        if not known and not field.get("optional"):
            raise KeyError(label(field))
        return str(known)

    def _options(self, field: Mapping[str, Any], fill: str | None) -> list[str]:
        options = field["options"]
        if fill == "accounts" and self._accounts is not None:
            return [pick(field, wanted) for wanted in self._accounts]
        if fill == "answers" and self._mfa and any(names(option, self._mfa[0]) for option in options):
            return [pick(field, self._mfa.pop(0))]
        if field["name"] in self._values:
            return [pick(field, self._values[field["name"]])]
        ticked = [option["value"] for option in options if option["checked"]]
        if not ticked:
            ticked = [option["value"] for option in options]
        return ticked[:1] if field["kind"] == "radio" else ticked


def main_button(pane: Pane) -> Mapping[str, Any] | None:
    """The button that leads on. Where a session may go round again, it is the one that ends it."""
    buttons = [button for button in pane["buttons"] if button["action"] not in NOT_ONWARD]
    buttons.sort(key=lambda button: (button["action"] != "finish", button["role"] != "primary"))
    return buttons[0] if buttons else None


def pick(field: Mapping[str, Any], wanted: str) -> str:
    """The value of the option that somebody means. Raises `KeyError` with what there is."""
    for option in field["options"]:
        if names(option, wanted):
            return str(option["value"])
    raise KeyError(f"{label(field)}: {wanted} (there are {', '.join(o['label'] for o in field['options'])})")


def names(option: Mapping[str, Any], wanted: str) -> bool:
    """Whether it is called so: its label, its value, or the last characters of its note, such as a mask."""
    title = option["title"]["text"] if option.get("title") else option["label"]
    return wanted in (title, option["label"], option["value"]) or bool(
        wanted and (option["note"] or "").endswith(wanted)
    )


def label(field: Mapping[str, Any]) -> str:
    """How a field is called on the pane."""
    return str(field["text"] or field["label"]["text"])


def said(pane: Pane) -> str:
    """The pane's title with whatever it says is wrong."""
    errors = [field["error"] for field in pane["fields"]]
    texts = [pane["title"], pane["notice"], *errors, *(pane["details"] if pane["view"] == "ERROR" else [])]
    return ". ".join(dict.fromkeys(text["text"].rstrip(".") for text in texts if text))


def _skips(button: Mapping[str, Any]) -> bool:
    return button["role"] == "secondary" and not button["fill"] and button["action"] not in NOT_ONWARD
