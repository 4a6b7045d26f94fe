"""What a test breaks on purpose."""

from datetime import timedelta

import httpx
import pytest

from gingham.testing import Gingham, LinkStopped, Refused


def test_the_next_calls_of_an_endpoint_fail(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.faults.error("/accounts/get", "INTERNAL_SERVER_ERROR", times=2)

    for _ in range(2):
        with pytest.raises(Refused) as refused:
            gingham.post("/accounts/get", access_token=item.access_token)
        assert refused.value.error["error_type"] == "API_ERROR"

    assert gingham.post("/item/get", access_token=item.access_token)["item"]
    assert gingham.post("/accounts/get", access_token=item.access_token)["accounts"]
    assert gingham.faults.all() == []


def test_every_endpoint_fails_but_the_kits_own(gingham: Gingham) -> None:
    fault = gingham.faults.error(None, "PLANNED_MAINTENANCE", times=None)
    for path in ("/categories/get", "/link/token/create"):
        with pytest.raises(Refused, match="PLANNED_MAINTENANCE"):
            gingham.post(path)

    gingham.faults.clear(fault)

    assert gingham.post("/categories/get")["categories"]


def test_calls_beyond_a_limit_are_refused_until_a_minute_has_passed(gingham: Gingham) -> None:
    item = gingham.link()
    gingham.faults.rate_limit("/accounts/get", calls_per_minute=2)
    for _ in range(2):
        gingham.post("/accounts/get", access_token=item.access_token)
    with pytest.raises(Refused, match="ACCOUNTS_LIMIT") as refused:
        gingham.post("/accounts/get", access_token=item.access_token)
    assert refused.value.error["error_type"] == "RATE_LIMIT_EXCEEDED"

    gingham.clock.advance(minutes=1)

    assert gingham.post("/accounts/get", access_token=item.access_token)


def test_answers_take_longer_than_a_client_waits(gingham: Gingham) -> None:
    gingham.faults.latency("/categories/get", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            gingham.url + "/categories/get",
            json={},
            timeout=0.05,
            trust_env=False,
            headers={"PLAID-CLIENT-ID": gingham.client_id, "PLAID-SECRET": gingham.secret},
        )


def test_a_lost_webhook_comes_with_the_next_try(gingham: Gingham) -> None:
    gingham.faults.lose_webhooks("INITIAL_UPDATE")
    gingham.link()

    gingham.clock.advance(seconds=10)
    assert [webhook.code for webhook in gingham.webhooks.received] == ["HISTORICAL_UPDATE"]

    gingham.clock.advance(seconds=30)
    late = gingham.webhooks.wait_for("TRANSACTIONS", "INITIAL_UPDATE")
    assert [attempt["status"] for attempt in late.attempts] == [None, 200]
    assert late.attempts[0]["failure"] == "lost, as a test wanted it"


def test_a_webhook_whose_answer_is_lost_comes_again(gingham: Gingham) -> None:
    gingham.faults.repeat_webhooks("HISTORICAL_UPDATE", times=2)
    gingham.link()
    gingham.clock.advance(minutes=10)

    twice = gingham.webhooks.wait_for("TRANSACTIONS", "HISTORICAL_UPDATE")

    assert [attempt["failure"] is None for attempt in twice.attempts] == [False, False, True]
    assert gingham.webhooks.assert_sent("TRANSACTIONS", "HISTORICAL_UPDATE")


def test_a_receiver_that_is_not_there_is_given_up_on(gingham: Gingham) -> None:
    gingham.link(webhook="http://127.0.0.1:9/hook")
    gingham.clock.advance(timedelta(days=2))
    initial, *_ = gingham.webhooks.assert_sent("TRANSACTIONS", "INITIAL_UPDATE")
    assert (initial.state, len(initial.attempts)) == ("given_up", 7)


def test_an_institution_falls_ill(gingham: Gingham) -> None:
    gingham.faults.institution("ins_109508", "DOWN")
    with pytest.raises(LinkStopped):
        gingham.link("First Platypus Bank")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "one of error_code, calls_per_minute, latency_ms or webhooks must be given"),
        ({"webhooks": "lost", "latency_ms": 5}, "one of error_code"),
        ({"path": "/no/such"}, "path must be the path of an endpoint"),
        ({"path": "/gingham/v1/faults/clear", "error_code": "RATE_LIMIT"}, "not of the test kit's own"),
        ({"error_code": "NO_SUCH"}, "NO_SUCH is no error code"),
        ({"error_code": "PRODUCT_NOT_READY"}, "name one of the types"),
        ({"error_code": "RATE_LIMIT", "times": 0}, "times must"),
        ({"webhooks": "burnt"}, "webhooks must"),
        ({"latency_ms": 60_001}, "latency_ms must"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    gingham: Gingham, body: dict[str, object], problem: str
) -> None:
    with pytest.raises(Refused, match=problem):
        gingham.post("/gingham/v1/faults/set", **body)
    assert gingham.faults.all() == []


def test_a_rule_that_is_not_there_cannot_be_cleared(gingham: Gingham) -> None:
    with pytest.raises(Refused, match="fault_id must be"):
        gingham.faults.clear("none")
