"""A server of the command's own: on free ports, with the keys that the app has already, and gone with the command."""

import os
from pathlib import Path

from gingham import settings
from gingham.ids import Ids
from gingham.server import Server
from gingham.settings import SettingError, Settings
from gingham.store import meta

PRODUCTION = "production"


def settings_and_keys(folder: Path, database: str | None) -> tuple[Settings, dict[str, str]]:
    """The server's settings, and the variables that an app finds its keys in. Raises `SettingError`.

    Keys that the environment has under the names of Plaid's own samples become the server's: an app that
    brings its keys is not to be told others.
    """
    secret = (
        "GINGHAM_PRODUCTION_SECRET" if os.environ.get("PLAID_ENV") == PRODUCTION else "GINGHAM_SANDBOX_SECRET"
    )
    named = {"PLAID_CLIENT_ID": "GINGHAM_CLIENT_ID", "PLAID_SECRET": secret}
    environ = dict(os.environ)
    for theirs, ours in named.items():
        environ[ours] = environ.get(theirs) or environ.get(ours) or ""
    # The database keeps digests, so a secret that is to be told is made here.
    environ[secret] = environ[secret] or Ids().secret()
    lasting = database or environ.get("GINGHAM_DATABASE_URL")
    try:
        chosen = settings.load(
            environ,
            port=0,
            workers=1,
            database_url=lasting or f"sqlite:///{folder / 'gingham.db'}",
            log_level=None if environ.get("GINGHAM_LOG_LEVEL") else "warning",
        )
    except SettingError as error:
        message = str(error)
        for theirs, ours in named.items():
            if os.environ.get(theirs):
                message = message.replace(ours, theirs)
        raise SettingError(message) from None
    keys = {theirs: environ[ours] for theirs, ours in named.items()}
    return chosen, keys | {ours: environ[ours] for ours in named.values()}


async def with_client_id(keys: dict[str, str], server: Server) -> dict[str, str]:
    """The keys with the client_id that the database has been given."""
    client_id = keys["PLAID_CLIENT_ID"] or await meta.get(server.platform.store, "client_id") or ""
    return keys | {"PLAID_CLIENT_ID": client_id, "GINGHAM_CLIENT_ID": client_id}
