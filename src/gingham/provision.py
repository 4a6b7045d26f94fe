"""What a database needs before anything is served from it: its team's keys, and the right key ring.

Keys come from the settings or are made here, once. A made key can be shown only now, for the database keeps
digests; whoever calls shows it. Keys of the settings are added to those that are there, so a key that is put in
the environment works from the next start on, and the one before it still does.

Any number of processes may start on one database at once: they take turns, and the first one makes the keys.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from gingham import settings as environ
from gingham.clock import Clock
from gingham.ids import Ids, digest
from gingham.settings import SettingError, Settings
from gingham.store import Reader, Store, Writer, clients, meta
from gingham.store.clients import Key
from gingham.vault import Vault

CLIENT_ID_BYTES = 12
"""24 hexadecimal digits, as in the field; secrets have 30."""

EVERY_ENVIRONMENT = ""
"""The environment of public and Hub keys: they belong to the team, whatever it works on."""


class Kind(Struct, frozen=True):
    """One key that every team has. `setting`: where it may come from."""

    setting: str
    kind: str
    environment: str
    label: str


KINDS = (
    Kind("sandbox_secret", "secret", "sandbox", "secret (sandbox)"),
    Kind("production_secret", "secret", "production", "secret (production)"),
    Kind("public_key", "public", EVERY_ENVIRONMENT, "public_key"),
    Kind("hub_api_key", "hub", EVERY_ENVIRONMENT, "Hub API key"),
)


class Made(Struct, frozen=True):
    """Keys that were made just now, readable this once: label and key."""

    client_id: str
    keys: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"Made(client_id={self.client_id!r}, {len(self.keys)} keys)"


async def provision(settings: Settings, store: Store, ids: Ids, clock: Clock) -> Made | None:
    """Adds the keys of the settings and makes those that are missing. None when none had to be made.

    Raises `SettingError` when one secret is given for two environments, for then it would say neither.
    """
    _check_distinct(settings)
    if await _complete(settings, store):
        return None
    async with store.writing() as writer:
        await _take_turns(writer, "provisioned_at", clock)
        client_id = settings.client_id or await meta.get(writer, "client_id") or ids.secret(CLIENT_ID_BYTES)
        if await meta.get(writer, "client_id") is None:
            await meta.put(writer, "client_id", client_id)
        there = await clients.keys(writer)
        made = []
        for kind in KINDS:
            given = getattr(settings, kind.setting)
            if given is None and not _has(there, client_id, kind):
                given = ids.secret()
                made.append((kind.label, given))
            if given is not None:
                await _add(writer, there, client_id, kind, given, clock.now())
    return Made(client_id, tuple(made)) if made else None


async def add_secret(store: Store, ids: Ids, clock: Clock, environment: str) -> tuple[str, str]:
    """Makes one more secret of the team: its client_id and the secret. The older ones stay valid.

    Raises `LookupError` when no server has started on this database yet.
    """
    kind = next(kind for kind in KINDS if (kind.kind, kind.environment) == ("secret", environment))
    secret = ids.secret()
    async with store.writing() as writer:
        client_id = await meta.get(writer, "client_id")
        if client_id is None:
            raise LookupError("this database has no keys yet: start the server once")
        await _add(writer, await clients.keys(writer), client_id, kind, secret, clock.now())
    return client_id, secret


async def check_ring(store: Store, vault: Vault, clock: Clock) -> None:
    """Raises `SettingError` when secrets in the database were sealed with another key ring than this.

    Starting with the wrong ring, say one made anew because a folder was not mounted, would break every Item,
    and sealing with two rings on one database is hard to mend. Makes the ring on the first start.
    """
    ring = str(vault.ring_id())
    known = await meta.get(store, "key_ring")
    if known is None:
        async with store.writing() as writer:
            await _take_turns(writer, "key_ring_checked_at", clock)
            known = await meta.get(writer, "key_ring")
            if known is None:
                await meta.put(writer, "key_ring", ring)
                return
    if known != ring:
        raise SettingError(
            f"the secrets in this database were sealed with key ring {known}, and this is {ring}: "
            "GINGHAM_KEYRING must name the ring that belongs to the database"
        )


def vault_for(settings: Settings) -> Vault:
    """The ring of the settings; without one, `keyring.json` beside the SQLite file or in the state folder."""
    if settings.keyring is not None:
        text = settings.keyring.lstrip()
        return Vault(text if text.startswith("{") else Path(text).expanduser())
    parts = urlsplit(settings.database_url)
    path = unquote(parts.path.removeprefix("/"))
    if path == ":memory:":
        return Vault.ephemeral()
    folder = Path(path).parent if parts.scheme == "sqlite" else environ.state_folder()
    return Vault(folder / "keyring.json")


async def _complete(settings: Settings, reader: Reader) -> bool:
    client_id = settings.client_id or await meta.get(reader, "client_id")
    there = await clients.keys(reader) if client_id else []
    for kind in KINDS:
        given = getattr(settings, kind.setting)
        if not (_has(there, client_id, kind) if given is None else _finds(there, client_id, kind, given)):
            return False
    return True


async def _take_turns(writer: Writer, fact: str, clock: Clock) -> None:
    """Processes that start at once wait for each other on the row of the fact."""
    await meta.put(writer, fact, str(clock.now()))


def _has(there: list[Key], client_id: str | None, kind: Kind) -> bool:
    return any(
        (key.client_id, key.kind, key.environment) == (client_id, kind.kind, kind.environment)
        for key in there
    )


def _finds(there: list[Key], client_id: str | None, kind: Kind, given: str) -> bool:
    hashed = digest(given)
    return any(key.digest == hashed for key in there if _has([key], client_id, kind))


async def _add(writer: Writer, there: list[Key], client_id: str, kind: Kind, given: str, now: int) -> None:
    key = Key(
        client_id=client_id,
        environment=kind.environment,
        kind=kind.kind,
        digest=digest(given),
        created_at=now,
    )
    for other in there:
        if (other.client_id, other.digest, other.kind) == (client_id, key.digest, key.kind):
            if other.environment != key.environment:
                raise SettingError(
                    f"{environ.variable(kind.setting)} is already a secret for {other.environment}"
                )
            return
    await clients.add_key(writer, key)


def _check_distinct(settings: Settings) -> None:
    if settings.sandbox_secret is not None and settings.sandbox_secret == settings.production_secret:
        raise SettingError("GINGHAM_SANDBOX_SECRET and GINGHAM_PRODUCTION_SECRET must differ")
