"""Renders message keys in a language."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gingham.link.flow.model import Pane, Text

ENGLISH = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
PLACE = re.compile(r"\{(\w+)\}")

_FOLDER = Path(__file__).parent


@cache
def languages() -> frozenset[str]:
    """Language codes that have a catalogue."""
    return frozenset(path.stem for path in _FOLDER.glob("*.json"))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Texts of a language by key, English where it has none; English for a language that is not there."""
    if language not in languages():  # also keeps a hostile language out of the path below
        language = ENGLISH
    texts = msgspec.json.decode((_FOLDER / f"{language}.json").read_bytes(), type=dict[str, str])
    return texts if language == ENGLISH else {**catalogue(ENGLISH), **texts}


def keys() -> frozenset[str]:
    """All message keys."""
    return frozenset(catalogue(ENGLISH))


def direction(language: str) -> str:
    """`ltr` or `rtl`, for the `dir` attribute of the text that is really shown."""
    return "rtl" if language in RIGHT_TO_LEFT & languages() else "ltr"


def render(text: Text, language: str = ENGLISH) -> str:
    """The text with its values put in. Raises `KeyError` for an unknown key or a missing value: a defect,
    held by tests."""
    return PLACE.sub(lambda place: text.values[place[1]], catalogue(language)[text.key])


def render_pane(pane: Pane, language: str = ENGLISH) -> dict[str, Any]:
    """The pane as plain JSON types, each `Text` as `{"key": …, "text": …}`: what clients receive."""
    rendered: dict[str, Any] = _render(pane, language)
    return rendered


def _render(value: Any, language: str) -> Any:
    if isinstance(value, Text):
        return {"key": value.key, "text": render(value, language)}
    if isinstance(value, msgspec.Struct):
        return {name: _render(getattr(value, name), language) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_render(each, language) for each in value]
    return value
