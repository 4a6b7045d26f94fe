"""The embedded search works for everybody: in long languages, with large letters, in a small box."""

from typing import Any

import pytest
from playwright.async_api import Frame, Page
from tests.browser.axe import AXE_FINDS, LEVEL_AA
from tests.browser.axe import axe as axe
from tests.browser.fake import FakeLink
from tests.link.flow.gallery import BANKS

from gingham.link.flow.model import Text
from gingham.link.messages.messages import render

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONGEST = ("de", "fr", "hi", "lt", "vi")
"""The languages with the longest words and the tallest letters."""

HOST = """<!doctype html><html lang="en"><head><title>Shop</title></head><body style="margin: 0">
<iframe title="Banks" src="LINK/link/v2/stable/embed.html?uniqueId=1" style="width: 100%%; height: %dpx"></iframe>
<script>addEventListener("message", ({ source, data }) => {
  if (data.action === "plaid_embedded-1::ready")
    source.postMessage({ action: "plaid_embedded-1::open", token: "t" }, "*");
});</script></body></html>"""

CUT_OFF = """() => [...document.querySelectorAll("#embed, #embed *")].filter((node) => {
  const { left, right, width, bottom } = node.getBoundingClientRect();
  const shortened = getComputedStyle(node).webkitLineClamp !== "none";
  const cut = node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && !shortened;
  return width && (cut || left < -0.5 || right > innerWidth + 0.5);
}).map((node) => node.outerHTML.slice(0, 80))"""

OVERLAP = """() => {
  const boxes = [...document.querySelectorAll("h2, .tiles, .more")].map((node) => node.getBoundingClientRect());
  return boxes.some((box, i) => i > 0 && box.top < boxes[i - 1].bottom)
    || [...document.querySelectorAll("button")].some((node) => node.offsetParent && node.offsetHeight < 44);
}"""


def banks(language: str) -> dict[str, Any]:
    """The server's answer."""
    return {
        "language": language,
        "direction": "ltr",
        "title": render(Text(key="select_institution.title"), language),
        "search": render(Text(key="select_institution.search"), language),
        "institutions": [{"institution_id": b.institution_id, "name": b.name, "logo": b.logo} for b in BANKS],
    }


async def shown(page: Page, fake: FakeLink, language: str, width: int, height: int) -> Frame:
    """The banks in a box of that size."""
    await page.set_viewport_size({"width": width, "height": height + 20})
    await page.route("**/gingham/v1/link/embedded", lambda route: route.fulfill(json=banks(language)))
    fake.html = HOST % height
    await page.goto(f"{fake.host_origin}/host")
    await page.frame_locator("iframe").locator(".tile").first.wait_for()
    return page.frames[1]


@pytest.mark.parametrize(
    ("scale", "width", "height"), [("100%", 320, 300), ("200%", 320, 360), ("100%", 700, 180)]
)
async def test_nothing_is_cut_off_or_covered(
    page: Page, fake: FakeLink, scale: str, width: int, height: int
) -> None:
    for language in LONGEST:
        frame = await shown(page, fake, language, width, height)
        await frame.evaluate("(scale) => { document.documentElement.style.fontSize = scale }", scale)
        await frame.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert await frame.evaluate(CUT_OFF) == [], language
        assert not await frame.evaluate(OVERLAP), language


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(page: Page, fake: FakeLink, axe: str, scheme: str) -> None:
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    frame = await shown(page, fake, "en", 350, 400)
    await frame.evaluate(axe)
    # A part of a page begins with no main heading.
    found = await frame.evaluate(AXE_FINDS % LEVEL_AA)
    assert [each for each in found if not each.startswith("page-has-heading-one")] == []
