"""The same seed and the same clock give the same bytes."""

from pathlib import Path

from tests.world import World, make_world


async def told(world: World) -> list[dict[str, object]]:
    token = await world.pulled("transactions", "auth")
    paths = ("/accounts/get", "/auth/get", "/identity/get", "/transactions/sync")
    answers = [(await world.post(path, access_token=token)).body for path in paths]
    await world.http.aclose()
    await world.server.stop()
    return answers


async def test_two_fresh_databases_with_one_seed_answer_alike_to_the_byte(tmp_path: Path) -> None:
    first = await told(await make_world(f"sqlite:///{tmp_path}/one.db"))
    second = await told(await make_world(f"sqlite:///{tmp_path}/two.db"))
    assert first == second


async def test_a_restart_with_the_same_seed_repeats_no_id(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/one.db"
    first = await told(await make_world(url))
    second = await told(await make_world(url))
    assert first[0]["accounts"] != second[0]["accounts"]
