"""Customizations of Link: made, edited, published, and what Link then shows."""

from base64 import b64encode
from typing import Any

import pytest
from tests.link.driver import Driver, link_token
from tests.link.png import picture
from tests.world import Reply, World

PATH = "/gingham/v1/link/customizations/"


async def ask(world: World, call: str, **body: Any) -> Reply:
    return await world.post(PATH + call, **body)


async def shown(world: World, **content: Any) -> dict[str, Any]:
    """`default`, edited and published."""
    await ask(world, "update", name="default", content=content)
    return dict((await ask(world, "publish", name="default"))["customization"])


async def refused(world: World, **content: Any) -> str:
    reply = await ask(world, "update", name="default", content=content)
    assert (reply.status, reply.code) == (400, "INVALID_FIELD"), reply.body
    return reply.message


# --- names ------------------------------------------------------------------------------------------------


async def test_default_is_always_there(world: World) -> None:
    reply = await ask(world, "list")
    (default,) = reply["customizations"]
    assert (default["name"], default["has_unpublished_changes"]) == ("default", False)
    assert (await ask(world, "delete", name="default")).message == (
        "name must not be default, which cannot be deleted"
    )
    assert (await ask(world, "rename", name="default", new_name="x")).code == "INVALID_FIELD"


async def test_customizations_are_made_duplicated_renamed_and_deleted(world: World) -> None:
    await ask(world, "create", name="shop", content={"brand_color": "#0B5C3B"})
    await ask(world, "duplicate", name="shop", new_name="shop 2")
    await ask(world, "rename", name="shop 2", new_name="a shop")
    names = [row["name"] for row in (await ask(world, "list"))["customizations"]]
    assert names == ["default", "a shop", "shop"]
    copy = (await ask(world, "get", name="a shop"))["customization"]
    assert (copy["draft"]["brand_color"], copy["published"]) == ("#0b5c3b", None)
    await ask(world, "delete", name="shop")
    assert (await ask(world, "get", name="shop")).message == (
        "name must be the name of one of your customizations"
    )


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("create", {"name": "shop"}, "name"),
        ("create", {"name": "default"}, "name"),
        ("duplicate", {"name": "default", "new_name": "shop"}, "new_name"),
        ("rename", {"name": "other", "new_name": "shop"}, "new_name"),
        ("rename", {"name": "other", "new_name": "default"}, "new_name"),
        ("create", {"name": " shop"}, "name"),
        ("create", {"name": ""}, "name"),
        ("publish", {"name": "none"}, "name"),
        ("update", {"name": "none", "content": {}}, "name"),
        ("delete", {"name": "none"}, "name"),
        ("duplicate", {"name": "none", "new_name": "x"}, "name"),
    ],
)
async def test_a_name_that_will_not_do_is_refused_by_its_field(
    world: World, call: str, body: dict[str, Any], field: str
) -> None:
    await ask(world, "create", name="shop")
    await ask(world, "create", name="other")
    reply = await ask(world, call, **body)
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")
    assert reply.message.startswith(f"{field} must ")


# --- what may be asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"brand_color": "red"}, "content.brand_color must be a colour of the form #rrggbb"),
        ({"background_color": "#12345g"}, "content.background_color must be a colour of the form #rrggbb"),
        ({"background_opacity": 101}, "content.background_opacity must be"),
        ({"language": "xx"}, "content.language must be a supported language"),
        ({"country_codes": []}, "content.country_codes must be"),
        ({"account_select": "some"}, "content.account_select must be"),
        ({"texts": {"nowhere": {}}}, "content.texts.nowhere must be one of the sections"),
        ({"texts": {"consent": {"colour": "x"}}}, "content.texts.consent.colour must be one of the parts"),
        ({"texts": {"consent": {"title": " "}}}, "content.texts.consent.title must be one line"),
        ({"texts": {"consent": {"title": "{secret}"}}}, "content.texts.consent.title must have no braces"),
        ({"institutions": ["ins_none"]}, "content.institutions[0] must be the id of an institution"),
        ({"institutions": []}, "content.institutions must be an array of 1 to 30"),
        ({"institutions": ["ins_117650"]}, "content.institutions[0] must be an institution in one of"),
        ({"data_transparency": True}, "content.use_cases must have one to 3 texts"),
        ({"use_cases": ["a", "b", "c", "d"]}, "content.use_cases must be an array of at most 3"),
        (
            {"data_transparency": True, "use_cases": ["a"], "country_codes": ["US", "GB"]},
            "content.data_transparency must be false outside US and CA",
        ),
        ({"logo_png": "*"}, "content.logo_png must be base64"),
        ({"logo_png": b64encode(b"<svg/>").decode()}, "content.logo_png must be a PNG picture"),
        (
            {"logo_png": b64encode(picture(1023)).decode()},
            "content.logo_png must be 1024 by 1024 pixels, and is 1023 by 1024",
        ),
        (
            {"logo_png": b64encode(picture(rows=1000)).decode()},
            "content.logo_png must be a PNG picture with all its pixels",
        ),
        (
            {"logo_png": b64encode(picture(rows=1100)).decode()},
            "content.logo_png must be a PNG picture with all its pixels",
        ),
        ({"logo_png": b64encode(picture(interlace=1)).decode()}, "content.logo_png must not be interlaced"),
        (
            {"logo_png": b64encode(picture()[:-14] + b"\0" * 14).decode()},
            "content.logo_png must be a PNG picture",
        ),
    ],
)
async def test_content_that_will_not_do_is_refused_and_changes_nothing(
    quick_world: World, content: dict[str, Any], message: str
) -> None:
    before = (await ask(quick_world, "get", name="default"))["customization"]["draft"]
    assert (await refused(quick_world, **content)).startswith(message)
    assert (await ask(quick_world, "get", name="default"))["customization"]["draft"] == before


async def test_members_that_are_left_out_stay_and_null_is_the_default(world: World) -> None:
    await ask(world, "update", name="default", content={"brand_color": "#0b5c3b", "account_select": "all"})
    reply = await ask(world, "update", name="default", content={"account_select": None})
    draft = reply["customization"]["draft"]
    assert (draft["brand_color"], draft["account_select"]) == ("#0b5c3b", "multiple")


async def test_a_colour_that_was_moved_is_told(world: World) -> None:
    reply = await ask(world, "update", name="default", content={"brand_color": "#ffd54a"})
    (moved,) = reply["customization"]["draft"]["moved_colors"]
    assert (moved["field"], moved["scheme"], moved["asked"]) == ("brand_color", "light", "#ffd54a")
    assert moved["shown"] != "#ffd54a"


# --- what Link shows --------------------------------------------------------------------------------------


async def test_a_published_draft_is_shown_by_the_next_session_and_not_by_one_that_runs(world: World) -> None:
    token = await link_token(world)
    running = await Driver.open(world, token)
    await ask(world, "update", name="default", content={"texts": {"consent": {"title": "Hello"}}})
    assert (await Driver.open(world, token)).picture["pane"]["title"]["text"] != "Hello"
    await ask(world, "publish", name="default")
    assert (await Driver.open(world, token)).picture["pane"]["title"]["text"] == "Hello"
    assert running.picture["pane"]["title"]["text"] != "Hello"
    await running.act("continue")
    assert (await running.act("back")).picture["pane"]["title"]["text"] != "Hello"


@pytest.mark.parametrize(
    ("request_", "applies"),
    [
        ({"country_codes": ["CA", "US"]}, True),
        ({"country_codes": ["US", "CA"]}, True),
        ({"country_codes": ["US"]}, False),
        ({"country_codes": ["US", "CA"], "language": "fr"}, False),
        ({"country_codes": ["US", "CA", "GB"]}, False),
    ],
)
async def test_a_customization_applies_on_an_exact_match_and_is_passed_over_in_silence(
    quick_world: World, request_: dict[str, Any], applies: bool
) -> None:
    await shown(quick_world, country_codes=["US", "CA"], texts={"consent": {"title": "Hello"}})
    driver = await Driver.open(quick_world, await link_token(quick_world, **request_))
    assert (driver.picture["pane"]["title"]["text"] == "Hello") is applies


async def test_a_customization_is_chosen_by_name(world: World) -> None:
    await ask(
        world, "create", name="shop", content={"texts": {"consent": {"button": "Go on, {client_name}"}}}
    )
    await ask(world, "publish", name="shop")
    for name, words in (("shop", "Go on, Test App"), ("unknown", "Continue"), (None, "Continue")):
        driver = await Driver.open(world, await link_token(world, link_customization_name=name))
        assert driver.picture["pane"]["buttons"][0]["label"]["text"] == words


async def test_texts_of_the_end_are_those_of_the_way_there(world: World) -> None:
    texts = {"connected": {"title": "New"}, "reconnected": {"title": "{institution} again"}}
    await shown(world, texts=texts)
    driver = await (await Driver.open(world)).sign_in()
    await driver.act("submit_accounts", accounts=["0"])
    assert driver.picture["pane"]["title"]["text"] == "New"
    token = await link_token(world, products=None, access_token=await world.item("transactions"))
    again = await (await Driver.open(world, token)).act("continue")
    await again.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    assert again.picture["pane"]["title"]["text"] == "First Platypus Bank again"


async def test_a_fixed_list_of_institutions_comes_in_its_order_and_search_finds_the_others(
    world: World,
) -> None:
    await shown(world, institutions=["ins_109510", "ins_109508"])
    driver = await (await Driver.open(world)).act("continue")
    options = driver.picture["pane"]["fields"][1]["options"]
    assert [option["value"] for option in options] == ["ins_109510", "ins_109508"]
    await driver.act("search", query="Houndstooth")
    assert driver.picture["pane"]["fields"][1]["options"][0]["value"] == "ins_109512"


@pytest.mark.parametrize(
    ("behaviour", "kind", "ticked"),
    [("single", "radio", 0), ("multiple", "checkbox", 0), ("all", "checkbox", 12)],
)
async def test_account_select_behaves_as_the_customization_says(
    quick_world: World, behaviour: str, kind: str, ticked: int
) -> None:
    await shown(quick_world, account_select=behaviour)
    driver = await (await Driver.open(quick_world)).sign_in()
    (field,) = driver.picture["pane"]["fields"]
    assert field["kind"] == kind
    count = sum(option["checked"] for option in field["options"])
    assert count == (len(field["options"]) if ticked else 0)


async def test_without_account_select_every_account_is_shared(world: World) -> None:
    await shown(world, account_select="disabled")
    driver = await (await Driver.open(world)).sign_in()
    assert driver.pane == "connected"
    assert len((await driver.act("finish")).result["metadata"]["accounts"]) > 5


async def test_the_look_comes_with_the_first_picture(world: World) -> None:
    await shown(world, brand_color="#0b5c3b", background_color="#102030", background_opacity=80)
    token = await link_token(world, appearance_mode="DARK")
    driver = await Driver.open(world, token)
    look = driver.picture["look"]
    assert (look["appearance"], look["veil"], look["light"]["brand"]) == ("DARK", "#102030cc", "#0b5c3b")
    assert look["dark"]["brand"] != "#0b5c3b"
    assert "look" not in (await driver.act("continue")).picture


async def test_the_house_has_no_look_to_tell(world: World) -> None:
    assert (await Driver.open(world)).picture["look"] is None


async def test_a_logo_is_served_as_nothing_but_a_picture(world: World) -> None:
    png = picture()
    await shown(world, logo_png=b64encode(png).decode())
    path = (await Driver.open(world)).picture["look"]["logo"]
    answer = await world.http.get(path)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, png, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    for wrong in ("0" * 64, "x", "..%2f..%2fsecret"):
        assert (await world.http.get(f"/link/customizations/{wrong}.png")).status_code == 404


async def test_a_preview_shows_the_draft_in_its_own_language_and_countries(world: World) -> None:
    content = {"language": "fr", "country_codes": ["FR"], "texts": {"consent": {"title": "Bonjour"}}}
    await ask(world, "create", name="france", content=content)
    reply = await ask(world, "preview", name="france")
    driver = await Driver.open(world, reply["link_token"])
    assert (driver.picture["language"], driver.picture["pane"]["title"]["text"]) == ("fr", "Bonjour")
    assert (await world.post(PATH + "preview", "production", name="france")).code == "SANDBOX_ONLY"
