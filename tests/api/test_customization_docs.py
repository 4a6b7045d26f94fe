"""The example of docs/customization.md works as it stands."""

import json
import re
from pathlib import Path

from tests.link.driver import Driver
from tests.world import World

DOCUMENT = Path(__file__).parents[2] / "docs" / "customization.md"
CALLS = re.findall(r"```http\nPOST (\S+)\n\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_example_works(quick_world: World) -> None:
    tokens = []
    for path, body in CALLS:
        reply = await quick_world.post(path, **json.loads(body))
        assert reply.status == 200, (path, reply.body)
        tokens += [reply.body["link_token"]] if "link_token" in reply.body else []
    assert len(CALLS) == 5
    preview, real = tokens
    assert (await Driver.open(quick_world, real)).picture["pane"]["title"]["text"] == (
        "Bring your bank to Piggy"
    )
    assert (await Driver.open(quick_world, preview)).picture["pane"]["title"]["text"] == (
        "Bring your bank to Preview"
    )
