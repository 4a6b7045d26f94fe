"""Every pane of the gallery fits: on the narrowest phone, with the largest letters, in every language."""

import pytest
from playwright.async_api import Page
from tests.browser.fake import FakeLink
from tests.browser.stage import look_at_all, open_stage, show_pane

from gingham.link.messages.messages import languages

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 320, "height": 640}
"""The narrowest; also what a window of 1280 px shows at 400 % (WCAG 2.2, 1.4.10 Reflow)."""

CUT_OFF = """() => {
  const found = [];
  const frame = document.querySelector("#link").getBoundingClientRect();
  for (const node of document.querySelectorAll("#link, #link *")) {
    const { left, right, width, height } = node.getBoundingClientRect();
    if (!width || !height || node.closest(".unseen, svg")) continue;
    const style = getComputedStyle(node);
    const shortened = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
    const sideways = node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && style.display !== "inline";
    const downwards = style.overflowY === "hidden" && node.scrollHeight > node.clientHeight + 1;
    if (left < frame.left - 0.5 || right > frame.right + 0.5 || ((sideways || downwards) && !shortened))
      found.push(`${node.id || node.className || node.localName} “${node.textContent.slice(0, 40)}”`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  return found;
}"""
"""Things that stand outside the dialog or hold more than they show. The name of a bank in the header, and the host
name on a tile, may be shortened: both stand whole elsewhere."""


OUT_OF_REACH = """() => [...document.querySelectorAll("#link :is(h1, #help, button, input, .choice, .error)")]
  .filter((node) => node.offsetParent && !node.closest(".unseen") && !node.matches(".choice input"))
  .filter((node) => ["start", "end"].some((block) => {
    node.scrollIntoView({ block });
    const { left, width, top, bottom } = node.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, block === "start" ? top + 3 : bottom - 3);
    return !there || !(node.contains(there) || there.contains(node));
  }))
  .map((node) => `${node.id || node.className} “${node.textContent.slice(0, 40)}”`)"""
"""Texts and controls whose beginning or end no scrolling brings into sight, or that something then covers."""

PLACE = """() => {
  const node = document.querySelector("%s");
  if (!node || !node.offsetParent || document.querySelector(".weaving")) return [];
  const { x, y, width: w, height: h, bottom: b } = node.getBoundingClientRect();
  const all = { x, y, w, h, b };
  return [%s.map((edge) => Math.round(all[edge])).join(" ")];
}"""


async def magnify(page: Page, scale: str) -> None:
    await page.evaluate("(scale) => { document.documentElement.style.fontSize = scale }", scale)


@pytest.mark.parametrize("language", sorted(languages()))
async def test_no_pane_is_cut_off_on_a_small_phone(page: Page, fake: FakeLink, language: str) -> None:
    await page.set_viewport_size(PHONE)
    await open_stage(page, fake.origin)
    found = await look_at_all(page, CUT_OFF, language)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["de", "hi", "vi"])
async def test_no_pane_is_cut_off_when_letters_are_twice_as_large(
    page: Page, fake: FakeLink, language: str
) -> None:
    """WCAG 2.2, 1.4.4 Resize Text; the languages with the longest words and the tallest letters."""
    await page.set_viewport_size(PHONE)
    await open_stage(page, fake.origin)
    await magnify(page, "200%")
    found = await look_at_all(page, CUT_OFF, language)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", [(320, 256), (640, 320), (1280, 800)])
async def test_every_pane_can_be_read_and_left_in_any_window(
    page: Page, fake: FakeLink, size: tuple[int, int]
) -> None:
    """400 % zoom, a phone on its side, a desktop."""
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await open_stage(page, fake.origin)
    found = await look_at_all(page, CUT_OFF) + await look_at_all(page, OUT_OF_REACH)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("width", "scale"), [(320, "100%"), (1280, "200%")])
async def test_a_language_from_right_to_left_mirrors_every_pane(
    page: Page, fake: FakeLink, width: int, scale: str
) -> None:
    """None of Link's languages is one yet; a made-up one keeps the layout ready."""
    await page.set_viewport_size({"width": width, "height": 640})
    await open_stage(page, fake.origin)
    await magnify(page, scale)
    found = await look_at_all(page, CUT_OFF, direction="rtl")
    assert not found, "\n".join(found)
    await show_pane(page, "credentials", direction="rtl")
    back, close, label, field = [
        await page.locator(part).evaluate("(node) => node.getBoundingClientRect().right")
        for part in ("#back", "#close", "label#aut-input-0", "#aut-input-0-input")
    ]
    assert back > close
    assert label == pytest.approx(field, abs=1)


@pytest.mark.parametrize("size", [(375, 812), (1280, 800)])
async def test_from_pane_to_pane_nothing_jumps(page: Page, fake: FakeLink, size: tuple[int, int]) -> None:
    """Header, texts and main button keep their edges, also where a pane is long and has a scroll bar. While one waits,
    the text stands in the middle."""
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await open_stage(page, fake.origin)
    for part, edges in {"#header": "xywh", "#aut-button": "xwb", "#title": "xw"}.items():
        found = await look_at_all(page, PLACE % (part, list(edges)))
        assert len(found) > 20
        assert len({line.split(": ")[1] for line in found}) == 1, "\n".join(found)
