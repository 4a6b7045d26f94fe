"""What a run says: lines of value, ratio, bar and verdict, printed as they come."""

from typing import Literal

from msgspec import Struct

Verdict = Literal["pass", "FAIL", ""]

WIDTHS = (48, 16, 28, 9, 4)


class Line(Struct, frozen=True, kw_only=True):
    """One figure. `ratio`: to what stands beside it. `bar`: what is promised; without one the line only informs."""

    name: str
    value: str
    ratio: str = ""
    bar: str = ""
    verdict: Verdict = ""


def at_least(measured: float, bar: float) -> Verdict:
    return "pass" if measured >= bar else "FAIL"


def at_most(measured: float, bar: float) -> Verdict:
    return "pass" if measured <= bar else "FAIL"


class Report:
    """Prints lines under headings and counts the bars that were missed."""

    def __init__(self) -> None:
        self.failed = 0

    def heading(self, text: str, beside: str = "") -> None:
        """`beside`: what the third column says in this part."""
        print(flush=True)
        self._row(text, "", beside, "", "")

    def add(self, line: Line) -> None:
        self._row(f"  {line.name}", line.value, line.ratio, line.bar, line.verdict)
        self.failed += line.verdict == "FAIL"

    def _row(self, *cells: str) -> None:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip(),
            flush=True,
        )

    def note(self, text: str) -> None:
        print(f"  {text}", flush=True)
