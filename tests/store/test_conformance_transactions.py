"""Pages of transactions, and what changed since a sequence number."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store import make

from gingham.store import ConflictError, Reader, Store, transactions
from gingham.store.transactions import Change, TransactionRow


async def add(store: Store, *rows: TransactionRow) -> None:
    async with store.writing() as writer:
        await transactions.add_transactions(writer, list(rows))


async def page(
    store: Store,
    start: str = "2026-01-01",
    end: str = "2026-12-31",
    account_ids: tuple[str, ...] | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[str], int]:
    """Ids instead of JSON: `make.transaction` encodes the id."""
    async with store.reading() as reader:
        rows, total = await transactions.page(
            reader, "item-1", start=start, end=end, account_ids=account_ids, limit=limit, offset=offset
        )
    return [row.decode() for row in rows], total


async def changes(
    reader: Reader,
    base: int = 0,
    after: tuple[int, str] = (0, ""),
    upto: int = 99,
    account_id: str | None = None,
    limit: int = 100,
    item_id: str = "item-1",
) -> list[Change]:
    return await transactions.changes(
        reader, item_id, base=base, after=after, upto=upto, account_id=account_id, limit=limit
    )


# --- rows -------------------------------------------------------------------------------------------------
# ------------


async def test_a_transaction_comes_back_as_it_went(store: Store) -> None:
    row = make.transaction(pending=True, removed=True, added_seq=3, changed_seq=5, encoded=b"\0{}")
    await add(store, row)

    assert await transactions.transaction(store, "item-1", "transaction-1") == row
    assert await transactions.transaction(store, "item-2", "transaction-1") is None


async def test_update_replaces_the_row(store: Store) -> None:
    await add(store, make.transaction("a"), make.transaction("b"))
    changed = make.transaction("a", date="2026-06-01", pending=True, changed_seq=2, encoded=b"new")
    async with store.writing() as writer:
        await transactions.update_transaction(writer, changed)

    assert await transactions.transaction(store, "item-1", "a") == changed
    assert await transactions.transaction(store, "item-1", "b") == make.transaction("b")
    with pytest.raises(LookupError):
        async with store.writing() as writer:
            await transactions.update_transaction(writer, make.transaction("nothing"))


async def test_a_transaction_is_added_once(store: Store) -> None:
    with pytest.raises(ConflictError):
        await add(store, make.transaction("a"), make.transaction("a", date="2026-01-01"))
    assert await page(store) == ([], 0)


async def test_between_finds_the_rows_alive_of_some_days(store: Store) -> None:
    first = make.transaction("first", date="2026-05-02", encoded=b"\0{}")
    last = make.transaction("last", date="2026-05-04", added_seq=3, changed_seq=5)
    await add(
        store,
        first,
        last,
        make.transaction("before", date="2026-05-01"),
        make.transaction("after", date="2026-05-05"),
        make.transaction("gone", date="2026-05-03", removed=True),
        make.transaction("foreign", date="2026-05-03", item_id="item-2"),
    )

    found = await transactions.between(store, "item-1", start="2026-05-02", end="2026-05-04")

    assert sorted(found, key=lambda row: row.date) == [first, last]
    assert await transactions.between(store, "item-1", start="2026-05-04", end="2026-05-02") == []


async def test_rows_are_found_by_their_ids_removed_or_not(store: Store) -> None:
    alive, gone = make.transaction("alive"), make.transaction("gone", removed=True)
    await add(store, alive, gone, make.transaction("other"), make.transaction("foreign", item_id="item-2"))

    found = await transactions.with_ids(store, "item-1", ["alive", "foreign", "gone", "nothing"])

    assert sorted(found, key=lambda row: row.transaction_id) == [alive, gone]
    assert await transactions.with_ids(store, "item-1", []) == []


@pytest.mark.parametrize("count", [1, 199, 200, 201, 450])
async def test_any_number_of_rows_is_found_by_their_ids(store: Store, count: int) -> None:
    ids = [f"t{n}" for n in range(count)]
    await add(store, *(make.transaction(each) for each in ids))

    found = await transactions.with_ids(store, "item-1", ids)

    assert sorted(row.transaction_id for row in found) == sorted(ids)


async def test_accounts_with_transactions_are_those_of_rows_alive(store: Store) -> None:
    await add(
        store,
        make.transaction("a", account_id="checking"),
        make.transaction("b", account_id="checking"),
        make.transaction("c", account_id="savings"),
        make.transaction("d", account_id="cd", removed=True),
        make.transaction("e", account_id="foreign", item_id="item-2"),
    )

    assert await transactions.accounts_with_transactions(store, "item-1") == {"checking", "savings"}


# --- pages ------------------------------------------------------------------------------------------------
# ------------


async def test_a_page_is_newest_first_and_then_by_place(store: Store) -> None:
    await add(
        store,
        make.transaction("old", date="2026-05-01"),
        make.transaction("b", date="2026-05-03", place=1),
        make.transaction("a", date="2026-05-03", place=0),
        make.transaction("new", date="2026-05-09", place=7),
    )

    assert await page(store) == (["new", "a", "b", "old"], 4)


async def test_a_page_includes_both_its_dates(store: Store) -> None:
    await add(store, *(make.transaction(str(day), date=f"2026-05-0{day}") for day in range(1, 7)))

    assert await page(store, start="2026-05-02", end="2026-05-04") == (["4", "3", "2"], 3)
    assert await page(store, start="2026-05-02", end="2026-05-02") == (["2"], 1)
    assert await page(store, start="2026-05-04", end="2026-05-02") == ([], 0)


async def test_a_page_leaves_out_removed_rows_and_other_items(store: Store) -> None:
    await add(
        store,
        make.transaction("alive"),
        make.transaction("gone", removed=True),
        make.transaction("foreign", item_id="item-2"),
    )

    assert await page(store) == (["alive"], 1)


@pytest.mark.parametrize(
    ("account_ids", "ids"),
    [
        (None, ["c", "b", "a"]),
        (("x",), ["c", "a"]),
        (("x", "y"), ["c", "b", "a"]),
        (("y", "nothing"), ["b"]),
        ((), []),
    ],
)
async def test_a_page_of_some_accounts(
    store: Store, account_ids: tuple[str, ...] | None, ids: list[str]
) -> None:
    rows = [("a", "x"), ("b", "y"), ("c", "x")]
    await add(
        store,
        *(
            make.transaction(name, account_id=of, date=f"2026-05-0{n + 1}")
            for n, (name, of) in enumerate(rows)
        ),
    )

    assert await page(store, account_ids=account_ids) == (ids, len(ids))


@pytest.mark.parametrize("account_ids", [None, ("x",)])
async def test_pages_cover_everything_once_and_agree_on_the_total(
    store: Store, account_ids: tuple[str, ...] | None
) -> None:
    ids = [f"t{n:02d}" for n in range(25)]
    await add(store, *(make.transaction(name, account_id="x", place=n) for n, name in enumerate(ids)))

    for limit in (1, 5, 7, 25, 26):
        seen: list[str] = []
        for offset in range(0, 25, limit):
            rows, total = await page(store, account_ids=account_ids, limit=limit, offset=offset)
            assert total == 25
            seen += rows
        assert seen == ids


async def test_a_page_behind_the_end_still_tells_the_total(store: Store) -> None:
    await add(store, *(make.transaction(str(n)) for n in range(3)))

    assert await page(store, offset=3) == ([], 3)
    assert await page(store, offset=100) == ([], 3)
    assert await page(store, limit=0) == ([], 3)


# --- changes
# ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "changed", "removed", "kind"),
    [
        # against base = 10
        (5, 5, False, None),  # known and untouched
        (5, 10, False, None),  # touched, but no later than base
        (5, 11, False, "modified"),
        (5, 10, True, None),  # its end is known
        (5, 11, True, "removed"),
        (10, 11, True, "removed"),
        (11, 11, False, "added"),
        (11, 15, False, "added"),  # also when it was touched since
        (11, 15, True, None),  # came and went in between
        (11, 11, True, None),
        (21, 21, False, None),  # behind upto = 20
        (5, 21, False, None),
        (5, 20, False, "modified"),
    ],
)
async def test_a_row_is_classified_against_the_base(
    store: Store, added: int, changed: int, removed: bool, kind: str | None
) -> None:
    await add(store, make.transaction("a", added_seq=added, changed_seq=changed, removed=removed))

    found = await changes(store, base=10, upto=20)

    expected = Change(
        kind=str(kind),
        sequence=changed,
        added_sequence=added,
        transaction_id="a",
        account_id="account-1",
        encoded=b"a",
    )
    assert found == ([] if kind is None else [expected])


async def test_changes_come_by_sequence_and_then_id_by_code_point(store: Store) -> None:
    order = [(1, "z"), (2, "-"), (2, "A"), (2, "Z"), (2, "_"), (2, "a"), (3, "B")]
    await add(
        store, *(make.transaction(name, added_seq=n, changed_seq=n) for n, name in sorted(order, key=str))
    )

    assert [(change.sequence, change.transaction_id) for change in await changes(store)] == order
    assert [change.transaction_id for change in await changes(store, after=(2, "Z"))] == ["_", "a", "B"]


async def test_changes_stop_at_the_limit(store: Store) -> None:
    await add(store, *(make.transaction(str(n), added_seq=n, changed_seq=n) for n in range(1, 6)))

    assert [change.transaction_id for change in await changes(store, limit=2)] == ["1", "2"]


async def test_changes_of_one_account(store: Store) -> None:
    await add(
        store,
        make.transaction("a", account_id="x"),
        make.transaction("b", account_id="y"),
        make.transaction("c", account_id="x", item_id="item-2"),
    )

    assert [change.transaction_id for change in await changes(store, account_id="x")] == ["a"]
    assert await changes(store, account_id="nothing") == []


# --- changes, against a model
# -----------------------------------------------------------------------------------------


@dataclass
class Bank:
    """An Item's history told naively: after every change, everything that was alive."""

    item_id: str
    rows: dict[str, TransactionRow] = field(default_factory=dict)
    alive: dict[int, dict[str, bytes]] = field(default_factory=lambda: {0: {}})
    sequence: int = 0

    def change(self, what: str, choice: int, new_number: bool) -> None:
        # The first change of all needs a number of its own: 0 is "nothing happened yet".
        self.sequence += new_number or self.sequence == 0
        living = [row for row in self.rows.values() if not row.removed]
        text = f"{what} {self.sequence} {choice}".encode()
        if what == "add" or not living:
            # Scattered, so that the order of ids is not the order of arrival.
            name = f"{len(self.rows) * 7919 % 1000:03d}"
            self.rows[name] = make.transaction(
                name,
                item_id=self.item_id,
                account_id="xy"[choice % 2],
                added_seq=self.sequence,
                changed_seq=self.sequence,
                encoded=text,
            )
        else:
            row = living[choice % len(living)]
            self.rows[row.transaction_id] = make.transaction(
                row.transaction_id,
                item_id=self.item_id,
                account_id=row.account_id,
                added_seq=row.added_seq,
                changed_seq=self.sequence,
                removed=what == "remove",
                encoded=text,
            )
        self.alive[self.sequence] = {name: row.encoded for name, row in self.rows.items() if not row.removed}


steps = st.lists(
    st.tuples(st.sampled_from(["add", "add", "modify", "remove"]), st.integers(0, 99), st.booleans()),
    max_size=30,
)
item_numbers = itertools.count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=steps,
    base=st.integers(0, 30),
    limit=st.integers(1, 6),
    account_id=st.sampled_from([None, "x", "y"]),
)
async def test_changes_lead_from_any_state_to_the_present(
    store: Store, steps: list[tuple[str, int, bool]], base: int, limit: int, account_id: str | None
) -> None:
    """Whoever had everything as of `base` and applies every page of changes has everything as of now: and
    is told of no row that need not concern it, and of none twice.
    """
    bank = Bank(f"item-{next(item_numbers)}")
    for what, choice, new_number in steps:
        bank.change(what, choice, new_number)
    await add(store, *bank.rows.values())
    base = min(base, bank.sequence)

    def mine(rows: dict[str, bytes]) -> dict[str, bytes]:
        return {name: text for name, text in rows.items() if account_id in (None, bank.rows[name].account_id)}

    told: list[Change] = []
    after = (base, "")
    while found := await changes(store, base, after, bank.sequence, account_id, limit, bank.item_id):
        assert len(found) <= limit
        told += found
        after = (found[-1].sequence, found[-1].transaction_id)

    copy, present = mine(bank.alive[base]), mine(bank.alive[bank.sequence])
    for change in told:
        assert (change.transaction_id in copy) == (change.kind != "added")
        assert bank.rows[change.transaction_id].changed_seq == change.sequence > base
        if change.kind == "removed":
            del copy[change.transaction_id]
        else:
            copy[change.transaction_id] = change.encoded
    assert copy == present
    assert [change.transaction_id for change in told] == [
        name for _, name in sorted({(change.sequence, change.transaction_id) for change in told})
    ]
