"""Pictures side by side: the contact sheet to look through, and the one that the README shows."""

import base64
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
  div {{ display: flex; gap: 32px; padding: 16px 20px 24px; width: max-content }}
  img {{ border-radius: 22px; outline: 2px solid #d5d9e2; box-shadow: 0 4px 8px #1f26361a }}
</style>
<div>{images}</div>
"""


def write_contact_sheet(folder: Path, pages: dict[str, dict[str, bytes]]) -> int:
    """Writes the pictures, and `index.html` with a row for each page; returns how many pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ""
    for page, pictures in pages.items():
        for name, picture in pictures.items():
            (folder / name).write_bytes(picture)
        images = "".join(
            f'<a href="{name}"><img loading="lazy" src="{name}" alt="{name}"></a>' for name in pictures
        )
        rows += f"<h2>{page}</h2><div>{images}</div>\n"
    (folder / "index.html").write_text(CONTACT_SHEET.format(rows=rows), encoding="utf-8")
    return sum(map(len, pages.values()))


async def compose(browser: Browser, panes: list[bytes]) -> bytes:
    """Puts panes beside each other on a transparent ground, pixel by pixel."""
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(pane).decode()}">' for pane in panes)
    page = await browser.new_page(viewport={"width": 2400, "height": 1600})
    await page.set_content(README_PICTURE.format(images=images))
    picture = await page.locator("div").screenshot(omit_background=True)
    await page.close()
    return picture
