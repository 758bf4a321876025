"""Sites: the three base URLs of an Imgur, as one value.

The real one is `IMGUR`. A server of this package has one URL for all three: `Site.at("http://127.0.0.1:4648")`, or the
environment variable `PYIMGUR_BASE_URL`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .exceptions import ArgumentError, InsecureSiteError

ENVIRONMENT = "PYIMGUR_BASE_URL"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Site:
    """The base URLs of one Imgur, each without a slash at the end: its API, its pages, and its images."""

    api: str
    web: str
    images: str

    @classmethod
    def at(cls, url: str) -> Site:
        """Return the site whose API, pages and images share one base URL.

        Raises:
            ArgumentError: `url` is not an http or https URL of a server.
        """
        how = "write it like http://127.0.0.1:4648"
        base = url.strip().rstrip("/")
        try:
            parts = urlsplit(base)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ArgumentError(f"this is not the URL of a server ({error}): {how}") from None
        if parts.username is not None or parts.password is not None:
            raise ArgumentError(f"the URL of a server must not contain a user name or password: {how}")
        if not valid or parts.query or parts.fragment or not base.isprintable() or " " in base:
            raise ArgumentError(f"{url!r} is not the URL of a server: {how}")
        return cls(base, base, base)

    @property
    def loopback(self) -> bool:
        """Whether the site is on this machine."""
        return urlsplit(self.api).hostname in LOOPBACK

    @property
    def private(self) -> bool:
        """Whether nobody in between can read what is sent to the API: it uses https, or is on this machine."""
        return self.loopback or urlsplit(self.api).scheme == "https"

    def check(self, *, allow_insecure: bool) -> Site:
        """Return this site, after checking that secrets are not sent to it unencrypted.

        Raises:
            InsecureSiteError: plain http to another machine, and not `allow_insecure`.
        """
        if not (self.private or allow_insecure):
            raise InsecureSiteError(
                f"{self.api} is neither https nor on this machine, so tokens sent to it can be read in transit: "
                "use its https URL, or pass allow_insecure=True"
            )
        return self


IMGUR = Site("https://api.imgur.com", "https://imgur.com", "https://i.imgur.com")
"""The real Imgur."""
_IMGUR = re.compile(r"(?:https?://)?(?:(?:www|api|i)\.)?imgur\.com/?", re.I)


def choose(base_url: str | Site | None) -> Site:
    """Return the site of the argument, else that of PYIMGUR_BASE_URL, else the real Imgur.

    Raises:
        ArgumentError: it is not the URL of a server.
    """
    if isinstance(base_url, Site):
        return base_url
    url = base_url or os.environ.get(ENVIRONMENT)
    return named(url) if url else IMGUR


def named(address: str) -> Site:
    """Return the site at a URL; for any host of imgur.com it is the real Imgur.

    Raises:
        ArgumentError: it is not the URL of a server.
    """
    return IMGUR if _IMGUR.fullmatch(address.strip()) else Site.at(address)
