"""Renders message keys in a language."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from gingham.link.flow.model import Pane, Text

ENGLISH = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
CLDR: Mapping[str, str] = {"pt": "pt_PT"}
"""Locales that CLDR knows under another name: Portuguese is written for Europe here."""
FRAME = "frame."
"""Keys of the words that belong to Link's frame rather than to a pane."""
RETURN = "return."
"""Keys of the page on which a person comes back from a bank."""
PLACE = re.compile(r"\{(\w+)\}")

Message = str | dict[str, str]
"""A text, or its plural forms by CLDR category, chosen by the value `count`."""

_FOLDER = Path(__file__).parent


@cache
def languages() -> frozenset[str]:
    """Language codes that have a catalogue."""
    return frozenset(path.stem for path in _FOLDER.glob("*.json"))


@cache
def catalogue(language: str) -> Mapping[str, Message]:
    """Messages of a language by key, English where it has none; English for a language that is not there."""
    if language not in languages():  # also keeps a hostile language out of the path below
        language = ENGLISH
    texts = msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=dict[str, Message])
    return texts if language == ENGLISH else {**catalogue(ENGLISH), **texts}


def keys() -> frozenset[str]:
    """All message keys."""
    return frozenset(catalogue(ENGLISH))


def direction(language: str) -> str:
    """`ltr` or `rtl`, for the `dir` attribute of the text that is really shown."""
    return "rtl" if language in RIGHT_TO_LEFT & languages() else "ltr"


@cache
def frame_texts(language: str = ENGLISH) -> Mapping[str, str]:
    """The frame's own words by their names in the frame, such as `back`."""
    return {
        key.removeprefix(FRAME): message
        for key, message in catalogue(language).items()
        if key.startswith(FRAME) and isinstance(message, str)
    }


def render(text: Text, language: str = ENGLISH) -> str:
    """The text with its values put in. Raises `KeyError` for an unknown key or a missing value: a defect,
    held by tests."""
    if text.said is not None:
        return PLACE.sub(lambda place: text.values.get(place[1], place[0]), text.said)
    message = catalogue(language)[text.key]
    if not isinstance(message, str):
        form = plural_form(language)(int(text.values["count"]))
        message = message.get(form, message["other"])
    return PLACE.sub(lambda place: text.values[place[1]], message) if "{" in message else message


@cache
def plural_form(language: str) -> Callable[[int], str]:
    """The CLDR plural category of a count, such as `one`, `few` or `other`, in the language that is shown."""
    from babel import Locale  # here, because importing it costs 70 ms and most sessions count nothing

    shown = language if language in languages() else ENGLISH
    rule: Callable[[int], str] = Locale.parse(CLDR.get(shown, shown)).plural_form
    return rule


def render_pane(pane: Pane, language: str = ENGLISH) -> dict[str, Any]:
    """The pane as plain JSON types, each `Text` as `{"key": …, "text": …}`: what clients receive."""
    rendered: dict[str, Any] = _render(pane, language)
    return rendered


_PLAIN = frozenset({str, bool, int, type(None)})


def _render(value: Any, language: str) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Text:
        return {"key": value.key, "text": render(value, language)}
    if kind is tuple:
        return [_render(each, language) for each in value]
    if not isinstance(value, msgspec.Struct):
        return value
    # Most members are plain, and a call for each would cost more than all the rest.
    return {
        name: member if type(member) in _PLAIN else _render(member, language)
        for name, member in zip(value.__struct_fields__, _reader(value.__struct_fields__)(value), strict=True)
    }


@cache
def _reader(names: tuple[str, ...]) -> Callable[[msgspec.Struct], tuple[Any, ...]]:
    """Reads all members at once."""
    read: Any = attrgetter(*names)
    return read if len(names) > 1 else lambda value: (read(value),)
