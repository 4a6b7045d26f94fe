"""What the command's process and the one beside it tell each other, and how the second is started."""

import subprocess
import sys

import msgspec
from msgspec import Struct

from gingham.run.failures import CannotRun

BEGIN = "import os; os.fork() and os._exit(0); from gingham.run.beside import main; main()"
"""Whoever starts it will be the command, which may wait for all its children: it is left without any."""


class Plan(Struct, frozen=True):
    """`pid`: the command's process. `folder`: for its files, removed at the end. `front` and `tunnel`: sockets.

    `server`: the one to stand before; without one, one is made, on `database` if given.
    """

    pid: int
    folder: str
    front: int
    tunnel: int | None
    server: str | None
    database: str | None


class Ready(Struct, frozen=True, tag=True):
    """The server's address, the keys of a server of the command's own, and what browsers need to be told."""

    server: str
    keys: dict[str, str]
    authority: bytes
    fingerprint: str


class Refused(Struct, frozen=True, tag=True):
    """Why it cannot be, in a user's words, and the exit code."""

    message: str
    code: int


def start(plan: Plan) -> Ready:
    """Starts it and waits until it is ready. Raises `CannotRun`."""
    begun = subprocess.Popen(  # noqa: S603  nothing in it is from outside
        [sys.executable, "-P", "-c", BEGIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[plan.front, *([] if plan.tunnel is None else [plan.tunnel])],
        start_new_session=True,
    )
    told, _ = begun.communicate(msgspec.json.encode(plan))
    try:
        answer = msgspec.json.decode(told, type=Ready | Refused)
    except msgspec.DecodeError:
        raise CannotRun("the server beside the command did not start") from None
    if isinstance(answer, Refused):
        raise CannotRun(answer.message, answer.code)
    return answer
