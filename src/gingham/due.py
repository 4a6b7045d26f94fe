"""The work that is not anybody's request: who does it, and when."""

from functools import partial

from gingham.items import pulls
from gingham.link import abandoned
from gingham.platform import Platform
from gingham.runner import Runner
from gingham.store import jobs
from gingham.webhooks.deliverer import Deliverer

WEBHOOK_LOOK_SECONDS = 0.03
"""Half of it is what a webhook waits on average between the fact and its delivery. A look takes about 20 µs."""
KIT_LOOK_SECONDS = 0.005
"""A test waits for every one of them, and nobody else pays."""


def background(platform: Platform, deliverer: Deliverer) -> list[Runner]:
    """A loop for each kind; with the test kit one for all, since its clock stops between two of them."""
    kit = platform.kit
    if kit is not None:
        kit.give(Due(platform, deliverer))
        one = Runner("test kit", platform.clock, kit.run_due, kit.next_due, look_seconds=KIT_LOOK_SECONDS)

        def moved() -> None:
            one.wake()
            kit.tell()

        deliverer.on_moved = moved
        return [one]
    return [
        Runner(
            "link sessions",
            platform.clock,
            partial(abandoned.run_due, platform),
            partial(abandoned.next_due, platform),
        ),
        Runner(
            "jobs", platform.clock, partial(pulls.run_due, platform), partial(jobs.next_due, platform.store)
        ),
        Runner(
            "webhooks",
            platform.clock,
            deliverer.run_due,
            deliverer.next_due,
            look_seconds=WEBHOOK_LOOK_SECONDS,
        ),
    ]


class Due:
    """All of it as one: the test kit's `Work`."""

    def __init__(self, platform: Platform, deliverer: Deliverer) -> None:
        self._platform = platform
        self._deliverer = deliverer

    async def begin(self) -> int:
        return await self._facts() + await self._deliverer.run_due()

    async def finish(self) -> int:
        done = 0
        while ran := await self._facts() + await self._deliverer.drain():
            done += ran
        return done

    async def _facts(self) -> int:
        return await abandoned.run_due(self._platform) + await pulls.run_due(self._platform)

    async def next_due(self) -> int | None:
        due = (
            await abandoned.next_due(self._platform),
            await jobs.next_due(self._platform.store),
            await self._deliverer.next_due(),
        )
        return min((at for at in due if at is not None), default=None)

    async def abandon(self) -> None:
        await self._deliverer.abandon()
