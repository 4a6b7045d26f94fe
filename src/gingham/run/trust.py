"""What the command finds in its environment: whom to trust, which way to go, and the keys.

A variable that is there already is added to, so a company's own authority or proxy keeps working.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from gingham.run.names import NAMES

ALONE = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Clients read these instead of what they trusted before: OpenSSL in Python, Ruby and PHP, Go; requests; curl."""
BESIDES = "NODE_EXTRA_CA_CERTS"
"""Node.js reads this and what it trusts anyway."""
PROXIES = ("https_proxy", "HTTPS_PROXY")
EXCEPTIONS = ("no_proxy", "NO_PROXY")
ANY_PROXY = (*PROXIES, "all_proxy", "ALL_PROXY")

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)
HOOK = Path(__file__).parent / "hook"


def trusting(environ: Mapping[str, str], authority: bytes, folder: Path) -> dict[str, str]:
    """The variables that add the authority to what is trusted; the files they name are written to the folder."""
    found = {name: _certificates(Path(environ[name])) for name in (*ALONE, BESIDES) if environ.get(name)}
    system = _system() if any(name not in found for name in ALONE) else b""
    alone = folder / "authority.pem"
    alone.write_bytes(authority)
    made = {"GINGHAM_AUTHORITY": str(alone)}
    for name in (*ALONE, BESIDES):
        file = folder / f"{name.lower()}.pem"
        file.write_bytes(found.get(name, b"" if name == BESIDES else system) + authority)
        made[name] = str(file)
    for path in made.values():
        Path(path).chmod(0o644)
    return made


def around_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Where the names lead here: a proxy that the command has been given would ask the real ones."""
    if not any(environ.get(name) for name in ANY_PROXY):
        return {}
    before = environ.get("no_proxy") or environ.get("NO_PROXY")
    return dict.fromkeys(EXCEPTIONS, ",".join([*([before] if before else []), *NAMES]))


def through_proxy(environ: Mapping[str, str], proxy: str, front: str) -> dict[str, str]:
    """Where they do not: the proxy's variables, and for Python, whose clients do not all read them, the hook."""
    path = environ.get("PYTHONPATH")
    return {
        **dict.fromkeys(PROXIES, f"http://{proxy}"),
        # Node.js from 22.21 and 24.5 on asks for this before it reads the others.
        "NODE_USE_ENV_PROXY": "1",
        "PYTHONPATH": os.pathsep.join([str(HOOK), *([path] if path else [])]),
        "GINGHAM_RUN": " ".join((front, *NAMES)),
    }


def _system() -> bytes:
    paths = ssl.get_default_verify_paths()
    for file in (paths.openssl_cafile, *BUNDLES):
        if Path(file).is_file():
            return _certificates(Path(file))
    import certifi

    return _certificates(Path(certifi.where()))


def _certificates(path: Path) -> bytes:
    """What is in a file, or in the files of a folder (requests takes one, too); nothing where nothing is."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return b"".join(file.read_bytes().rstrip() + b"\n" for file in files if file.is_file())
    except OSError:
        return b""
