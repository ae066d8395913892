"""Where messages may go: no address of this machine or of the network around it, unless a setting allows it.

A name is resolved once, and the connection goes to the address that was checked: a name that changes its address in
between leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import socket

from django.conf import settings

from inspector.errors import IsoscopeError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(IsoscopeError):
    """A message may not go there."""


def resolve(name: str, port: int) -> str:
    """An address of this name that messages may go to.

    :raises Refused: it has none.
    :raises OSError: the name cannot be resolved.
    """
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    for address in addresses:
        if is_allowed(address):
            return str(address)
    raise Refused(f"{name} is in this server’s own network; ISOSCOPE_ALERT_NETWORKS allows networks")


def is_allowed(address: Address) -> bool:
    """Whether an address is public, or in a network that ``ISOSCOPE_ALERT_NETWORKS`` names."""
    inner = _carried(address)
    if any(inner in network for network in settings.ALERT_NETWORKS if network.version == inner.version):
        return True
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _carried(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64); else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
