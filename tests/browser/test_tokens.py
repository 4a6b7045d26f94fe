"""The look's colours keep their contrast (WCAG 2.2: text 4.5, controls 3), in light and in dark."""

import re
from math import cos, radians, sin

import pytest

from gingham.link.web.pages import STATIC

COLOUR = re.compile(r"--([a-z-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);")
LIGHT, _, DARK = (STATIC / "tokens.css").read_text(encoding="utf-8").partition("prefers-color-scheme: dark")


def colours(css: str) -> dict[str, tuple[float, float, float]]:
    return {name: (float(l), float(c), float(h)) for name, l, c, h in COLOUR.findall(css)}  # noqa: E741


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour, clipped to sRGB (Ottosson's OKLab matrices)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    dark, light = sorted((luminance(*one), luminance(*other)))
    return (light + 0.05) / (dark + 0.05)


SURFACES = ("surface", "surface-raised", "surface-sunken")
TEXTS = [
    (text, ground) for text in ("ink", "ink-soft", "brand", "good", "warn", "bad") for ground in SURFACES
]
TEXTS += [(text, f"{text}-wash") for text in ("brand", "good", "warn", "bad")]
TEXTS += [("ink", f"{ground}-wash") for ground in ("brand", "good", "warn", "bad")]
TEXTS += [("ink-soft", "brand-wash"), ("brand-ink", "brand"), ("brand-ink", "brand-hover")]
CONTROLS = [(control, ground) for control in ("line-strong", "focus", "brand") for ground in SURFACES]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    palette = colours(LIGHT) | (colours(DARK) if scheme == "dark" else {})
    low = {
        (front, back): round(contrast(palette[front], palette[back]), 2)
        for pairs, least in ((TEXTS, 4.5), (CONTROLS, 3.0))
        for front, back in pairs
        if contrast(palette[front], palette[back]) < least
    }
    assert low == {}


def test_dark_says_every_colour_anew() -> None:
    assert colours(LIGHT).keys() == colours(DARK).keys()


def test_the_measure_itself() -> None:
    white, black = (1.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    assert contrast(white, black) == pytest.approx(21, abs=0.01)
