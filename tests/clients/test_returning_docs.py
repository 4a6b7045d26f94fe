"""docs/returning-user.md: its Python runs as it stands, against a real server."""

import re
from pathlib import Path

import httpx
from tests.server.process import Process
from tests.servers import KEYS
from tests.servers import live as live

DOCS = Path(__file__).parents[2] / "docs" / "returning-user.md"


def test_the_example_links_a_bank_without_a_login(live: Process) -> None:
    server = f"http://127.0.0.1:{live.port}"
    keys = {"client_id": KEYS["client_id"], "secret": KEYS["secret"]}
    request = {
        "client_name": "App",
        "language": "en",
        "country_codes": ["US"],
        "products": ["transactions"],
        "user": {"client_user_id": "user-1"},
    }
    made = httpx.post(f"{server}/link/token/create", json=keys | request).json()
    (block,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names = {"link_token": made["link_token"]}
    exec(block.replace("http://localhost:8000", server), names)
    body = keys | {"public_token": names["public_token"]}
    done = httpx.post(f"{server}/item/public_token/exchange", json=body)
    assert done.status_code == 200, done.text
