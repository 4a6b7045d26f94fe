"""Link without a browser: `Conversation` over httpx, blocking and asynchronous.

Both raise `LinkRefused` when the server says no, `LinkStopped` when the answers do not lead to the end, and
httpx's own errors when there is no server.
"""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from gingham.testing.answers import BANK, Answers, Known, LinkStopped
from gingham.testing.conversation import PATH, Call, Conversation, Linked

TIMEOUT_SECONDS = 30.0
"""The server holds a question for twenty seconds before it answers that nothing is new."""


class LinkSession(Conversation):
    """A Link session that a program drives. Leaving the block leaves Link, as a closed tab would.

    server: its address. client: an `httpx.Client` of your own instead, such as one with another transport.
    """

    def __init__(
        self,
        server: str,
        link_token: str,
        *,
        received_redirect_uri: str | None = None,
        client: httpx.Client | None = None,
    ) -> None:
        super().__init__()
        self._client = client or httpx.Client(base_url=server, timeout=TIMEOUT_SECONDS)
        self._owned = client is None
        try:
            self._send(self.starting(link_token, received_redirect_uri))
        except BaseException:
            self.close()
            raise

    def do(self, type: str, **members: Any) -> None:  # noqa: A002  the protocol's word
        """Takes one action: `do("submit_accounts", accounts=["0"])`. Waits until the server has done its work."""
        self._send(self.acting({"type": type, **members}))
        while self.busy and not self.away:
            self.wait()

    def wait(self) -> None:
        """Waits for news: until there are some, or for twenty seconds."""
        self._send(self.waiting())

    def connect(
        self,
        institution: str = BANK,
        *,
        at_bank: Callable[[str], object] | None = None,
        **known: Unpack[Known],
    ) -> Linked:
        """Goes from where the session stands to its end. The arguments are those of `Answers`.

        at_bank: called with the address of a bank that has pages of its own; has the login done there.
        """
        return self.connect_with(Answers(institution, **known), at_bank=at_bank)

    def connect_with(self, answers: Answers, *, at_bank: Callable[[str], object] | None = None) -> Linked:
        """As `connect`."""
        going = self.connecting(answers)
        try:
            while True:
                step = next(going)
                if isinstance(step, Call):
                    self._send(step)
                elif at_bank is None:
                    raise LinkStopped("the bank has pages of its own: pass at_bank", self.pane or {})
                else:
                    at_bank(step.url)
        except StopIteration as done:
            return Linked(*done.value)

    def close(self) -> None:
        """Leaves Link if it is still open."""
        try:
            if self.pane is not None and not self.over:
                self._send(self.acting({"type": "force_exit"}))
        except httpx.HTTPError:
            pass  # the session ends by itself in time
        finally:
            if self._owned:
                self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, call: Call) -> None:
        self.take(_read(self._client.post(PATH + call.name, json=call.body)))


class AsyncLinkSession(Conversation):
    """`LinkSession` for asynchronous programs: `async with AsyncLinkSession(server, link_token) as link`."""

    def __init__(
        self,
        server: str,
        link_token: str,
        *,
        received_redirect_uri: str | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__()
        self._client = client or httpx.AsyncClient(base_url=server, timeout=TIMEOUT_SECONDS)
        self._owned = client is None
        self._first = self.starting(link_token, received_redirect_uri)

    async def do(self, type: str, **members: Any) -> None:  # noqa: A002
        """As `LinkSession.do`."""
        await self._send(self.acting({"type": type, **members}))
        while self.busy and not self.away:
            await self.wait()

    async def wait(self) -> None:
        """As `LinkSession.wait`."""
        await self._send(self.waiting())

    async def connect(
        self,
        institution: str = BANK,
        *,
        at_bank: Callable[[str], Awaitable[object]] | None = None,
        **known: Unpack[Known],
    ) -> Linked:
        """As `LinkSession.connect`."""
        return await self.connect_with(Answers(institution, **known), at_bank=at_bank)

    async def connect_with(
        self, answers: Answers, *, at_bank: Callable[[str], Awaitable[object]] | None = None
    ) -> Linked:
        """As `LinkSession.connect`."""
        going = self.connecting(answers)
        try:
            while True:
                step = next(going)
                if isinstance(step, Call):
                    await self._send(step)
                elif at_bank is None:
                    raise LinkStopped("the bank has pages of its own: pass at_bank", self.pane or {})
                else:
                    await at_bank(step.url)
        except StopIteration as done:
            return Linked(*done.value)

    async def close(self) -> None:
        """Leaves Link if it is still open."""
        try:
            if self.pane is not None and not self.over:
                await self._send(self.acting({"type": "force_exit"}))
        except httpx.HTTPError:
            pass
        finally:
            if self._owned:
                await self._client.aclose()

    async def __aenter__(self) -> Self:
        try:
            await self._send(self._first)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, call: Call) -> None:
        self.take(_read(await self._client.post(PATH + call.name, json=call.body)))


def _read(answer: httpx.Response) -> dict[str, Any]:
    """The answer's object; an error object comes with a status of its own. Raises `httpx.HTTPStatusError`."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        answer.raise_for_status()
        raise httpx.DecodingError("this server does not speak Link's protocol", request=answer.request)
    return said
