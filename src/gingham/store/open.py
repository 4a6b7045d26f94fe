"""Opens a store from its URL, at the schema this version needs."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from gingham.store import Store


async def open_store(url: str) -> Store:
    """`sqlite:///relative/path`, `sqlite:////absolute/path`, `postgresql://user:password@host:port/database`.

    `sqlite:///:memory:` is a database of this process alone that is gone when it is closed. SQLite's option:
    `?synchronous=normal` (default) or `full`, explained in `sqlite.py`.

    Raises `ValueError` for a URL that names neither engine or an unknown option, `StoreUnreachableError`
    when there is no database to be had there, `UnknownRevisionError` when a newer version made it.
    """
    scheme = urlsplit(url).scheme
    store: Store
    if scheme == "sqlite":
        store, dialect = await _sqlite(url), "sqlite"
    elif scheme in ("postgresql", "postgres"):
        from gingham.store.postgres import PostgresStore

        store, dialect = await PostgresStore.open(url), "postgresql"
    else:
        raise ValueError(f"unknown database {scheme!r}: use sqlite:///path or postgresql://host/database")

    from gingham.store.upgrade import upgrade

    try:
        await upgrade(store, dialect)
    except BaseException:
        await store.close()
        raise
    return store


async def _sqlite(url: str) -> Store:
    from gingham.store.sqlite import SYNCHRONOUS, SqliteStore

    parts = urlsplit(url)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path:
        raise ValueError("a SQLite URL is sqlite:///path (relative) or sqlite:////path (absolute)")
    synchronous = "normal"
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name != "synchronous":
            raise ValueError(f"unknown option {name!r} of a SQLite URL: there is synchronous")
        if value not in SYNCHRONOUS:
            raise ValueError(f"synchronous={value}: use {' or '.join(SYNCHRONOUS)}")
        synchronous = value
    if path == ":memory:":
        return await SqliteStore.vanishing()
    return await SqliteStore.open(Path(path), synchronous=synchronous)
