"""Every institution has a picture of its own, the same in both formats and for ever."""

import struct
import xml.etree.ElementTree as ET
import zlib

import pytest

from gingham.banks import logo
from gingham.banks.catalogue import Catalogue
from gingham.banks.protocol import Institution


def bank(institution_id: str, name: str = "A Bank", primary_color: str | None = None) -> Institution:
    return Institution(
        institution_id=institution_id,
        name=name,
        country_codes=("US",),
        products=(),
        primary_color=primary_color,
    )


def pixels(png: bytes) -> list[list[tuple[int, int, int, int]]]:
    """The RGBA pixels of a PNG that uses no filter."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data = png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + length
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color) == (8, 6)
    raw = zlib.decompress(chunks[b"IDAT"])
    lines = [raw[y * (4 * width + 1) : (y + 1) * (4 * width + 1)] for y in range(height)]
    assert all(line[0] == 0 for line in lines)
    return [[tuple(line[1 + 4 * x : 5 + 4 * x]) for x in range(width)] for line in lines]  # type: ignore[misc]


def test_the_png_is_a_square_of_the_size_the_api_promises() -> None:
    image = pixels(logo.png(bank("ins_109511")))
    assert len(image) == 152
    assert {len(line) for line in image} == {152}


def test_corners_are_transparent_and_edges_are_not() -> None:
    image = pixels(logo.png(bank("ins_109511"), 48))
    assert [image[y][x][3] for y, x in ((0, 0), (0, 47), (47, 0), (47, 47))] == [0, 0, 0, 0]
    assert [image[y][x][3] for y, x in ((0, 24), (24, 0), (47, 24), (24, 24))] == [255] * 4


def test_the_svg_is_well_formed_whatever_the_bank_is_called() -> None:
    element = ET.fromstring(logo.svg(bank("ins_1", 'Tom & "Jerry" <Bank>')))
    assert element.get("aria-label") == 'Tom & "Jerry" <Bank>'
    assert element.get("viewBox") == "0 0 48 48"


def test_the_svg_shows_the_primary_colour() -> None:
    assert "#174e7c" in logo.svg(bank("ins_109511", primary_color="#174e7c"))


def test_svg_and_png_show_the_same_colour_where_no_stripe_crosses() -> None:
    windowpane = bank("ins_135858")
    ground = logo.color("ins_135858")
    assert ground in logo.svg(windowpane)
    assert "#{:02x}{:02x}{:02x}".format(*pixels(logo.png(windowpane, 48))[24][24][:3]) == ground


def test_the_same_id_is_drawn_the_same() -> None:
    logo._png.cache_clear()
    before = logo.png(bank("ins_3"))
    logo._png.cache_clear()
    assert logo.png(bank("ins_3")) == before
    assert logo.svg(bank("ins_3")) == logo.svg(bank("ins_3"))


def test_no_two_built_in_institutions_look_alike() -> None:
    institutions = Catalogue.builtin().page(count=1000)[0]
    assert len({logo.png(i, 48) for i in institutions}) == len(institutions)


def test_two_logos_on_one_page_do_not_share_an_element_id() -> None:
    def clip(institution_id: str) -> str:
        return logo.svg(bank(institution_id)).split('clipPath id="')[1].split('"')[0]

    assert clip("ins_1") != clip("ins_2")


@pytest.mark.parametrize("size", [0, 7, 1025, -1])
def test_an_unreasonable_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="size"):
        logo.png(bank("ins_1"), size)


def test_the_colour_of_every_institution_carries_white_text() -> None:
    """Contrast of at least 4.5 (WCAG 2.1, success criterion 1.4.3)."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    for institution in Catalogue.builtin().page(count=1000)[0]:
        color = institution.primary_color
        assert color is not None
        r, g, b = (linear(int(color[n : n + 2], 16)) for n in (1, 3, 5))
        assert 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) >= 4.5
