"""Whole Link sessions over JSON, from the link_token to the access_token."""

from bench.children import Child
from bench.load import Generating, Job
from bench.report import Line, Report, at_least

PEOPLE = 8
"""At once. Every session writes, and one writes at a time, so more of them would only wait for each other."""

BAR_PER_SECOND = 150


def measure(report: Report, generator: Generating, child: Child, *, seconds: float) -> None:
    """People who log in one after another, each pausing for nothing.

    In one piece, so that the history of the first Items is pulled while the last ones are made, as in real life.
    """
    before = child.cpu_seconds()
    load = generator.run(Job(port=child.port, connections=PEOPLE, seconds=seconds))
    after = child.cpu_seconds()
    rate = by_clock = load.rounds / load.seconds
    beside = ""
    if before is not None and after is not None:
        # The warm-up is in the processor's time, so its share of the sessions has to be, too.
        rate = load.rounds * load.answers_in_all / load.answers / (after - before)
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
