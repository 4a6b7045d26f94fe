"""Python imports this at its start (site); `gingham run` puts it there where it cannot change the names for all.

Only the answers to "where is sandbox.plaid.com?" are other ones, with the port of the front. Runs in the app's own
Python, of whatever version.
"""

import importlib.machinery
import importlib.util
import os
import socket
import sys

_front, *_names = os.environ["GINGHAM_RUN"].split() if os.environ.get("GINGHAM_RUN") else ("",)
_host, _, _port = _front.partition(":")
_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # type: ignore[no-untyped-def]  # noqa: A002
    """`socket.getaddrinfo`, which every connection by name goes through."""
    asked = host.decode() if isinstance(host, bytes) else host
    if isinstance(asked, str) and asked.lower() in _names and str(port) in ("443", "https"):
        return _getaddrinfo(_host, int(_port), 0, type, proto, flags)
    return _getaddrinfo(host, port, family, type, proto, flags)


if _names:
    socket.getaddrinfo = getaddrinfo

# The module of this name that would have been found without us, such as a distribution's.
_here = os.path.dirname(os.path.abspath(__file__))
_others = [folder for folder in sys.path if os.path.abspath(folder) != _here]
_spec = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _spec is not None and _spec.loader is not None:
    _spec.loader.exec_module(importlib.util.module_from_spec(_spec))
