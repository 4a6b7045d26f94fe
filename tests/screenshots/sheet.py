"""Pictures side by side: the contact sheet to look through, and the one that the README shows."""

import base64
from html import escape
from pathlib import Path

from playwright.async_api import Browser

CONTACT_SHEET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Screenshots</title>
<style>
  :root {{ color-scheme: light dark; font: 15px/22px system-ui, sans-serif }}
  body {{ margin: 24px }}
  h2 {{ font-size: 15px; margin: 32px 0 8px }}
  div {{ display: flex; flex-wrap: wrap; gap: 12px; align-items: start }}
  img {{ height: 400px; border: 1px solid #8886; border-radius: 4px }}
</style>
<h1>Screenshots</h1>
{rows}
"""

README_PANES = ("consent", "institutions", "credentials", "accounts-ticked")
"""From the first pane to the last, without those that only sometimes come between."""

README_PICTURE = """<!doctype html>
<style>
  body {{ margin: 0 }}
  div {{ display: flex; gap: 20px; padding: 16px 20px 28px; width: max-content }}
  img {{ width: 244px; border-radius: 12px; box-shadow: 0 0 0 1px #1f26361f, 0 1px 2px #1f26361a, 0 8px 24px #1f263626 }}
</style>
<div>{images}</div>
"""


def write_contact_sheet(folder: Path, pictures: dict[str, list[Path]]) -> None:
    """`index.html` in the folder: a row for each page."""
    rows = "\n".join(
        f"<h2>{escape(page)}</h2><div>"
        + "".join(
            f'<a href="{each.name}"><img loading="lazy" src="{each.name}" alt="{each.stem}"></a>'
            for each in some
        )
        + "</div>"
        for page, some in pictures.items()
    )
    (folder / "index.html").write_text(CONTACT_SHEET.format(rows=rows), encoding="utf-8")


async def compose(browser: Browser, panes: list[bytes], target: Path) -> None:
    """Puts panes beside each other on a transparent ground; sharp on screens of two pixels a point."""
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(pane).decode()}">' for pane in panes)
    page = await browser.new_page(viewport={"width": 1200, "height": 800}, device_scale_factor=2)
    await page.set_content(README_PICTURE.format(images=images))
    await page.locator("div").screenshot(path=target, omit_background=True)
    await page.close()
