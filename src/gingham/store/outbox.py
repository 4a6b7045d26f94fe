"""Webhooks: what is owed, what is still to be delivered, and what became of each attempt.

`owe` writes the webhook and its delivery in the transaction of the fact they report. A webhook stays as the
record; its delivery is a row of a queue that is deleted once it was taken, or given up.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import cast
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from gingham.store import Reader, Writer
from gingham.store.rows import Rows


class OutboxRow(Struct, frozen=True, kw_only=True):
    webhook_id: str
    client_id: str
    environment: str
    item_id: str | None
    url: str
    type: str
    code: str
    body: bytes
    created_at: int
    sealed: bool | None = None
    """True: `body` carries tokens and is sealed, with the webhook_id as associated data."""


class DeliveryRow(Struct, frozen=True, kw_only=True):
    webhook_id: str
    ordered_with: str
    """Deliveries that share it are made one after the other: those of an Item, or of a link_token."""
    receiver: str
    """Scheme, host and port of the address."""
    due_at: int
    """When to try next. While somebody tries, this is when others may believe that the trier died."""
    attempts: int


class AttemptRow(Struct, frozen=True, kw_only=True):
    webhook_id: str
    number: int
    """Counts from 1."""
    receiver: str
    at: int
    status: int | None
    """HTTP status of the answer; None when there was none."""
    failure: str | None
    """Why it does not count as taken, in a few words; None when it does."""
    took_ms: int
    answer: bytes
    """The first bytes of the answer's body."""


_ROWS = Rows(OutboxRow, "outbox")
_DELIVERIES = Rows(DeliveryRow, "deliveries")
_ATTEMPTS = Rows(AttemptRow, "delivery_attempts")

ADD = _ROWS.insert()
OWED = _ROWS.select("ORDER BY created_at, arrival LIMIT ?")
OWED_OF_ITEM = _ROWS.select("WHERE item_id = ? ORDER BY created_at, arrival LIMIT ?")
WEBHOOK = _ROWS.select("WHERE webhook_id = ?")
_OLDER = (
    "client_id = ? AND environment = ?"
    " AND arrival < COALESCE((SELECT arrival FROM outbox WHERE webhook_id = ?), 9223372036854775807)"
)
OF_CLIENT = _ROWS.select(f"WHERE {_OLDER} ORDER BY arrival DESC LIMIT ?")
OF_ITEM = _ROWS.select(f"WHERE {_OLDER} AND item_id = ? ORDER BY arrival DESC LIMIT ?")
TAKEN = _ROWS.select(
    "WHERE client_id = ? AND environment = ? AND type = ? AND code = ?"
    " AND COALESCE(item_id, '') = COALESCE(?, item_id, '')"
    " AND arrival > COALESCE((SELECT arrival FROM outbox WHERE webhook_id = ?), -1)"
    " AND EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.webhook_id = outbox.webhook_id AND a.failure IS NULL)"
    " ORDER BY arrival LIMIT 1"
)
NEWER = _ROWS.select(
    "WHERE client_id = ? AND environment = ?"
    " AND arrival > COALESCE((SELECT arrival FROM outbox WHERE webhook_id = ?), 0) ORDER BY arrival LIMIT ?"
)
ADD_DELIVERY = _DELIVERIES.insert()
AGAIN = _DELIVERIES.insert(
    "ON CONFLICT (webhook_id) DO UPDATE SET due_at = excluded.due_at, attempts = excluded.attempts"
)
LEASE = _DELIVERIES.update(("due_at",), "WHERE webhook_id = ? AND due_at = ?")
POSTPONE = _DELIVERIES.update(("due_at", "attempts"), "WHERE webhook_id = ?")
DONE = "DELETE FROM deliveries WHERE webhook_id = ?"
DELIVERY = _DELIVERIES.select("WHERE webhook_id = ?")
NEXT_DUE = "SELECT due_at FROM deliveries ORDER BY due_at LIMIT 1"
COUNT = "SELECT COUNT(*) FROM deliveries"
ADD_ATTEMPT = _ATTEMPTS.insert("ON CONFLICT (webhook_id, number) DO NOTHING")
ATTEMPTS = _ATTEMPTS.select("WHERE webhook_id = ? ORDER BY number")
RECENT = "SELECT failure FROM delivery_attempts WHERE receiver = ? AND at > ? ORDER BY at DESC LIMIT ?"


def receiver_of(url: str) -> str:
    """What shares a limit of deliveries at once. An address that is none is a receiver of its own."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}"


async def owe(writer: Writer, webhook: OutboxRow, *, ordered_with: str | None = None) -> None:
    """`ordered_with`: what it is delivered one after the other with, unless its Item.

    Raises `ConflictError` when the webhook_id is taken.
    """
    delivery = _delivery(webhook, webhook.created_at)
    if ordered_with is not None:
        delivery = replace(delivery, ordered_with=ordered_with)
    await writer.run(ADD, *_ROWS.row(webhook))
    await writer.run(ADD_DELIVERY, *_DELIVERIES.row(delivery))


async def owe_again(writer: Writer, webhook: OutboxRow, due_at: int, attempts: int) -> None:
    """Puts a webhook into the queue once more, or makes it due if it still is there."""
    await writer.run(AGAIN, *_DELIVERIES.row(_delivery(webhook, due_at, attempts)))


def _delivery(webhook: OutboxRow, due_at: int, attempts: int = 0) -> DeliveryRow:
    return DeliveryRow(
        webhook_id=webhook.webhook_id,
        ordered_with=webhook.item_id or webhook.webhook_id,
        receiver=receiver_of(webhook.url),
        due_at=due_at,
        attempts=attempts,
    )


async def owed(reader: Reader, *, item_id: str | None = None, limit: int = 1000) -> list[OutboxRow]:
    """Every webhook there ever was, oldest first; of one instant, in the order they came."""
    rows = await (reader.all(OWED, limit) if item_id is None else reader.all(OWED_OF_ITEM, item_id, limit))
    return [_ROWS.read(row) for row in rows]


async def webhook(reader: Reader, webhook_id: str) -> OutboxRow | None:
    row = await reader.one(WEBHOOK, webhook_id)
    return None if row is None else _ROWS.read(row)


async def of_client(
    reader: Reader, client_id: str, environment: str, *, before: str | None, item_id: str | None, limit: int
) -> list[OutboxRow]:
    """A client's webhooks, newest first; `before`: those older than the one with that id."""
    if item_id is None:
        rows = await reader.all(OF_CLIENT, client_id, environment, before, limit)
    else:
        rows = await reader.all(OF_ITEM, client_id, environment, before, item_id, limit)
    return [_ROWS.read(row) for row in rows]


async def taken(
    reader: Reader,
    client_id: str,
    environment: str,
    *,
    type: str,  # noqa: A002  the protocol's word
    code: str,
    item_id: str | None,
    after: str | None,
) -> OutboxRow | None:
    """The oldest webhook of a kind that its receiver has taken; `after`: the id of one that came before it."""
    row = await reader.one(TAKEN, client_id, environment, type, code, item_id, after)
    return None if row is None else _ROWS.read(row)


async def newer(
    reader: Reader, client_id: str, environment: str, *, after: str, limit: int
) -> list[OutboxRow]:
    """A client's webhooks in the order they came, those after the one with that id; all after an empty one."""
    return [_ROWS.read(row) for row in await reader.all(NEWER, client_id, environment, after, limit)]


async def claim(
    writer: Writer,
    now: int,
    lease_until: int,
    *,
    limit: int,
    at_one_receiver: int,
    receivers: Mapping[str, int],
    orders: Collection[str],
) -> list[tuple[DeliveryRow, OutboxRow]]:
    """Takes deliveries that are due, oldest first, and leases them: nobody else gets them before
    `lease_until`.

    `receivers`: how many are under way to each already; none gets more than `at_one_receiver`. `orders`: those
    that have one under way; of each other one the first is taken alone.
    """
    full = [receiver for receiver, count in receivers.items() if count >= at_one_receiver]
    rows = await writer.all(_due(len(full), len(orders)), now, *full, *orders, limit)
    width = len(_DELIVERIES.columns)
    taken: list[tuple[DeliveryRow, OutboxRow]] = []
    counts, seen = Counter(receivers), set()
    for row in rows:
        delivery = _DELIVERIES.read(row[:width])
        if delivery.ordered_with in seen or counts[delivery.receiver] >= at_one_receiver:
            continue
        seen.add(delivery.ordered_with)
        counts[delivery.receiver] += 1
        taken.append((delivery, _ROWS.read(row[width:])))
    await writer.run_many(
        LEASE, [(lease_until, delivery.webhook_id, delivery.due_at) for delivery, _ in taken]
    )
    return taken


def _due(receivers: int, orders: int) -> str:
    columns = ", ".join(
        [f'd."{name}"' for name in _DELIVERIES.columns] + [f'o."{name}"' for name in _ROWS.columns]
    )
    apart = ""
    if receivers:
        apart += f" AND d.receiver NOT IN ({', '.join('?' * receivers)})"
    if orders:
        apart += f" AND d.ordered_with NOT IN ({', '.join('?' * orders)})"
    return (
        f"SELECT {columns} FROM deliveries d JOIN outbox o ON o.webhook_id = d.webhook_id"  # noqa: S608
        f" WHERE d.due_at <= ?{apart} ORDER BY d.due_at, d.arrival LIMIT ? /* FOR UPDATE OF d SKIP LOCKED */"
    )


async def next_due(reader: Reader) -> int | None:
    """The earliest instant anything is due; None when nothing is to be delivered."""
    row = await reader.one(NEXT_DUE)
    return None if row is None else cast("int", row[0])


async def waiting(reader: Reader) -> int:
    """How many deliveries are still to be made."""
    row = await reader.one(COUNT)
    return cast("int", row[0]) if row else 0


async def delivery(reader: Reader, webhook_id: str) -> DeliveryRow | None:
    """What is still to be done for a webhook; None when that is nothing."""
    row = await reader.one(DELIVERY, webhook_id)
    return None if row is None else _DELIVERIES.read(row)


async def add_attempts(writer: Writer, attempts: list[AttemptRow]) -> None:
    await writer.run_many(ADD_ATTEMPT, [_ATTEMPTS.row(attempt) for attempt in attempts])


async def attempts(reader: Reader, webhook_id: str) -> list[AttemptRow]:
    """In their order."""
    return [_ATTEMPTS.read(row) for row in await reader.all(ATTEMPTS, webhook_id)]


async def postpone(writer: Writer, webhook_id: str, due_at: int, attempts: int) -> None:
    await writer.run(POSTPONE, due_at, attempts, webhook_id)


async def done(writer: Writer, webhook_ids: list[str]) -> None:
    """Nothing more is to be done for them."""
    await writer.run_many(DONE, [(webhook_id,) for webhook_id in webhook_ids])


async def recent(reader: Reader, receiver: str, since: int, *, limit: int) -> tuple[int, int]:
    """Of a receiver's newest attempts: how many, and how many of them failed."""
    rows = await reader.all(RECENT, receiver, since, limit)
    return len(rows), sum(row[0] is not None for row in rows)
