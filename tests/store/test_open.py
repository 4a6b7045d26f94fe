"""URLs of databases."""

import pytest

from gingham.store import StoreUnreachableError
from gingham.store.open import open_store


@pytest.mark.parametrize(
    "url", ["mysql://localhost/gingham", "gingham.db", "", "sqlite+aiosqlite:///gingham.db"]
)
async def test_an_unknown_scheme_is_named(url: str) -> None:
    with pytest.raises(ValueError, match=r"unknown database '.*': use sqlite:///path or postgresql://"):
        await open_store(url)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite://gingham.db", "sqlite://host/gingham.db"]
)
async def test_a_sqlite_url_needs_three_slashes_and_a_path(url: str) -> None:
    with pytest.raises(ValueError, match="a SQLite URL is sqlite:///path"):
        await open_store(url)


@pytest.mark.parametrize(
    ("option", "message"),
    [("mode=ro", "unknown option 'mode'"), ("synchronous=off", "synchronous=off: use normal or full")],
)
async def test_an_unknown_option_is_named(option: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        await open_store(f"sqlite:///gingham.db?{option}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gingham:hunter2@127.0.0.1:1/gingham",
        "postgresql://gingham:hunter2@127.0.0.1:99999/gingham",
        "postgresql://gingham:hunter2@127.0.0.1:port/gingham",
    ],
)
async def test_a_server_that_does_not_answer_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnreachableError, match=r"127\.0\.0\.1") as caught:
        await open_store(url)

    assert "hunter2" not in str(caught.value)
