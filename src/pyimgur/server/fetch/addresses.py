"""Which network addresses belong to everybody: all others are somebody's own, and never reached for a stranger.

An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged as that one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_OWN4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by providers; also Alibaba's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host, from within
            "169.254.0.0/16",  # link-local, with most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_PUBLIC6 = IPv6Network("2000::/3")
_OWN6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
"""Protocols of their own (with Teredo, which hides an address) and documentation."""
_NAT64 = IPv6Network("64:ff9b::/96")


def public(address: str) -> bool:
    """Whether an address, as text, is one that everybody may reach; what is no address is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    inner = found if isinstance(found, IPv4Address) else _inner(found)
    if inner is not None:
        return not any(inner in network for network in _OWN4)
    return found in _PUBLIC6 and not any(found in network for network in _OWN6)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this one stands for."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
