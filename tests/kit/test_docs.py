"""docs/testing.md: its examples run, under pytest with two workers, and under Node; its table is complete."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.server.process import SOURCES, serving

from gingham.api import registry

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
FILES = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, re.DOTALL)
PAGE = """

@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright
    from tests.browser.conftest import arguments, installed_chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_chromium(), args=arguments())
        yield browser.new_page()
        browser.close()


@pytest.fixture
def shop(gingham):
    from tests.browser.shop import serving
    from tests.kit.test_docs import SHOP

    with serving(SHOP % gingham.link_token()) as url:
        yield url
"""
"""What pytest-playwright has, and an app."""
SHOP = """<!doctype html><title>Shop</title><button id="connect">Connect</button>
<script src="https://cdn.plaid.com/link/v2/stable/link-initialize.js"></script>
<script>
  const onSuccess = (public_token) => (window.public_token = public_token);
  document.getElementById("connect").onclick = () => Plaid.create({ token: "%s", onSuccess }).open();
</script>"""
NODE = re.findall(r"```js\n(.*?)```", TEXT, re.DOTALL)


def test_the_python_examples_run(tmp_path: Path) -> None:
    assert [name for name, _ in FILES] == [
        "conftest.py",
        "test_app.py",
        "test_unit.py",
        "test_page.py",
        "test_async.py",
    ]
    for name, block in FILES:
        (tmp_path / name).write_text(block + PAGE * (name == "conftest.py"), encoding="utf-8")
    # As the entry point does; it may be missing where this checkout was installed before it had one.
    plugin = [] if _has_entry_point() else ["-p", "gingham.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n2", "-q", "-pno:cacheprovider", f"--rootdir={tmp_path}", *plugin],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{SOURCES}:{ROOT}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout


def _has_entry_point() -> bool:
    return any(point.value == "gingham.pytest_plugin" for point in entry_points(group="pytest11"))


def test_the_node_example_runs(tmp_path: Path) -> None:
    (block,) = NODE
    node = shutil.which("node")
    assert node is not None, "tests need Node.js: `make test` installs it"
    keys = {"GINGHAM_CLIENT_ID": "client-of-the-test", "GINGHAM_SANDBOX_SECRET": "secret-of-the-test"}
    with serving(tmp_path, "--test-kit", environ=keys) as server:
        done = subprocess.run(
            [node, "--input-type=module", "-"],
            input=block,
            capture_output=True,
            text=True,
            cwd=ROOT,  # where the packages of the tests are
            env={**os.environ, **keys, "GINGHAM_URL": f"http://127.0.0.1:{server.port}"},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^. pass 1$", done.stdout, re.MULTILINE)


def test_every_endpoint_of_the_kit_is_described() -> None:
    named = set(re.findall(r"`(/gingham/v1/(?:clock|faults|snapshots|webhooks)/(?!inbox)\w+)`", TEXT))
    assert named == {path for path, each in registry.load().items() if each.tag == registry.TEST_KIT}
