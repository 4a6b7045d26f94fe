"""What an operator can set.

Each field of `Settings` is one row: its name, type, bounds, default, unit and meaning are written once, here.
The environment variable follows from the name (`port` is `GINGHAM_PORT`), and `docs/settings.md` is what
`python -m gingham.settings` prints. A command line option wins over the environment, the environment over the
default.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

PREFIX = "GINGHAM_"

# In a row, Meta.title is the unit and Meta.description the meaning. The value of a "secret" row never shows;
# "shown" stands in the documentation for a default that is worked out at the start.
_MADE = {"shown": "made on the first start"}
_MADE_SECRET = {**_MADE, "secret": True}


class SettingError(ValueError):
    """A setting nobody can work with. The message names the variable or option and never repeats a secret."""


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be set. Outside tests it comes from `load`."""

    host: Annotated[str, Meta(description="Address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on; 0 takes a free one.", ge=0, le=65535)] = 8000
    database_url: Annotated[
        str,
        Meta(
            description="Where everything is kept: `sqlite:///path` or `postgresql://user:password@host/name`.",
            extra={"shown": "`sqlite:///` and `gingham.db` in the state folder"},
        ),
    ] = ""
    workers: Annotated[int, Meta(title="processes", description="Serving processes.", ge=1, le=256)] = 1
    public_url: Annotated[
        str | None,
        Meta(
            description="Origin under which browsers reach this server, if it is not the one they ask for.",
            extra={"shown": "the origin of each request"},
        ),
    ] = None
    oauth_bank_port: Annotated[
        str | None,
        Meta(
            description="Port of the sandbox's OAuth banks, on the same address; `0` takes a free one, `off` serves "
            "none.",
            extra={"shown": "`8001`, or a free one if that is taken or `GINGHAM_PORT` is 0"},
        ),
    ] = None
    oauth_bank_url: Annotated[
        str | None,
        Meta(
            description="Origin under which browsers reach the sandbox's OAuth banks, if another than its port; with "
            "`GINGHAM_OAUTH_BANK_PORT=off`, where `gingham oauth-bank` serves them.",
            extra={"shown": "the address it listens on"},
        ),
    ] = None
    trust_proxy: Annotated[
        bool, Meta(description="Believe `X-Forwarded-*` headers. Only behind a proxy that sets them.")
    ] = False
    client_id: Annotated[str | None, Meta(description="The team's `client_id`.", extra=_MADE)] = None
    sandbox_secret: Annotated[str | None, Meta(description="A `secret` for Sandbox.", extra=_MADE_SECRET)] = (
        None
    )
    production_secret: Annotated[
        str | None, Meta(description="A `secret` for Production.", extra=_MADE_SECRET)
    ] = None
    public_key: Annotated[
        str | None,
        Meta(
            description="The `public_key` that pages from before Link tokens use. It is not a secret.",
            extra=_MADE,
        ),
    ] = None
    hub_api_key: Annotated[str | None, Meta(description="The Hub's API key.", extra=_MADE_SECRET)] = None
    keyring: Annotated[
        str | None,
        Meta(
            description="The key ring that seals secrets in the database: a file's path, or the JSON itself. "
            "Servers that share a database need the same ring.",
            extra={"secret": True, "shown": "`keyring.json` beside the SQLite file or in the state folder"},
        ),
    ] = None
    seed: Annotated[
        str | None,
        Meta(
            description="Makes ids and tokens reproducible, for tests. Who knows it can guess every token.",
            extra={"shown": "none"},
        ),
    ] = None
    background: Annotated[
        bool,
        Meta(
            description="Do what falls due (webhooks, pulls, expiries) in the serving processes too; `false` leaves it "
            "to `gingham worker`."
        ),
    ] = True
    webhooks_to_private_addresses: Annotated[
        bool,
        Meta(
            description="Send webhooks of Production to addresses inside this network too. Those of Sandbox always "
            "may go there."
        ),
    ] = False
    test_kit: Annotated[
        bool,
        Meta(
            description="Answer `/gingham/v1/` calls that move the clock, break things and put states back, for "
            "tests (docs/testing.md). One process and SQLite only."
        ),
    ] = False
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="What is logged at least; `info` includes a line per request."),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "text"],
        Meta(description="How a log line looks; `auto` is text on a terminal and JSON elsewhere."),
    ] = "auto"
    initial_pull_delay_ms: Annotated[
        int,
        Meta(
            title="ms",
            description="Sandbox: from a finished Link to the newest 30 days of transactions.",
            ge=0,
            le=86_400_000,
        ),
    ] = 1000
    historical_pull_delay_ms: Annotated[
        int,
        Meta(
            title="ms",
            description="Sandbox: from a finished Link to the whole history of transactions.",
            ge=0,
            le=86_400_000,
        ),
    ] = 3000

    def __repr__(self) -> str:
        shown = (f"{row}={_masked(row, getattr(self, row))!r}" for row in self.__struct_fields__)
        return f"Settings({', '.join(shown)})"


def load(environ: Mapping[str, str] | None = None, **options: str | int | bool | None) -> Settings:
    """Reads the environment; `options` (from the command line, None where not given) win.

    An empty variable counts as not set, as in a Compose file that passes on a variable that nobody set.
    Raises `SettingError` for the first value that does not fit.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, object] = {}
    for row in Settings.__struct_fields__:
        source, value = f"--{_OPTIONS.get(row, row)}", options.get(row)
        if value is None:
            source, value = variable(row), environ.get(variable(row)) or None
        if value is not None:
            given[row] = _read(row, source, value)
    given.setdefault("database_url", f"sqlite:///{state_folder(environ) / 'gingham.db'}")
    return Settings(**given)  # type: ignore[arg-type]


def variable(row: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + row.upper()


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make `load` give these settings again: how a worker process gets them."""
    values = {row: getattr(settings, row) for row in settings.__struct_fields__}
    return {variable(row): _text(value) for row, value in values.items() if value is not None}


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where files go when nobody says otherwise: `$XDG_STATE_HOME/gingham`, else `~/.local/state/gingham`."""
    base = environ.get("XDG_STATE_HOME")
    # The XDG Base Directory Specification: a relative path is invalid and must be ignored.
    folder = Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "state"
    return folder / "gingham"


def document() -> str:
    """`docs/settings.md`."""
    lines = [_INTRODUCTION, "| variable | default | unit | meaning |", "| --- | --- | --- | --- |"]
    for row, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True):
        meta = _meta(row)
        shown = (meta.extra or {}).get("shown") or f"`{_text(default)}`"
        says = [meta.description or ""]
        choices = _choices(row)
        if choices:
            says.append("One of " + ", ".join(f"`{choice}`" for choice in choices) + ".")
        elif meta.ge is not None:
            says.append(f"{meta.ge} to {meta.le}.")
        if row in _OPTIONS:
            says.append(f"Also `--{_OPTIONS[row]}`.")
        lines.append(f"| `{variable(row)}` | {shown} | {meta.title or ''} | {' '.join(says)} |")
    return "\n".join(lines) + "\n"


# The settings that `gingham serve` also takes as options, and how they are called there.
_OPTIONS = {
    "host": "host",
    "port": "port",
    "database_url": "database",
    "workers": "workers",
    "test_kit": "test-kit",
}

_INTRODUCTION = """# Settings

Gingham reads these environment variables. The options of `gingham serve` win over them. An empty variable
counts as not set; one that does not fit stops the start with a message that names it (exit code 2).

The state folder is `$XDG_STATE_HOME/gingham`, or `~/.local/state/gingham` where that is not set.
"""


def _read(row: str, source: str, value: str | int | bool) -> object:
    try:
        read = msgspec.convert(value, Settings.__annotations__[row], strict=False)
    except msgspec.ValidationError:
        raise _refusal(row, source, value) from None
    check = _CHECKS.get(row)
    if check is not None and not check(str(read)):
        raise _refusal(row, source, value)
    return str(read).rstrip("/") if row in ("public_url", "oauth_bank_url") else read


def _refusal(row: str, source: str, value: object) -> SettingError:
    meta = _meta(row)
    hint = get_args(Settings.__annotations__[row])[0]
    choices = _choices(row)
    if choices:
        expected = "one of " + ", ".join(choices)
    elif hint is int:
        expected = f"a whole number from {meta.ge} to {meta.le}"
    elif hint is bool:
        expected = "true or false"
    else:
        expected = _EXPECTED[row]
    # A database URL may carry a password, so it is not repeated either.
    shown = "" if _is_secret(row) or row == "database_url" else f", not {str(value)[:80]!r}"
    return SettingError(f"{source} must be {expected}{shown}")


def _is_database(url: str) -> bool:
    scheme, _, rest = url.partition("://")
    return scheme in ("sqlite", "postgresql", "postgres") and bool(rest)


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what refuses a port that is not a number
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare


def _is_port_or_off(text: str) -> bool:
    return text == "off" or (text.isascii() and text.isdecimal() and int(text) <= 65535)


def _is_key(text: str) -> bool:
    return 8 <= len(text) <= 256 and text.isascii() and all("!" <= character <= "~" for character in text)


_KEYS = ("client_id", "sandbox_secret", "production_secret", "public_key", "hub_api_key")
_CHECKS = {
    "database_url": _is_database,
    "public_url": _is_origin,
    "oauth_bank_port": _is_port_or_off,
    "oauth_bank_url": _is_origin,
    **dict.fromkeys(_KEYS, _is_key),
}
_EXPECTED = {
    **dict.fromkeys(_KEYS, "8 to 256 printable ASCII characters without a space"),
    "host": "an address or a host name",
    "database_url": "sqlite:///path or postgresql://user:password@host/name",
    "public_url": "an origin such as https://gingham.example",
    "oauth_bank_port": "a port from 0 to 65535, or off",
    "oauth_bank_url": "an origin such as https://bank.gingham.example",
}


def _meta(row: str) -> Meta:
    return cast(Meta, get_args(Settings.__annotations__[row])[1])


def _choices(row: str) -> tuple[str, ...]:
    hint = get_args(Settings.__annotations__[row])[0]
    return get_args(hint) if get_origin(hint) is Literal else ()


def _is_secret(row: str) -> bool:
    return bool((_meta(row).extra or {}).get("secret"))


def _masked(row: str, value: Any) -> Any:
    if value is None:
        return None
    if _is_secret(row):
        return "***"
    if row == "database_url" and not value.startswith("sqlite:"):
        # The password may be before the host or in the query.
        return f"{value.partition('://')[0]}://***"
    return value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(document())
