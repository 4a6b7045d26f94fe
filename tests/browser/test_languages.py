"""Link's page in every language: nothing runs off the narrowest phone, and the frame speaks too."""

from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.browser.fake import FakeLink
from tests.browser.host import link, open_link, visit
from tests.link.flow.every_pane import every_text

from gingham.link.messages.messages import frame_texts, languages, render_pane

pytestmark = pytest.mark.asyncio(loop_scope="session")

DRAW = """
async (states) => {
  if (!window.stage) {
    const { createStage } = await import(document.querySelector("link[href*='pane.js']").href);
    window.stage = createStage(() => {});
    window.stage.raise();
  }
  const outside = [];
  for (const state of states) {
    window.stage.show(state, "forward");
    for (const node of document.querySelectorAll("#link, #link *")) {
      const { left, right, width } = node.getBoundingClientRect();
      const cut = node.matches("#scroller, #body, footer, button, h1, p, label, legend")
        && !node.matches(".unseen") && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0;
      if (width && (cut || left < -0.5 || right > innerWidth + 0.5))
        outside.push([state.language, state.pane.name, node.id || node.className, node.textContent]);
    }
  }
  return [document.querySelector("#title").textContent, outside];
}
"""


def state(pane: Any, language: str) -> dict[str, Any]:
    """An answer of the server, as far as drawing needs it."""
    return {
        "language": language,
        "direction": "ltr",
        "environment": "sandbox",
        "texts": frame_texts(language),
        "pane": render_pane(pane, language),
    }


async def test_no_pane_runs_off_a_small_phone_in_any_language(page: Page, fake: FakeLink) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.emulate_media(reduced_motion="reduce")
    # The stage is driven here, so the page's own script stays out.
    await page.route("**/link.js?*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    await page.goto(f"{fake.origin}/link/v2/stable/link.html")
    for language in sorted(languages()):
        states = [state(pane, language) for pane in every_text()]
        last, outside = await page.evaluate(DRAW, states)
        assert last == states[-1]["pane"]["title"]["text"]
        assert outside == []


async def test_the_frame_speaks_the_language_of_the_session(page: Page, fake: FakeLink) -> None:
    fake.language = "de"
    await visit(page, fake)
    await open_link(page)
    await expect(link(page).locator("html")).to_have_attribute("lang", "de")
    await expect(link(page).locator("html")).to_have_attribute("dir", "ltr")
    fake.broken = 1
    await link(page).locator("#aut-button").click()
    await expect(link(page).get_by_role("alert")).to_contain_text("Der Server ist nicht erreichbar.")
    await link(page).get_by_role("button", name="Erneut versuchen").click()
    await link(page).get_by_role("button", name="Zurück").wait_for()
    await expect(link(page).get_by_role("button", name="Schließen")).to_be_visible()
