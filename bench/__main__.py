"""`python -m bench [--quick] [--strict]`: measures, and prints one table."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench import (
    accounts,
    children,
    cores,
    kit,
    logins,
    memory,
    opening,
    panes,
    startup,
    transactions,
    webhooks,
    weight,
)
from bench.load import Generating
from bench.report import Report


def main() -> int:
    """Runs every measurement; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Gingham beside others.")
    parser.add_argument("--quick", action="store_true", help="fewer, shorter, noisier rounds")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a bar is missed")
    options = parser.parse_args()
    rounds, seconds = (3, 0.6) if options.quick else (9, 1.5)

    began = time.monotonic()
    report = Report()
    for line in cores.described():
        report.note(line)
    with tempfile.TemporaryDirectory(prefix="gingham-bench-") as name, Generating() as generator:
        folder = Path(name)
        report.heading("/accounts/get, requests per second", "Gingham is as fast")
        accounts.measure(report, generator, folder / "accounts", rounds=rounds, seconds=seconds)
        with children.serving(children.gingham(folder / "other")) as ours:
            report.heading("/transactions/sync, transactions per second", "Gingham is as fast")
            transactions.measure(report, generator, ours, rounds=rounds, seconds=seconds)
            report.heading("Link, sessions per second")
            logins.measure(report, generator, folder / "logins", seconds=2 * seconds)
            report.heading("Link, from an action to the next pane")
            panes.measure(report, generator, ours.port, seconds=5 * seconds)
            report.heading("Link, from a click in an app to the first pane, in Chromium")
            opening.measure(report, ours.port, times=2 * rounds - 3)
            report.heading("Link, what a browser fetches, gzip")
            weight.measure(report, ours.port)
        report.heading("Webhooks")
        webhooks.measure(report, folder / "webhooks")
        report.heading("The test kit")
        kit.measure(report, rounds=rounds)
        report.heading("Memory of an idle worker")
        memory.measure(report, folder / "memory")
        report.heading("From the start of the process to the first answer")
        startup.measure(report, folder / "start", rounds=rounds)
    report.note("")
    report.note(f"{time.monotonic() - began:.0f} s, {report.failed or 'no'} bars missed")
    return 1 if options.strict and report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
