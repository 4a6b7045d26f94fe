"""A real Chromium for the run, and a fake server whose host page lives on another origin than Link."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright, expect
from tests.browser.fake import FakeLink

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""As `scripts/setup.py` looks for it."""

expect.set_options(timeout=15_000)
"""Milliseconds: the machine may be busy with other browsers and servers."""

WITHOUT = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
    "AiModeOmniboxEntryPoint",
]
"""Features of Chromium that are off. The last four draw the address bar's popup as a page of its own for every window,
which takes half of what a window costs; before them stand Playwright's own, since Chromium obeys one list alone."""


def installed_chromium() -> str | None:
    """The system's Chromium, or the one named by GINGHAM_CHROMIUM; None: Playwright's own."""
    named = os.environ.get("GINGHAM_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def arguments() -> list[str]:
    # Containers run as root, where Chromium refuses its sandbox.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    features = f"--disable-features={','.join(WITHOUT)}"
    return ["--font-render-hinting=none", features, *(["--no-sandbox"] if root else [])]


async def launch(playwright: Playwright, *, scroll_bars: bool = True) -> Browser:
    """A Chromium as people have it: with scroll bars, and letters where they are on any machine."""
    return await playwright.chromium.launch(
        executable_path=installed_chromium(),
        args=arguments(),
        ignore_default_args=["--hide-scrollbars"] if scroll_bars else None,
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[FakeLink]:
    fake = FakeLink()
    config = uvicorn.Config(fake.app, log_level="warning", lifespan="off", ws="none")
    running = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    fake.port = listening.getsockname()[1]
    task = asyncio.create_task(running.serve(sockets=[listening]))
    yield fake
    fake.gate.set()
    running.should_exit = True
    await task


@pytest.fixture
def fake(server: FakeLink) -> FakeLink:
    server.reset()
    # Two names of one machine are two origins, and two sites: the frame is as foreign to the page as on the web.
    server.origin = f"http://127.0.0.1:{server.port}"
    server.host_origin = f"http://localhost:{server.port}"
    return server


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    made = await chromium.new_context(viewport={"width": 1280, "height": 800})
    made.set_default_timeout(10_000)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, fake: FakeLink) -> AsyncIterator[Page]:
    """A page whose uncaught errors fail the test, unless the test empties `errors`."""
    made = await context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.errors = errors  # type: ignore[attr-defined]
    yield made
    fake.gate.set()
    assert errors == []
