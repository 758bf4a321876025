"""The host names of Imgur, which the relay redirects, and what it does with other hosts."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

DOMAINS = ("imgur.com", "imgur.io")
GATEWAYS = ("imgur-apiv3.p.rapidapi.com", "imgur-apiv3.p.mashape.com")
"""Hosts of the API for programs with a commercial key."""
NAMES = (*DOMAINS, *(f"*.{domain}" for domain in DOMAINS), *GATEWAYS)
"""All of Imgur's names, as a certificate lists them."""
TLS_PORT = 443
PORTS = {"http": 80, "https": TLS_PORT}

OtherHosts = Literal["pass", "refuse"]
"""Whether connections to other hosts are passed on or refused."""

_IMGUR = re.compile(
    rf"(?:(?:[a-z0-9-]+\.)?(?:{'|'.join(map(re.escape, DOMAINS))})|{'|'.join(map(re.escape, GATEWAYS))})\.?"
)
_AUTHORITY = re.compile(r"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")


class Address(NamedTuple):
    """A host and a port."""

    host: str
    port: int

    @classmethod
    def of(cls, authority: str, port: int) -> Address | None:
        """Parse `host:port`, `[::1]:port` or a host alone, with a default port; return None for anything else."""
        match = _AUTHORITY.fullmatch(authority)
        number = int(match[2] or port) if match else 0
        return cls(match[1].strip("[]").lower(), number) if match and 0 < number < 1 << 16 else None


def is_imgur(host: str) -> bool:
    """Return whether the host is Imgur's: a domain or a direct subdomain (`i.stack.imgur.com` belongs to others)."""
    return _IMGUR.fullmatch(host.lower()) is not None
