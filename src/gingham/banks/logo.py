"""The picture of an institution: a woven check drawn from its id.

Every bank has two colours and a weave of its own, the same today and tomorrow, and never the logo or the
colours of a real bank. A weave is data: stripes on a square of 48 units, laid down the warp (vertical) and
across the weft (horizontal), both translucent, so that crossings darken as they do in cloth. `svg` and `png`
draw the same data; all edges sit on even units, so that the picture is sharp at 24 and 48 px.
"""

import hashlib
import struct
import zlib
from functools import lru_cache
from html import escape
from math import cos, radians, sin

from msgspec import Struct

from gingham.banks.protocol import Institution

_UNITS = 48
_CORNER = 11
"""Radius of the rounded square, in units."""

_WARP, _WEFT, _LIGHT = "warp", "weft", "light"

Rgb = tuple[int, int, int]


class _Stripe(Struct, frozen=True):
    """From `start`, `width` units wide, dyed with one of the institution's colours."""

    start: int
    width: int
    dye: str
    opacity: float


class _Weave(Struct, frozen=True):
    ground: str
    warp: tuple[_Stripe, ...]
    weft: tuple[_Stripe, ...]


def _bands(dye: str, opacity: float, *spans: tuple[int, int]) -> tuple[_Stripe, ...]:
    return tuple(_Stripe(start, width, dye, opacity) for start, width in spans)


_GINGHAM = ((4, 8), (20, 8), (36, 8))
_BUFFALO = ((6, 12), (30, 12))
_PANES = ((14, 2), (32, 2))
_MADRAS_WIDE, _MADRAS_THIN = ((4, 12), (32, 6)), ((20, 6), (42, 2))

_WEAVES = {
    "gingham": _Weave("tint", _bands(_WARP, 0.72, *_GINGHAM), _bands(_WEFT, 0.62, *_GINGHAM)),
    "buffalo": _Weave("tint", _bands(_WARP, 0.78, *_BUFFALO), _bands(_WARP, 0.62, *_BUFFALO)),
    "tartan": _Weave(
        _WARP,
        _bands(_WEFT, 0.5, (16, 16)) + _bands(_LIGHT, 0.75, (8, 2), (38, 2)),
        _bands(_WEFT, 0.5, (16, 16)) + _bands(_LIGHT, 0.55, (8, 2), (38, 2)),
    ),
    "windowpane": _Weave(_WARP, _bands(_LIGHT, 0.85, *_PANES), _bands(_LIGHT, 0.7, *_PANES)),
    "tattersall": _Weave(
        "tint",
        _bands(_WARP, 0.85, (6, 4), (30, 4)) + _bands(_WEFT, 0.85, (16, 4), (40, 4)),
        _bands(_WARP, 0.7, (6, 4), (30, 4)) + _bands(_WEFT, 0.7, (16, 4), (40, 4)),
    ),
    "madras": _Weave(
        "tint",
        _bands(_WARP, 0.75, *_MADRAS_WIDE) + _bands(_WEFT, 0.75, *_MADRAS_THIN),
        _bands(_WEFT, 0.6, *_MADRAS_WIDE) + _bands(_WARP, 0.6, *_MADRAS_THIN),
    ),
}

_NAMED_FOR_ITS_WEAVE = {
    "ins_109509": "gingham",
    "ins_109510": "tattersall",
    "ins_109511": "tartan",
    "ins_135858": "windowpane",
    "ins_43": "tartan",
    "ins_900011": "buffalo",
}
"""Where the name of a bank promises a cloth, it gets that cloth."""


class _Cloth(Struct, frozen=True):
    """What is drawn: a weave with its dyes. `seed` makes ids that are unique on a page."""

    seed: str
    weave: _Weave
    dyes: tuple[tuple[str, Rgb], ...]

    def dye(self, name: str) -> Rgb:
        return dict(self.dyes)[name]


def color(institution_id: str) -> str:
    """`#rrggbb`: the institution's first colour, dark enough for white text."""
    return _hex(_oklch(0.45, 0.11, _hue(institution_id)))


def dyes(institution: Institution) -> tuple[str, str]:
    """`#rrggbb` twice: the colours of the warp and of the weft."""
    cloth = _cloth(institution.institution_id, institution.primary_color)
    return _hex(cloth.dye(_WARP)), _hex(cloth.dye(_WEFT))


def svg(institution: Institution) -> str:
    """The picture as an SVG element without a size of its own; its accessible name is the bank's."""
    cloth = _cloth(institution.institution_id, institution.primary_color)
    clip = f"weave-{cloth.seed}"
    marks = [f'<path fill="{_hex(cloth.dye(cloth.weave.ground))}" d="M0 0h{_UNITS}v{_UNITS}H0z"/>']
    for stripes, vertical in ((cloth.weave.warp, True), (cloth.weave.weft, False)):
        for s in stripes:
            box = (
                f"M{s.start} 0h{s.width}v{_UNITS}h-{s.width}z"
                if vertical
                else f"M0 {s.start}h{_UNITS}v{s.width}H0z"
            )
            marks.append(f'<path fill="{_hex(cloth.dye(s.dye))}" fill-opacity="{s.opacity}" d="{box}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_UNITS} {_UNITS}" role="img" '
        f'aria-label="{escape(institution.name)}"><clipPath id="{clip}">'
        f'<rect width="{_UNITS}" height="{_UNITS}" rx="{_CORNER}"/></clipPath>'
        f'<g clip-path="url(#{clip})">{"".join(marks)}</g></svg>'
    )


def png(institution: Institution, size: int = 152) -> bytes:
    """The picture as a `size` by `size` PNG with transparent corners. Raises `ValueError` outside 8 to 1024
    px.
    """
    if not 8 <= size <= 1024:
        raise ValueError("size must be between 8 and 1024 px")
    return _png(institution.institution_id, institution.primary_color, size)


@lru_cache(maxsize=256)
def _png(institution_id: str, primary_color: str | None, size: int) -> bytes:
    cloth = _cloth(institution_id, primary_color)
    scale = size / _UNITS
    columns = [_crossed(cloth.weave.warp, n / scale, (n + 1) / scale) for n in range(size)]
    rows = [_crossed(cloth.weave.weft, n / scale, (n + 1) / scale) for n in range(size)]
    ground = cloth.dye(cloth.weave.ground)
    warp = [_dyed(ground, cloth, column) for column in columns]
    # Cloth repeats itself: rows that the same weft crosses are the same bytes, so few of them are worked out.
    drawn: dict[tuple[tuple[str, float], ...], bytes] = {}
    for row in rows:
        if row not in drawn:
            pixels = {thread: bytes((*_dyed(thread, cloth, row), 255)) for thread in set(warp)}
            drawn[row] = b"".join(pixels[thread] for thread in warp)
    lines = [bytearray(drawn[row]) for row in rows]
    _round_corners(lines, size, _CORNER * scale)
    # Each line begins with the byte 0: no filter (PNG specification, section 9.2).
    raw = b"".join(b"\0" + line for line in lines)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _crossed(stripes: tuple[_Stripe, ...], start: float, end: float) -> tuple[tuple[str, float], ...]:
    """Which stripes cover the pixel from `start` to `end` units, and how much of it, opacity included."""
    covered = []
    for s in stripes:
        share = (min(end, s.start + s.width) - max(start, s.start)) / (end - start)
        if share > 0:
            covered.append((s.dye, round(s.opacity * share, 3)))
    return tuple(covered)


def _dyed(under: Rgb, cloth: _Cloth, crossed: tuple[tuple[str, float], ...]) -> Rgb:
    for name, opacity in crossed:
        r, g, b = (round(u + (o - u) * opacity) for u, o in zip(under, cloth.dye(name), strict=True))
        under = (r, g, b)
    return under


def _round_corners(lines: list[bytearray], size: int, radius: float) -> None:
    """Makes the corners transparent, with soft edges, in lines of RGBA pixels."""
    for y in range(min(int(radius) + 1, size)):
        for x in range(min(int(radius) + 1, size)):
            distance = ((radius - x - 0.5) ** 2 + (radius - y - 0.5) ** 2) ** 0.5
            if x + 0.5 < radius and y + 0.5 < radius and distance > radius - 0.5:
                alpha = round(255 * max(0.0, min(1.0, radius + 0.5 - distance)))
                for line in (lines[y], lines[size - 1 - y]):
                    line[4 * x + 3] = line[4 * (size - 1 - x) + 3] = alpha


@lru_cache(maxsize=256)
def _cloth(institution_id: str, primary_color: str | None) -> _Cloth:
    digest = _digest(institution_id)
    hue = _hue(institution_id)
    # The second hue stands well apart from the first, on either side of the circle.
    second = hue + (45 + digest[2] * 75 / 255) * (1 if digest[3] % 2 else -1)
    weave = _NAMED_FOR_ITS_WEAVE.get(institution_id) or sorted(_WEAVES)[digest[4] % len(_WEAVES)]
    return _Cloth(
        seed=digest.hex()[:10],
        weave=_WEAVES[weave],
        dyes=(
            (_WARP, _rgb(primary_color or color(institution_id))),
            (_WEFT, _oklch(0.64, 0.13, second)),
            (_LIGHT, _oklch(0.96, 0.02, second)),
            ("tint", _oklch(0.91, 0.04, second)),
        ),
    )


def _digest(institution_id: str) -> bytes:
    # Of a few words tried before the id, this one sets the banks of Link's first tiles well apart.
    return hashlib.sha256(f"thread {institution_id}".encode()).digest()


def _hue(institution_id: str) -> float:
    """Degrees, one of 24 steps from green over blue and violet to orange: dark yellow is mud."""
    return 135.0 + _digest(institution_id)[0] % 24 * 12.0


def _rgb(text: str) -> Rgb:
    """The colour `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """sRGB of an OKLCH colour, clipped to the gamut (matrices: Björn Ottosson, "A perceptual color space").

    `hue` is in degrees.
    """
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _srgb(4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_),
        _srgb(-1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_),
        _srgb(-0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_),
    )


def _srgb(linear: float) -> int:
    linear = max(0.0, min(1.0, linear))
    value = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * value)
