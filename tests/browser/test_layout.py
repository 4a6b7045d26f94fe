"""Every pane of the gallery fits: on the narrowest phone, with the largest letters, in every language."""

import pytest
from playwright.async_api import Page
from tests.browser.fake import FakeLink
from tests.browser.stage import look_at_all, open_stage

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


@pytest.mark.parametrize("language", sorted(languages()))
async def test_no_pane_is_cut_off_on_a_small_phone(page: Page, fake: FakeLink, language: str) -> None:
    await page.set_viewport_size(PHONE)
    await open_stage(page, fake.origin)
    found = await look_at_all(page, CUT_OFF, language)
    assert not found, "\n".join(found)
