"""Becomes the command: the same process, so that its signals, terminal and exit code are the command's own."""

import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from gingham.run import names, trust
from gingham.run.failures import CannotRun
from gingham.run.plan import Plan, Ready, start

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""As shells have it (POSIX, 2.8.2)."""


def run(command: Sequence[str], server: str | None, database: str | None) -> NoReturn:
    """Never returns: the process is the command from here on. Raises `CannotRun`."""
    program = find(command[0])
    if server is not None:
        server = _origin(server)
    folder = Path(tempfile.mkdtemp(prefix="gingham-run-"))
    try:
        # The command may go on as another user: whom it trusts is no secret. What is one has a mode of its own.
        folder.chmod(0o711)
        environ = surroundings(folder, server, database)
        # Python ignores these, and what is ignored stays so in the program that comes after.
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored, signal.SIG_DFL)
        _become(program, command, environ)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotRun(str(error)) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def surroundings(folder: Path, server: str | None, database: str | None) -> dict[str, str]:
    """Starts what stands for Plaid; returns the environment of the command. This process may have other hosts then."""
    hosts = folder / "hosts"
    front, refusal = names.listener(), "this system gives port 443 to the superuser only"
    if front is not None:
        hosts.write_text(names.hosts(_text(names.HOSTS), front.getsockname()[0]))
        hosts.chmod(0o644)
        if not names.possible(hosts):
            front.close()
            front, refusal = None, "this system lets no command have a hosts file of its own"
    tunnel = None if front else _loopback()
    front = front or _loopback()
    with front, tunnel or nullcontext():
        ready = start(
            Plan(
                pid=os.getpid(),
                folder=str(folder),
                front=front.fileno(),
                tunnel=tunnel.fileno() if tunnel else None,
                server=server,
                database=database,
            )
        )
        environ = dict(os.environ)
        added = trust.trusting(environ, ready.authority, folder) | ready.keys | {"GINGHAM_URL": ready.server}
        if tunnel is None:
            names.enter(hosts)
            added |= trust.around_proxies(environ)
        else:
            added |= trust.through_proxy(environ, _at(tunnel), _at(front))
        _explain(ready, _at(front), refusal if tunnel else None)
        return environ | added


def find(name: str) -> str:
    """The program's path, found as a shell finds it. Raises `CannotRun`."""
    found = shutil.which(name)
    if found is not None:
        return found
    folders = [""] if os.sep in name else os.environ.get("PATH", os.defpath).split(os.pathsep)
    if any((Path(folder) / name).exists() for folder in folders if folder or os.sep in name):
        raise CannotRun(f"{name}: not a program that may be executed", NOT_EXECUTABLE)
    raise CannotRun(f"{name}: command not found", NOT_FOUND)


def _become(program: str, command: Sequence[str], environ: dict[str, str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(program, list(command), environ)  # noqa: S606  that is what the user asked for
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}", NOT_EXECUTABLE) from None


def _explain(ready: Ready, front: str, refusal: str | None) -> None:
    lines = [f"{names.NAMES[0]}, cdn.plaid.com and the others are {ready.server} for this command"]
    if refusal is not None:
        lines.append(
            f"{refusal}, so HTTPS_PROXY leads there; a client that goes past it needs $GINGHAM_URL as its host"
        )
    rules = ", ".join(f"MAP {name} {front}" for name in ("cdn.plaid.com", "secure.plaid.com"))
    lines.append(
        f'a browser for its pages: chromium --user-data-dir="$(mktemp -d)" --host-resolver-rules="{rules}" '
        f"--ignore-certificate-errors-spki-list={ready.fingerprint}"
    )
    sys.stderr.write("".join(f"gingham: {line}\n" for line in lines))
    sys.stderr.flush()


def _origin(server: str) -> str:
    try:
        parts = urlsplit(server)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise CannotRun(f"--server must be an address such as http://127.0.0.1:8000, not {server[:80]!r}", 2)
    return server.rstrip("/")


def _loopback() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _at(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="surrogateescape")
    except OSError:
        return ""
