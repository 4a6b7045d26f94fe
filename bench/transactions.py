"""/transactions/sync of two years, beside the time that msgspec alone needs to write the same rows."""

import time

import msgspec

from bench import cores, turns, wire
from bench.children import Child
from bench.load import Generating, Job
from bench.report import Line, Report
from bench.turns import Turn
from gingham.items.shapes import Transaction, encode

PATH = "/transactions/sync"
PAGE = 500
CONNECTIONS = 8
"""Enough to keep the server busy; an answer takes milliseconds."""

DAYS = 730

PULLED_SECONDS = 60
"""How long the history of a new Item may take to be there."""


class _Page(msgspec.Struct):
    added: list[Transaction]
    next_cursor: str
    has_more: bool
    transactions_update_status: str


def measure(report: Report, generator: Generating, child: Child, *, rounds: int, seconds: float) -> None:
    """Serving, serving compressed, and encoding take turns on the servers' core."""
    pages, requests = _swept(child.port, _item(child.port))
    rows = [row for page in pages for row in page.added]
    # Every connection asks for all pages in turn, so an answer stands for this many rows on average.
    rows_per_answer = len(rows) / len(pages)
    plain = Job(port=child.port, connections=CONNECTIONS, seconds=seconds, requests=requests)
    zipped = msgspec.structs.replace(plain, requests=[_taking_gzip(request) for request in requests])
    served: list[Turn] = []
    served_zipped: list[Turn] = []
    encoded: list[Turn] = []
    for _ in range(rounds):
        served.append(turns.take(generator, child, plain))
        served_zipped.append(turns.take(generator, child, zipped))
        with cores.pinned(cores.SERVER):
            encoded.append(_encoding(pages, seconds / 2))
    report.add(
        Line(
            name=f"Gingham, {len(rows)} rows of {DAYS} days, pages of {PAGE}",
            value=f"{turns.rate(served) * rows_per_answer:,.0f}/s",
        )
    )
    for name, others in (
        ("Gingham, compressed for a client that asks", served_zipped),
        ("msgspec alone, encoding the same rows", encoded),
    ):
        value = f"{turns.rate(others) * rows_per_answer:,.0f}/s"
        report.add(Line(name=name, value=value, ratio=str(turns.ratio(served, others))))


def _taking_gzip(request: bytes) -> bytes:
    return request.replace(b"\r\n", b"\r\nAccept-Encoding: gzip\r\n", 1)


def _item(port: int) -> str:
    """The access_token of an Item with its whole history there."""
    made = wire.call(
        port,
        "/sandbox/public_token/create",
        institution_id="ins_109508",
        initial_products=["transactions"],
        options={"transactions": {"days_requested": DAYS}},
    )
    exchanged = wire.call(port, "/item/public_token/exchange", public_token=made["public_token"])
    token = str(exchanged["access_token"])
    until = time.monotonic() + PULLED_SECONDS
    while time.monotonic() < until:
        status = wire.call(port, PATH, access_token=token)["transactions_update_status"]
        if status == "HISTORICAL_UPDATE_COMPLETE":
            return token
        time.sleep(0.1)
    raise RuntimeError(f"the history of a new Item is not there after {PULLED_SECONDS} s")


def _swept(port: int, token: str) -> tuple[list[_Page], list[bytes]]:
    """Every page from the beginning, and the requests that bring them."""
    pages: list[_Page] = []
    requests: list[bytes] = []
    while not pages or pages[-1].has_more:
        body: dict[str, object] = {"access_token": token, "count": PAGE}
        if pages:
            body["cursor"] = pages[-1].next_cursor
        pages.append(msgspec.json.decode(wire.post(port, PATH, body).body, type=_Page))
        requests.append(wire.written(PATH, body, port=port))
    return pages, requests


def _encoding(pages: list[_Page], seconds: float) -> Turn:
    """Pages turned into bytes by this process."""
    done = 0
    began, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        for page in pages:
            encode(page.added)
        done += len(pages)
    return Turn(done / (time.perf_counter() - began), done, time.process_time() - cpu)
