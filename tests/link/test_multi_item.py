"""Multi-Item Link over JSON: several banks in one session, and their tokens on every way they are told."""

from tests.link.driver import Driver, link_token
from tests.link.test_hosted import HOOK, told
from tests.world import World


async def several(world: World) -> tuple[str, Driver]:
    user_id = (await world.post("/user/create", client_user_id="user-1"))["user_id"]
    token = await link_token(world, enable_multi_item_link=True, user_id=user_id, webhook=HOOK)
    return token, await Driver.open(world, token)


async def connect(driver: Driver, institution_id: str) -> None:
    await driver.act("select_institution", institution_id=institution_id)
    await driver.act("submit_credentials", values={"username": "user_good", "password": "pass_good"})
    await driver.act("submit_accounts", accounts=["0"])


async def two_banks(world: World) -> tuple[str, Driver]:
    token, driver = await several(world)
    await driver.act("continue")
    await connect(driver, "ins_109508")
    await driver.act("choose_another")
    await connect(driver, "ins_109509")
    return token, driver


async def test_the_page_is_given_an_empty_public_token(world: World) -> None:
    _, driver = await two_banks(world)
    await driver.act("finish")
    assert driver.result["kind"] == "success"
    assert driver.result["public_token"] == ""
    assert driver.story.count("HANDOFF") == 2


async def test_every_item_is_in_the_results(world: World) -> None:
    token, driver = await two_banks(world)
    await driver.act("finish")
    (session,) = (await world.post("/link/token/get", link_token=token))["link_sessions"]
    results = session["results"]["item_add_results"]
    assert [each["institution"]["institution_id"] for each in results] == ["ins_109508", "ins_109509"]
    items = set()
    for each in results:
        exchanged = await world.post("/item/public_token/exchange", public_token=each["public_token"])
        items.add(exchanged["item_id"])
        got = await world.post("/accounts/get", access_token=exchanged["access_token"])
        assert [account["account_id"] for account in got["accounts"]] == [
            account["id"] for account in each["accounts"]
        ]
    assert len(items) == 2
    assert session["on_success"]["public_token"] == results[0]["public_token"]


async def test_each_item_is_told_when_it_comes_to_be_and_all_at_the_end(world: World) -> None:
    _, driver = await two_banks(world)
    added = await told(world)
    assert [each["webhook_code"] for each in added] == ["ITEM_ADD_RESULT"] * 2
    await driver.act("finish")
    finished = (await told(world))[-1]
    assert finished["webhook_code"] == "SESSION_FINISHED"
    assert finished["public_tokens"] == [each["public_token"] for each in added]
    assert finished["user_id"].startswith("usr_")


async def test_several_items_need_a_user(world: World) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        products=["transactions"],
        enable_multi_item_link=True,
    )
    assert reply.code == "INVALID_FIELD"
    assert "user_id" in reply.message


async def test_leaving_at_the_second_bank_is_a_success_with_the_first(world: World) -> None:
    token, driver = await several(world)
    await driver.act("continue")
    await connect(driver, "ins_109508")
    await driver.act("choose_another")
    assert driver.picture["exit"] is None
    await driver.act("close")
    assert driver.result["kind"] == "success"
    (session,) = (await world.post("/link/token/get", link_token=token))["link_sessions"]
    assert len(session["results"]["item_add_results"]) == 1


async def test_leaving_before_the_first_bank_is_an_exit(world: World) -> None:
    _, driver = await several(world)
    await driver.act("close")
    assert driver.result["kind"] == "exit"
    assert [each["status"] for each in await told(world)] == ["EXITED"]


async def test_update_mode_has_one_item(world: World) -> None:
    reply = await world.post(
        "/link/token/create",
        client_name="Test App",
        language="en",
        country_codes=["US"],
        user={"client_user_id": "user-1"},
        access_token=await world.item("transactions"),
        enable_multi_item_link=True,
    )
    assert reply.code == "INVALID_FIELD"
    assert "enable_multi_item_link" in reply.message
