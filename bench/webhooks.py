"""Webhooks: how many a worker delivers, and how long one takes from the fact to its receiver."""

import asyncio
import random
import sys
import time
from pathlib import Path
from statistics import median, quantiles

from bench import children, wire
from bench.children import Child
from bench.receiver import Receiving
from bench.report import Line, Report, at_least, at_most
from gingham.ids import Ids
from gingham.items import facts
from gingham.store import outbox
from gingham.store.open import open_store
from gingham.store.outbox import OutboxRow

BAR_PER_SECOND = 800
BAR_MS = 50

RECEIVERS = 16
"""More than a worker needs to be busy: eight deliveries at once go to one."""
OWED = 4000
FACTS = 100
PAUSE_SECONDS = (0.02, 0.08)
"""Between two facts, so that they do not fall in step with the worker's looks."""
PATIENCE_SECONDS = 60.0


def measure(report: Report, folder: Path) -> None:
    with Receiving(RECEIVERS) as receiving:
        report.add(_throughput(receiving, folder / "owed"))
        report.add(_delay(receiving, folder / "facts"))


def _throughput(receiving: Receiving, folder: Path) -> Line:
    """A worker that finds everything owed already. Its processor's time is counted between the first and the last."""
    with children.serving(children.gingham(folder, GINGHAM_BACKGROUND="false")):
        asyncio.run(_owe(folder, receiving.ports))
        worker = Child(
            [sys.executable, "-m", "gingham", "worker"],
            0,
            {
                "XDG_STATE_HOME": str(folder),
                "GINGHAM_CLIENT_ID": wire.CLIENT_ID,
                "GINGHAM_SANDBOX_SECRET": wire.SECRET,
            },
        )
        try:
            _come(receiving, 1)
            before = worker.cpu_seconds()
            _come(receiving, OWED)
            after = worker.cpu_seconds()
        finally:
            worker.end()
    seconds = receiving.came[OWED - 1] - receiving.came[0]
    rate = by_clock = OWED / seconds
    if before is not None and after is not None:
        rate = OWED / (after - before)
    return Line(
        name=f"a worker, {OWED:,} owed to {RECEIVERS} receivers",
        value=f"{by_clock:,.0f}/s",
        ratio=f"{rate:,.0f} per CPU second" if before is not None else "",
        bar=f">= {BAR_PER_SECOND}/s",
        verdict=at_least(rate, BAR_PER_SECOND),
    )


async def _owe(folder: Path, ports: list[int]) -> None:
    """As facts do, each of an Item of its own."""
    store, ids = await open_store(f"sqlite:///{folder}/gingham/gingham.db"), Ids("bench")
    async with store.writing() as writer:
        for number in range(OWED):
            item_id = ids.opaque()
            members = {"item_id": item_id, "new_transactions": 8, "error": None}
            await outbox.owe(
                writer,
                OutboxRow(
                    webhook_id=ids.uuid(),
                    client_id=wire.CLIENT_ID,
                    environment="sandbox",
                    item_id=item_id,
                    url=f"http://127.0.0.1:{ports[number % len(ports)]}/hook",
                    type="TRANSACTIONS",
                    code="INITIAL_UPDATE",
                    body=facts.body("TRANSACTIONS", "INITIAL_UPDATE", "sandbox", members),
                    created_at=time.time_ns() // 1000,
                ),
            )
    await store.close()


def _delay(receiving: Receiving, folder: Path) -> Line:
    """A serving process that does the background's work too. From the call that makes the fact, so its own time is
    in the figure, until the webhook's last byte."""
    delays: list[float] = []
    with children.serving(children.gingham(folder)) as child:
        made = wire.call(
            child.port, "/sandbox/public_token/create", institution_id="ins_109508", initial_products=["auth"]
        )
        got = wire.call(child.port, "/item/public_token/exchange", public_token=made["public_token"])
        seen = len(receiving.came)
        for number in range(FACTS + 1):
            began = time.perf_counter()
            webhook = f"http://127.0.0.1:{receiving.ports[0]}/{number}"
            wire.call(child.port, "/item/webhook/update", access_token=got["access_token"], webhook=webhook)
            _come(receiving, seen + number + 1)
            delays.append(receiving.came[-1] - began)
            time.sleep(random.uniform(*PAUSE_SECONDS))
    ms = sorted(1000 * delay for delay in delays[1:])  # the first one makes the key that signs
    return Line(
        name=f"from the fact to its receiver, median of {FACTS}",
        value=f"{median(ms):.0f} ms",
        ratio=f"p95 {quantiles(ms, n=20)[-1]:.0f} ms",
        bar=f"<= {BAR_MS} ms",
        verdict=at_most(median(ms), BAR_MS),
    )


def _come(receiving: Receiving, count: int) -> None:
    if not receiving.wait(count, PATIENCE_SECONDS):
        raise RuntimeError(f"{len(receiving.came)} webhooks came, not {count}")
