"""Read the URLs of an Imgur: a table of the forms they have. Nothing is requested.

    parse_url("https://i.imgur.com/aBcdeFgh.jpg")    # ImgurURL(kind='image', id='aBcdeFg', size='h', ext='.jpg')
    parse_url("imgur.com/a/a-title-aBcdeFg")         # ImgurURL(kind='album', id='aBcdeFg')
    parse_url("https://i.stack.imgur.com/Huf4o.png") # None: Stack Exchange's

People paste URLs with http, https or neither, of www., m. and i. hosts, of a user's own subdomain, of the mirrors at
imgur.io or of a server of their own, with titles before ids, and `?` and `#` behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
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
"""What a URL leads to; "images" are several in one URL, and "delete" is the page that deletes an image."""

_ONE = r"(?:[0-9A-Za-z]{5}|[0-9A-Za-z]{7})"
_TITLE = r"(?:[^/]*-)?"
_PLAIN = rf"{_TITLE}(?P<id>{_ONE})"
"""An id where nothing else tells that it is one: 5 characters in the early years, then 7."""
_ID = rf"{_TITLE}(?P<id>[0-9A-Za-z]{{5}}|[0-9A-Za-z]{{7,}})"
"""An id, with or without a title before it."""
_FILE = rf"(?P<ext>\.(?i:{'|'.join(sorted(EXTENSIONS))}|gifv|json))(?::\w+)?"
"""The extension of a file; some programs append a size, as in `.jpg:large`."""
_SIZE = r"(?P<size>[sbtmlhgr]|_d|_lq)"
"""A thumbnail's letter, or what stands behind an id for a smaller version."""
_NAME = r"(?P<name>[^/]+)"
_NUMBER = r"(?:\d+/)*(?P<number>\d+)"
_MORE = r"(?:/.*)?"
_SORT = r"(?:/(?:hot|new|newest|time|top|viral)(?:/\w+)?)?"
_PATTERNS: tuple[tuple[str, Kind], ...] = (
    (rf"{_PLAIN}{_SIZE}?{_FILE}", "image"),
    (rf"{_PLAIN}(?:/embed)?", "image"),
    (rf"(?P<ids>{_ONE}(?:[,&]{_ONE})+)(?:{_FILE})?", "images"),
    (rf"download/{_PLAIN}{_MORE}", "image"),
    (r"delete/(?P<deletehash>[0-9A-Za-z]{15})", "delete"),
    (rf"a/{_ID}(?:{_FILE}|{_MORE})", "album"),
    (rf"ajaxalbums/getimages/{_ID}{_MORE}", "album"),
    (rf"(?:gallery|t/[^/]+)/{_ID}/comment/{_NUMBER}{_MORE}", "comment"),
    (rf"gallery/{_ID}(?:{_FILE}|{_MORE})", "post"),
    (rf"topic/[^/]+/{_ID}", "post"),
    (rf"g/memes/{_ID}", "post"),
    (rf"t/{_NAME}{_SORT}", "tag"),
    (rf"t/[^/]+/{_ID}", "post"),
    (rf"r/{_NAME}{_SORT}", "subreddit"),
    (rf"r/[^/]+/{_PLAIN}{_SIZE}?{_FILE}", "image"),
    (rf"r/{_NAME}/{_ID}", "subreddit image"),
    (rf"user/{_NAME}/(?:posts|submitted){_MORE}", "submissions"),
    (rf"user/{_NAME}/comments{_MORE}", "comments"),
    (rf"user/{_NAME}/favorites/folder/(?P<number>\d+){_MORE}", "folder"),
    (rf"user/{_NAME}/favorites{_MORE}", "favorites"),
    (rf"user/{_NAME}{_MORE}", "user"),
    (rf"search{_MORE}", "search"),
)
_FORMS: list[tuple[re.Pattern[str], Kind]] = [
    (re.compile(pattern, re.ASCII | re.DOTALL), kind) for pattern, kind in _PATTERNS
]
IMAGE: tuple[Kind, ...] = ("image", "post", "subreddit image")
"""What links to an image lead to: a post may be an image or an album."""
ALBUM: tuple[Kind, ...] = ("album", "post")
POST: tuple[Kind, ...] = ("post", "image", "album", "subreddit image")
USER: tuple[Kind, ...] = ("user", "submissions", "comments", "favorites", "folder")
_DIGITS = 18
"""No number of Imgur's has more; one that has leads to nothing, and no database would take it."""
_NO_IDS = frozenset({
    "about", "account", "careers", "contact", "custom", "emerald", "favicon", "gallery", "images", "legal", "login",
    "logout", "memegen", "merch", "oauth2", "press", "privacy", "random", "register", "removed", "rising", "rules",
    "search", "signin", "signout", "store", "support", "terms", "tools", "topic", "topics", "upload", "viral",
})  # fmt: skip
"""Words that look like ids: pages, parts of the gallery, and the picture that stands for one that was removed."""
_NO_TITLES = frozenset({"privacy-policy", "terms-of-service", "community-rules", "cookie-policy"})
_HOST = re.compile(r"(?:(?P<sub>[\w.-]+)\.)?imgur\.(?:com|io)", re.ASCII)
_PAGES = frozenset({"www", "m", "i"})
_FOREIGN = re.compile(r"(?:.+\.)?stack")
"""Subdomains that are not Imgur's: Stack Exchange keeps pictures of its own there."""
_OTHERS = frozenset({
    "api", "apidocs", "assets", "blog", "cdn", "community", "developer", "developers", "docs", "help", "s", "static",
    "status", "store", "support",
})  # fmt: skip
"""Subdomains of Imgur's own that show no posts; any other is a user's."""
_USER = re.compile(r"(?!xn--)[\w-]+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LINK = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|[^/]*[.:][^/]*/|(?:[\w.-]+\.)?imgur\.(?:com|io)\.?$", re.I | re.A)


@dataclass(frozen=True, slots=True, repr=False)
class ImgurURL:
    """What a URL leads to."""

    kind: Kind
    id: str = ""
    """Of the image, album or post."""
    name: str = ""
    """Of the user, tag or subreddit; or the words of a search."""
    number: int = 0
    """Of the comment or folder."""
    ids: tuple[str, ...] = ()
    """Of the images, where the URL names several."""
    size: str = ""
    """Of a file: the thumbnail's letter (s, b, t, m, l, h, g, r), "_d" or "_lq"; empty for the original."""
    ext: str = ""
    """Of a file: its extension, with the dot and in lower case."""
    deletehash: str = field(default="", repr=False)
    """Of the page that deletes: a secret."""

    def __repr__(self) -> str:
        """Show what is set, without the secret."""
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        return f"ImgurURL({', '.join(f'{name}={value!r}' for name, value in shown.items() if value)})"

    @property
    def key(self) -> str | int:
        """What calls name it by: a comment's number; else the id, the name, or the delete hash."""
        return self.number if self.kind == "comment" else self.id or self.name or self.deletehash

    def link(self, site: Site = IMGUR) -> str:
        """Return the URL of this at a site, in its usual form; `parse_url` reads it as the same again."""
        if self.kind == "image" and self.ext:
            return f"{site.images}/{self.id}{self.size}{self.ext}"
        quoted = (quote_plus if self.kind == "search" else quote)(self.name, safe="", errors="replace")
        path = _LINKS[self.kind].format(
            id=self.id, name=quoted, number=self.number, ids=",".join(self.ids), deletehash=self.deletehash
        )
        return f"{site.web}/{path}"


_LINKS: dict[Kind, str] = {
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
    """Return what a URL of Imgur, or of `site`, leads to.

    None for a URL of another host, and for one that leads to nothing the API can be asked for.

    Raises:
        TypeError: it is no text.
    """
    parts = _split(url)
    sub = _subdomain(parts, site)
    path = _below(site, parts)
    if sub is None or sub in _OTHERS or path is None:
        return None
    if sub:
        return ImgurURL("user", name=sub) if _USER.fullmatch(sub) else None
    words = " ".join(parse_qs(parts.query).get("q", []))
    return next((_found(match, kind, words) for form, kind in _FORMS if (match := form.fullmatch(path))), None)


def is_imgur(url: str, site: Site = IMGUR) -> bool:
    """Return whether a URL is one of Imgur's, or of `site`."""
    return _subdomain(_split(url), site) is not None


def parse_id(text: str) -> ImgurURL | None:
    """Return what an id by itself leads to: a post, or else an album or image."""
    found = re.fullmatch(_ONE, text.strip())
    return ImgurURL("post", found[0]) if found and found[0] not in _NO_IDS else None


def is_link(text: str) -> bool:
    """Return whether somebody means a text to be a URL; an id or a name never looks like one."""
    return _LINK.match(text.strip()) is not None


def key_in(given: Any, site: Site, *kinds: Kind) -> Any:
    """Return the id, name or number in a link that leads to one of these kinds; anything else as it is given.

    Raises:
        ArgumentError: it is a link that leads elsewhere.
    """
    if not isinstance(given, str) or not is_link(given):
        return given
    found = parse_url(given, site)
    if found is None or found.kind not in kinds:
        leads = "to nothing that is known" if found is None else f"to {_article(found.kind)}"
        wanted = _article(kinds[0]) if kinds[0] == "user" else " or ".join(map(_article, kinds))
        raise ArgumentError(f"{shown_path(given)!r} leads {leads}, not to {wanted}", hint="get_at_url takes any link")
    return found.key


_WORDS: dict[Kind, str] = {
    "images": "several images",
    "delete": "a delete page",
    "submissions": "a user's posts",
    "comments": "a user's comments",
    "favorites": "a user's favorites",
}


def _article(kind: Kind) -> str:
    return _WORDS.get(kind) or f"{'an' if kind[0] in 'ai' else 'a'} {kind}"


def _split(url: object) -> SplitResult:
    if not isinstance(url, str):
        raise TypeError(f"an address is a str such as 'https://imgur.com/aBcdeFg', not {type(url).__name__}")
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


def _below(site: Site, parts: SplitResult) -> str | None:
    """Return the path at an Imgur, decoded; a server of one's own may have its pages below another path."""
    path = parts.path
    bases = [own.path for own in map(urlsplit, (site.web, site.images)) if _host(own) == _host(parts)]
    if bases:
        base = next((base for base in bases if f"{path}/".startswith(f"{base}/")), None)
        if base is None:
            return None
        path = path[len(base) :]
    steps = [step for step in path.split("/") if step]
    if {".", ".."} & {unquote(step) for step in steps}:
        return None
    return "/".join(unquote(step).replace("/", "%2F") for step in steps)


def _subdomain(parts: SplitResult, site: Site) -> str | None:
    """Return what stands before imgur.com; empty for pages and a server of one's own; None for any other host."""
    host = _host(parts)
    if parts.scheme not in {"http", "https"} or host is None:
        return None
    if host in {_host(urlsplit(own)) for own in (site.web, site.images)}:
        return ""
    found = _HOST.fullmatch(host[0]) if host[1] is None else None
    if found is None:
        return None
    sub = found["sub"] or ""
    if _FOREIGN.fullmatch(sub):
        return None
    return "" if set(sub.split(".")) <= _PAGES else sub


def _found(match: re.Match[str], kind: Kind, words: str) -> ImgurURL | None:
    part = {name: value for name, value in match.groupdict().items() if value}
    number, ids = part.get("number", "0"), tuple(re.split("[,&]", part["ids"])) if "ids" in part else ()
    reserved = _NO_IDS & {part.get("id", ""), *ids} or match[0] in _NO_TITLES
    if reserved or len(number) > _DIGITS or (kind == "search" and not words):
        return None
    name = words if kind == "search" else part.get("name", "")
    return ImgurURL(
        kind, part.get("id", ""), name, int(number), ids, part.get("size", ""), part.get("ext", "").lower(),
        part.get("deletehash", ""),
    )  # fmt: skip
