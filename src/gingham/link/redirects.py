"""Where a bank may send people back to: the rules for redirect URIs and Android apps, and each client's list of
allowed ones.

A redirect_uri that is not the app's own would hand whoever wrote it the way back into somebody's Link (Plaid
docs: OAuth guide). So production takes only what the client has allowed. In the sandbox an empty list allows
every https address and every local one; as soon as something is on the list, it counts there too.

An Android app is on the same list, under the address that Android has for it: `android-app://com.example.app`.
"""

import re

from gingham.errors import PlaidError, error
from gingham.platform import Platform
from gingham.store import redirect_uris
from gingham.store.redirect_uris import RedirectUriRow

MAX_URIS = 500

_LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/[^\s?#*]*)?\Z")
_WEB = re.compile(r"https://[^/\s?#*@]+(/[^\s?#*]*)?\Z")
_WILDCARD = re.compile(r"https://\*\.(?P<domain>[A-Za-z0-9.-]+)(:\d{1,5})?(/[^\s?#*]*)?\Z")

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+\Z")
"""Android: an application ID."""
_APP = "android-app://"

_PUBLIC_SECOND_LEVELS = frozenset(
    {"ac", "co", "com", "edu", "gob", "gov", "ltd", "mil", "ne", "net", "or", "org", "plc"}
)
_PUBLIC = frozenset(
    {
        "appspot.com",
        "azurewebsites.net",
        "cloudfront.net",
        "firebaseapp.com",
        "fly.dev",
        "github.io",
        "gitlab.io",
        "herokuapp.com",
        "netlify.app",
        "ngrok.app",
        "ngrok.io",
        "ngrok-free.app",
        "onrender.com",
        "pages.dev",
        "vercel.app",
        "web.app",
        "workers.dev",
    }
)
"""Suffixes under which strangers have names: the well-known ones of hosting, and `co.uk` and its like by rule."""


def _field(message: str) -> PlaidError:
    return error("INVALID_FIELD", message=message)


def check(uri: str, environment: str) -> None:
    """The rules that hold whatever is on the list. Raises `PlaidError` INVALID_FIELD."""
    local = environment == "sandbox" and _LOCAL.match(uri) is not None
    if not local and not _WEB.match(uri):
        where = (
            "an https address, or http on localhost in the sandbox,"
            if environment == "sandbox"
            else "an https address"
        )
        raise _field(f"redirect_uri must be {where} without query, fragment or wildcard")


def check_entry(uri: str) -> None:
    """What may stand on the list: an address, one whose first label is `*`, or an Android app. Raises `PlaidError`
    INVALID_FIELD."""
    if _WEB.match(uri) or _LOCAL.match(uri):
        return
    if uri.startswith(_APP) and _PACKAGE.match(uri.removeprefix(_APP)):
        return
    wildcard = _WILDCARD.match(uri)
    if wildcard is None:
        raise _field(
            "uri must be an https address, or http on localhost, without query or fragment; its first label may be *; "
            "or android-app:// and the package name of an app"
        )
    if _public(wildcard["domain"].lower()):
        raise _field("uri must not have a wildcard on a public suffix, where names belong to strangers")


def _public(domain: str) -> bool:
    labels = domain.split(".")
    country = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _PUBLIC_SECOND_LEVELS
    return len(labels) < 2 or "" in labels or country or domain in _PUBLIC


def matches(entry: str, uri: str) -> bool:
    """True when `entry` allows `uri`: the same text, or for `*` one label or more in its place."""
    if "*" not in entry:
        return entry == uri
    before, after = entry.split("*", 1)
    return (
        re.fullmatch(re.escape(before) + r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*" + re.escape(after), uri)
        is not None
    )


async def allow(platform: Platform, client_id: str, environment: str, uri: str) -> None:
    """Raises `PlaidError` INVALID_FIELD for a redirect_uri that breaks a rule or is not on the client's list."""
    check(uri, environment)
    if not await _listed(platform, client_id, environment, uri):
        raise _field(
            "redirect_uri is not among the allowed redirect URIs of this client: "
            "add it with /gingham/v1/redirect_uris/add"
        )


async def allow_package(platform: Platform, client_id: str, environment: str, name: str) -> None:
    """Raises `PlaidError` INVALID_FIELD for what is no package name, or not on the client's list."""
    if not _PACKAGE.match(name):
        raise _field(
            "android_package_name must be the package name of an Android app, such as com.example.app"
        )
    if not await _listed(platform, client_id, environment, _APP + name):
        raise _field(
            "android_package_name is not among the allowed apps of this client: "
            f"add {_APP}{name} with /gingham/v1/redirect_uris/add"
        )


async def _listed(platform: Platform, client_id: str, environment: str, uri: str) -> bool:
    entries = await redirect_uris.of_client(platform.store, client_id)
    if environment == "sandbox" and not entries:
        return True
    return any(matches(entry.uri, uri) for entry in entries)


def back(redirect_uri: str | None, android_package_name: str | None, oauth_state_id: str) -> str | None:
    """Where the person goes after the bank; None where there is nowhere to go. `oauth_state_id` is the first and
    only parameter (Plaid docs: OAuth guide)."""
    if redirect_uri is not None:
        return f"{redirect_uri}?oauth_state_id={oauth_state_id}"
    if android_package_name is not None:
        # Chrome's intent addresses: `Intent.toUri` of the activity that the Android SDK registers.
        end = f"#Intent;scheme=plaid;package={android_package_name};end;"
        return f"intent://redirect/?oauth_state_id={oauth_state_id}{end}"
    return None


async def add(platform: Platform, client_id: str, uri: str) -> list[str]:
    """Returns the list. Raises `PlaidError` INVALID_FIELD."""
    check_entry(uri)
    async with platform.store.writing() as writer:
        known = await redirect_uris.of_client(writer, client_id)
        if len(known) >= MAX_URIS:
            raise _field(f"uri is one too many: a client may allow {MAX_URIS}")
        row = RedirectUriRow(client_id=client_id, uri=uri, created_at=platform.clock.now())
        await redirect_uris.add(writer, row)
    return await listed(platform, client_id)


async def remove(platform: Platform, client_id: str, uri: str) -> list[str]:
    """Returns the list. Removing what is not there changes nothing."""
    async with platform.store.writing() as writer:
        await redirect_uris.remove(writer, client_id, uri)
    return await listed(platform, client_id)


async def listed(platform: Platform, client_id: str) -> list[str]:
    return [row.uri for row in await redirect_uris.of_client(platform.store, client_id)]
