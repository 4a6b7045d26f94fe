"""docs/testing-link.md: every ```python block runs, against a real server and in a real browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser.shop import serving
from tests.clients.headless import link_token
from tests.clients.terminal import SOURCES
from tests.server.process import Process
from tests.servers import live as live

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "testing-link.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
SHOP = """<!doctype html><title>Shop</title><button id="connect">Connect</button>
<script src="{server}/link/v2/stable/link-initialize.js"></script>
<script>
  const handler = Plaid.create({{ token: "{token}", onSuccess: (token) => (window.public_token = token) }});
  document.getElementById("connect").onclick = () => handler.open();
</script>"""
PRELUDE = """
from tests.browser.conftest import arguments, installed_chromium

def launch(playwright):
    return playwright.chromium.launch(executable_path=installed_chromium(), args=arguments())

server, link_token, shop, numbers_token = {server!r}, {token!r}, {shop!r}, {numbers!r}
"""


@pytest.fixture
def prelude(live: Process) -> Iterator[str]:
    """The names that the blocks take for given."""
    server, token = f"http://127.0.0.1:{live.port}", link_token(live, "transactions")
    numbers = link_token(live, "auth", auth={"instant_microdeposits_enabled": True})
    with serving(SHOP.format(server=server, token=token)) as shop:
        yield PRELUDE.format(server=server, token=token, shop=shop, numbers=numbers)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_block_runs(block: str, prelude: str) -> None:
    # A process of its own: Playwright's blocking half does not run where an event loop does.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + block],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{SOURCES}:{ROOT}"},
    )
    assert done.returncode == 0, done.stderr
