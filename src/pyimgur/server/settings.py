"""All settings of a server, as one frozen value with defaults that are safe on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from pyimgur.server.database_url import DatabaseURL

MEGABYTE = 1_000_000
_PORTS = {"http": 80, "https": 443}
Amount = Annotated[int, Meta(gt=0, lt=10**15)]
Processes = Annotated[int, Meta(gt=0, lt=1_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one upload, in bytes and pixels, and of one album; the defaults are Imgur's."""

    image_bytes: Amount = 20 * MEGABYTE
    animation_bytes: Amount = 200 * MEGABYTE
    pixels: Amount = 100_000_000
    title_length: Amount = 128
    album_images: Amount = 10_000
    """Images that an album may hold; a larger album that exists already can be read, but takes no more."""
    body_seconds: Seconds = 600.0
    """Seconds that the body of a request may take to arrive."""
    fetch_seconds: Seconds = 60.0
    """Seconds that the download of a file from a URL may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Rate limits in credits; the defaults are Imgur's. An upload costs 10 credits, any other call 1."""

    application: Amount = 12_500
    """Credits a day for one application, all its users together."""
    anonymous: Amount = 500
    """Credits an hour from one network address, without an account."""
    person: Amount = 2_000
    """Credits an hour for one account."""
    posts: Amount = 1_250
    """POST requests an hour from one network address."""
    uploads: Amount = 50
    """Uploads an hour from one network address."""
    enforced: bool = False
    """Whether an open server refuses requests without credits left; a closed one always does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs."""

    data: Path
    """The data folder."""
    database: DatabaseURL | None = None
    """The PostgreSQL database; without one, SQLite in the data folder."""
    public_url: str = "http://127.0.0.1:4648"
    """The URL of the server in links and redirects."""
    open: bool = True
    """Whether to accept unknown client ids and let anybody sign up; meant for loopback."""
    token_lifetime: int = 3600
    """Seconds until an access token expires."""
    durable: bool = True
    """Whether responses wait until data is on the disk; False only for throw-away data."""
    limits: Limits = field(default_factory=Limits)
    credits: Credits = field(default_factory=Credits)
    strip: Literal["anonymous", "all", "none"] = "anonymous"
    """Whose uploads lose their metadata: place, time, device, comments."""
    fetch_private: bool = False
    """Whether uploads by URL may reach loopback and private network addresses; meant for tests."""
    dead_token_status: Literal[401, 403] = 403
    """The status of a response to an expired or revoked token; Imgur has used both."""
    workers: Processes = 2
    """Media jobs of one client or account at once, each in a process of its own."""
    sandbox: Literal["auto", "require", "off"] = "auto"
    """Whether media workers run with fewer rights than the server; "auto": where the system allows it."""
    access_log: bool = False
    """Whether to log each request in a line, without secrets."""
    clock: Callable[[], float] = time.time
    """Returns Unix seconds; tests pass one that they can set."""

    @property
    def enforces_credits(self) -> bool:
        """Whether requests without credits left are refused."""
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
        """The host names that the server accepts; requests for others get 421, against DNS rebinding."""
        return frozenset({self.public_host}) | LOOPBACK_HOSTS

    @property
    def public_host(self) -> str:
        """The host name in the public URL, in lower case."""
        return urlsplit(self.public_url).hostname or ""
