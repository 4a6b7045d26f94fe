"""/user/*: users, and the Items that are theirs."""

import asyncio
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.world import BANK, Reply, World

IDENTITY = {
    "name": {"given_name": "Anna", "family_name": "Charleston"},
    "emails": [{"data": "anna@example.com", "primary": True}],
}
REPORT = {
    "first_name": "Anna",
    "last_name": "Charleston",
    "phone_numbers": ["+14155550011"],
    "emails": ["anna@example.com"],
    "date_of_birth": "1975-01-18",
    "primary_address": {
        "street": "100 Market St",
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94103",
        "country": "US",
    },
}


async def user(world: World, name: str = "user-1", **members: Any) -> Reply:
    return await world.post("/user/create", client_user_id=name, **members)


async def item_of(world: World, user_id: str, institution_id: str = BANK) -> str:
    """The item_id of a further Item of the user, made without Link."""
    body = {"institution_id": institution_id, "initial_products": ["auth"], "user_id": user_id}
    token = (await world.post("/sandbox/public_token/create", **body))["public_token"]
    return str((await world.post("/item/public_token/exchange", public_token=token))["item_id"])


async def items_of(world: World, user_id: str) -> list[str]:
    reply = await world.post("/user/items/get", user_id=user_id)
    return [item["item_id"] for item in reply["items"]]


# --- making -----------------------------------------------------------------------------------------------


async def test_a_user_has_an_id_and_a_token(world: World) -> None:
    reply = await user(world)
    assert set(reply.body) == {"user_id", "user_token", "request_id"}
    assert reply["user_id"].startswith("usr_")
    assert reply["user_token"].startswith("user-sandbox-")


async def test_asking_again_gives_the_same_user(world: World) -> None:
    first, again = await user(world), await user(world)
    assert (again["user_id"], again["user_token"]) == (first["user_id"], first["user_token"])


async def test_asking_at_the_same_time_gives_the_same_user(world: World) -> None:
    replies = await asyncio.gather(*(user(world) for _ in range(5)))
    assert len({reply["user_id"] for reply in replies}) == 1


@pytest.mark.parametrize("how", [{"identity": IDENTITY}, {"with_upgraded_user": True}])
async def test_an_upgraded_user_has_an_id_alone(world: World, how: dict[str, Any]) -> None:
    reply = await user(world, **how)
    assert set(reply.body) == {"user_id", "request_id"}
    assert (await user(world, **how))["user_id"] == reply["user_id"]


async def test_a_name_with_a_report_identity_is_good_once_for_ever(world: World) -> None:
    first = await user(world, consumer_report_user_identity=REPORT)
    assert not first["user_id"].startswith("usr_")
    assert (await user(world, consumer_report_user_identity=REPORT)).code == "INVALID_FIELD"
    assert (await user(world)).code == "INVALID_FIELD"
    await world.post("/user/remove", user_token=first["user_token"])
    assert (await user(world)).code == "INVALID_FIELD"


async def test_the_name_of_a_removed_user_may_be_used_again(world: World) -> None:
    first = await user(world)
    await world.post("/user/remove", user_id=first["user_id"])
    assert (await user(world))["user_id"] != first["user_id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MISSING_FIELDS"),
        ({"client_user_id": ""}, "INVALID_FIELD"),
        ({"client_user_id": "x" * 129}, "INVALID_FIELD"),
        (
            {"client_user_id": "x", "identity": IDENTITY, "consumer_report_user_identity": REPORT},
            "INVALID_FIELD",
        ),
        ({"client_user_id": "x", "identity": {"name": {"given_name": "Anna"}}}, "MISSING_FIELDS"),
        ({"client_user_id": "x", "identity": {"shoe_size": 43}}, "UNKNOWN_FIELDS"),
        (
            {"client_user_id": "x", "identity": {"emails": [{"data": "anna", "primary": True}]}},
            "INVALID_USER_IDENTITY_DATA",
        ),
    ],
)
async def test_a_wrong_request_makes_nobody(quick_world: World, body: dict[str, Any], code: str) -> None:
    assert (await quick_world.post("/user/create", **body)).code == code


# --- reading and changing ---------------------------------------------------------------------------------


async def test_what_is_told_of_a_person_is_merged(world: World) -> None:
    user_id = (await user(world, identity=IDENTITY))["user_id"]
    await world.later(60)
    await world.post("/user/update", user_id=user_id, identity={"date_of_birth": "1975-01-18"})
    reply = await world.post("/user/get", user_id=user_id)
    assert reply["identity"] == {**IDENTITY, "date_of_birth": "1975-01-18"}
    assert (reply["client_user_id"], reply["created_at"]) == ("user-1", "2026-05-04T12:00:00Z")
    assert reply["updated_at"] == "2026-05-04T12:01:00Z"


async def test_what_is_told_of_a_person_is_not_readable_in_the_database(world: World) -> None:
    user_id = (await user(world, identity=IDENTITY))["user_id"]
    row = await world.platform.store.one("SELECT identity FROM users WHERE user_id = ?", user_id)
    assert row is not None
    assert b"Charleston" not in bytes(row[0])


async def test_a_user_of_the_older_generation_is_not_read_by_id(world: World) -> None:
    reply = await user(world, consumer_report_user_identity=REPORT)
    assert (await world.post("/user/get", user_id=reply["user_id"])).code == "INVALID_FIELD"
    assert (
        await world.post("/user/update", user_token=reply["user_token"], identity=IDENTITY)
    ).code == "INVALID_FIELD"
    update = {"user_token": reply["user_token"], "consumer_report_user_identity": REPORT}
    assert (await world.post("/user/update", **update)).status == 200


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({}, "MISSING_FIELDS"),
        ({"user_id": "usr_nobody"}, "USER_NOT_FOUND"),
        ({"user_token": "user-sandbox-nobody"}, "INVALID_USER_TOKEN"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/user/update", "/user/remove", "/user/items/get", "/sandbox/user/reset_login"]
)
async def test_nobody_is_an_error(quick_world: World, path: str, named: dict[str, str], code: str) -> None:
    assert (await quick_world.post(path, **named)).code == code


async def test_an_id_and_a_token_must_be_the_same_persons(quick_world: World) -> None:
    one, other = await user(quick_world, "one"), await user(quick_world, "other")
    body = {"user_id": one["user_id"], "user_token": other["user_token"]}
    assert (await quick_world.post("/user/items/get", **body)).code == "INVALID_FIELD"


# --- Items ------------------------------------------------------------------------------------------------


async def test_an_item_belongs_to_the_user_it_was_linked_for(world: World) -> None:
    reply = await user(world)
    token = await link_token(world, user_token=reply["user_token"])
    driver = await (await Driver.open(world, token)).connect()
    done = await world.post("/item/public_token/exchange", public_token=driver.result["public_token"])
    assert await items_of(world, reply["user_id"]) == [done["item_id"]]


async def test_a_user_stands_in_for_the_user_object(world: World) -> None:
    reply = await user(world)
    body = {"client_name": "App", "language": "en", "country_codes": ["US"], "products": ["auth"]}
    made = await world.post("/link/token/create", **body, user_id=reply["user_id"])
    assert made["user_id"] == reply["user_id"]
    assert (await world.post("/link/token/create", **body)).code == "MISSING_FIELDS"
    nobody = await world.post("/link/token/create", **body, user_id="usr_nobody")
    assert nobody.code == "USER_NOT_FOUND"


async def test_a_broken_item_is_listed_with_its_error(world: World) -> None:
    user_id = (await user(world))["user_id"]
    first = await item_of(world, user_id)
    await world.later(1)
    second = await item_of(world, user_id)
    await world.post("/sandbox/user/reset_login", user_id=user_id, item_ids=[second])
    listed = (await world.post("/user/items/get", user_id=user_id))["items"]
    assert [item["item_id"] for item in listed] == [first, second]
    assert [item["error"] and item["error"]["error_code"] for item in listed] == [None, "ITEM_LOGIN_REQUIRED"]


async def test_all_items_of_a_user_are_reset_where_none_is_named(world: World) -> None:
    user_id = (await user(world))["user_id"]
    await item_of(world, user_id)
    await item_of(world, user_id)
    await world.post("/sandbox/user/reset_login", user_id=user_id)
    listed = (await world.post("/user/items/get", user_id=user_id))["items"]
    assert [item["error"]["error_code"] for item in listed] == ["ITEM_LOGIN_REQUIRED"] * 2


async def test_items_are_removed_all_or_none(world: World) -> None:
    user_id, other = (await user(world))["user_id"], (await user(world, "other"))["user_id"]
    own, strange = await item_of(world, user_id), await item_of(world, other)
    body = {"user_id": user_id, "item_ids": [own, strange]}
    assert (await world.post("/user/items/remove", **body)).code == "INVALID_FIELD"
    assert await items_of(world, user_id) == [own]
    await world.post("/user/items/remove", user_id=user_id, item_ids=[own])
    assert await items_of(world, user_id) == []


async def test_items_move_to_another_user(world: World) -> None:
    user_id, other = (await user(world))["user_id"], (await user(world, "other"))["user_id"]
    item_id = await item_of(world, user_id)
    await world.post("/user/items/associate", user_id=other, item_ids=[item_id])
    assert (await items_of(world, user_id), await items_of(world, other)) == ([], [item_id])
    reply = await world.post("/user/items/associate", user_id=other, item_ids=["nothing"])
    assert reply.code == "ITEM_NOT_FOUND"


async def test_a_removed_user_takes_their_items_along(world: World) -> None:
    user_id = (await user(world))["user_id"]
    body = {"institution_id": BANK, "initial_products": ["auth"], "user_id": user_id}
    token = (await world.post("/sandbox/public_token/create", **body))["public_token"]
    access_token = (await world.post("/item/public_token/exchange", public_token=token))["access_token"]
    await world.post("/user/remove", user_id=user_id)
    assert (await world.post("/item/get", access_token=access_token)).code == "ITEM_NOT_FOUND"
    assert (await world.post("/user/items/get", user_id=user_id)).code == "USER_NOT_FOUND"


# --- update mode by user ----------------------------------------------------------------------------------


async def test_update_mode_by_user_mends_the_item_that_broke_last(world: World) -> None:
    user_id = (await user(world))["user_id"]
    # One bank each: a login that is mended mends the person's other Items with it.
    first, second, third = [
        await item_of(world, user_id, bank) for bank in (BANK, "ins_109509", "ins_109510")
    ]
    for item_id in (third, first):
        await world.post("/sandbox/user/reset_login", user_id=user_id, item_ids=[item_id])
        await world.later(1)
    for expected in ({third}, set()):
        token = await link_token(world, user_id=user_id, update={"user": True}, products=[])
        driver = await (await Driver.open(world, token)).act("continue")
        assert driver.pane == "credentials"
        values = {"username": "user_good", "password": "pass_good"}
        await (await driver.act("submit_credentials", values=values)).act("finish")
        listed = (await world.post("/user/items/get", user_id=user_id))["items"]
        assert {item["item_id"] for item in listed if item["error"]} == expected
    assert second in await items_of(world, user_id)


async def test_update_mode_by_user_may_name_the_items(world: World) -> None:
    user_id = (await user(world))["user_id"]
    first, second = await item_of(world, user_id), await item_of(world, user_id)
    await world.post("/sandbox/user/reset_login", user_id=user_id, item_ids=[first])
    body = {"client_name": "App", "language": "en", "country_codes": ["US"], "user_id": user_id}
    named = {"user": True, "item_ids": [first]}
    assert (await world.post("/link/token/create", **body, update=named)).status == 200
    for wrong in (
        {"user": True, "item_ids": [second]},
        {"user": True, "item_ids": ["x"]},
        {"item_ids": [first]},
    ):
        assert (await world.post("/link/token/create", **body, update=wrong)).code == "INVALID_FIELD"


async def test_a_link_token_of_a_removed_user_opens_nothing(quick_world: World) -> None:
    person = (await user(quick_world))["user_id"]
    token = await link_token(quick_world, user_id=person)
    await quick_world.post("/user/remove", user_id=person)
    reply = await quick_world.post("/gingham/v1/link/session/start", link_token=token)
    assert (reply.code, reply.body["error_code_reason"]) == (
        "INVALID_LINK_TOKEN",
        "LINK_TOKEN_OF_A_REMOVED_USER",
    )


async def test_a_user_who_is_removed_while_in_link_gets_no_item(quick_world: World) -> None:
    person = (await user(quick_world))["user_id"]
    driver = await (await Driver.open(quick_world, await link_token(quick_world, user_id=person))).sign_in()
    await quick_world.post("/user/remove", user_id=person)
    await driver.act("submit_accounts", accounts=["0"])
    assert driver.result["kind"] == "exit"
    assert driver.result["error"]["error_code"] == "INVALID_LINK_TOKEN"
