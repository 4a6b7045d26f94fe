"""Whole Link sessions over JSON, from the link_token to the access_token."""

from bench.load import Generating, Job
from bench.report import Line, Report

PEOPLE = 8
"""At once. Every session writes, and one writes at a time, so more of them would only wait for each other."""


def measure(report: Report, generator: Generating, port: int, *, seconds: float) -> None:
    """People who log in one after another, each pausing for nothing.

    In one piece, so that the history of the first Items is pulled while the last ones are made, as in real life.
    """
    load = generator.run(Job(port=port, connections=PEOPLE, seconds=seconds))
    report.add(Line(name=f"Gingham, {PEOPLE} people at once", value=f"{load.rounds / load.seconds:,.1f}/s"))
