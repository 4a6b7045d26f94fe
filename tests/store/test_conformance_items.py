"""Items, their tokens, their accounts, and the clients' keys."""

# ruff: noqa: PT012 (a transaction fails as a whole)

import asyncio

import pytest
from tests.store import make

from gingham.store import ConflictError, Store, accounts, clients, items


async def add(store: Store, **members: object) -> items.ItemRow:
    row = make.item(**members)
    async with store.writing() as writer:
        await items.add_item(writer, row)
    return row


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"products": (), "billed_products": ("auth", "transactions"), "consented_products": ()},
        {
            "consented_products": ("identity",),
            "synced": True,
            "removed_at": 5,
            "error_code": "ITEM_LOGIN_REQUIRED",
        },
        {
            "webhook": "https://app.example",
            "username_digest": b"\0\xff",
            "sequence": 2**40,
            "client_user_id": "ü",
        },
    ],
)
async def test_an_item_comes_back_as_it_went(store: Store, members: dict[str, object]) -> None:
    row = await add(store, **members)

    assert await items.item(store, row.item_id) == row


async def test_an_unknown_item_is_none(store: Store) -> None:
    assert await items.item(store, "nothing") is None
    async with store.writing() as writer:
        assert await items.lock_item(writer, "nothing") is None


async def test_update_sets_what_it_names_and_nothing_else(store: Store) -> None:
    row = await add(store, webhook="https://app.example", sequence=7)
    async with store.writing() as writer:
        await items.update_item(
            writer,
            "item-1",
            synced=True,
            products=("auth", "identity"),
            webhook=None,
            consented_products=("auth",),
        )

    found = await items.item(store, "item-1")
    assert found == make.item(
        synced=True, products=("auth", "identity"), webhook=None, consented_products=("auth",), sequence=7
    )
    assert found != row


async def test_update_without_changes_changes_nothing(store: Store) -> None:
    row = await add(store)
    async with store.writing() as writer:
        await items.update_item(writer, "item-1")

    assert await items.item(store, "item-1") == row


async def test_update_of_an_unknown_item_is_a_lookup_error(store: Store) -> None:
    with pytest.raises(LookupError):
        async with store.writing() as writer:
            await items.update_item(writer, "nothing", sequence=1)


@pytest.mark.parametrize("name", ["color", "item_id", "sequence = 1; --"])
async def test_update_knows_its_columns(store: Store, name: str) -> None:
    await add(store)
    with pytest.raises(TypeError, match=name):
        async with store.writing() as writer:
            await items.update_item(writer, "item-1", **{name: 1})


async def test_lock_item_keeps_other_writers_out(store: Store, other: Store) -> None:
    """Ten tasks in two processes read a number and write it back plus one: none is lost."""
    await add(store)

    async def increase(by: Store) -> None:
        async with by.writing() as writer:
            row = await items.lock_item(writer, "item-1")
            assert row is not None
            await asyncio.sleep(0)
            await items.update_item(writer, "item-1", sequence=row.sequence + 1)

    await asyncio.gather(*(increase(by) for by in (store, other) * 5))

    found = await items.item(store, "item-1")
    assert found is not None
    assert found.sequence == 10


async def test_an_access_token_opens_its_item(store: Store) -> None:
    row = await add(store)
    async with store.writing() as writer:
        await items.add_access_token(writer, b"token", "item-1", 1)

    assert await items.item_by_access_token(store, b"token") == row
    assert await items.item_by_access_token(store, b"other") is None


async def test_an_access_token_opens_a_removed_item(store: Store) -> None:
    row = await add(store, removed_at=5)
    async with store.writing() as writer:
        await items.add_access_token(writer, b"token", "item-1", 1)

    assert await items.item_by_access_token(store, b"token") == row


async def test_revoking_ends_every_live_token_of_the_item_only(store: Store) -> None:
    await add(store)
    await add(store, item_id="item-2")
    async with store.writing() as writer:
        for digest, item_id in ((b"a", "item-1"), (b"b", "item-1"), (b"c", "item-2")):
            await items.add_access_token(writer, digest, item_id, 1)
        assert await items.revoke_access_tokens(writer, "item-1", 2) == 2
        assert await items.revoke_access_tokens(writer, "item-1", 3) == 0
        await items.add_access_token(writer, b"d", "item-1", 4)

    opened = [
        await items.item_by_access_token(store, digest) is not None for digest in (b"a", b"b", b"c", b"d")
    ]
    assert opened == [False, False, True, True]


async def test_an_access_token_is_given_once(store: Store) -> None:
    await add(store)
    with pytest.raises(ConflictError):
        async with store.writing() as writer:
            await items.add_access_token(writer, b"token", "item-1", 1)
            await items.add_access_token(writer, b"token", "item-1", 1)


async def add_public_token(store: Store, **members: object) -> None:
    await add(store)
    async with store.writing() as writer:
        await items.add_public_token(writer, make.public_token(**members))


async def test_a_public_token_comes_back_as_it_went(store: Store) -> None:
    await add_public_token(store, for_update=True)

    assert await items.public_token(store, b"public") == make.public_token(for_update=True)
    assert await items.public_token(store, b"other") is None


async def test_a_public_token_is_spent_once(store: Store) -> None:
    await add_public_token(store)

    async with store.writing() as writer:
        assert await items.spend_public_token(writer, b"public", 50) == make.public_token(exchanged_at=50)
    async with store.writing() as writer:
        assert await items.spend_public_token(writer, b"public", 51) is None
    assert await items.public_token(store, b"public") == make.public_token(exchanged_at=50)


@pytest.mark.parametrize(("at", "good"), [(99, True), (100, False), (101, False)])
async def test_a_public_token_expires(store: Store, at: int, good: bool) -> None:
    await add_public_token(store, expires_at=100)

    async with store.writing() as writer:
        assert (await items.spend_public_token(writer, b"public", at) is not None) == good


async def test_an_unknown_public_token_is_not_spent(store: Store) -> None:
    async with store.writing() as writer:
        assert await items.spend_public_token(writer, b"nothing", 1) is None


async def test_spending_that_is_rolled_back_did_not_happen(store: Store) -> None:
    await add_public_token(store)
    with pytest.raises(ZeroDivisionError):
        async with store.writing() as writer:
            assert await items.spend_public_token(writer, b"public", 50) is not None
            raise ZeroDivisionError

    async with store.writing() as writer:
        assert await items.spend_public_token(writer, b"public", 50) is not None


async def test_of_200_that_race_for_a_public_token_one_gets_it(store: Store, other: Store) -> None:
    await add_public_token(store)

    async def spend(by: Store, at: int) -> items.PublicTokenRow | None:
        async with by.writing() as writer:
            spent = await items.spend_public_token(writer, b"public", at)
            await asyncio.sleep(0)
            return spent

    got = await asyncio.gather(*(spend(by, at=50) for by in (store, other) * 100))
    assert len([token for token in got if token is not None]) == 1


async def test_accounts_come_in_the_bank_s_order(store: Store) -> None:
    await add(store)
    await add(store, item_id="item-2")
    rows = [make.account(f"account-{9 - n}", position=n, subtype=None, mask=None) for n in range(5)]
    async with store.writing() as writer:
        await accounts.add_accounts(writer, [*reversed(rows), make.account("foreign", item_id="item-2")])

    assert await accounts.accounts(store, "item-1") == rows
    assert await accounts.accounts(store, "nothing") == []


async def test_an_account_s_json_can_be_replaced(store: Store) -> None:
    await add(store)
    async with store.writing() as writer:
        await accounts.add_accounts(writer, [make.account("a"), make.account("b", position=1)])
        await accounts.set_encoded(writer, "a", b'{"new":1}')

    assert [row.encoded for row in await accounts.accounts(store, "item-1")] == [b'{"new":1}', b"{}"]
    with pytest.raises(LookupError):
        async with store.writing() as writer:
            await accounts.set_encoded(writer, "nothing", b"")


async def test_keys_are_kept_and_adding_one_again_changes_nothing(store: Store) -> None:
    key = clients.Key(client_id="c", environment="sandbox", kind="secret", digest=b"\1" * 32, created_at=1)
    rotated = clients.Key(
        client_id="c", environment="sandbox", kind="secret", digest=b"\2" * 32, created_at=2
    )
    async with store.writing() as writer:
        await clients.add_key(writer, key)
        await clients.add_key(writer, rotated)
        await clients.add_key(
            writer,
            clients.Key(client_id="c", environment="sandbox", kind="secret", digest=b"\1" * 32, created_at=9),
        )

    assert await clients.keys(store) == [key, rotated]
