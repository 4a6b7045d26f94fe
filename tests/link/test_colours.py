"""Brand colours that can be read, whatever was asked for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gingham.link.colours import GROUNDS, Scheme, contrast, oklch, palette, readable, to_hex
from gingham.link.web.pages import STATIC

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
schemes = st.sampled_from(sorted(GROUNDS))


@given(colours, schemes)
def test_text_in_the_brand_colour_can_be_read_on_every_surface(brand: str, scheme: Scheme) -> None:
    made = palette(brand, scheme)
    beneath = [*(to_hex(surface) for surface in GROUNDS[scheme].surfaces), made["brand-wash"]]
    assert min(contrast(made["brand"], one) for one in beneath) >= 4.5
    assert min(contrast(made["focus"], one) for one in beneath) >= 3


@given(colours, schemes)
def test_the_label_of_a_button_can_be_read_on_it(brand: str, scheme: Scheme) -> None:
    made = palette(brand, scheme)
    assert contrast(made["brand-ink"], made["brand"]) >= 4.5
    assert contrast(made["brand-ink"], made["brand-hover"]) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#0b5c3b", "light") == "#0b5c3b"


@pytest.mark.parametrize(("brand", "scheme"), [("#ffd54a", "light"), ("#0b3d2e", "dark")])
def test_a_colour_that_cannot_keeps_its_hue(brand: str, scheme: Scheme) -> None:
    shown = readable(brand, scheme)
    assert shown != brand
    assert abs(oklch(shown).hue - oklch(brand).hue) < 4


@given(colours)
def test_a_colour_survives_the_way_there_and_back(colour: str) -> None:
    back = to_hex(oklch(colour))
    assert all(abs(int(colour[at : at + 2], 16) - int(back[at : at + 2], 16)) <= 2 for at in (1, 3, 5))


def test_the_surfaces_are_those_of_the_look() -> None:
    light, _, dark = (STATIC / "tokens.css").read_text("utf-8").partition("prefers-color-scheme: dark")
    for css, ground in ((light, GROUNDS["light"]), (dark, GROUNDS["dark"])):
        for name, surface in zip(("", "-raised", "-sunken"), ground.surfaces, strict=True):
            found = re.search(rf"--surface{name}: oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", css)
            assert found
            assert float(found[1]) == surface.lightness
