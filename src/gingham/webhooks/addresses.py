"""Which addresses a webhook may go to.

What could go wrong here is somebody who makes this server ask an address that only this server can reach (a
cloud's metadata service, a database's admin page). So a name is resolved once, the addresses are judged, and
the connection goes to the judged address and no other: a name that answers differently the second time
changes nothing.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

Host = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefusedError(Exception):
    """The receiver's address is not one that this server may ask."""


def refusal(url: str) -> str | None:
    """What is wrong with an address before anything is resolved; None when nothing is."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what refuses a port that is not a number
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not an http or https URL"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password"
    return None


def is_public(host: Host) -> bool:
    """An address that any machine on the internet could ask. An IPv4 address in IPv6's clothes is judged as
    what it is."""
    if isinstance(host, ipaddress.IPv6Address):
        inner = host.ipv4_mapped or host.sixtofour
        if inner is not None:
            return is_public(inner)
        if host in _NAT64:
            return is_public(ipaddress.IPv4Address(int(host) & 0xFFFFFFFF))
    return host.is_global and not host.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def resolved(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of a name that may be asked, in the system's order; `private`: all of them may.

    Raises `AddressRefusedError`, and `OSError` when the name does not resolve.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if private:
        return addresses
    public = [address for address in addresses if is_public(ipaddress.ip_address(address.partition("%")[0]))]
    if not public:
        raise AddressRefusedError("the address is inside a private network")
    return public
