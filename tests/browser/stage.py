"""Link's page as a stage: panes of the gallery are shown one after another, without a session or a host page."""

import msgspec
from playwright.async_api import Page
from tests.link.flow.gallery import gallery, state

from gingham.link.flow.model import Look

SHOW = """async (states) => {
  const { createStage } = await import(document.querySelector("link[href*='pane.js']").href);
  window.stage ??= createStage(() => {});
  window.stage.raise();
  const seen = [];
  for (const [name, state] of states) {
    window.stage.show(state, "forward");
    for (const found of (await window.look?.()) ?? []) seen.push(`${state.language} ${name}: ${found}`);
  }
  return seen;
}"""


async def open_stage(page: Page, origin: str) -> None:
    """Link's page of that server, empty, with a stage to show panes on. Nothing slides in: panes are seen at rest."""
    await page.emulate_media(reduced_motion="reduce")
    # The page's own script would wait for a host page to speak to it.
    await page.route("**/link.js?*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    await page.goto(f"{origin}/link/v2/stable/link.html")


async def show_pane(page: Page, name: str, language: str = "en", direction: str = "ltr") -> None:
    """Shows one pane of the gallery."""
    await page.evaluate(SHOW, [(name, state(gallery()[name], language, direction))])


async def dress(page: Page, look: Look) -> None:
    """Every pane from now on wears the client's own look."""
    worn = {**state(gallery()["consent"]), "look": msgspec.to_builtins(look)}
    await page.evaluate(SHOW, [("consent", worn)])


async def look_at_all(page: Page, look: str, language: str = "en", direction: str = "ltr") -> list[str]:
    """Shows every pane of the gallery; gives a line for each thing that `look` found on one.

    look: a JavaScript function that gives a list of texts, called while the pane is shown.
    """
    await page.evaluate(f"() => {{ window.look = {look} }}")
    states = [(name, state(each, language, direction)) for name, each in gallery().items()]
    return list(await page.evaluate(SHOW, states))
