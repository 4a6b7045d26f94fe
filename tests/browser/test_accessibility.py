"""Every pane of the gallery works for everybody: assistive technology, forced colours, large targets, no motion."""

import pytest
import pytest_asyncio
from playwright.async_api import Page
from tests.browser.axe import AXE_FINDS, LEVEL_AA
from tests.browser.axe import axe as axe
from tests.browser.fake import FakeLink
from tests.browser.stage import dress, look_at_all, open_stage, show_pane
from tests.link.flow.gallery import gallery

from gingham.link.colours import palette
from gingham.link.flow.model import Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

SMALL_TARGETS = """() => [...document.querySelectorAll(
    "#link :is(button, a[href], input, select, textarea, summary, label.choice, [tabindex='0'], [role=button])")]
  .filter((node) => node.offsetParent && !node.closest("label.choice :scope, label.choice input"))
  .filter((node) => node.offsetWidth < 44 || node.offsetHeight < 44)
  .map((node) => `${node.offsetWidth} x ${node.offsetHeight} ${node.outerHTML.slice(0, 120)}`)"""
"""The box of a choice is its whole line."""

STRUCTURE = """() => {
  const found = [];
  const headings = [...document.querySelectorAll("#link :is(h1, h2, h3, h4)")].filter((node) => node.offsetParent);
  const levels = headings.map((node) => Number(node.localName[1]));
  if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) found.push(`headings ${levels}`);
  if (levels.some((level, i) => i > 0 && level > levels[i - 1] + 1)) found.push(`headings ${levels}`);
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  found.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `two of #${id}`));
  for (const node of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls]"))
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls"])
      for (const id of (node.getAttribute(name) || "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) found.push(`${name} names #${id}, which is not there`);
  const unnamed = "#link img:not([alt]), #link svg:not([aria-hidden], [aria-label], [role])";
  for (const node of document.querySelectorAll(unnamed))
    found.push(`a picture without a name: ${node.outerHTML.slice(0, 80)}`);
  return found;
}"""

UNSPOKEN = """() => {
  const at = document.activeElement;
  const spoken = document.querySelector("#announcer").textContent;
  const title = document.querySelector("#title");
  const help = document.querySelector("#help");
  const described = (node) => (node.getAttribute("aria-describedby") || "").split(" ");
  if (at.type === "search" && document.querySelector(".listing")) return spoken ? [] : ["how many were found"];
  if (at === title) return help.hidden || described(title).includes("help") ? [] : ["the help"];
  if (!document.querySelector("#body").contains(at)) return [`the focus is at ${at.id || at.localName}`];
  return spoken.includes(title.textContent) && spoken.includes(help.textContent) ? [] : [`only “${spoken}”`];
}"""
"""Panes on which a screen reader would say neither what they ask nor how: by the focus, or by the live region."""

LONELY_ERRORS = """() => [...document.querySelectorAll("#link .error:not([hidden])")].flatMap((error) => {
  const told = document.querySelector(`[aria-describedby~="${error.id}"]`);
  const invalid = told && (told.getAttribute("aria-invalid") === "true" || told.querySelector("[aria-invalid=true]"));
  return told && invalid ? [] : [`no control is told of “${error.textContent}”`];
})"""
"""Errors that no control is described by and marked invalid for."""

UNSEEN_IN_FORCED_COLOURS = """() => {
  const bordered = [...document.querySelectorAll("#link :is(.button, .input, .choice, .tile)")];
  const found = bordered.filter((node) => node.offsetParent && (parseFloat(getComputedStyle(node).borderTopWidth) < 1
    || getComputedStyle(node).borderTopColor === getComputedStyle(document.querySelector("#link")).backgroundColor));
  const ticks = [...document.querySelectorAll("#link :is([type=radio], [type=checkbox])")];
  return [...found, ...ticks.filter((node) => getComputedStyle(node).appearance === "none")]
    .map((node) => node.outerHTML.slice(0, 100));
}"""

MOVING = "() => document.getAnimations().map((each) => each.animationName || each.transitionProperty)"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(page: Page, fake: FakeLink) -> Page:
    await page.set_viewport_size({"width": 375, "height": 812})
    await open_stage(page, fake.origin)
    return page


async def nothing(page: Page, look: str) -> None:
    found = await look_at_all(page, look)
    assert not found, "\n".join(found)


async def test_axe_finds_nothing(stage: Page, axe: str) -> None:
    await stage.evaluate(axe)
    await nothing(stage, AXE_FINDS % LEVEL_AA)


async def test_axe_finds_nothing_in_the_dark(stage: Page, axe: str) -> None:
    await stage.emulate_media(color_scheme="dark")
    await stage.evaluate(axe)
    await nothing(stage, AXE_FINDS % ["color-contrast"])


@pytest.mark.parametrize("brand", ["#ffe600", "#101010"])
async def test_axe_finds_nothing_in_a_clients_own_colours(stage: Page, axe: str, brand: str) -> None:
    await stage.evaluate(axe)
    for scheme in ("light", "dark"):
        await stage.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await dress(stage, Look(light=palette(brand, "light"), dark=palette(brand, "dark")))
        for name in ("consent", "credentials-degraded", "accounts-many", "mfa-device-none", "exit"):
            await show_pane(stage, name)
            assert await stage.evaluate(AXE_FINDS % ["color-contrast"]) == [], (scheme, name)


async def test_axe_would_find_something(stage: Page, axe: str) -> None:
    await stage.evaluate(axe)
    await show_pane(stage, "consent")
    await stage.evaluate("""() => {
      document.querySelector("#title").style.color = "#ccc";
      document.querySelector("#close").removeAttribute("aria-label");
    }""")
    found = await stage.evaluate(AXE_FINDS % LEVEL_AA)
    assert {line.split()[0] for line in found} == {"button-name", "color-contrast"}


async def test_targets_are_large_enough_for_a_finger(stage: Page) -> None:
    await nothing(stage, SMALL_TARGETS)


async def test_headings_are_in_order_and_every_reference_leads_somewhere(stage: Page) -> None:
    await nothing(stage, STRUCTURE)


async def test_a_new_pane_is_spoken_and_has_the_focus(stage: Page) -> None:
    await nothing(stage, UNSPOKEN)


async def test_an_error_is_tied_to_its_control(stage: Page) -> None:
    wrong = [name for name, shown in gallery().items() if any(field.error for field in shown.fields)]
    assert len(wrong) > 5
    await nothing(stage, LONELY_ERRORS)
    await show_pane(stage, wrong[0])
    assert await stage.locator(".error:visible").count()


async def test_forced_colours_leave_every_control_its_edge(stage: Page) -> None:
    await stage.emulate_media(forced_colors="active")
    await nothing(stage, UNSEEN_IN_FORCED_COLOURS)


async def test_motion_is_left_out_for_those_who_ask(stage: Page) -> None:
    await nothing(stage, MOVING)
    await stage.emulate_media(reduced_motion="no-preference")
    moving = await look_at_all(stage, MOVING)
    assert any(line.startswith("en loading: weave") for line in moving)
    assert any(line.startswith("en consent: enter") for line in moving)
