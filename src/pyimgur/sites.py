"""Where an Imgur is: one value for the three addresses a program needs.

The real one is `IMGUR`. Every server of this package answers all three roles at one address:
`Site.at("http://127.0.0.1:4648")`, or the environment variable `PYIMGUR_BASE_URL`.
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
    """The addresses of one Imgur, each without a slash at the end."""

    api: str
    web: str
    images: str

    @classmethod
    def at(cls, url: str) -> Site:
        """The site whose API, pages and pictures share one address.

        Raises:
            ArgumentError: `url` is no http or https address.
        """
        how = "write it like http://127.0.0.1:4648"
        address = url.strip().rstrip("/")
        try:
            parts = urlsplit(address)
            known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ArgumentError(f"this is not the URL of a server ({error}): {how}") from None
        if parts.username is not None or parts.password is not None:
            raise ArgumentError(f"the URL of a server must not contain a user name or password: {how}")
        if not known or parts.query or parts.fragment or not address.isprintable() or " " in address:
            raise ArgumentError(f"{url!r} is not the URL of a server: {how}")
        return cls(address, address, address)

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine."""
        return urlsplit(self.api).hostname in LOOPBACK

    @property
    def private(self) -> bool:
        """Whether nobody on the way can read what is sent to the API: https, or this machine."""
        return self.loopback or urlsplit(self.api).scheme == "https"

    def check(self, *, allow_insecure: bool) -> Site:
        """This site, unless secrets would travel to it in the clear.

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
    """The site named by the argument, else by the environment, else the real Imgur."""
    if isinstance(base_url, Site):
        return base_url
    address = base_url or os.environ.get(ENVIRONMENT)
    return named(address) if address else IMGUR


def named(address: str) -> Site:
    """The site at that address; the real Imgur under any of its own.

    Raises:
        ArgumentError: it is no address of a server.
    """
    return IMGUR if _IMGUR.fullmatch(address.strip()) else Site.at(address)
