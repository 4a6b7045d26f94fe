"""The clock of the test kit: it stands until it is moved, and what is due on the way has happened by then."""

from datetime import UTC, datetime, timedelta

import pytest

from gingham.testing import Gingham, Refused


def test_it_begins_now_and_stands_still(gingham: Gingham) -> None:
    first = gingham.clock.now()
    assert abs(datetime.now(UTC) - first) < timedelta(minutes=10)
    assert gingham.clock.now() == first


def test_nothing_happens_until_it_is_moved(gingham: Gingham) -> None:
    item = gingham.link()
    with pytest.raises(Refused, match="PRODUCT_NOT_READY"):
        gingham.post(
            "/transactions/get",
            access_token=item.access_token,
            start_date="2020-01-01",
            end_date="2030-01-01",
        )
    assert gingham.webhooks.sent == []
    assert gingham.clock.next_due == gingham.clock.now() + timedelta(seconds=1)


def test_what_is_due_on_the_way_happens_at_its_instant(gingham: Gingham) -> None:
    began = gingham.clock.now()
    gingham.link()

    assert gingham.clock.advance(minutes=1) == began + timedelta(minutes=1)

    assert [(webhook.code, webhook.created_at - began) for webhook in gingham.webhooks.received] == [
        ("INITIAL_UPDATE", timedelta(seconds=1)),
        ("HISTORICAL_UPDATE", timedelta(seconds=3)),
    ]


def test_days_bring_transactions_and_expiries(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    link_token = gingham.link_token()
    gingham.post("/transactions/sync", access_token=item.access_token)

    gingham.clock.advance(timedelta(days=30))

    assert "DEFAULT_UPDATE" in {webhook.code for webhook in gingham.webhooks.received}
    with pytest.raises(Refused, match="INVALID_LINK_TOKEN"):
        gingham.post("/gingham/v1/link/session/start", link_token=link_token)


def test_it_is_set_to_an_instant(gingham: Gingham) -> None:
    tomorrow = gingham.clock.now() + timedelta(days=1)
    assert gingham.clock.set(tomorrow) == tomorrow
    later = (tomorrow + timedelta(hours=1)).isoformat()
    assert gingham.clock.set(later).isoformat() == later


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/gingham/v1/clock/set", {"now": "2001-01-01T00:00:00Z"}, "now must not be earlier"),
        ("/gingham/v1/clock/set", {"now": "2301-01-01T00:00:00Z"}, "now must be within ten years"),
        ("/gingham/v1/clock/set", {"now": "2026-01-01T00:00:00"}, "now must have an offset"),
        ("/gingham/v1/clock/set", {"now": "tomorrow"}, "now must be an ISO 8601"),
        ("/gingham/v1/clock/advance", {"days": -1}, "days must be"),
        ("/gingham/v1/clock/advance", {"days": 3660, "hours": 1}, "ten years together"),
        ("/gingham/v1/clock/advance", {"weeks": 1}, "weeks"),
    ],
)
def test_bad_input_names_the_field(gingham: Gingham, path: str, body: dict[str, object], field: str) -> None:
    before = gingham.clock.now()
    with pytest.raises(Refused, match=field):
        gingham.post(path, **body)
    assert gingham.clock.now() == before


def test_it_can_run_on(gingham: Gingham) -> None:
    gingham.clock.run()
    item = gingham.link()
    # A second of the machine's time, because nobody moves the clock.
    gingham.webhooks.wait_for("TRANSACTIONS", "INITIAL_UPDATE", item_id=item.item_id)
    gingham.clock.stop()
    assert gingham.clock.now() == gingham.clock.now()


def test_a_start_can_be_named() -> None:
    with Gingham(clock="2026-05-04T12:00:00Z") as gingham:
        assert gingham.clock.now() == datetime(2026, 5, 4, 12, tzinfo=UTC)
        item = gingham.link()
        gingham.clock.advance(minutes=1)
        balances = gingham.post("/accounts/get", access_token=item.access_token)["accounts"]
        assert balances[0]["balances"]["current"] == 110


def test_a_login_that_expires_is_mended_through_link(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.clock.advance(minutes=1)
    gingham.post("/sandbox/item/reset_login", access_token=item.access_token)
    with pytest.raises(Refused, match="ITEM_LOGIN_REQUIRED"):
        gingham.post("/accounts/get", access_token=item.access_token)

    assert gingham.link(access_token=item.access_token).item_id == item.item_id

    assert gingham.post("/accounts/get", access_token=item.access_token)["accounts"]
