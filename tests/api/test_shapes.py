"""Real answers, held against the schemas of Plaid's own OpenAPI file.

The file is not ours to ship: `GINGHAM_PLAID_OPENAPI` names a copy. Where there is none, the models of
plaid-python hold the answers (tests/clients).
"""

import json
import os
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from tests.api.scripted import ScriptedBank, row
from tests.link.driver import Driver, link_token
from tests.world import BANK, Reply, World

from gingham.api import registry
from gingham.store import outbox

SPECIFICATION = os.environ.get("GINGHAM_PLAID_OPENAPI")
pytestmark = pytest.mark.skipif(
    not SPECIFICATION, reason="GINGHAM_PLAID_OPENAPI names no copy of the OpenAPI file"
)

Call = Callable[..., Awaitable[Reply]]
LINK: dict[str, Any] = {
    "client_name": "Test App",
    "language": "en",
    "country_codes": ["US"],
    "user": {"client_user_id": "user-1"},
}
SHOW_ALL = {
    "include_optional_metadata": True,
    "include_auth_metadata": True,
    "include_payment_initiation_metadata": True,
}


@pytest.fixture(scope="session")
def specification() -> dict[str, Any]:
    with Path(str(SPECIFICATION)).open("rb") as file:
        read: dict[str, Any] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return read


class Schemas:
    """Finds what is wrong with an answer."""

    def __init__(self, specification: dict[str, Any]) -> None:
        self._paths = specification["paths"]
        self._components = {"components": specification["components"]}

    def problems_of_response(self, path: str, body: object) -> list[str]:
        content = self._paths[path]["post"]["responses"]["200"]["content"]
        return list(self._problems(content["application/json"]["schema"], body))

    def problems(self, name: str, body: object) -> list[str]:
        """Against the component called `name`."""
        return list(self._problems({"$ref": f"#/components/schemas/{name}"}, body))

    def _problems(self, schema: dict[str, Any], body: object) -> Iterator[str]:
        validator = OAS30Validator(
            self._components | {"allOf": [schema]}, format_checker=oas30_format_checker
        )
        for error in validator.iter_errors(body):
            yield f"{error.json_path}: {error.message[:200]}"


@pytest.fixture
def schemas(specification: dict[str, Any]) -> Schemas:
    return Schemas(specification)


@pytest.fixture
def world(quick_world: World) -> World:
    """A row of a database has the same shape in both engines, which tests of behaviour see to."""
    return quick_world


# --- successes --------------------------------------------------------------------------------------------

SCENARIOS: dict[str, Callable[[World, Call], Awaitable[None]]] = {}
"""By path: a function that calls it in every way whose answer looks different."""


def scenario(path: str) -> Callable[[Callable[[World, Call], Awaitable[None]]], None]:
    def register(function: Callable[[World, Call], Awaitable[None]]) -> None:
        SCENARIOS[path] = function

    return register


@scenario("/accounts/get")
async def _(world: World, call: Call) -> None:
    for institution_id in (BANK, "ins_43", "ins_117650", "ins_56"):
        await call(access_token=await world.item("auth", institution_id=institution_id))


@scenario("/accounts/balance/get")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))
    token = await world.item("auth", institution_id="ins_128026")
    await call(access_token=token, options={"min_last_updated_datetime": "2026-05-04T00:00:00Z"})


@scenario("/auth/get")
async def _(world: World, call: Call) -> None:
    for institution_id in (BANK, "ins_43", "ins_117650", "ins_56"):
        await call(access_token=await world.item("auth", institution_id=institution_id))


@scenario("/identity/get")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))


@scenario("/categories/get")
async def _(world: World, call: Call) -> None:
    await call()


@scenario("/institutions/get")
async def _(world: World, call: Call) -> None:
    for country in ("US", "CA", "GB", "FR"):
        for options in ({}, SHOW_ALL):
            await call(count=500, offset=0, country_codes=[country], options=options)


@scenario("/institutions/get_by_id")
async def _(world: World, call: Call) -> None:
    countries = ["US", "GB"]
    for institution_id in (BANK, "ins_117650", "ins_132361", "ins_132363", "ins_133402"):
        await call(institution_id=institution_id, country_codes=countries)
        options = SHOW_ALL | {"include_status": True}
        await call(institution_id=institution_id, country_codes=countries, options=options)


@scenario("/institutions/search")
async def _(world: World, call: Call) -> None:
    await call(query="bank", country_codes=["US", "GB"], options=SHOW_ALL)
    await call(query="zebra", country_codes=["US"])


@scenario("/item/get")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))
    token = await world.item("transactions", webhook="https://example.com/hook")
    await call(access_token=token)
    await world.later(60)
    await world.post("/sandbox/item/reset_login", access_token=token)
    await call(access_token=token)


@scenario("/item/remove")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))


@scenario("/item/webhook/update")
async def _(world: World, call: Call) -> None:
    token = await world.item("auth")
    await call(access_token=token, webhook="https://example.com/hook")
    await call(access_token=token, webhook=None)


@scenario("/item/access_token/invalidate")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))


@scenario("/item/public_token/create")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))


@scenario("/item/public_token/exchange")
async def _(world: World, call: Call) -> None:
    await call(public_token=await world.public_token())


@scenario("/link/token/create")
async def _(world: World, call: Call) -> None:
    await call(**LINK, products=["auth"])
    await call(**LINK, access_token=await world.item("auth"))
    await call(**LINK, products=["auth"], hosted_link={"url_lifetime_seconds": 60})
    user = await world.post("/user/create", client_user_id="user-1")
    await call(**LINK, products=["auth"], user_id=user["user_id"])


@scenario("/issues/search")
async def _(world: World, call: Call) -> None:
    item = await world.post("/item/get", access_token=await world.item("auth"))
    await call(item_id=item["item"]["item_id"])
    await world.post("/gingham/v1/institutions/health/set", institution_id=BANK, health="DOWN")
    await call(item_id=item["item"]["item_id"])


@scenario("/issues/get")
async def _(world: World, call: Call) -> None:
    await call(issue_id=await issue(world))


@scenario("/issues/subscribe")
async def _(world: World, call: Call) -> None:
    await call(issue_id=await issue(world), webhook="https://example.com/hook")


async def issue(world: World) -> str:
    """The id of an issue that is open."""
    item = await world.post("/item/get", access_token=await world.item("auth"))
    await world.post("/gingham/v1/institutions/health/set", institution_id=BANK, health="DOWN")
    found = await world.post("/issues/search", item_id=item["item"]["item_id"])
    return str(found["issues"][0]["issue_id"])


@scenario("/link_delivery/create")
async def _(world: World, call: Call) -> None:
    made = await world.post("/link/token/create", **LINK, products=["auth"])
    await call(link_token=made["link_token"])


@scenario("/link_delivery/get")
async def _(world: World, call: Call) -> None:
    made = await world.post("/link/token/create", **LINK, products=["auth"])
    delivery = await world.post("/link_delivery/create", link_token=made["link_token"])
    await call(link_delivery_session_id=delivery["link_delivery_session_id"])
    await (await Driver.open(world, made["link_token"])).connect()
    await call(link_delivery_session_id=delivery["link_delivery_session_id"])


@scenario("/link/token/get")
async def _(world: World, call: Call) -> None:
    filters = {
        "depository": {"account_subtypes": ["checking"]},
        "credit": {"account_subtypes": ["all"]},
    }
    extras: list[dict[str, Any]] = [
        {},
        {
            "account_filters": filters,
            "webhook": "https://example.com/hook",
            "redirect_uri": "https://example.com/oauth",
            "institution_data": {"routing_number": "011000138"},
        },
    ]
    for extra in extras:
        made = await world.post("/link/token/create", **LINK, products=["auth"], **extra)
        await call(link_token=made["link_token"])
        await (await Driver.open(world, made["link_token"])).connect("0", "3")
        failed = await (await Driver.open(world, made["link_token"])).sign_in("wrong")
        await (await failed.act("close")).act("confirm_exit")
        await (await (await Driver.open(world, made["link_token"])).act("continue")).act("close")
        await Driver.open(world, made["link_token"])
        reply = await call(link_token=made["link_token"])
        assert len(reply["link_sessions"]) == 4


@scenario("/sandbox/public_token/create")
async def _(world: World, call: Call) -> None:
    await call(institution_id=BANK, initial_products=["auth"])


@scenario("/sandbox/item/reset_login")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("auth"))


@scenario("/sandbox/item/fire_webhook")
async def _(world: World, call: Call) -> None:
    token = await world.item("auth", webhook="https://example.com/hook")
    await call(access_token=token, webhook_code="NEW_ACCOUNTS_AVAILABLE")


@scenario("/sandbox/item/set_verification_status")
async def _(world: World, call: Call) -> None:
    driver = await Driver.open(
        world,
        await link_token(world, products=["auth"], auth={"automated_microdeposits_enabled": True}),
    )
    await driver.sign_in("microdeposits_good", "ins_109512")
    await driver.act("submit_accounts", accounts=["0"])
    numbers = {
        "routing_number": "021000021",
        "account_number": "1111222233330000",
        "account_number_again": "1111222233330000",
    }
    await driver.act("submit_numbers", values=numbers)
    await driver.act("finish")
    public_token = driver.result["public_token"]
    token = (await world.post("/item/public_token/exchange", public_token=public_token))["access_token"]
    account = (await world.post("/accounts/get", access_token=token))["accounts"][0]
    await call(
        access_token=token,
        account_id=account["account_id"],
        verification_status="automatically_verified",
    )


@scenario("/sandbox/user/reset_login")
async def _(world: World, call: Call) -> None:
    await call(user_id=(await a_user(world))["user_id"])


IDENTITY = {
    "name": {"given_name": "Anna", "family_name": "Charleston"},
    "date_of_birth": "1975-01-18",
    "emails": [{"data": "anna@example.com", "primary": True}],
    "phone_numbers": [{"data": "+14155550011", "primary": True}],
    "addresses": [{"street_1": "100 Market St", "city": "San Francisco", "country": "US", "primary": True}],
}


async def a_user(world: World) -> Reply:
    """With two Items, one of them broken."""
    user = await world.post("/user/create", client_user_id="user-1")
    for _ in range(2):
        await world.post(
            "/sandbox/public_token/create",
            institution_id=BANK,
            initial_products=["auth"],
            user_id=user["user_id"],
        )
    first = (await world.post("/user/items/get", user_id=user["user_id"]))["items"][0]["item_id"]
    await world.post("/sandbox/user/reset_login", user_id=user["user_id"], item_ids=[first])
    return user


@scenario("/user/create")
async def _(world: World, call: Call) -> None:
    await call(client_user_id="user-1")
    await call(client_user_id="user-1", identity=IDENTITY)


@scenario("/user/get")
async def _(world: World, call: Call) -> None:
    await call(user_id=(await world.post("/user/create", client_user_id="a"))["user_id"])
    await call(user_id=(await world.post("/user/create", client_user_id="b", identity=IDENTITY))["user_id"])


@scenario("/user/update")
async def _(world: World, call: Call) -> None:
    await call(user_id=(await a_user(world))["user_id"], identity=IDENTITY)


@scenario("/user/remove")
async def _(world: World, call: Call) -> None:
    await call(user_id=(await a_user(world))["user_id"])


@scenario("/user/items/get")
async def _(world: World, call: Call) -> None:
    await call(user_id=(await a_user(world))["user_id"])


@scenario("/user/items/remove")
async def _(world: World, call: Call) -> None:
    user = await a_user(world)
    items = (await world.post("/user/items/get", user_id=user["user_id"]))["items"]
    await call(user_id=user["user_id"], item_ids=[item["item_id"] for item in items])


@scenario("/user/items/associate")
async def _(world: World, call: Call) -> None:
    user = await a_user(world)
    items = (await world.post("/user/items/get", user_id=user["user_id"]))["items"]
    other = await world.post("/user/create", client_user_id="user-2")
    await call(user_id=other["user_id"], item_ids=[items[0]["item_id"]])


@scenario("/transactions/get")
async def _(world: World, call: Call) -> None:
    days = {"start_date": "2020-01-01", "end_date": "2026-12-31"}
    options = {"include_original_description": True, "personal_finance_category_version": "v1"}
    token = await world.pulled()
    await call(access_token=token, **days)
    await call(access_token=token, **days, options=options)


@scenario("/transactions/refresh")
async def _(world: World, call: Call) -> None:
    await call(access_token=await world.item("transactions"))


@scenario("/webhook_verification_key/get")
async def _(world: World, call: Call) -> None:
    old = (await world.post("/gingham/v1/webhooks/keys/rotate"))["key"]["kid"]
    new = (await world.post("/gingham/v1/webhooks/keys/rotate"))["key"]["kid"]
    await call(key_id=old)
    await call(key_id=new)


@scenario("/transactions/sync")
async def _(world: World, call: Call) -> None:
    bank = ScriptedBank([row("a", pending=True), row("b"), row("c", amount=Decimal("-0.5"))])
    world.platform.banks.sandbox = bank
    token = await world.item("transactions")
    await call(access_token=token)
    await world.later(60)
    cursor = (await call(access_token=token))["next_cursor"]
    bank.rows = [row("d", pending_reference="a"), row("b", amount=Decimal(99))]
    await world.post("/transactions/refresh", access_token=token)
    reply = await call(access_token=token, cursor=cursor)
    assert reply["added"]
    assert reply["modified"]
    assert reply["removed"]


NEVER_SUCCEED = {"/session/token/create", "/user_account/session/get"}
"""Layer: refused, always."""


def described(specification: dict[str, Any]) -> set[str]:
    """The endpoints served here that Plaid's file describes as answering with JSON."""
    paths = specification["paths"]
    return {
        path
        for path in registry.load()
        if path in paths
        and path not in NEVER_SUCCEED
        and "application/json" in paths[path]["post"]["responses"].get("200", {}).get("content", {})
    }


def test_every_endpoint_has_a_scenario(specification: dict[str, Any]) -> None:
    assert described(specification) == set(SCENARIOS)


@pytest.mark.parametrize("path", SCENARIOS)
async def test_every_success_has_the_documented_shape(world: World, schemas: Schemas, path: str) -> None:
    replies: list[Reply] = []

    async def call(**body: Any) -> Reply:
        replies.append(await world.post(path, **body))
        return replies[-1]

    await SCENARIOS[path](world, call)
    assert [reply.status for reply in replies] == [200] * len(replies)
    assert replies
    for reply in replies:
        assert schemas.problems_of_response(path, reply.body) == []


async def test_what_is_held_against_the_schemas_can_fail(world: World, schemas: Schemas) -> None:
    reply = await world.post("/transactions/sync", access_token=await world.pulled())
    assert schemas.problems_of_response("/transactions/sync", reply.body) == []
    del reply.body["added"][3]["location"]["city"]
    reply.body["added"][4]["date"] = ""
    reply.body["accounts"][0]["mask"] = 5
    reply.body["next_cursor"] = None
    problems = schemas.problems_of_response("/transactions/sync", reply.body)
    assert sorted({problem.partition(":")[0] for problem in problems}) == [
        "$.accounts[0].mask",
        "$.added[3].location",
        "$.added[4].date",
        "$.next_cursor",
    ]


# --- errors -----------------------------------------------------------------------------------------------


async def errors(world: World) -> list[Reply]:
    """One of each kind there is."""
    broken = await world.item("auth")
    await world.post("/sandbox/item/reset_login", access_token=broken)
    ready = await world.pulled()
    return [
        await world.post("/nothing/here"),
        await world.post("/item/get"),
        await world.post("/item/get", access_token="x", more=1),
        await world.post("/item/get", access_token=""),
        await world.post("/item/get", access_token="x"),
        await world.post("/item/get", access_token="x", client_id=None, secret=None),
        await world.post("/accounts/get", access_token=broken),
        await world.post("/accounts/get", access_token=ready, options={"account_ids": ["A" * 37]}),
        await world.post("/transactions/sync", access_token=ready, cursor="x"),
        await world.post("/item/public_token/exchange", public_token="x"),
        await world.post(
            "/sandbox/public_token/create", "production", institution_id="x", initial_products=["x"]
        ),
        await world.post("/sandbox/public_token/create", institution_id="x", initial_products=["x"]),
        await world.post("/sandbox/public_token/create", institution_id=BANK, initial_products=["x"]),
        await world.post("/link/token/create", **LINK, products=["x"]),
        await world.post("/link/token/get", link_token="x"),
    ]


async def test_every_error_has_the_documented_shape(world: World, schemas: Schemas) -> None:
    replies = await errors(world)
    assert all(reply.status >= 400 for reply in replies)
    for reply in replies:
        assert schemas.problems("PlaidError", reply.body) == []
        assert reply.body["request_id"]


@pytest.mark.parametrize(
    "code", ["INSTITUTION_DOWN", "INVALID_CREDENTIALS", "PAYMENT_REJECTED", "NO_ACCOUNTS"]
)
async def test_errors_of_a_login_have_the_documented_shape(world: World, schemas: Schemas, code: str) -> None:
    reply = await world.post(
        "/sandbox/public_token/create",
        institution_id=BANK,
        initial_products=["auth"],
        options={"override_password": f"error_{code}"},
    )
    assert (reply.code, schemas.problems("PlaidError", reply.body)) == (code, [])


# --- webhooks ---------------------------------------------------------------------------------------------

WEBHOOKS: dict[tuple[str, str], str] = {
    ("TRANSACTIONS", "DEFAULT_UPDATE"): "DefaultUpdateWebhook",
    ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"): "SyncUpdatesAvailableWebhook",
    ("AUTH", "DEFAULT_UPDATE"): "AuthDefaultUpdateWebhook",
    ("IDENTITY", "DEFAULT_UPDATE"): "IdentityDefaultUpdateWebhook",
    ("HOLDINGS", "DEFAULT_UPDATE"): "HoldingsDefaultUpdateWebhook",
    ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"): "InvestmentsDefaultUpdateWebhook",
    ("LIABILITIES", "DEFAULT_UPDATE"): "LiabilitiesDefaultUpdateWebhook",
    ("ITEM", "NEW_ACCOUNTS_AVAILABLE"): "NewAccountsAvailableWebhook",
    ("ITEM", "LOGIN_REPAIRED"): "ItemLoginRepairedWebhook",
    ("ITEM", "PENDING_DISCONNECT"): "PendingDisconnectWebhook",
    ("ITEM", "USER_PERMISSION_REVOKED"): "UserPermissionRevokedWebhook",
    ("ITEM", "USER_ACCOUNT_REVOKED"): "UserAccountRevokedWebhook",
}


async def test_fired_webhooks_have_the_published_shape(
    world: World, specification: dict[str, Any], schemas: Schemas
) -> None:
    products = ("auth", "identity", "investments", "liabilities", "transactions")
    token = await world.item(*products, webhook="https://example.com/hook")
    for (kind, code), name in WEBHOOKS.items():
        reply = await world.post(
            "/sandbox/item/fire_webhook", access_token=token, webhook_type=kind, webhook_code=code
        )
        assert reply.status == 200
        body = json.loads((await outbox.owed(world.platform.store))[-1].body)
        assert (body["webhook_type"], body["webhook_code"]) == (kind, code)
        assert schemas.problems(name, body) == []
        published = specification["components"]["schemas"][name]["properties"].keys()
        assert body.keys() <= published
