"""Everything a server can be told, in one frozen value with defaults that are safe on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

MEGABYTE = 1_000_000
_PORTS = {"http": 80, "https": 443}
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one upload may be, in bytes and pixels; Imgur's own figures."""

    image_bytes: int = 20 * MEGABYTE
    animation_bytes: int = 200 * MEGABYTE
    pixels: int = 100_000_000
    title_length: int = 128
    body_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. `public_url` is the only address that links, redirects and XML answers name."""

    data: Path
    public_url: str = "http://127.0.0.1:4648"
    open: bool = True
    """Accept unknown client ids and let anybody sign up; meant for loopback."""
    token_lifetime: int = 3600
    """Seconds an access token lives."""
    durable: bool = True
    """False only for throw-away data: answers do not wait for the disk."""
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.time
    """Unix seconds; tests hand in one they can move."""

    @property
    def secure(self) -> bool:
        """Whether browsers reach this server over https, so that cookies must be Secure."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address, as browsers send it in Origin."""
        parts = urlsplit(self.public_url)
        port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}{port}"

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that are answered; any other gets 421 (DNS rebinding)."""
        public = urlsplit(self.public_url).hostname or ""
        return frozenset({public}) | LOOPBACK_HOSTS
