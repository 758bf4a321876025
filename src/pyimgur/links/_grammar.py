r"""Find Imgur links in bytes: search for `imgur` first, and match patterns around each place.

A link is `Found`: where it begins and ends, how it is spelled, and what it points to, which `urls.parse_url` says.
What stands before the host decides whether it is one: a scheme, two slashes, or no letter of a longer host name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..urls import ImgurURL, is_imgur, parse_url
from ._spelling import COLON, DOT, SLASH, Spelling

_CHUNK = 1 << 20
_NEEDLE = b"imgur"
_WINDOW = 400
"""Bytes before a host that are examined: more than the longest host and scheme."""
_LABELS = rf"(?P<sub>(?:[\w-]{{1,63}}{DOT}){{0,4}})"
_USER = r"""(?:[^\s/\\@"'<>()\[\]]{1,80}@)?"""
_ESCAPE = r"(?:\\+(?:u[\da-f]{4}|x[\da-f]{2}|[nrtbf])|%(?:25)*[\da-f]{2})"
"""An escaped character, such as a line end in JSON, whose last letter is not part of the host behind it."""


def _compile(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode("latin-1"), re.IGNORECASE | re.DOTALL)


_HOST = _compile(
    rf"imgur{DOT}(?:com|io)(?:{DOT}(?={SLASH}))?(?:{COLON}(?P<port>\d{{1,5}}))?(?![\w@-]|{DOT}[\w-]|{COLON}\w)"
)
_BEFORE_HOST = tuple(
    _compile(rf"{start}{_LABELS}\Z")
    for start in (
        rf"(?P<link>(?P<scheme>https?)(?P<colon>{COLON})(?P<slash>{SLASH}){SLASH}{_USER})",
        rf"(?P<link>(?P<slash>{SLASH}){SLASH}{_USER})",
        rf"{_ESCAPE}(?P<link>)",
        r"(?:\A|[^\w.@-])(?P<link>)",
    )
)
_OTHER_SCHEME = _compile(rf"[a-z0-9+.-]{COLON}\Z")
_ENDS_WITH_SLASH = _compile(rf"{SLASH}\Z")
_IN_URL = _compile(rf"{SLASH}{SLASH}[^\s\"'<>()\[\]]{{1,300}}\Z")
_SLASH = _compile(SLASH)
_PAGE_LABELS = re.compile(rb"(?:(?:i|m|www)\.)*", re.IGNORECASE)
_PUNCTUATION = frozenset(".,;:!?_~-+=&$#@")
_SEPARATORS = frozenset(",;:=&@!$")
"""Characters that end a link in lists and query strings, if the whole is no link."""


@dataclass(frozen=True, slots=True)
class Found:
    """A link in bytes: offsets, spelling and target."""

    start: int
    host_end: int
    """Where the path begins."""
    end: int
    has_scheme: bool
    has_slashes: bool
    spelling: Spelling
    url: str
    """The link as it is in a browser, with a scheme."""
    target: ImgurURL


@dataclass(frozen=True, slots=True)
class _Host:
    """The start of a link, up to its path."""

    start: int
    end: int
    labels: bytes
    port: bytes
    has_scheme: bool
    slash: bytes
    """One of the slashes before it; empty if there are none."""
    colon: bytes | None
    inside_url: bool
    """Whether it follows a single slash, as in the path of another URL."""


def find(data: bytes) -> Iterator[Found]:
    """Yield the links in text of any encoding that contains ASCII, in their order."""
    for found in find_urls(data):
        if isinstance(found, Found):
            yield found


def find_urls(data: bytes) -> Iterator[Found | int]:
    """Yield the links, and the offsets of URLs of Imgur that point to nothing known, in their order."""
    previous: _Host | None = None
    for host in _hosts(data):
        if previous is not None:
            yield from _url_at(data, previous, host.start)
        previous = host
    if previous is not None:
        yield from _url_at(data, previous, len(data))


def _url_at(data: bytes, host: _Host, limit: int) -> Iterator[Found | int]:
    """Yield the link of this host, which ends where the next one begins at the latest."""
    if (found := _link_at(data, host, limit)) is not None:
        yield found
    elif host.slash and is_imgur(_start_of_url(host)):
        yield host.start


def _hosts(data: bytes) -> Iterator[_Host]:
    last = 0
    for hit in _hits(data):
        host = _host_at(data, hit)
        if host is not None and host.start >= last:
            last = host.end
            yield host


def _hits(data: bytes) -> Iterator[int]:
    """Yield the offsets of `imgur` in upper or lower case."""
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK + len(_NEEDLE) - 1].lower()
        offset = chunk.find(_NEEDLE)
        while offset >= 0:
            yield start + offset
            offset = chunk.find(_NEEDLE, offset + len(_NEEDLE))


def _host_at(data: bytes, hit: int) -> _Host | None:
    after = _HOST.match(data, hit)
    if after is None:
        return None
    offset = max(0, hit - _WINDOW)
    window = data[offset:hit]
    before = next((match for pattern in _BEFORE_HOST if (match := pattern.search(window))), None)
    if before is None:
        return None
    start, parts = before.start("link"), before.groupdict()
    slash, scheme = parts.get("slash") or b"", parts.get("scheme")
    inside_url = False
    if not scheme:
        outer = window[:start]
        if slash and _OTHER_SCHEME.search(outer):
            return None
        if not slash:
            if _joins_word(window, start, before["sub"]):
                return None
            inside_url = _ENDS_WITH_SLASH.search(outer) is not None
            if inside_url and not _IN_URL.search(outer):
                return None
    return _Host(
        offset + start, after.end(), before["sub"], after["port"] or b"", bool(scheme), slash, parts.get("colon"),
        inside_url,
    )  # fmt: skip


def _joins_word(window: bytes, start: int, labels: bytes) -> bool:
    """Return whether a letter outside of ASCII stands before a user's host, which is then another host."""
    return start > 0 and window[start - 1] >= 0x80 and not _PAGE_LABELS.fullmatch(labels)


def _link_at(data: bytes, host: _Host, limit: int) -> Found | None:
    slash = _SLASH.match(data, host.end, limit)
    spelling = Spelling.of(slash[0] if slash else host.slash or b"/", host.colon)
    tail = spelling.tail(data, host.end, limit)
    start_of_url = _start_of_url(host)
    for length in _lengths(spelling, tail):
        url = start_of_url + spelling.decode(tail[:length])
        target = parse_url(url)
        if target is not None and not (host.inside_url and target.kind == "image" and not target.ext):
            end = host.end + length
            return Found(host.start, host.end, end, host.has_scheme, bool(host.slash), spelling, url, target)
    return None


def _start_of_url(host: _Host) -> str:
    labels = host.labels
    for depth in range(labels.count(b"%") and 4):
        labels = Spelling(depth=depth + 1).decode(labels).encode("utf-8", "surrogateescape")
    return f"https://{Spelling().decode(labels)}imgur.com" + (f":{host.port.decode()}" if host.port else "")


def _lengths(spelling: Spelling, tail: bytes) -> Iterator[int]:
    """Yield how much of a tail may belong to the link: all but punctuation; then less, up to the first separator."""
    if tail[-1:].isalnum() and not spelling.depth and b"\\" not in tail:
        yield len(tail)
    units = spelling.units(tail)
    decoded = [spelling.decode(unit) for unit in units]
    count = len(units)
    while count and decoded[count - 1] in _PUNCTUATION:
        count -= 1
    yield sum(map(len, units[:count]))
    path = next((place for place, character in enumerate(decoded) if character in "?#"), count)
    for is_end in (_is_outside_ascii, _SEPARATORS.__contains__, "%".__eq__):
        end = next((place for place, character in enumerate(decoded[:path]) if is_end(character)), None)
        if end:
            yield sum(map(len, units[:end]))


def _is_outside_ascii(character: str) -> bool:
    return not character.isascii()
