"""The networks of a client: rate limits and fair queues count these, so that changing the address gains little.

An IPv4 address is one network. Whoever has an IPv6 address has at least the /64 around it, to take addresses from at
will; an internet connection often has a /56 or a /48, which are 256 or 65,536 such networks. Hence the rule for
everything that is counted per network:

- **A limit** counts the /64 of the client, and in total the /56 and the /48 around it, which may reach four times
  and sixteen times the limit (`networks_of`). A limit for one target, such as wrong passwords for one account, counts
  the /64 only, because another one for all targets counts the wider networks.
- **A fair queue** (connections, fetches, media jobs, sign-ins) takes turns between IPv4 addresses and whole /48s
  (`widest_network_of`): neighbors in a /48 share its turns and its places in the queue.

Whoever has several IPv4 addresses, or more than a /48, counts several times.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

_DIGITS = ((16, 1), (14, 4), (12, 16))
"""The /64, /56 and /48 of an IPv6 address: how many hexadecimal digits name each, and its factor."""
_NAT64 = IPv6Network("64:ff9b::/96")
UNKNOWN = "unknown"
"""The network of everything that is no address, such as what a proxy forwards for a client that it does not know."""


class Network(NamedTuple):
    """A network that a client belongs to.

    The name of an IPv6 network is the beginning of the names of the networks in it: `2001:0db8:0001` is a /48, and
    `2001:0db8:0001:0002` a /64 in it.
    """

    name: str
    factor: int = 1
    """How many times the limit of one network this one may reach."""


@lru_cache(4096)
def networks_of(address: str) -> tuple[Network, ...]:
    """Return the networks that limits count for a client, the narrowest first; an empty address is its own network."""
    ip = _parse(address)
    if not isinstance(ip, IPv6Address):
        name = str(ip) if ip else UNKNOWN if address else ""
        return (Network(name),)
    digits = f"{int(ip):032x}"
    return tuple(_ipv6_network(digits[:length], factor) for length, factor in _DIGITS)


def network_of(address: str) -> str:
    """Return the name of the network that one client controls: its IPv4 address, or the /64 of its IPv6 address."""
    return networks_of(address)[0].name


def widest_network_of(address: str) -> str:
    """Return the name of the widest network that one client may control: its IPv4 address, or its IPv6 /48."""
    return networks_of(address)[-1].name


def _ipv6_network(digits: str, factor: int) -> Network:
    return Network(":".join(digits[start : start + 4] for start in range(0, len(digits), 4)), factor)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address; an IPv4 address that is written as IPv6, mapped or by NAT64, as what it is."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip in _NAT64):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
