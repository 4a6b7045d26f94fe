"""Link driven in a page of yours, through Playwright: in the frame that `Plaid.create(…).open()` puts over it.

The page shows what it shows a person; what is read is the pane it draws (`#link`'s `shown`), what is used are
the names in docs/testing-link.md. Playwright is yours to install: this module never imports it.
"""

import json
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from gingham.testing.answers import (
    BANK,
    TICKED,
    Answers,
    Choose,
    Known,
    LinkStopped,
    Pane,
    Press,
    Search,
    Visit,
)
from gingham.testing.conversation import MOVES

if TYPE_CHECKING:
    from playwright import async_api, sync_api

FRAME = 'iframe[id^="plaid-link-iframe-"]:visible'
TIMEOUT_MS = 30_000.0

NEWER = """([revision, patience]) => new Promise((resolve) => {
  const until = Date.now() + patience;
  const look = () => {
    const shown = document.getElementById("link")?.shown;
    if (shown && shown.revision > revision && !shown.busy) resolve(shown);
    else if (Date.now() > until) resolve(null);
    else setTimeout(look, 10);
  };
  look();
})"""
"""The first pane after a revision that waits for a person; null when none comes in time."""


class Read(NamedTuple):
    """The next pane; None when Link has closed."""

    after: int


class Fill(NamedTuple):
    selector: str
    text: str


class Tick(NamedTuple):
    selector: str
    on: bool


class Click(NamedTuple):
    selector: str


class Leave(NamedTuple):
    """Clicks, and does what is to be done in the window that opens."""

    selector: str


Step = Read | Fill | Tick | Click | Leave
AT_THE_SANDBOX_BANK: tuple[Step, ...] = (
    Fill('input[name="username"]', "user_good"),
    Fill('input[name="password"]', "pass_good"),
    *[Click("button.primary")] * 3,  # signs in, shares what is ticked, agrees
)


def link_bank(
    page: "sync_api.Page",
    institution: str = BANK,
    *,
    at_bank: "Callable[[sync_api.Page], object] | None" = None,
    timeout: float = TIMEOUT_MS,
    **known: Unpack[Known],
) -> None:
    """Connects a bank in the Link that is open, or about to open, in `page`; returns when Link has closed.

    The arguments are those of `Answers`. at_bank: does the login in the window of a bank that has pages of its
    own; by default that of the sandbox's. timeout: of every single step, in milliseconds.

    Raises `LinkStopped`, and Playwright's errors.
    """
    overlay = page.locator(FRAME)
    overlay.wait_for(timeout=timeout)
    frame = overlay.element_handle(timeout=timeout).content_frame()
    if frame is None:
        raise LinkStopped("Link closed", {})
    going = walk(Answers(institution, **known))
    try:
        step = next(going)
        while True:
            if isinstance(step, Read):
                step = going.send(_read(frame, overlay, step.after, timeout))
                continue
            if isinstance(step, Leave):
                with page.expect_popup(timeout=timeout) as opened:
                    frame.locator(step.selector).click(timeout=timeout)
                if at_bank is not None:
                    at_bank(opened.value)
                else:
                    for each in AT_THE_SANDBOX_BANK:
                        _do(opened.value, each, timeout)
            else:
                _do(frame, step, timeout)
            step = next(going)
    except StopIteration:
        return


async def link_bank_async(
    page: "async_api.Page",
    institution: str = BANK,
    *,
    at_bank: "Callable[[async_api.Page], Awaitable[object]] | None" = None,
    timeout: float = TIMEOUT_MS,  # noqa: ASYNC109  as Playwright calls it
    **known: Unpack[Known],
) -> None:
    """`link_bank` for Playwright's asynchronous API."""
    overlay = page.locator(FRAME)
    await overlay.wait_for(timeout=timeout)
    frame = await (await overlay.element_handle(timeout=timeout)).content_frame()
    if frame is None:
        raise LinkStopped("Link closed", {})
    going = walk(Answers(institution, **known))
    try:
        step = next(going)
        while True:
            if isinstance(step, Read):
                step = going.send(await _read_async(frame, overlay, step.after, timeout))
                continue
            if isinstance(step, Leave):
                async with page.expect_popup(timeout=timeout) as opened:
                    await frame.locator(step.selector).click(timeout=timeout)
                window = await opened.value
                if at_bank is not None:
                    await at_bank(window)
                else:
                    for each in AT_THE_SANDBOX_BANK:
                        await _do_async(window, each, timeout)
            else:
                await _do_async(frame, step, timeout)
            step = next(going)
    except StopIteration:
        return


def walk(answers: Answers) -> Generator[Step, Any, None]:
    """What to do in the frame, one thing after another. No I/O: is sent the panes that it asks for."""
    pane: Pane | None = None
    visited = False
    for _ in range(MOVES):
        before = pane
        pane = yield Read(int(before["revision"]) if before else -1)
        if pane is None:
            if before and before["name"] == "connected":
                return
            raise LinkStopped("Link closed", before or {})
        move = answers.move(pane)
        if isinstance(move, Choose):
            yield Click(f"#aut-{move.value}")
        elif isinstance(move, Search):
            yield Fill("#search-input-input", move.query)
        elif isinstance(move, Visit):
            if visited:
                raise LinkStopped("the bank's pages were left unfinished", pane)
            visited = True
            yield Leave(_button("open_oauth"))
        else:
            yield from _press(pane, move)
    raise LinkStopped("Link goes round in a circle", pane or {})


def _press(pane: Pane, move: Press) -> Generator[Step, Any, None]:
    for field in pane["fields"]:
        given = move.entered.get(field["name"])
        if given is None:
            continue
        if field["kind"] not in TICKED:
            yield Fill(_input(field["name"]), given[0])
            continue
        for option in field["options"]:
            on = option["value"] in given
            if on or field["kind"] == "checkbox":  # nobody unticks a radio button
                yield Tick(_input(field["name"], option["value"]), on)
    yield Click(_button(move.action))


def _input(name: str, value: str | None = None) -> str:
    """Names and values may hold anything: CSS strings escape as JSON does, for what is printable."""
    which = "" if value is None else f"[value={json.dumps(value)}]"
    return f"#body input[name={json.dumps(name)}]{which}"


def _button(action: str) -> str:
    return f"#footer button[data-action={json.dumps(action)}]"


def _read(frame: "sync_api.Frame", overlay: "sync_api.Locator", after: int, timeout: float) -> Pane | None:
    try:
        pane = frame.evaluate(NEWER, [after, timeout])
    except Exception:
        if overlay.count():
            raise
        return None
    return _in_time(pane, after)


async def _read_async(
    frame: "async_api.Frame", overlay: "async_api.Locator", after: int, patience: float
) -> Pane | None:
    try:
        pane = await frame.evaluate(NEWER, [after, patience])
    except Exception:
        if await overlay.count():
            raise
        return None
    return _in_time(pane, after)


def _in_time(pane: Pane | None, after: int) -> Pane:
    if pane is None:
        raise TimeoutError(f"Link showed nothing new after revision {after}")
    return pane


def _do(where: "sync_api.Frame | sync_api.Page", step: Step, timeout: float) -> None:
    if isinstance(step, Fill):
        where.locator(step.selector).fill(step.text, timeout=timeout)
    elif isinstance(step, Tick):
        where.locator(step.selector).set_checked(step.on, timeout=timeout)
    elif isinstance(step, Click):
        where.locator(step.selector).click(timeout=timeout)


async def _do_async(where: "async_api.Frame | async_api.Page", step: Step, patience: float) -> None:
    if isinstance(step, Fill):
        await where.locator(step.selector).fill(step.text, timeout=patience)
    elif isinstance(step, Tick):
        await where.locator(step.selector).set_checked(step.on, timeout=patience)
    elif isinstance(step, Click):
        await where.locator(step.selector).click(timeout=patience)
