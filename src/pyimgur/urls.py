"""Parse the URLs of Imgur and of servers of this package, by a table of their forms. No request is sent.

    parse_url("https://i.imgur.com/aBcdeFgh.jpg")    # ImgurURL(kind='image', id='aBcdeFg', size='h', ext='.jpg')
    parse_url("imgur.com/a/a-title-aBcdeFg")         # ImgurURL(kind='album', id='aBcdeFg')
    parse_url("https://i.stack.imgur.com/Huf4o.png") # None: Stack Exchange's

URLs may have http, https or no scheme, hosts with www., m. or i., a user's subdomain, the mirror imgur.io or the host
of another server, titles before ids, and a query or fragment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qs, quote, quote_plus, unquote, urlsplit

from ._core.request import shown_path
from ._media_types import EXTENSIONS
from .exceptions import ArgumentError
from .sites import IMGUR, Site

Kind = Literal[
    "image", "images", "album", "post", "comment", "user", "submissions", "comments", "favorites", "folder",
    "tag", "subreddit", "subreddit image", "search", "delete",
]  # fmt: skip
"""What a URL points to; "images" are several in one URL, and "delete" is the page that deletes an image."""

_BARE_ID = r"(?:[0-9A-Za-z]{5}|[0-9A-Za-z]{7})"
_TITLE = r"(?:[^/]*-)?"
_SHORT_ID = rf"{_TITLE}(?P<id>{_BARE_ID})"
"""An id that only its length identifies: 5 characters in the early years, then 7."""
_ID = rf"{_TITLE}(?P<id>[0-9A-Za-z]{{5}}|[0-9A-Za-z]{{7,}})"
"""An id, with or without a title before it."""
_FILE = rf"(?P<ext>\.(?i:{'|'.join(sorted(EXTENSIONS))}|gifv|json))(?::\w+)?"
"""The extension of a file; some programs append a size, as in `.jpg:large`."""
_SIZE = r"(?P<size>[sbtmlhgr]|_d|_lq|_hq)"
"""A thumbnail's letter, or another suffix of an id for a smaller version."""
_NAME = r"(?P<name>[^/]+)"
_NUMBER = r"(?:\d+/)*(?P<number>\d+)"
_REST = r"(?:/.*)?"
_SORT = r"(?:/(?:hot|new|newest|time|top|viral)(?:/\w+)?)?"
_PATTERNS: tuple[tuple[str, Kind], ...] = (
    (rf"{_SHORT_ID}{_SIZE}?{_FILE}", "image"),
    (rf"{_SHORT_ID}(?:/embed)?", "image"),
    (rf"(?P<ids>{_BARE_ID}(?:[,&]{_BARE_ID})+)(?:{_FILE})?", "images"),
    (rf"download/{_SHORT_ID}{_REST}", "image"),
    (r"delete/(?P<deletehash>[0-9A-Za-z]{15})", "delete"),
    (rf"(?:a|album)/{_ID}(?:{_FILE}|{_REST})", "album"),
    (rf"ajaxalbums/getimages/{_ID}{_REST}", "album"),
    (rf"(?:gallery|t/[^/]+)/{_ID}/comment/{_NUMBER}{_REST}", "comment"),
    (rf"gallery/{_ID}(?:{_FILE}|{_REST})", "post"),
    (rf"topic/[^/]+/{_ID}", "post"),
    (rf"g/memes/{_ID}", "post"),
    (rf"t/{_NAME}{_SORT}", "tag"),
    (rf"t/[^/]+/{_ID}", "post"),
    (rf"r/{_NAME}{_SORT}", "subreddit"),
    (rf"r/[^/]+/{_SHORT_ID}{_SIZE}?{_FILE}", "image"),
    (rf"r/{_NAME}/{_ID}", "subreddit image"),
    (rf"user/{_NAME}/(?:posts|submitted){_REST}", "submissions"),
    (rf"user/{_NAME}/comments{_REST}", "comments"),
    (rf"user/{_NAME}/favorites/folder/(?P<number>\d+){_REST}", "folder"),
    (rf"user/{_NAME}/favorites{_REST}", "favorites"),
    (rf"user/{_NAME}{_REST}", "user"),
    (rf"search{_REST}", "search"),
)
IMAGE: tuple[Kind, ...] = ("image", "post", "subreddit image")
"""Kinds of URLs that may point to an image: a post may be an image or an album."""
ALBUM: tuple[Kind, ...] = ("album", "post")
POST: tuple[Kind, ...] = ("post", "image", "album", "subreddit image")
USER: tuple[Kind, ...] = ("user", "submissions", "comments", "favorites", "folder")
_MAX_DIGITS = 18
"""The most digits of a number; Imgur has no longer ones, and a database could not store them."""
_RESERVED_WORDS = frozenset({
    "about", "account", "careers", "contact", "custom", "emerald", "favicon", "gallery", "images", "legal", "login",
    "logout", "memegen", "merch", "oauth2", "press", "privacy", "random", "register", "removed", "rising", "rules",
    "search", "signin", "signout", "store", "support", "terms", "tools", "topic", "topics", "upload", "viral",
})  # fmt: skip
"""Words that look like ids: pages, parts of the gallery, and the placeholder of a removed image."""
_RESERVED_PATHS = frozenset({"privacy-policy", "terms-of-service", "community-rules", "cookie-policy"})
_HOST = re.compile(r"(?:(?P<sub>[\w.-]+)\.)?imgur\.(?:com|io)", re.ASCII)
_PAGE_SUBDOMAINS = frozenset({"www", "m", "i", "edge", "img", "o", "proxy"})
"""Subdomains of pages and files; the last four are in old links only."""
_STACK_EXCHANGE = re.compile(r"(?:.+\.)?stack")
"""Subdomains with images of Stack Exchange, which are not Imgur's."""
_SERVICE_SUBDOMAINS = frozenset({
    "api", "apidocs", "assets", "blog", "cdn", "community", "developer", "developers", "docs", "help", "p", "s",
    "static", "status", "store", "support",
})  # fmt: skip
"""Imgur's own subdomains without posts; any other is a user's."""
_USER = re.compile(r"(?!xn--)[\w-]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LINK_LIKE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|[^/]*[.:][^/]*/|(?:[\w.-]+\.)?imgur\.(?:com|io)\.?$", re.I | re.A
)


@cache
def _compiled_patterns() -> list[tuple[re.Pattern[str], Kind]]:
    """Return the patterns, compiled when the first URL is parsed: most programs pass ids."""
    return [(re.compile(pattern, re.ASCII | re.DOTALL), kind) for pattern, kind in _PATTERNS]


@dataclass(frozen=True, slots=True, repr=False)
class ImgurURL:
    """What a URL points to."""

    kind: Kind
    id: str = ""
    """The id of the image, album or post."""
    name: str = ""
    """The name of the user, tag or subreddit; or the words of a search."""
    number: int = 0
    """The number of the comment or folder."""
    ids: tuple[str, ...] = ()
    """The ids of the images, if the URL names several."""
    size: str = ""
    """The size of a file: the thumbnail's letter (s, b, t, m, l, h, g, r), "_d", "_lq" or "_hq"; else empty."""
    ext: str = ""
    """The extension of a file, with the dot and in lower case."""
    deletehash: str = field(default="", repr=False)
    """The delete hash in the URL of a delete page: a secret."""

    def __repr__(self) -> str:
        """Show the fields that are set, without the delete hash."""
        values = {field.name: getattr(self, field.name) for field in fields(self) if field.repr}
        return f"ImgurURL({', '.join(f'{name}={value!r}' for name, value in values.items() if value)})"

    @property
    def key(self) -> str | int:
        """The value that identifies it in API calls: a comment's number; otherwise the id, name or delete hash."""
        return self.number if self.kind == "comment" else self.id or self.name or self.deletehash

    def link(self, site: Site = IMGUR) -> str:
        """Return its URL at a site, in the usual form; `parse_url` returns an equal object for it."""
        if self.kind == "image" and self.ext:
            return f"{site.images}/{self.id}{self.size}{self.ext}"
        quoted = (quote_plus if self.kind == "search" else quote)(self.name, safe="", errors="replace")
        path = _LINK_TEMPLATES[self.kind].format(
            id=self.id, name=quoted, number=self.number, ids=",".join(self.ids), deletehash=self.deletehash
        )
        return f"{site.web}/{path}"


_LINK_TEMPLATES: dict[Kind, str] = {
    "image": "{id}",
    "images": "{ids}",
    "album": "a/{id}",
    "post": "gallery/{id}",
    "comment": "gallery/{id}/comment/{number}",
    "user": "user/{name}",
    "submissions": "user/{name}/posts",
    "comments": "user/{name}/comments",
    "favorites": "user/{name}/favorites",
    "folder": "user/{name}/favorites/folder/{number}",
    "tag": "t/{name}",
    "subreddit": "r/{name}",
    "subreddit image": "r/{name}/{id}",
    "search": "search?q={name}",
    "delete": "delete/{deletehash}",
}


def parse_url(url: str, site: Site = IMGUR) -> ImgurURL | None:
    """Return what a URL of Imgur, or of `site`, points to.

    Returns None for a URL of another host, and for one that points to nothing the API can return.

    Raises:
        TypeError: it is not a string.
    """
    parts = _split(url)
    sub = _subdomain(parts, site)
    path = _path_below(site, parts)
    if sub is None or sub in _SERVICE_SUBDOMAINS or path is None:
        return None
    if sub:
        return ImgurURL("user", name=sub) if _USER.fullmatch(sub) else None
    words = " ".join(parse_qs(parts.query).get("q", []))
    matches = (
        _from_match(match, kind, words) for pattern, kind in _compiled_patterns() if (match := pattern.fullmatch(path))
    )
    return next(matches, None)


CONTENT_PATH = (
    r"/(?:(?:a|album|gallery|download|ajaxalbums/getimages|g/memes|(?:t|r|topic)/[^/]+)/)?"
    r"(?:[^/]*-)?[0-9A-Za-z]{5}(?:[0-9A-Za-z]{2,}|[sbtmlhgr])?(?:_d|_lq|_hq)?"
    rf"(?:[,&]{_BARE_ID})*(?:\.\w+)?(?::\w+)?(?:/.*)?"
)
"""The paths of images, albums and posts as one short pattern for web servers, in the syntax of PCRE and RE2; it is a
little wider than the table."""


def reserved_words() -> list[str]:
    """Return the words that look like ids in a path and are pages of Imgur, sorted."""
    return sorted(_RESERVED_WORDS)


def is_imgur(url: str, site: Site = IMGUR) -> bool:
    """Return whether a URL is one of Imgur's, or of `site`."""
    return _subdomain(_split(url), site) is not None


def parse_id(text: str) -> ImgurURL | None:
    """Return what an id without a URL points to, as a post: callers also try an album or image."""
    match = re.fullmatch(_BARE_ID, text.strip())
    return ImgurURL("post", match[0]) if match and match[0] not in _RESERVED_WORDS else None


def is_link(text: str) -> bool:
    """Return whether a text is meant to be a URL; an id or a name never looks like one."""
    return _LINK_LIKE.match(text.strip()) is not None


def key_in(value: Any, site: Site, *kinds: Kind) -> Any:
    """Return the id, name or number in a link to one of these kinds; return anything else unchanged.

    Raises:
        ArgumentError: it is a link to something else.
    """
    if not isinstance(value, str) or not is_link(value):
        return value
    target = parse_url(value, site)
    if target is None or target.kind not in kinds:
        actual = "to nothing that is known" if target is None else f"to {_with_article(target.kind)}"
        expected = _with_article(kinds[0]) if kinds[0] == "user" else " or ".join(map(_with_article, kinds))
        raise ArgumentError(
            f"{shown_path(value)!r} leads {actual}, not to {expected}", hint="get_at_url takes any link"
        )
    return target.key


_KIND_PHRASES: dict[Kind, str] = {
    "images": "several images",
    "delete": "a delete page",
    "submissions": "a user's posts",
    "comments": "a user's comments",
    "favorites": "a user's favorites",
}


def _with_article(kind: Kind) -> str:
    return _KIND_PHRASES.get(kind) or f"{'an' if kind[0] in 'ai' else 'a'} {kind}"


def _split(url: object) -> SplitResult:
    if not isinstance(url, str):
        raise TypeError(f"a URL must be a str such as 'https://imgur.com/aBcdeFg', not {type(url).__name__}")
    text = url.strip()
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"https://{text.lstrip('/')}")
    except ValueError:
        return urlsplit("")
    mail = "@" in parts.netloc and "//" not in text.partition("@")[0]
    return urlsplit("") if mail or "\\" in parts.netloc else parts  # browsers take a backslash for a slash


def _host(parts: SplitResult) -> tuple[str, int | None] | None:
    """Return host and port, without a usual port; None if there is none."""
    try:
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname or "").removesuffix("."), None if port in {80, 443} else port


@lru_cache(maxsize=64)
def _bases(site: Site) -> tuple[tuple[tuple[str, int | None] | None, str], ...]:
    """Return host, port and path of the pages and of the images of a site."""
    return tuple((_host(parts), parts.path) for parts in map(urlsplit, (site.web, site.images)))


def _path_below(site: Site, parts: SplitResult) -> str | None:
    """Return the decoded path, relative to the base URL of the site; None if it is outside it or contains `..`."""
    path = parts.path
    host = _host(parts)
    bases = [base for own, base in _bases(site) if own == host]
    if bases:
        base = next((base for base in bases if f"{path}/".startswith(f"{base}/")), None)
        if base is None:
            return None
        path = path[len(base) :]
    segments = [segment for segment in path.split("/") if segment]
    if {".", ".."} & {unquote(segment) for segment in segments}:
        return None
    return "/".join(unquote(segment).replace("/", "%2F") for segment in segments)


def _subdomain(parts: SplitResult, site: Site) -> str | None:
    """Return the subdomain of imgur.com; empty for Imgur's pages and for the site; None for any other host."""
    host = _host(parts)
    if parts.scheme not in {"http", "https"} or host is None:
        return None
    if any(own == host for own, _ in _bases(site)):
        return ""
    match = _HOST.fullmatch(host[0]) if host[1] is None else None
    if match is None:
        return None
    sub = match["sub"] or ""
    if _STACK_EXCHANGE.fullmatch(sub):
        return None
    return "" if set(sub.split(".")) <= _PAGE_SUBDOMAINS else sub


def _from_match(match: re.Match[str], kind: Kind, words: str) -> ImgurURL | None:
    part = {name: value for name, value in match.groupdict().items() if value}
    number, ids = part.get("number", "0"), tuple(re.split("[,&]", part["ids"])) if "ids" in part else ()
    reserved = _RESERVED_WORDS & {part.get("id", ""), *ids} or match[0] in _RESERVED_PATHS
    if reserved or len(number) > _MAX_DIGITS or (kind == "search" and not words):
        return None
    name = words if kind == "search" else part.get("name", "")
    return ImgurURL(
        kind, part.get("id", ""), name, int(number), ids, part.get("size", ""), part.get("ext", "").lower(),
        part.get("deletehash", ""),
    )  # fmt: skip
