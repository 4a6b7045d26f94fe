"""Nobody reads what is another's: every endpoint that takes a token refuses a stranger's.

The endpoints come from the registry, so one that is new is held to it from its first day.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.world import Reply, World

from gingham.api import registry
from gingham.api.registry import Endpoint
from gingham.ids import digest
from gingham.store import clients
from gingham.store.clients import Key

STRANGER = "client0000000000000000bb"
STRANGERS_SECRET = "sandbox-secret-of-a-stranger"

CODES = {
    "access_token": "INVALID_ACCESS_TOKEN",
    "public_token": "INVALID_PUBLIC_TOKEN",
    "link_token": "INVALID_FIELD",
    "user_id": "USER_NOT_FOUND",
    "user_token": "INVALID_USER_TOKEN",
}
NEEDED: dict[str, Any] = {
    "client_name": "App",
    "language": "en",
    "country_codes": ["US"],
    "products": ["auth"],
    "user": {"client_user_id": "user-1"},
    "start_date": "2026-04-01",
    "end_date": "2026-05-04",
    "webhook": "https://example.com/hook",
    "webhook_code": "DEFAULT_UPDATE",
    "processor": "dwolla",
    "item_ids": [],
    "institution_id": "ins_109508",
    "template_id": "template_1",
    "link_delivery_session_id": "00000000-0000-4000-8000-000000000000",
    "initial_products": ["auth"],
    "account_id": "a" * 37,
    "account": {"type": "depository"},
    "verification_status": "verification_expired",
}
"""Good values for required members beside the token, by name."""


def taking_tokens() -> Iterator[tuple[Endpoint, str]]:
    for endpoint in registry.load().values():
        if endpoint.auth == "keys" and endpoint.tag != "Layer":  # which is refused, whoever asks
            for field in msgspec.structs.fields(endpoint.request):
                if field.encode_name in CODES:
                    yield endpoint, field.encode_name


CASES = [pytest.param(*case, id=f"{case[0].path}-{case[1]}") for case in taking_tokens()]


def body_of(endpoint: Endpoint, **members: str) -> dict[str, Any]:
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(endpoint.request)}
    needed = {name for name, required in fields.items() if required} - members.keys()
    if unknown := needed - NEEDED.keys():
        pytest.fail(f"{endpoint.path} requires {sorted(unknown)}: add values to NEEDED")
    if endpoint.path == "/link/token/create":
        needed |= {"user"} if "access_token" in members else {"user", "products"}
    return {name: NEEDED[name] for name in needed} | members


async def tokens(world: World) -> dict[str, str]:
    user = await world.post("/user/create", client_user_id="user-1")
    link = await world.post("/link/token/create", **{name: NEEDED[name] for name in LINK}, products=["auth"])
    return {
        "access_token": await world.pulled("transactions", "auth"),
        "public_token": await world.public_token(),
        "link_token": str(link["link_token"]),
        "user_id": user["user_id"],
        "user_token": user["user_token"],
    }


LINK = ("client_name", "language", "country_codes", "user")


async def as_stranger(world: World, path: str, body: dict[str, Any]) -> Reply:
    key = Key(
        client_id=STRANGER,
        environment="sandbox",
        kind="secret",
        digest=digest(STRANGERS_SECRET),
        created_at=world.clock.now(),
    )
    async with world.platform.store.writing() as writer:
        await clients.add_key(writer, key)
    headers = {"PLAID-CLIENT-ID": STRANGER, "PLAID-SECRET": STRANGERS_SECRET}
    answer = await world.http.post(path, json=body, headers=headers)
    return Reply(answer.status_code, answer.json())


def test_there_are_endpoints_that_take_tokens() -> None:
    assert {name for _, name in taking_tokens()} == set(CODES)
    assert len(CASES) > 12


@pytest.mark.parametrize(("endpoint", "name"), CASES)
async def test_a_strangers_token_opens_nothing(quick_world: World, endpoint: Endpoint, name: str) -> None:
    own = await tokens(quick_world)
    body = body_of(endpoint, **{name: own[name]})
    stranger = await as_stranger(quick_world, endpoint.path, body)
    assert (stranger.status, stranger.code) == (400, CODES[name])
    assert own[name] not in str(stranger.body)
    # The same request is good when its owner makes it: so it was the stranger that was refused.
    assert (await quick_world.post(endpoint.path, **body)).code not in CODES.values()


@pytest.mark.parametrize(("endpoint", "name"), CASES)
async def test_a_token_of_the_sandbox_opens_nothing_in_production(
    quick_world: World, endpoint: Endpoint, name: str
) -> None:
    own = await tokens(quick_world)
    reply = await quick_world.post(endpoint.path, "production", **body_of(endpoint, **{name: own[name]}))
    code = "SANDBOX_ONLY" if endpoint.sandbox_only else CODES[name]
    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("name", CODES)
async def test_a_strangers_token_is_told_like_one_that_never_was(quick_world: World, name: str) -> None:
    path = {
        "access_token": "/item/get",
        "public_token": "/item/public_token/exchange",
        "link_token": "/link/token/get",
        "user_id": "/user/items/get",
        "user_token": "/user/items/get",
    }[name]
    own = (await tokens(quick_world))[name]
    unknown = f"{name.removesuffix('_token')}-sandbox-00000000-0000-4000-8000-000000000000"
    foreign = await as_stranger(quick_world, path, {name: own})
    never = await as_stranger(quick_world, path, {name: unknown})
    foreign.body.pop("request_id")
    never.body.pop("request_id")
    assert foreign == never


async def test_a_strangers_attempt_does_not_spend_a_public_token(quick_world: World) -> None:
    public_token = await quick_world.public_token()
    await as_stranger(quick_world, "/item/public_token/exchange", {"public_token": public_token})
    assert (await quick_world.post("/item/public_token/exchange", public_token=public_token)).status == 200


async def test_no_secret_of_one_environment_opens_the_other(quick_world: World) -> None:
    """The environment follows from the secret alone."""
    link = {name: NEEDED[name] for name in LINK} | {"products": ["auth"]}
    sandbox = await quick_world.post("/link/token/create", "sandbox", **link)
    production = await quick_world.post("/link/token/create", "production", **link)
    assert sandbox["link_token"].split("-")[1] == "sandbox"
    assert production["link_token"].split("-")[1] == "production"
