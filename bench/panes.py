"""How long a person waits for the next pane, while fifty are in Link at once."""

from statistics import quantiles

from bench.load import Generating, Job
from bench.report import Line, Report, at_most

PEOPLE = 50
PAUSE = (0.2, 1.0)
"""Seconds between an answer and the next action: people who have done this before."""

BAR_MS = 60

ACT = b"POST /gingham/v1/link/session/act "


def measure(report: Report, generator: Generating, port: int, *, seconds: float) -> None:
    """Every action of whole sessions over JSON, by the clock of the load generator; pulls go on meanwhile."""
    for name, pause in (("who look at each pane", PAUSE), ("who pause for nothing", (0, 0))):
        job = Job(port=port, connections=PEOPLE, seconds=seconds, timed=ACT, pause=pause)
        latencies = generator.run(job).latencies
        cuts = [cut * 1000 for cut in quantiles(latencies, n=20)]
        barred = pause is PAUSE
        report.add(
            Line(
                name=f"{PEOPLE} people {name}, p95 of {len(latencies):,}",
                value=f"{cuts[18]:.1f} ms",
                ratio=f"p50 {cuts[9]:.1f} ms",
                bar=f"<= {BAR_MS} ms" if barred else "",
                verdict=at_most(cuts[18], BAR_MS) if barred else "",
            )
        )
