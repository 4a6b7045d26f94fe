"""How much a browser has to fetch before Link can be used: all JavaScript and CSS, compressed, in bytes."""

from bench import wire
from bench.report import Line, Report, at_most
from gingham.link.web.pages import LOADER, PARTS, PREFIX

BAR_BYTES = 40_000


def measure(report: Report, port: int) -> None:
    """Every file of Link, asked for as a browser asks."""
    total = 0
    for kind, names in (
        ("JavaScript", [LOADER, *(name for name in PARTS if name.endswith(".js"))]),
        ("CSS", [name for name in PARTS if name.endswith(".css")]),
    ):
        size = sum(_size(port, PREFIX + name) for name in names)
        total += size
        report.add(Line(name=f"{kind}, {len(names)} files", value=f"{size:,} bytes"))
    report.add(
        Line(
            name="in all",
            value=f"{total:,} bytes",
            bar=f"<= {BAR_BYTES:,}",
            verdict=at_most(total, BAR_BYTES),
        )
    )


def _size(port: int, path: str) -> int:
    answer = wire.get(port, path, **{"Accept-Encoding": "gzip"})
    encoding = {name.lower(): value for name, value in answer.headers}.get("content-encoding")
    if answer.status != 200 or encoding != "gzip":
        raise RuntimeError(f"{path} answered {answer.status}, content-encoding {encoding}")
    return len(answer.body)
