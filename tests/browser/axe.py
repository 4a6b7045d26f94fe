"""axe-core, as the tests of the browser run it."""

import os
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LEVEL_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

AXE_FINDS = """async () => {
  const { violations } = await axe.run(document, { runOnly: %s, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id} ${node.html.slice(0, 160)}`));
}"""
"""A JavaScript function; the rules to run are put in."""


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core; GINGHAM_TEST_AXE may name another copy."""
    file = Path(os.environ.get("GINGHAM_TEST_AXE", FILE))
    if not file.exists():
        pytest.skip("axe-core is not installed")
    return file.read_text(encoding="utf-8")
