"""Whose requests the relay takes for its own, and what becomes of the others."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

DOMAIN = "imgur.com"
Others = Literal["pass", "refuse"]
"""What is done with a request to any other host."""


def is_imgur(host: str) -> bool:
    """Whether the host is Imgur's: the domain, or one name below it (`i.stack.imgur.com` belongs to others)."""
    below, _, domain = host.lower().removesuffix(".").rpartition(DOMAIN)
    return not domain and (not below or (below.endswith(".") and "." not in below[:-1] and len(below) > 1))


def address_of(authority: str, port: int) -> tuple[str, int] | None:
    """Host and port of `host:port`, `[::1]:port` or a host alone; None if it is none of these."""
    try:
        parts = urlsplit(f"//{authority}")
        found = parts.hostname, parts.port or port
    except ValueError:
        return None
    return (found[0], found[1]) if found[0] and not parts.path else None
