"""Redirect URIs and Android apps: what may be asked for, and the list of what a client has allowed."""

import pytest
from tests.link.driver import link_token
from tests.world import Reply, World

HOME = "https://app.example.com/oauth"


async def add(world: World, uri: str) -> Reply:
    return await world.post("/gingham/v1/redirect_uris/add", uri=uri)


async def ask(
    world: World, uri: str | None = None, environment: str = "sandbox", package: str | None = None
) -> Reply:
    return await world.post(
        "/link/token/create",
        environment,
        client_name="App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        products=["auth"],
        redirect_uri=uri,
        android_package_name=package,
    )


async def test_in_the_sandbox_an_empty_list_allows_every_decent_address(world: World) -> None:
    for uri in (HOME, "http://localhost:3000/oauth.html", "https://other.test"):
        assert (await ask(world, uri)).status == 200


async def test_a_list_counts_in_the_sandbox_too(world: World) -> None:
    await add(world, HOME)
    assert (await ask(world, HOME)).status == 200
    for uri in ("http://localhost:3000/oauth.html", HOME + "/", HOME.upper(), "https://app.example.com"):
        reply = await ask(world, uri)
        assert reply.code == "INVALID_FIELD"
        assert reply.message.startswith("redirect_uri ")
    assert "/gingham/v1/redirect_uris/add" in reply.message


async def test_production_takes_only_what_is_listed(world: World) -> None:
    refused = await ask(world, HOME, "production")
    assert (refused.code, "/gingham/v1/redirect_uris/add" in refused.message) == ("INVALID_FIELD", True)
    await add(world, HOME)
    assert (await ask(world, HOME, "production")).status == 200


async def test_a_listed_local_address_is_no_address_of_production(world: World) -> None:
    await add(world, "http://localhost:3000/")
    assert (await ask(world, "http://localhost:3000/")).status == 200
    assert (await ask(world, "http://localhost:3000/", "production")).code == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("https://a.example.com/oauth", True),
        ("https://a.b.example.com/oauth", True),
        ("https://example.com/oauth", False),
        ("https://evil.test/.example.com/oauth", False),
        ("https://evilexample.com/oauth", False),
        ("https://a.example.com/other", False),
        ("https://a.example.com:8443/oauth", False),
        ("https://a.example.com.evil.test/oauth", False),
    ],
)
async def test_a_wildcard_stands_for_subdomains_and_nothing_else(
    world: World, uri: str, allowed: bool
) -> None:
    await add(world, "https://*.example.com/oauth")
    assert ((await ask(world, uri)).status == 200) is allowed


@pytest.mark.parametrize(
    "uri",
    [
        "https://*.com/oauth",
        "https://*.co.uk/oauth",
        "https://*.com.au/oauth",
        "https://*.github.io/oauth",
        "https://*.GitHub.io/oauth",
        "https://*/oauth",
        "https://a.*.example.com/oauth",
        "https://*.*.example.com/oauth",
        "https://*x.example.com/",
        "http://*.example.com/",
        "http://example.com/",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://user@example.com/",
        "app://oauth",
        "example.com",
    ],
)
async def test_what_may_not_stand_on_the_list(world: World, uri: str) -> None:
    reply = await add(world, uri)
    assert (reply.code, reply.message.startswith("uri must")) == ("INVALID_FIELD", True)
    assert (await world.post("/gingham/v1/redirect_uris/get"))["redirect_uris"] == []


async def test_the_list_is_read_grown_and_shrunk(world: World) -> None:
    await add(world, HOME)
    await add(world, HOME)
    assert (await add(world, "https://b.example.com/"))["redirect_uris"] == [HOME, "https://b.example.com/"]
    left = await world.post("/gingham/v1/redirect_uris/remove", uri=HOME)
    assert left["redirect_uris"] == ["https://b.example.com/"]
    again = await world.post("/gingham/v1/redirect_uris/remove", uri=HOME)
    assert again["redirect_uris"] == ["https://b.example.com/"]


@pytest.mark.parametrize(
    "uri",
    ["https://*.example.com/oauth", HOME + "?a=b", HOME + "#a", "http://app.example.com", "app://back", "x"],
)
async def test_a_request_never_holds_a_wildcard_a_query_or_a_scheme_of_its_own(
    world: World, uri: str
) -> None:
    await add(world, "https://*.example.com/oauth")
    reply = await ask(world, uri)
    assert reply.code == "INVALID_FIELD"
    assert "without query, fragment or wildcard" in reply.message


async def test_a_link_token_without_one_needs_no_list(world: World) -> None:
    await add(world, HOME)
    assert (await link_token(world)).startswith("link-sandbox-")


APP = "com.example.wonder_wallet"


async def test_an_android_app_is_allowed_like_an_address(world: World) -> None:
    assert (await ask(world, package=APP)).status == 200
    refused = await ask(world, None, "production", package=APP)
    assert (refused.code, f"add android-app://{APP} with" in refused.message) == ("INVALID_FIELD", True)
    await add(world, HOME)
    assert (await ask(world, package=APP)).message.startswith("android_package_name is not among")
    assert (await add(world, f"android-app://{APP}"))["redirect_uris"] == [f"android-app://{APP}", HOME]
    for environment in ("sandbox", "production"):
        assert (await ask(world, None, environment, package=APP)).status == 200
    assert (await ask(world, f"android-app://{APP}")).code == "INVALID_FIELD"


@pytest.mark.parametrize("package", ["", "wallet", "com.1wallet", "com.a;end;#", "com.example.*", "com.a\n"])
async def test_what_is_no_package_name_is_refused(world: World, package: str) -> None:
    reply = await ask(world, package=package)
    assert (reply.code, reply.message) == (
        "INVALID_FIELD",
        "android_package_name must be the package name of an Android app, such as com.example.app",
    )
    assert (await add(world, f"android-app://{package}")).code == "INVALID_FIELD"


async def test_a_person_comes_back_to_an_app_or_to_an_address_but_not_to_both(world: World) -> None:
    reply = await ask(world, HOME, package=APP)
    assert (reply.code, reply.message) == (
        "INVALID_FIELD",
        "android_package_name must be omitted when redirect_uri is given",
    )
