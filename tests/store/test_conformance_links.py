"""Link tokens, Link sessions and their events."""

# ruff: noqa: PT012 (a transaction fails as a whole)

import asyncio

import pytest
from tests.store import make

from gingham.store import ConflictError, Store, links


@pytest.fixture
async def linked(store: Store) -> Store:
    """A store with one link_token."""
    async with store.writing() as writer:
        await links.add_link_token(writer, make.link_token())
    return store


async def test_a_link_token_comes_back_as_it_went(store: Store) -> None:
    row = make.link_token(item_id="item-1", request=b"{}" * 1000)
    async with store.writing() as writer:
        await links.add_link_token(writer, row)

    assert await links.link_token(store, b"link") == row
    assert await links.link_token(store, b"other") is None


async def test_marking_sets_only_what_is_given(linked: Store) -> None:
    async with linked.writing() as writer:
        await links.mark_link_token(writer, b"link", used_at=5)
        await links.mark_link_token(writer, b"link")
    assert await links.link_token(linked, b"link") == make.link_token(used_at=5)

    async with linked.writing() as writer:
        await links.mark_link_token(writer, b"link", burnt_at=6)
    assert await links.link_token(linked, b"link") == make.link_token(used_at=5, burnt_at=6)

    with pytest.raises(LookupError):
        async with linked.writing() as writer:
            await links.mark_link_token(writer, b"other", used_at=5)


async def test_a_session_is_found_by_its_secret(linked: Store) -> None:
    row = make.link_session(
        secret_digest=b"secret", sealed=b"\0", outcome=b"{}", finished_at=4, item_id="item-1"
    )
    async with linked.writing() as writer:
        await links.add_session(writer, row)

        await links.add_events(writer, [make.link_event("a", position=0), make.link_event("b", position=1)])

    assert await links.session(linked, "session-1") == row
    assert await links.driven_by(linked, b"secret") == (row, make.link_token(), 2)
    assert await links.driven_by(linked, b"session-1") is None


async def test_sessions_of_a_token_come_oldest_first(linked: Store) -> None:
    rows = [make.link_session(f"session-{n}", started_at=start) for n, start in enumerate([30, 10, 20, 10])]
    async with linked.writing() as writer:
        await links.add_link_token(writer, make.link_token(b"other"))
        for row in (*rows, make.link_session("foreign", token_digest=b"other")):
            await links.add_session(writer, row)

    found = await links.sessions_of_token(linked, b"link")
    assert [row.link_session_id for row in found] == ["session-1", "session-3", "session-2", "session-0"]


async def test_two_sessions_never_share_a_secret(linked: Store) -> None:
    with pytest.raises(ConflictError):
        async with linked.writing() as writer:
            await links.add_session(writer, make.link_session("a", secret_digest=b"secret"))
            await links.add_session(writer, make.link_session("b", secret_digest=b"secret"))


async def test_a_session_advances_from_the_expected_revision_only(linked: Store) -> None:
    async with linked.writing() as writer:
        await links.add_session(writer, make.link_session(revision=1))
    advanced = make.link_session(
        revision=2, state=b"new", sealed=b"s", touched_at=7, finished_at=8, outcome=b"o", item_id="item-1"
    )

    async with linked.writing() as writer:
        assert await links.advance_session(writer, advanced, expected_revision=1)
        assert not await links.advance_session(writer, advanced, expected_revision=1)

    assert await links.session(linked, "session-1") == advanced


async def test_of_many_that_race_to_advance_a_session_one_does(linked: Store, other: Store) -> None:
    async with linked.writing() as writer:
        await links.add_session(writer, make.link_session(revision=1))

    async def advance(by: Store, n: int) -> bool:
        async with by.writing() as writer:
            session = make.link_session(revision=2, state=str(n).encode())
            done = await links.advance_session(writer, session, expected_revision=1)
            await asyncio.sleep(0)
            return done

    done = await asyncio.gather(*(advance(by, n) for n, by in enumerate((linked, other) * 20)))

    assert sum(done) == 1
    session = await links.session(linked, "session-1")
    assert session is not None
    assert session.state == str(done.index(True)).encode()


async def test_events_come_in_the_order_they_happened(linked: Store) -> None:
    rows = [make.link_event(f"event-{9 - n}", position=n, name=f"EVENT_{n}") for n in range(4)]
    async with linked.writing() as writer:
        await links.add_session(writer, make.link_session())
        await links.add_session(writer, make.link_session("session-2"))
        await links.add_events(
            writer, [*rows[2:], make.link_event("foreign", link_session_id="session-2"), *rows[:2]]
        )

    assert await links.events(linked, "session-1") == rows
    assert await links.count_events(linked, "session-1") == 4
    assert await links.count_events(linked, "nothing") == 0
