"""Everything a server can be told, in one frozen value with defaults that are safe on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

MEGABYTE = 1_000_000
_PORTS = {"http": 80, "https": 443}
Amount = Annotated[int, Meta(gt=0, lt=10**15)]
Processes = Annotated[int, Meta(gt=0, lt=1_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one upload may be, in bytes and pixels, and one album; Imgur's own figures."""

    image_bytes: Amount = 20 * MEGABYTE
    animation_bytes: Amount = 200 * MEGABYTE
    pixels: Amount = 100_000_000
    title_length: Amount = 128
    album_images: Amount = 10_000
    """How many images an album may hold; a larger one that is there already opens, and takes no more."""
    body_seconds: Seconds = 600.0
    """How long the body of a request may take to arrive."""
    fetch_seconds: Seconds = 60.0
    """How long a file may take that is fetched from a URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """How much may be asked for; Imgur's own figures. An upload costs 10 credits, any other call 1."""

    application: Amount = 12_500
    """A day, all its users together."""
    anonymous: Amount = 500
    """An hour, from one address."""
    person: Amount = 2_000
    """An hour, for one account."""
    posts: Amount = 1_250
    """Calls with POST an hour, from one address."""
    uploads: Amount = 50
    """An hour, from one address."""
    enforced: bool = False
    """Refuse also on an open server who has none left; a closed one always does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. `public_url` is the address that links and redirects name."""

    data: Path
    public_url: str = "http://127.0.0.1:4648"
    open: bool = True
    """Accept unknown client ids and let anybody sign up; meant for loopback."""
    token_lifetime: int = 3600
    """Seconds an access token lives."""
    durable: bool = True
    """False only for throw-away data: answers do not wait for the disk."""
    limits: Limits = field(default_factory=Limits)
    credits: Credits = field(default_factory=Credits)
    strip: Literal["anonymous", "all", "none"] = "anonymous"
    """Whose uploads lose what the camera noted: place, time, device, comments."""
    fetch_private: bool = False
    """Let uploads by URL reach loopback and private addresses; meant for tests."""
    dead_token_status: Literal[401, 403] = 403
    """What a token that has ended is answered with; Imgur has done both."""
    workers: Processes = 2
    """Media jobs of one client or account at once, each in a process of its own."""
    sandbox: Literal["auto", "require", "off"] = "auto"
    """Whether media workers run with fewer rights than the server; "auto": where the system allows it."""
    access_log: bool = False
    """Tell of each request in a line on the log, without secrets."""
    clock: Callable[[], float] = time.time
    """Unix seconds; tests hand in one they can move."""

    @property
    def enforces_credits(self) -> bool:
        """Whether who has no credits left is refused."""
        return self.credits.enforced or not self.open

    @property
    def uses_https(self) -> bool:
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
        return frozenset({self.public_host}) | LOOPBACK_HOSTS

    @property
    def public_host(self) -> str:
        """The host name in the public URL, in lower case."""
        return urlsplit(self.public_url).hostname or ""
