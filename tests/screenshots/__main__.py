"""Takes the pictures: a real server, the sample app beside it, and Chromium."""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from tests.browser.conftest import launch
from tests.browser.shop import origin
from tests.screenshots.pages import PAGES
from tests.screenshots.person import Person
from tests.screenshots.sheet import README_PANES, compose, write_contact_sheet
from tests.server.process import Process, serving
from tests.servers import ENVIRON, KEYS

ROOT = Path(__file__).parents[2]
PHONE, DESKTOP = (375, 812), (1280, 800)
SCHEMES = ("light", "dark")
README_SIZE, README_SCALE = (368, 640), 1.125
"""Four panes make 1800 pixels: the width of a README on a screen of two pixels a point."""
AT_ONCE = 4
"""Pages that are visited side by side: most of a visit is waiting."""
READY_WITHIN_SECONDS = 60

AT_REST = """async () => {
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@contextmanager
def sample_app(live: Process) -> Iterator[str]:
    """The sample app against that server; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        "PLAID_BASE_URL": origin(live),
        "PLAID_CLIENT_ID": KEYS["client_id"],
        "PLAID_SECRET": KEYS["secret"],
        "PORT": str(port),
    }
    app = subprocess.Popen(
        [sys.executable, "examples/quickstart/app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # Its own name for the machine: Link stands in a page of another site, as on the web.
        address = f"http://localhost:{port}"
        wait_for(app, f"http://127.0.0.1:{port}")
        yield address
    finally:
        app.terminate()
        app.wait()


def wait_for(app: subprocess.Popen[bytes], address: str) -> None:
    give_up = time.monotonic() + READY_WITHIN_SECONDS
    while app.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    sys.exit("the sample app did not start")


class Camera:
    """Visits pages and takes their pictures."""

    def __init__(self, phone: Browser, desktop: Browser, live: Process, app: str, language: str) -> None:
        self.phone = phone
        self.desktop = desktop
        self.live = live
        self.app = app
        self.language = language
        self.free = asyncio.Semaphore(AT_ONCE)

    async def shoot(
        self, name: str, size: tuple[int, int], schemes: tuple[str, ...], scale: float = 1
    ) -> dict[str, bytes]:
        """The page at that size, by colour scheme."""
        phone = size[0] < 500
        async with self.free:
            browser = self.phone if phone else self.desktop
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                device_scale_factor=scale,
                has_touch=phone,
                is_mobile=phone,
                reduced_motion="reduce",
                locale="en-US" if self.language == "en" else self.language,
            )
            context.set_default_timeout(30_000)
            page = await context.new_page()
            person = Person(page, self.live, self.app, self.language)
            try:
                window = await PAGES[name](person) or page
                return {scheme: await self.picture(window, scheme) for scheme in schemes}
            except Exception as failure:
                raise RuntimeError(f"no picture of {name} at {size[0]} px: {failure}") from failure
            finally:
                person.gone.set()
                await page.unroute_all(behavior="wait")
                await context.close()

    async def picture(self, page: Page, scheme: str) -> bytes:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.mouse.move(0, 0)
        for frame in page.frames:
            await frame.evaluate(AT_REST)
        return await page.screenshot()


async def take_all(camera: Camera, names: list[str]) -> dict[str, dict[str, bytes]]:
    """Pictures of these pages in all sizes and schemes: page -> name of the picture -> PNG."""
    wanted = [(name, size) for name in names for size in (PHONE, DESKTOP)]
    taken = await asyncio.gather(*(camera.shoot(name, size, SCHEMES) for name, size in wanted))
    pictures: dict[str, dict[str, bytes]] = {name: {} for name in names}
    for (name, (width, _)), shots in zip(wanted, taken, strict=True):
        pictures[name] |= {f"{name}-{width}-{scheme}.png": shot for scheme, shot in shots.items()}
    return pictures


async def take_readme(camera: Camera) -> bytes:
    shots = await asyncio.gather(
        *(camera.shoot(name, README_SIZE, ("light",), scale=README_SCALE) for name in README_PANES)
    )
    return await compose(camera.desktop, [shot["light"] for shot in shots])


@asynccontextmanager
async def camera(language: str) -> AsyncIterator[Camera]:
    """One with everything it looks at."""
    state = tempfile.TemporaryDirectory(prefix="gingham-")
    with state, serving(Path(state.name), environ=ENVIRON) as live, sample_app(live) as app:
        async with async_playwright() as playwright:
            # Phones draw scroll bars over the page, and only while it moves.
            phone, desktop = await launch(playwright, scroll_bars=False), await launch(playwright)
            yield Camera(phone, desktop, live, app, language)
            await asyncio.gather(phone.close(), desktop.close())


async def screenshots(names: list[str], language: str) -> dict[str, dict[str, bytes]]:
    async with camera(language) as ready:
        return await take_all(ready, names)


async def readme() -> bytes:
    async with camera("en") as ready:
        return await take_readme(ready)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description="Picture every page.")
    parser.add_argument("-k", default="", metavar="WORD", help="only pages with this in their name")
    parser.add_argument("--language", default="en", metavar="CODE", help="Link's language (default: en)")
    parser.add_argument("--readme", action="store_true", help="make docs/link.png instead")
    wanted = parser.parse_args()
    began = time.monotonic()
    if wanted.readme:
        picture = asyncio.run(readme())
        (ROOT / "docs" / "link.png").write_bytes(picture)
        done = f"docs/link.png, {len(picture) // 1000} kB"
    else:
        names = [name for name in PAGES if wanted.k in name]
        if not names:
            sys.exit(f"no page is called like {wanted.k}: {', '.join(PAGES)}")
        folder = ROOT / "screenshots" / ("" if wanted.language == "en" else wanted.language)
        count = write_contact_sheet(folder, asyncio.run(screenshots(names, wanted.language)))
        done = f"{count} pictures; open {(folder / 'index.html').relative_to(ROOT)}"
    print(f"{done} ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
