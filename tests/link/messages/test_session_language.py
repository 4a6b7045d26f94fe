"""A Link session speaks the language of its link_token."""

from tests.link.driver import Driver, link_token
from tests.world import World

from gingham.link.flow.model import Text
from gingham.link.messages.messages import frame_texts, languages, render


async def test_link_opens_in_the_language_of_the_link_token(world: World) -> None:
    asked = Text(key="consent.title", values={"client_name": "Test App"})
    for language in languages():
        opened = (await Driver.open(world, await link_token(world, language=language))).picture
        assert opened["pane"]["title"]["text"] == render(asked, language)
        assert (opened["language"], opened["direction"]) == (language, "ltr")
        assert opened["texts"] == frame_texts(language)


async def test_the_words_of_the_frame_come_once(world: World) -> None:
    driver = await Driver.open(world, await link_token(world, language="de"))
    assert driver.picture["texts"]["close"] == "Schließen"
    await driver.act("continue")
    assert "texts" not in driver.picture


async def test_a_search_says_how_many_banks_it_found(world: World) -> None:
    driver = await Driver.open(world, await link_token(world, language="pl"))
    await driver.act("continue")
    await driver.act("search", query="zzzz")
    _, tiles = driver.picture["pane"]["fields"]
    assert tiles["label"]["text"] == "Znaleziono 0 banków"
    await driver.act("search", query="First Platypus Bank")
    _, tiles = driver.picture["pane"]["fields"]
    assert tiles["label"]["text"].startswith(f"Znaleziono {len(tiles['options'])} bank")
    await driver.act("search", query="")
    _, tiles = driver.picture["pane"]["fields"]
    assert tiles["label"]["text"] == "Popularne banki"
