"""/categories/get: the legacy categories, for everybody."""

import pytest
from tests.world import World


async def test_there_are_602_categories_in_order(quick_world: World) -> None:
    reply = await quick_world.post("/categories/get")
    listed = reply["categories"]
    ids = [each["category_id"] for each in listed]
    assert len(listed) == len(set(ids)) == 602
    assert listed[0] == {"category_id": "10000000", "group": "special", "hierarchy": ["Bank Fees"]}
    assert all(1 <= len(each["hierarchy"]) <= 3 for each in listed)
    assert {each["group"] for each in listed} <= {"special", "place", "digital", "unresolved"}


@pytest.mark.parametrize("body", [b"{}", b"null", b"", b'{"client_id":"x","secret":"y"}'])
async def test_no_keys_and_hardly_a_body_are_needed(quick_world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json"} if body else {}
    answer = await quick_world.http.post("/categories/get", content=body, headers=headers)
    assert answer.status_code == 200
    assert len(answer.json()["categories"]) == 602


async def test_there_is_nothing_to_ask_for(quick_world: World) -> None:
    reply = await quick_world.post("/categories/get", count=5)
    assert (reply.code, reply.message) == (
        "UNKNOWN_FIELDS",
        "the following fields are not recognized by this endpoint: count",
    )
