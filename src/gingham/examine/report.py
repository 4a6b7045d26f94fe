"""What the examiner says: a line for each scenario as it ends, more where the app fell, and all of it as JSON."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from gingham.examine.run import Verdict

NAME_WIDTH = 24
REQUESTS_SHOWN = 8


def show(verdict: Verdict) -> None:
    word = (
        typer.style("survived", fg=typer.colors.GREEN)
        if verdict.survived
        else typer.style("fell    ", fg=typer.colors.RED)
    )
    typer.echo(f"{verdict.name:{NAME_WIDTH}}{word}  {verdict.reason}")
    if not verdict.survived:
        for request in verdict.requests[-REQUESTS_SHOWN:]:
            typer.echo(f"    asked  {request}")
        for line in verdict.output:
            typer.echo(f"    said   {line}")


def summary(verdicts: Sequence[Verdict]) -> None:
    survived = sum(verdict.survived for verdict in verdicts)
    typer.echo(f"\n{survived} of {len(verdicts)} survived")


def write(path: str, verdicts: Sequence[Verdict]) -> None:
    """Raises `OSError`."""
    survived = sum(verdict.survived for verdict in verdicts)
    told = {"survived": survived, "fell": len(verdicts) - survived, "scenarios": verdicts}
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
