"""What stands at an address of Imgur: a table of the forms that addresses have; nothing is asked.

People paste addresses with http, https or neither, of www., m. and i. hosts, of a user's own subdomain,
of the mirrors at imgur.io or of a server of their own, with titles before ids, and `?` and `#` behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ..sites import Site

Kind = Literal[
    "image", "album", "post", "comment", "user", "submissions", "comments", "favorites", "folder",
    "tag", "subreddit", "subreddit image", "search",
]  # fmt: skip

_PLAIN = r"(?P<id>[0-9A-Za-z]{5}|[0-9A-Za-z]{7})"
"""An id where nothing else tells that it is one: 5 characters in the early years, then 7."""
_ID = r"(?:[^/]*-)?(?P<id>[0-9A-Za-z]{5,})"
"""An id, with or without a title before it."""
_NAME = r"(?P<name>[^/]+)"
_MORE = r"(?:/.*)?"
_FORMS: tuple[tuple[str, Kind], ...] = (
    (rf"{_PLAIN}(?:[sbtmlh]|_d)?\.\w+", "image"),  # a file; a letter after the id is a thumbnail's
    (rf"{_PLAIN}(?:/embed)?", "image"),
    (rf"download/{_ID}{_MORE}", "image"),
    (rf"a/{_ID}{_MORE}", "album"),
    (rf"ajaxalbums/getimages/{_ID}{_MORE}", "album"),
    (rf"gallery/{_ID}/comment/(?:\d+/)*(?P<number>\d+)", "comment"),
    (rf"gallery/{_ID}{_MORE}", "post"),
    (rf"topic/[^/]+/{_ID}", "post"),
    (rf"t/[^/]+/{_ID}", "post"),
    (rf"t/{_NAME}", "tag"),
    (rf"r/{_NAME}/{_ID}", "subreddit image"),
    (rf"r/{_NAME}", "subreddit"),
    (rf"user/{_NAME}/(?:posts|submitted){_MORE}", "submissions"),
    (rf"user/{_NAME}/comments{_MORE}", "comments"),
    (rf"user/{_NAME}/favorites/folder/(?P<number>\d+){_MORE}", "folder"),
    (rf"user/{_NAME}/favorites{_MORE}", "favorites"),
    (rf"user/{_NAME}{_MORE}", "user"),
    (rf"search{_MORE}", "search"),
)
_DIGITS = 18
"""No number of Imgur's has more; one that has leads to nothing, and no database would take it."""
_NO_IDS = frozenset({"about", "rules", "press", "login", "gallery", "privacy", "memegen", "account"})
"""Pages whose names look like ids."""
_HOST = re.compile(r"(?:(?P<sub>[\w.-]+)\.)?imgur\.(?:com|io)", re.IGNORECASE)
_PAGES = frozenset({"", "www", "m", "i"})
_OTHERS = frozenset({"api", "apidocs", "blog", "community", "help", "s", "store"})
"""Subdomains of Imgur's own that show no posts; any other is a user's."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address leads to."""

    kind: Kind
    id: str = ""
    """Of the image, album or post."""
    name: str = ""
    """Of the user, tag or subreddit; or the words of a search."""
    number: int = 0
    """Of the comment or folder."""


def read(url: str, site: Site) -> Address | None:
    """What `url` leads to; None where it leads away from Imgur and `site`, or to nothing that can be asked for."""
    parts = _split(url)
    sub = _subdomain(parts, site)
    if sub is None or sub in _OTHERS:
        return None
    if sub not in _PAGES:
        return Address("user", name=sub)
    path = unquote(_below(site, parts)).strip("/")
    words = " ".join(parse_qs(parts.query).get("q", []))
    return next((_found(match, kind, words) for form, kind in _FORMS if (match := re.fullmatch(form, path))), None)


def is_imgur(url: str, site: Site) -> bool:
    """Whether an address is one of Imgur's, or of `site`."""
    return _subdomain(_split(url), site) is not None


def bare(text: str) -> Address | None:
    """What an id by itself leads to: a post, or else an album or image."""
    found = re.fullmatch(_PLAIN, text.strip())
    return Address("post", found["id"]) if found and found["id"] not in _NO_IDS else None


def _below(site: Site, parts: SplitResult) -> str:
    """The path at an Imgur; a server of one's own may have its below another path."""
    for own in map(urlsplit, (site.web, site.images)):
        if own.netloc == parts.netloc and f"{parts.path}/".startswith(f"{own.path}/"):
            return parts.path[len(own.path) :]
    return parts.path


def _split(url: object) -> SplitResult:
    if not isinstance(url, str):
        raise TypeError(f"an address is a str such as 'https://imgur.com/aBcdeFg', not {type(url).__name__}")
    text = url.strip()
    try:
        return urlsplit(text if "://" in text else f"https://{text.lstrip('/')}")
    except ValueError:
        return urlsplit("")


def _subdomain(parts: SplitResult, site: Site) -> str | None:
    """What stands before imgur.com; nothing for a server of one's own; None for any other host."""
    if parts.scheme not in {"http", "https"}:
        return None
    if parts.netloc in {urlsplit(own).netloc for own in (site.web, site.images)}:
        return ""
    found = _HOST.fullmatch(parts.netloc.removesuffix(":443").removesuffix(":80"))
    return (found["sub"] or "").lower() if found else None


def _found(match: re.Match[str], kind: Kind, words: str) -> Address | None:
    fields = match.groupdict()
    number = fields.get("number") or "0"
    if fields.get("id") in _NO_IDS or len(number) > _DIGITS or (kind == "search" and not words):
        return None
    name = words if kind == "search" else fields.get("name") or ""
    return Address(kind, fields.get("id") or "", name, int(number))
