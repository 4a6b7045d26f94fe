"""Every answer has a request_id of its own, and so has every event of Link (Plaid docs: Link, API reference)."""

from tests.link.driver import Driver, link_token
from tests.world import BANK, Reply, World


async def test_no_request_id_comes_twice_from_the_link_token_to_the_data(world: World) -> None:
    seen: list[str] = []
    post = world.post

    async def noting(path: str, _environment: str = "sandbox", **body: object) -> Reply:
        reply = await post(path, _environment, **body)
        seen.append(reply.body["request_id"])
        return reply

    world.post = noting  # type: ignore[method-assign]
    driver = await (await Driver.open(world, await link_token(world))).connect()
    public_token = driver.result["public_token"]
    made = await world.post("/item/public_token/exchange", public_token=public_token)
    await world.post("/accounts/get", access_token=made["access_token"])
    await world.post("/accounts/get", access_token=made["access_token"])
    assert (await world.post("/accounts/get", access_token="x")).status == 400
    assert (
        await world.post("/institutions/get_by_id", institution_id=BANK, country_codes=["US"])
    ).status == 200
    assert len(seen) == len(set(seen)) > 8
    told = {event["metadata"]["request_id"] for event in driver.events}
    assert told
    assert told <= set(seen)
