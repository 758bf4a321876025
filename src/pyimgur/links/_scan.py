"""Find the Imgur links in texts and files, with what each points to and where it is."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Literal, TypedDict

from ..exceptions import FileError
from ..urls import ImgurURL, Kind
from ._files import read, walk
from ._grammar import Found, find_urls
from ._php import String, strings_around
from ._spelling import SLASH
from ._text import Position, Text, decode

LinkKind = Literal["image", "album", "post", "user", "tag", "subreddit", "deletehash"]
"""The kinds of things that a link points to; a comment counts as its post, and what a user has as the user."""
State = Literal["alive", "removed", "blocked"]
"""The states of a link at Imgur: "blocked" means not in this country or not without a login."""
_KINDS: Mapping[Kind, LinkKind] = {
    "image": "image",
    "images": "image",
    "subreddit image": "image",
    "album": "album",
    "post": "post",
    "comment": "post",
    "user": "user",
    "submissions": "user",
    "comments": "user",
    "favorites": "user",
    "folder": "user",
    "tag": "tag",
    "subreddit": "subreddit",
    "delete": "deletehash",
}
"""The kind of link for each kind of URL; a search is none."""
CONTENT: tuple[LinkKind, ...] = ("image", "album", "post")
"""The kinds that another server can have under the same ids."""
_WRAPPERS = tuple(
    (name, re.compile(pattern.encode("latin-1"), re.IGNORECASE))
    for name, pattern in {
        "bbcode": r"\[(?:img|url|video|media|imgur)(?:[ =][^\]\r\n]{0,80})?\]\Z|\[url=\\*[\"']?\Z",
        "wayback": rf"{SLASH}web{SLASH}\d{{1,14}}(?:[a-z]{{2}}_)?{SLASH}\Z",
    }.items()
)
_BEFORE = 160


@dataclass(frozen=True, slots=True)
class Link:
    """An Imgur link in a text."""

    file: str
    line: int
    """The line, from 1."""
    column: int
    """The code point in the line, from 1."""
    text: str = field(repr=False)
    """The link as it stands there."""
    kind: LinkKind
    ids: tuple[str, ...] = field(repr=False)
    """The ids; the name of a user, tag or subreddit; or the delete hash, a secret."""
    size: str = ""
    """The size of an image: the letter of a thumbnail, "_d", "_lq" or "_hq"; empty for the original."""
    ext: str = ""
    """The extension of an image with its dot, in lower case; empty for its page."""
    layer: str = "plain"
    """How it is written: "plain", "json", "unicode", "html", "percent", "percent2"; before this and a "+" what is
    around it: "php" (a serialized string), "bbcode", "wayback"."""
    state: State | None = None
    """Whether it works, if that was asked."""
    url: str = field(default="", repr=False)
    """The link as it is in a browser, with https and without the spelling of its layer."""


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """The links in one file."""

    file: str
    links: tuple[Link, ...] = ()
    unknown: int = 0
    """How many other URLs of Imgur it has: they point to nothing known, such as ids of six characters."""
    is_text: bool = True
    """False for a binary file, which is passed over."""
    error: FileError | None = None
    """Why the file or folder could not be read."""


def scan(paths: Iterable[str | os.PathLike[str]]) -> Iterator[ScannedFile]:
    """Yield the links of each text file at and below these paths, in order.

    Symbolic links are not followed; Git's own files and binary files, with a zero byte in the first 8 KiB, are passed
    over. A file is read as a whole. What cannot be read has an `error`.
    """
    for path in walk(paths):
        yield ScannedFile("", error=path) if isinstance(path, FileError) else scan_file(path)


def scan_file(path: Path) -> ScannedFile:
    """Return the links of one file; an error is returned as its `error`."""
    try:
        text = Text.of(read(path).data)
    except FileError as error:
        return ScannedFile(str(path), error=error)
    if text is None:
        return ScannedFile(str(path), is_text=False)
    return scan_body(text.body, str(path))


def scan_text(text: str | bytes, file: str = "") -> list[Link]:
    """Return the links in a text, in order; bytes may be in any encoding that contains ASCII."""
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return list(scan_body(body, file).links)


def scan_body(body: bytes, file: str) -> ScannedFile:
    """Return the links in the content of a file."""
    urls = list(find_urls(body))
    found = [url for url in urls if isinstance(url, Found) and url.target.kind in _KINDS]
    strings, _ = strings_around(body, [link.start for link in found])
    return ScannedFile(file, tuple(describe(body, found, strings, file)), len(urls) - len(found))


def describe(body: bytes, found: Sequence[Found], strings: Sequence[String], file: str) -> Iterator[Link]:
    """Yield links with their lines, columns and layers; `strings` are the serialized ones around any of them."""
    position = Position(body)
    serialized = _Ranges(strings)
    for link in found:
        position.move(link.start)
        wrappers = ["php"] if link.start in serialized else []
        before = body[max(0, link.start - _BEFORE) : link.start]
        wrappers += [name for name, pattern in _WRAPPERS if pattern.search(before)]
        name = link.spelling.name
        yield Link(
            file,
            position.line,
            position.column,
            decode(body[link.start : link.end]),
            kind_of(link.target),
            ids_of(link.target),
            link.target.size,
            link.target.ext,
            "+".join(wrappers + [name] * (name != "plain" or not wrappers)),
            url=link.url,
        )


def kind_of(target: ImgurURL) -> LinkKind:
    """Return the kind of link for what a URL points to."""
    return _KINDS[target.kind]


def ids_of(target: ImgurURL) -> tuple[str, ...]:
    """Return the ids, or the one name or delete hash, of what a URL points to."""
    return target.ids or (target.id or target.name or target.deletehash,)


class Totals(TypedDict):
    """The numbers of files and links."""

    files: int
    binary: int
    failed: int
    links: int
    unknown: int
    kinds: dict[str, int]
    layers: dict[str, int]
    states: dict[str, int]


def totals(files: Iterable[ScannedFile]) -> Totals:
    """Return how many files and links there are, also by kind, layer and state."""
    scanned = list(files)
    links = [link for file in scanned for link in file.links]
    return {
        "files": sum(file.is_text and file.error is None for file in scanned),
        "binary": sum(not file.is_text for file in scanned),
        "failed": sum(file.error is not None for file in scanned),
        "links": len(links),
        "unknown": sum(file.unknown for file in scanned),
        "kinds": dict(Counter(link.kind for link in links)),
        "layers": dict(Counter(link.layer for link in links)),
        "states": dict(Counter(link.state for link in links if link.state)),
    }


class _Ranges:
    """The offsets inside of any of these strings."""

    def __init__(self, strings: Sequence[String]) -> None:
        contents = sorted(string.content for string in strings)
        self._starts = [start for start, _ in contents]
        self._ends = list(accumulate((end for _, end in contents), max))

    def __contains__(self, offset: int) -> bool:
        place = bisect_right(self._starts, offset)
        return place > 0 and offset < self._ends[place - 1]
