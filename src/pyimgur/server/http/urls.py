"""Build the URLs in responses: they start with this server's public URL, never with the request's Host header.

Some programs accept only URLs of `i.imgur.com`. The relay that redirects them here can send a header, and then
responses have Imgur's hosts, which for such a program lead to this server. Anybody may send the header: it changes only
their own response. Pages of other sites cannot, since no CORS preflight allows it, and cacheable responses name it in
`Vary`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection

    from pyimgur.server.settings import Settings

AVATAR_WIDTH = 290
COVER_WIDTH = 2560
HEADER = "X-Imgur-Links"
_NAME = HEADER.lower().encode()


class BaseURLs(NamedTuple):
    """The beginnings of URLs of pages and of images."""

    pages: str
    images: str


IMGUR = BaseURLs("https://imgur.com", "https://i.imgur.com")


def base_urls(request: HTTPConnection) -> BaseURLs:
    """Return the base URLs for the response to this request."""
    return base_urls_of(request.scope["headers"], request.scope["app"].state.context.settings)


def base_urls_of(headers: Sequence[tuple[bytes, bytes]], settings: Settings) -> BaseURLs:
    """Return the base URLs for the response to a request with these headers."""
    for name, _ in headers:
        if name == _NAME:
            return IMGUR
    return BaseURLs(settings.public_url, settings.public_url)


def image_url(links: BaseURLs, id: str, ext: str) -> str:
    """Return the URL of an image file."""
    return f"{links.images}/{id}.{ext}"


def album_url(links: BaseURLs, id: str) -> str:
    """Return the URL of an album's page."""
    return f"{links.pages}/a/{id}"


def avatar_url(links: BaseURLs, name: str) -> str:
    """Return the URL of an account's avatar."""
    return f"{links.pages}/user/{quote(name)}/avatar?maxwidth={AVATAR_WIDTH}"


def cover_url(links: BaseURLs, name: str) -> str:
    """Return the URL of an account's cover."""
    return f"{links.pages}/user/{quote(name)}/cover?maxwidth={COVER_WIDTH}"
