"""Classify network addresses for outgoing connections (SSRF guard): public, another machine's, or this machine's.

The relay and the upload by URL share these rules. An IPv6 address with an embedded IPv4 address is classified by both:
a translator, a tunnel or the kernel itself may deliver it to the IPv4 address.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = tuple[IPv4Network | IPv6Network, ...]

_LOCAL: Networks = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.100.100.200/32"),  # metadata of Alibaba
    IPv4Network("127.0.0.0/8"),
    IPv4Network("168.63.129.16/32"),  # Azure's host, from within
    IPv4Network("169.254.0.0/16"),  # link-local, with most clouds' metadata
    IPv4Network("192.0.0.192/32"),  # metadata of Oracle
    IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
    IPv6Network("::/127"),
    IPv6Network("fd00:42::42/128"),  # metadata of Scaleway
    IPv6Network("fd00:c1::a9fe:a9fe/128"),  # metadata of Oracle
    IPv6Network("fd00:ec2::/32"),  # metadata, clock and names of AWS
    IPv6Network("fd20:ce::/32"),  # metadata of Google
    IPv6Network("fe80::/10"),
    IPv6Network("fec0::/10"),
    IPv6Network("ff00::/8"),
)
"""This machine, its link, and services that a cloud offers to this machine only."""
_PRIVATE: Networks = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # shared by providers
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.31.196.0/24"),
    IPv4Network("192.52.193.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("192.175.48.0/24"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv6Network("2001::/23"),  # protocols of their own, Teredo among them
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)
"""Private and documentation networks, and networks with a special purpose."""
_GLOBAL6 = IPv6Network("2000::/3")
_TRANSLATED = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96")))
"""An address in these is an IPv4 address and nothing else: mapped, and NAT64 (RFC 6052)."""
_EMBEDDING = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48")))
"""These hold an IPv4 address in their last 32 bits: IPv4-compatible, SIIT, local NAT64 (RFC 8215)."""
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def is_public(address: str) -> bool:
    """Return whether this address can be reached from anywhere on the Internet; False for an invalid address."""
    return all(map(_is_global, _possible_addresses(address) or [IPv4Address(0)]))


def is_other_machine(address: str) -> bool:
    """Return whether this may be another machine's address, also in a private network; False for an invalid address."""
    return not any(map(_is_local, _possible_addresses(address) or [IPv4Address(0)]))


def is_same_address(local: str, remote: str) -> bool:
    """Return whether both ends of a connection have the same address, so that it leads to this machine."""
    return _possible_addresses(local) == _possible_addresses(remote)


def _is_local(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in _LOCAL)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    routed = isinstance(address, IPv4Address) or address in _GLOBAL6
    return routed and not _is_local(address) and not any(address in network for network in _PRIVATE)


def _possible_addresses(address: str) -> list[IPv4Address | IPv6Address]:
    """Return every address that this one may be delivered to; none for an invalid address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return []
    if isinstance(parsed, IPv4Address):
        return [parsed]
    embedded: list[IPv4Address | IPv6Address] = [*_embedded(parsed)]
    is_translated = parsed.sixtofour is not None or any(parsed in network for network in _TRANSLATED)
    return embedded if is_translated else [parsed, *embedded]


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses embedded in an IPv6 address."""
    if address.sixtofour:
        yield address.sixtofour
    elif address.teredo:
        yield from address.teredo
    elif (int(address) >> 32) & 0xFFFFFFFF in _ISATAP or any(
        address in network for network in (*_TRANSLATED, *_EMBEDDING)
    ):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
