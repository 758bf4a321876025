"""Whose requests the relay takes for its own, and what becomes of the others."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

DOMAIN = "imgur.com"
Others = Literal["pass", "refuse"]
"""What is done with a request to any other host."""
_IMGUR = re.compile(rf"(?:[a-z0-9-]+\.)?{re.escape(DOMAIN)}\.?")


def is_imgur(host: str) -> bool:
    """Whether the host is Imgur's: the domain, or one name below it (`i.stack.imgur.com` belongs to others)."""
    return _IMGUR.fullmatch(host.lower()) is not None


def address_of(authority: str, port: int) -> tuple[str, int] | None:
    """Host and port of `host:port`, `[::1]:port` or a host alone; None if it is none of these."""
    try:
        parts = urlsplit(f"//{authority}")
        found = parts.hostname, parts.port or port
    except ValueError:
        return None
    return (found[0], found[1]) if found[0] and not parts.path else None
