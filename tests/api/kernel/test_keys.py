"""Who may call (Plaid docs: API, keys): client_id and secret, in headers or in the body, one secret per
environment.
"""

import asyncio

import pytest
from tests.api.kernel.world import CLIENT_ID, KEYS, PRODUCTION_SECRET, SANDBOX_SECRET, World

from gingham.clock import SECOND

GOOD = {"access_token": "a", "start_date": "2026-01-31"}
BODY_KEYS = {"client_id": CLIENT_ID, "secret": SANDBOX_SECRET}
FORMAT = "must be a properly formatted, non-empty string"


@pytest.mark.parametrize(
    ("secret", "environment"), [(SANDBOX_SECRET, "sandbox"), (PRODUCTION_SECRET, "production")]
)
async def test_the_secret_decides_the_environment(toys: World, secret: str, environment: str) -> None:
    reply = await toys.post("/toy/get", GOOD, keys={**KEYS, "PLAID-SECRET": secret})
    assert reply.json["environment"] == environment


async def test_keys_may_be_split_between_headers_and_body(toys: World) -> None:
    headers = {"PLAID-CLIENT-ID": CLIENT_ID}
    assert (await toys.post("/toy/get", {**GOOD, "secret": SANDBOX_SECRET}, keys=headers)).status == 200


async def test_headers_beat_the_body(toys: World) -> None:
    assert (await toys.post("/toy/get", {**GOOD, "client_id": "junk", "secret": 5})).status == 200
    wrong = {**KEYS, "PLAID-SECRET": "junk"}
    assert (await toys.post("/toy/get", {**GOOD, **BODY_KEYS}, keys=wrong)).error[1] == "INVALID_API_KEYS"


async def test_an_empty_header_leaves_the_word_to_the_body(toys: World) -> None:
    empty = {"PLAID-CLIENT-ID": "", "PLAID-SECRET": ""}
    assert (await toys.post("/toy/get", {**GOOD, **BODY_KEYS}, keys=empty)).status == 200
    assert (await toys.post("/toy/get", GOOD, keys=empty)).error == (
        400,
        "INVALID_FIELD",
        f"client_id {FORMAT}",
    )


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({}, "client_id, secret"),
        ({"client_id": CLIENT_ID}, "secret"),
        ({"secret": SANDBOX_SECRET}, "client_id"),
    ],
)
async def test_missing_keys_are_named(toys: World, keys: dict[str, str], names: str) -> None:
    expected = f"the following required fields are missing: {names}"
    assert (await toys.post("/toy/get", {**GOOD, **keys}, keys={})).error == (400, "MISSING_FIELDS", expected)


@pytest.mark.parametrize("bad", [None, "", 5, [], {}, True, "a b", "caf\u00e9", "x\n", "x" * 257])
@pytest.mark.parametrize("name", ["client_id", "secret"])
async def test_a_key_that_can_be_none_is_an_invalid_field(toys: World, name: str, bad: object) -> None:
    reply = await toys.post("/toy/get", {**GOOD, **BODY_KEYS, name: bad}, keys={})
    assert reply.error == (400, "INVALID_FIELD", f"{name} {FORMAT}")


@pytest.mark.parametrize(
    "keys",
    [
        {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": "0" * 30},
        {"PLAID-CLIENT-ID": "0" * 24, "PLAID-SECRET": SANDBOX_SECRET},
        {"PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": SANDBOX_SECRET.upper()},
    ],
)
async def test_wrong_keys_are_refused(toys: World, keys: dict[str, str]) -> None:
    expected = (400, "INVALID_API_KEYS", "invalid client_id or secret provided")
    assert (await toys.post("/toy/get", GOOD, keys=keys)).error == expected


async def test_a_key_of_another_kind_is_no_secret(toys: World) -> None:
    toys.store.add("public", kind="public")
    wrong = {**KEYS, "PLAID-SECRET": "public"}
    assert (await toys.post("/toy/get", GOOD, keys=wrong)).error[1] == "INVALID_API_KEYS"


async def test_sandbox_routes_refuse_production(toys: World) -> None:
    reply = await toys.post("/sandbox/toy/break", keys={**KEYS, "PLAID-SECRET": PRODUCTION_SECRET})
    assert reply.error == (
        400,
        "SANDBOX_ONLY",
        "access to /sandbox/toy/break is only available in the sandbox environment at https://sandbox.plaid.com/",
    )
    assert (await toys.post("/sandbox/toy/break")).status == 200


async def test_a_public_key_in_place_of_keys_is_of_an_older_version(toys: World) -> None:
    reply = await toys.post("/toy/get", {"public_key": "x"}, keys={})
    assert reply.error[:2] == (400, "INCOMPATIBLE_API_VERSION")
    assert "2020-09-14" in reply.error[2]
    assert (await toys.post("/toy/get", {**GOOD, "public_key": "x"})).error[1] == "UNKNOWN_FIELDS"


async def test_an_open_endpoint_ignores_keys(toys: World) -> None:
    assert (await toys.post("/toy/open", {"client_id": 5, "secret": None}, keys={})).status == 200


@pytest.mark.parametrize("counts", [True, False])
async def test_a_new_key_works_at_once(toys: World, counts: bool) -> None:
    toys.store.counts = counts
    new = {**KEYS, "PLAID-SECRET": "new-secret"}
    assert (await toys.post("/toy/get", GOOD, keys=new)).status == 400
    toys.store.add("new-secret")
    assert (await toys.post("/toy/get", GOOD, keys=new)).status == 200


@pytest.mark.parametrize("counts", [True, False])
async def test_a_revoked_key_stops_within_a_second(toys: World, counts: bool) -> None:
    toys.store.counts = counts
    assert (await toys.post("/toy/get", GOOD)).status == 200
    toys.store.revoke(SANDBOX_SECRET)
    toys.clock.advance(SECOND)
    assert (await toys.post("/toy/get", GOOD)).error[1] == "INVALID_API_KEYS"


async def test_keys_are_read_again_only_when_somebody_committed(toys: World) -> None:
    for _ in range(5):
        await toys.post("/toy/get", GOOD)
        await toys.post("/toy/get", GOOD, keys={**KEYS, "PLAID-SECRET": "wrong"})
        toys.clock.advance(SECOND)
    assert toys.store.reads == 1


async def test_callers_at_the_same_time_share_the_first_look(toys: World) -> None:
    replies = await asyncio.gather(*(toys.post("/toy/get", GOOD) for _ in range(5)))
    assert [reply.status for reply in replies] == [200] * 5
    assert toys.store.reads == 1
