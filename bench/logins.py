"""Whole Link sessions over JSON, from the link_token to the access_token."""

import time
from pathlib import Path
from statistics import median

from bench import rivals, turns
from bench.accounts import CONNECTIONS
from bench.load import Generating, Job
from bench.report import Line, Report, at_least

PEOPLE = 8
"""At once. Every session writes, and one writes at a time, so more of them would only wait for each other."""

BAR_PER_SECOND = 150

ROUNDS = 3
PULLED_SECONDS = 4
"""After the last session, until the whole history of its Item is there."""


def measure(report: Report, generator: Generating, folder: Path, *, seconds: float) -> None:
    """People who log in one after another, each pausing for nothing, in turns with the bare application.

    The processor's time is taken to the end of the last pull, so a session pays for everything it causes.
    """
    with rivals.ours(folder) as ours, rivals.bare(ours, folder) as bare:
        people = Job(port=ours.child.port, connections=PEOPLE, seconds=seconds)
        ceiling = Job(
            port=bare.child.port, connections=CONNECTIONS, seconds=seconds / 2, requests=[bare.request]
        )
        before = ours.child.cpu_seconds()
        loads, taken = [], []
        for _ in range(ROUNDS):
            loads.append(generator.run(people))
            taken.append(turns.take(generator, bare.child, ceiling))
        time.sleep(PULLED_SECONDS)
        after = ours.child.cpu_seconds()
    rate = by_clock = median(load.rounds / load.seconds for load in loads)
    beside = ""
    if before is not None and after is not None:
        # The warm-up is in the processor's time, so its share of the sessions has to be, too.
        rate = sum(load.rounds * load.answers_in_all / load.answers for load in loads) / (after - before)
        beside = f"{rate:,.0f} per CPU second"
    report.add(
        Line(
            name=f"Gingham, {PEOPLE} people at once",
            value=f"{by_clock:,.1f}/s",
            ratio=beside,
            bar=f">= {BAR_PER_SECOND}/s",
            verdict=at_least(rate, BAR_PER_SECOND),
        )
    )
    answers = turns.per_cpu_second(taken) or turns.rate(taken)
    report.add(Line(name="a session in answers of the bare application", value=f"{answers / rate:,.0f}"))
