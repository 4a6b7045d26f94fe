"""Drains the outbox: takes what is due under a lease, sends it, and writes what became of it.

Promises, each with a test:

* Whatever was owed is tried at least once, also when the process dies in between: a lease ends by itself, and
  then somebody else tries. So a receiver may hear of one fact twice, never not at all.
* A receiver that is slow, dead or hostile holds up nobody else: it has a few deliveries at once and no more.
* Of one Item one webhook is under way at a time, the oldest that is due first.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gingham import logs
from gingham.clock import DAY, SECOND
from gingham.items import facts
from gingham.platform import Platform
from gingham.store import Writer, items, outbox
from gingham.store.outbox import AttemptRow, DeliveryRow, OutboxRow
from gingham.webhooks import schedule
from gingham.webhooks.signing import ENVIRONMENTS, Signer

if TYPE_CHECKING:
    from gingham.webhooks.transport import Answer, Transport

AT_ONCE = 64
"""Deliveries under way in one process."""
AT_ONE_RECEIVER = 8
LEASE = 15 * SECOND
"""Half as long again as an attempt may take. So late does somebody else try when a process dies over one."""


class Outcome(Struct, frozen=True):
    delivery: DeliveryRow
    webhook: OutboxRow
    attempt: AttemptRow


class Deliverer:
    """One process's share of the work. Any number may drain one outbox."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._signer = Signer(platform)
        self._transports: dict[str, Transport] = {}
        self._underway: set[asyncio.Task[None]] = set()
        self._orders: set[str] = set()
        self._receivers: Counter[str] = Counter()
        self._batch: list[Outcome] | None = None
        self._writing: asyncio.Task[None] | None = None
        self.on_moved: Callable[[], None] = lambda: None
        """Called when a delivery has ended, and so there is room for another."""

    async def run_due(self) -> int:
        """Takes what is due and begins to send it; returns how much that was, without waiting for any."""
        free = AT_ONCE - len(self._underway)
        if free <= 0:
            return 0
        if not self._transports:
            await asyncio.to_thread(self._open)
        now = self._platform.clock.now()
        async with self._platform.store.writing() as writer:
            claimed = await outbox.claim(
                writer,
                now,
                now + LEASE,
                limit=free,
                at_one_receiver=AT_ONE_RECEIVER,
                receivers=self._receivers,
                orders=self._orders,
            )
        for delivery, webhook in claimed:
            self._orders.add(delivery.ordered_with)
            self._receivers[delivery.receiver] += 1
            task = asyncio.create_task(self._deliver(delivery, webhook))
            self._underway.add(task)
            task.add_done_callback(self._underway.discard)
        return len(claimed)

    async def next_due(self) -> int | None:
        return await outbox.next_due(self._platform.store)

    async def drain(self) -> int:
        """Sends everything that is due now, and waits until all of it is written; returns how much that was."""
        done = 0
        while (began := await self.run_due()) or self._underway:
            done += began
            if self._underway:
                await asyncio.wait(self._underway, return_when=asyncio.FIRST_COMPLETED)
        return done

    async def abandon(self) -> None:
        """Breaks off what is under way, and leaves it to its lease."""
        underway = list(self._underway)
        for task in underway:
            task.cancel()
        await asyncio.gather(*underway, return_exceptions=True)
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def stop(self, patience: float = 5.0) -> None:
        """Lets what is under way end for `patience` seconds; the rest is left to its lease."""
        if self._underway:
            await asyncio.wait(self._underway, timeout=patience)
        await self.abandon()
        for transport in self._transports.values():
            await transport.close()

    def _open(self) -> None:
        """The transport is imported by the first webhook, not by the start."""
        from gingham.webhooks.transport import Transport

        anywhere = self._platform.settings.webhooks_to_private_addresses
        self._transports = {
            environment: Transport(private=environment == "sandbox" or anywhere)
            for environment in ENVIRONMENTS
        }

    async def _deliver(self, delivery: DeliveryRow, webhook: OutboxRow) -> None:
        try:
            await self._written(await self._attempt(delivery, webhook))
        except Exception as problem:
            # The lease ends by itself, so nothing is lost.
            logs.error("a webhook could not be handled", problem, webhook_id=webhook.webhook_id)
        finally:
            self._orders.discard(delivery.ordered_with)
            self._receivers[delivery.receiver] -= 1
            if not self._receivers[delivery.receiver]:
                del self._receivers[delivery.receiver]
            self.on_moved()

    async def _attempt(self, delivery: DeliveryRow, webhook: OutboxRow) -> Outcome:
        key = await self._signer.key(webhook.environment)
        body = facts.wire(self._platform, webhook)
        at = self._platform.clock.now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Gingham-Webhooks",
            "Plaid-Verification": self._signer.sign(key, body),
        }
        answer, failure = await self._sent(webhook, body, headers)
        attempt = AttemptRow(
            webhook_id=webhook.webhook_id,
            number=delivery.attempts + 1,
            receiver=delivery.receiver,
            at=at,
            status=answer.status,
            failure=failure,
            took_ms=answer.took_ms,
            answer=answer.body,
        )
        return Outcome(delivery, webhook, attempt)

    async def _sent(
        self, webhook: OutboxRow, body: bytes, headers: dict[str, str]
    ) -> tuple["Answer", str | None]:
        """The answer, and why it does not count as taken; None when it does."""
        from gingham.webhooks.transport import Answer

        mishap = self._platform.faults.of_webhook(webhook.code) if self._platform.faults else None
        if mishap == "lost":
            return Answer(status=None, failure=None, took_ms=0), "lost, as a test wanted it"
        answer = await self._transports[webhook.environment].post(webhook.url, body, headers)
        if mishap == "unheard":
            return replace(answer, status=None), "the answer was lost, as a test wanted it"
        return answer, answer.failure if answer.status is None else schedule.failure_of(answer.status)

    async def _written(self, outcome: Outcome) -> None:
        """Waits until the outcome is in the database. Those that come while one waits for its turn to write
        share its transaction."""
        if self._batch is None:
            self._batch = []
            self._writing = asyncio.create_task(self._write(self._batch))
        self._batch.append(outcome)
        if self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self, outcomes: list[Outcome]) -> None:
        async with self._platform.store.writing() as writer:
            self._batch = None  # whoever comes from here on shares the next one
            await outbox.add_attempts(writer, [outcome.attempt for outcome in outcomes])
            await outbox.done(
                writer, [one.webhook.webhook_id for one in outcomes if one.attempt.failure is None]
            )
            for outcome in outcomes:
                if outcome.attempt.failure is not None:
                    await self._again(writer, outcome)
            for item_id, outcome in {one.webhook.item_id: one for one in outcomes}.items():
                if item_id is not None:
                    await items.webhook_sent(writer, item_id, outcome.attempt.at, outcome.webhook.code)

    async def _again(self, writer: Writer, outcome: Outcome) -> None:
        """Tries later, or gives up."""
        now, attempt = self._platform.clock.now(), outcome.attempt
        tried, failed = await outbox.recent(writer, attempt.receiver, now - DAY, limit=schedule.LOOKED_AT)
        spared = schedule.refuses_nearly_everything(tried, failed)
        due_at = schedule.next_attempt(attempt.number, now, spared=spared)
        if due_at is None:
            await outbox.done(writer, [attempt.webhook_id])
        else:
            # A retry that is left out counts, so that the last one is made as late as ever.
            await outbox.postpone(writer, attempt.webhook_id, due_at, attempt.number + spared)
