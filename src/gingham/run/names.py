"""Plaid's hosts, and a hosts file that a command has for itself (Linux).

A process may have mounts that nobody else sees: root at once, anybody else inside a user namespace (namespaces(7)).
There, /etc/hosts is another file, and every program of the command reads it, whatever it is written in.
"""

import ctypes
import errno
import os
import secrets
import socket
import sys
from pathlib import Path

NAMES = (
    "sandbox.plaid.com",
    "production.plaid.com",
    "development.plaid.com",
    "cdn.plaid.com",
    "secure.plaid.com",
    # Before 2017.
    "api.plaid.com",
    "connect.plaid.com",
    "tartan.plaid.com",
)
HTTPS = 443

HOSTS = Path("/etc/hosts")
ATTEMPTS = 20

# sched.h, sys/mount.h
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000


def listener() -> socket.socket | None:
    """Port 443 of a loopback address that nobody else uses, so that commands do not meet; None where it cannot be."""
    if sys.platform != "linux":
        # Elsewhere the loopback has one address.
        return None
    for _ in range(ATTEMPTS):
        address = f"127.{64 + secrets.randbelow(64)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            found.bind((address, HTTPS))
            found.listen()
        except OSError as error:
            found.close()
            if error.errno != errno.EADDRINUSE:
                return None
        else:
            return found
    return None


def hosts(before: str, address: str) -> str:
    """The text of a hosts file in which Plaid's hosts are at the address; other lines stay as they are."""
    lines = [f"{address} {' '.join(NAMES)}"]
    for line in before.splitlines():
        at, *names = line.partition("#")[0].split() or [""]
        if not any(name.lower() in NAMES for name in names):
            lines.append(line)
        elif others := [name for name in names if name.lower() not in NAMES]:
            lines.append(f"{at} {' '.join(others)}")
    return "\n".join(lines) + "\n"


def possible(file: Path) -> bool:
    """Whether `enter` would work. Tried in a process of its own: half-way there is no way back."""
    pid = os.fork()
    if pid == 0:
        try:
            enter(file)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def enter(file: Path) -> None:
    """From here on, /etc/hosts is `file` for this process and those it starts. Raises `OSError`."""
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", _CLONE_NEWNS)
    except PermissionError:
        _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNS)
        # user_namespaces(7): without this, a group's mapping may be written by root only.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    # What is mounted outside still shows inside, never the other way.
    _call("mount", None, b"/", None, _MS_REC | _MS_SLAVE, None)
    _call("mount", os.fsencode(file), os.fsencode(HOSTS), None, _MS_BIND, None)


def _call(function: str, *arguments: bytes | int | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Flags are unsigned long; a bare int would be passed as an int.
    passed = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if getattr(libc, function)(*passed) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
