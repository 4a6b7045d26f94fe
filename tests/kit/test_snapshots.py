"""States that are kept, put back, and forked."""

import pytest

from gingham.testing import Gingham, Refused


def test_everything_is_as_it_was(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    gingham.faults.error("/categories/get", "RATE_LIMIT", times=5)
    kept, then, rules = gingham.snapshot(), gingham.clock.now(), gingham.faults.all()
    accounts = gingham.post("/accounts/get", access_token=item.access_token)["accounts"]

    gingham.post("/item/remove", access_token=item.access_token)
    gingham.faults.clear()
    gingham.clock.advance(days=30)
    gingham.link("Tartan Bank")
    gingham.restore(kept)

    assert gingham.clock.now() == then
    assert gingham.faults.all() == rules
    assert gingham.post("/accounts/get", access_token=item.access_token)["accounts"] == accounts
    assert [webhook.code for webhook in gingham.webhooks.sent] == ["INITIAL_UPDATE", "HISTORICAL_UPDATE"]


def test_the_same_calls_give_the_same_ids_again(gingham: Gingham) -> None:
    kept = gingham.snapshot()
    first = gingham.link()
    gingham.restore(kept)
    assert gingham.link()[:3] == first[:3]


def test_a_webhook_under_way_is_broken_off(gingham: Gingham) -> None:
    kept = gingham.snapshot()
    gingham.link()
    gingham.clock.advance(seconds=30)
    assert gingham.webhooks.sent
    gingham.restore(kept)
    gingham.clock.advance(days=1)
    assert gingham.webhooks.sent == []


def test_one_snapshot_is_restored_as_often_as_one_likes(gingham: Gingham) -> None:
    kept = gingham.snapshot("empty")
    for _ in range(3):
        gingham.link()
        gingham.restore(kept)
        assert gingham.clock.next_due is None
    gingham.forget(kept)
    with pytest.raises(Refused, match="snapshot_id must be the id of a snapshot"):
        gingham.restore(kept)


def test_they_are_listed_by_name(gingham: Gingham) -> None:
    kept = gingham.snapshot("linked")
    listed = gingham.post("/gingham/v1/snapshots/list")["snapshots"]
    assert [one["name"] for one in listed if one["snapshot_id"] == kept.snapshot_id] == ["linked"]


def test_a_fork_begins_where_its_parent_is_and_goes_its_own_way(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    with gingham.fork() as fork:
        assert fork.url != gingham.url
        assert fork.clock.now() == gingham.clock.now()
        assert fork.post("/accounts/get", access_token=item.access_token)["accounts"]

        fork.post("/item/remove", access_token=item.access_token)
        mine, its = gingham.link(), fork.link()

        assert mine.item_id != its.item_id
        with pytest.raises(Refused, match="INVALID_ACCESS_TOKEN"):
            gingham.post("/item/get", access_token=its.access_token)
    assert gingham.post("/item/get", access_token=item.access_token)["item"]["item_id"] == item.item_id


def test_what_a_fork_began_with_may_be_any_snapshot(gingham: Gingham) -> None:
    kept = gingham.snapshot()
    item = gingham.link()
    with gingham.fork(kept) as fork, pytest.raises(Refused, match="INVALID_ACCESS_TOKEN"):
        fork.post("/item/get", access_token=item.access_token)
