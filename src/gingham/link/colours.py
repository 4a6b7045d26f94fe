"""A client's brand colour, made readable: what Link draws with it in light and in dark.

The lightness of the colour moves, its hue stays, until text in it has a contrast of 4.5 on every surface that
it may stand on (WCAG 2.2, 1.4.3), so controls have more than the 3 they need. Colours are #rrggbb; the mixing
is done in OKLCH (Ottosson's OKLab matrices).
"""

from collections.abc import Mapping
from math import atan2, cbrt, cos, degrees, hypot, radians, sin
from typing import Literal, NamedTuple

Scheme = Literal["light", "dark"]

TEXT_CONTRAST = 4.5


class Oklch(NamedTuple):
    lightness: float
    chroma: float
    hue: float
    """Degrees."""


class Ground(NamedTuple):
    """What a scheme's brand stands on. `surfaces` are those of static/tokens.css, held equal by a test."""

    surfaces: tuple[Oklch, ...]
    wash: Oklch
    thread: Oklch
    cloth: Oklch
    hover: float
    """How much lighter the primary button gets under the pointer."""
    towards: float
    """The lightness that a colour without contrast moves to."""


GROUNDS: Mapping[Scheme, Ground] = {
    "light": Ground(
        surfaces=(Oklch(0.972, 0.005, 265), Oklch(1, 0, 0), Oklch(0.962, 0.006, 265)),
        wash=Oklch(0.965, 0.016, 0),
        thread=Oklch(0.5, 0.125, 0),
        cloth=Oklch(0.99, 0.004, 0),
        hover=-0.05,
        towards=0.0,
    ),
    "dark": Ground(
        surfaces=(Oklch(0.2, 0.014, 265), Oklch(0.235, 0.016, 265), Oklch(0.275, 0.018, 265)),
        wash=Oklch(0.295, 0.04, 0),
        thread=Oklch(0.7, 0.12, 0),
        cloth=Oklch(0.27, 0.03, 0),
        hover=0.05,
        towards=1.0,
    ),
}
_INKS = ("#ffffff", "#0b0f1a")
_THREAD_ALPHA = {"light": "6b", "dark": "73"}
_STEP = 0.005


def palette(brand: str, scheme: Scheme) -> dict[str, str]:
    """The custom properties that follow from the brand colour, by name (static/tokens.css)."""
    ground = GROUNDS[scheme]
    asked = oklch(brand)
    wash = to_hex(_tinted(ground.wash, asked))
    shown = readable(brand, scheme)
    ink = max(_INKS, key=lambda candidate: contrast(candidate, shown))
    here = oklch(shown)
    hover = to_hex(here._replace(lightness=here.lightness + ground.hover))
    if contrast(ink, hover) < TEXT_CONTRAST:
        hover = to_hex(here._replace(lightness=here.lightness - ground.hover))
    return {
        "brand": shown,
        "brand-hover": hover if contrast(ink, hover) >= TEXT_CONTRAST else shown,
        "brand-ink": ink,
        "brand-wash": wash,
        "focus": shown,
        "thread": to_hex(_tinted(ground.thread, asked)) + _THREAD_ALPHA[scheme],
        "cloth": to_hex(_tinted(ground.cloth, asked)),
    }


def readable(brand: str, scheme: Scheme) -> str:
    """The brand colour itself if text in it can be read, else the nearest lightness at which it can."""
    ground = GROUNDS[scheme]
    asked = oklch(brand)
    beneath = [to_hex(surface) for surface in (*ground.surfaces, _tinted(ground.wash, asked))]
    shown, lightness = brand, asked.lightness
    while min(contrast(shown, one) for one in beneath) < TEXT_CONTRAST and lightness != ground.towards:
        step = _STEP if ground.towards > lightness else -_STEP
        lightness = min(1.0, max(0.0, lightness + step))
        shown = to_hex(asked._replace(lightness=lightness))
    return shown


def _tinted(model: Oklch, brand: Oklch) -> Oklch:
    """A colour of the look in the hue of the brand; a grey brand tints nothing."""
    return Oklch(model.lightness, min(model.chroma, brand.chroma), brand.hue)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> tuple[float, float, float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def oklch(colour: str) -> Oklch:
    red, green, blue = _linear(colour)
    long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return Oklch(lightness, hypot(a, b), degrees(atan2(b, a)) % 360)


def to_hex(colour: Oklch) -> str:
    """The nearest colour of that lightness and hue which a screen (sRGB) can show."""
    lightness = min(1.0, max(0.0, colour.lightness))
    chroma = colour.chroma
    linear = _to_linear(Oklch(lightness, chroma, colour.hue))
    while chroma > 0 and not all(-0.0005 <= channel <= 1.0005 for channel in linear):
        chroma = max(0.0, chroma - 0.002)
        linear = _to_linear(Oklch(lightness, chroma, colour.hue))
    return "#" + "".join(f"{_byte(channel):02x}" for channel in linear)


def _byte(channel: float) -> int:
    c = min(1.0, max(0.0, channel))
    return round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055))


def _to_linear(colour: Oklch) -> tuple[float, float, float]:
    a = colour.chroma * cos(radians(colour.hue))
    b = colour.chroma * sin(radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
