"""Whose requests the relay takes for its own, and where a program may go besides."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

DOMAINS = ("imgur.com", "imgur.io")
GATEWAYS = ("imgur-apiv3.p.rapidapi.com", "imgur-apiv3.p.mashape.com")
"""Where programs with a commercial key ask."""
NAMES = (*DOMAINS, *(f"*.{domain}" for domain in DOMAINS), *GATEWAYS)
"""All of Imgur's names, as a certificate has them."""
TLS_PORT = 443
PORTS = {"http": 80, "https": TLS_PORT}

OtherHosts = Literal["pass", "refuse"]
"""What is done with a request to any other host."""

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
        """What `host:port`, `[::1]:port` or a host alone says; None if it is none of these."""
        found = _AUTHORITY.fullmatch(authority)
        chosen = int(found[2] or port) if found else 0
        return cls(found[1].strip("[]").lower(), chosen) if found and 0 < chosen < 1 << 16 else None


def is_imgur(host: str) -> bool:
    """Whether the host is Imgur's: a domain, or one name below it (`i.stack.imgur.com` belongs to others)."""
    return _IMGUR.fullmatch(host.lower()) is not None
