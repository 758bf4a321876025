"""Where the links of an answer lead: to this server's public address, never to what a request calls it.

Some programs take nothing for a link of Imgur's but one to `i.imgur.com`. The relay that leads them here says so in a
header, if it was told to, and then an answer names Imgur's hosts, which to such a program are this server. Anybody may
send that header: all they get is their own answer with other hosts in it. A page of another site cannot, since no
preflight allows it; and what a cache may keep says that it depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

AVATAR_WIDTH = 290
COVER_WIDTH = 2560
HEADER = "X-Imgur-Links"
_NAME = HEADER.lower().encode()


class BaseURLs(NamedTuple):
    """What addresses begin with."""

    pages: str
    pictures: str


IMGUR = BaseURLs("https://imgur.com", "https://i.imgur.com")


def base_urls(request: HTTPConnection) -> BaseURLs:
    """Where the links of the answer to this request lead."""
    for name, _ in request.scope["headers"]:
        if name == _NAME:
            return IMGUR
    here: str = request.scope["app"].state.library.settings.public_url
    return BaseURLs(here, here)


def image_url(links: BaseURLs, id: str, ext: str) -> str:
    """Where the picture itself is."""
    return f"{links.pictures}/{id}.{ext}"


def album_url(links: BaseURLs, id: str) -> str:
    """Where the album's page is."""
    return f"{links.pages}/a/{id}"


def avatar_link(links: BaseURLs, name: str) -> str:
    """Where a person's picture is."""
    return f"{links.pages}/user/{quote(name)}/avatar?maxwidth={AVATAR_WIDTH}"


def cover_link(links: BaseURLs, name: str) -> str:
    """Where the picture across the top of a person's page is."""
    return f"{links.pages}/user/{quote(name)}/cover?maxwidth={COVER_WIDTH}"
