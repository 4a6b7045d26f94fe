"""docs/surfaces.md: its Python runs as it stands, against a real server."""

import re
from pathlib import Path

import httpx
import pytest
from tests.server.process import Process
from tests.servers import KEYS
from tests.servers import live as live

DOCS = Path(__file__).parents[2] / "docs" / "surfaces.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_block_prints_the_address_of_a_page(
    live: Process, block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(block, {"server": f"http://127.0.0.1:{live.port}", **KEYS})
    page = httpx.get(capsys.readouterr().out.strip())
    assert page.status_code == 200
    assert '<html class="hosted"' in page.text


def test_there_is_something_to_run() -> None:
    assert BLOCKS
