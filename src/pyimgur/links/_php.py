r"""PHP-serialized strings, `s:31:"…";`, whose lengths in bytes change with the links in them.

In an SQL dump the same string is `s:31:\"…\";`: the number of backslashes before the quote says how many times its
content is escaped, and the length counts the bytes before escaping. Strings may contain serialized strings.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple

_STRING = re.compile(rb's:(?P<length>\d{1,10}):(?P<escape>\\{0,7})"')
_OBJECT = re.compile(rb'C:\d{1,5}:(?P<escape>\\{0,7})"[^"\s]{1,200}":(?P<length>\d{1,10}):\{')
"""An object that serializes itself."""
_MAX_LEVEL = 3
_NEAR = 1 << 20
"""Bytes after a string with a wrong length begins in which its end is searched."""
_MAX_PASSES = 20
"""How often strings in strings may make us read the same bytes: a text could have been written to take forever."""


class Edit(NamedTuple):
    """A replacement in bytes."""

    start: int
    end: int
    new: bytes


@dataclass(frozen=True, slots=True)
class String:
    """A serialized string whose length holds: offsets of its length and its content, and how this is escaped."""

    length: tuple[int, int]
    content: tuple[int, int]
    escapes: re.Pattern[bytes] | None

    def contains(self, offset: int) -> bool:
        """Return whether an offset is in its content."""
        return self.content[0] <= offset < self.content[1]


@dataclass(frozen=True, slots=True)
class _Opener:
    """What may be the start of a serialized string."""

    start: int
    span: tuple[int, int]
    """The offsets of its length."""
    length: int
    backslashes: int
    content: int
    closer: bytes
    is_string: bool

    @classmethod
    def of(cls, match: re.Match[bytes]) -> _Opener:
        is_string, escape = match.re is _STRING, match["escape"]
        closer = escape + b'";' if is_string else b"}"
        return cls(
            match.start(), match.span("length"), int(match["length"]), len(escape), match.end(), closer, is_string
        )


def _escapes(level: int, doubled: str) -> re.Pattern[bytes]:
    r"""Return the pattern of what is several bytes in the file and one in the string."""
    several, one = "", "."
    for number in range(level):
        several = rf"{re.escape(chr(92) * 2**number)}(?:{one})" + (f"|{several}" if several else "")
        one = f"{several}|."
    return re.compile("|".join(filter(None, (several, doubled))).encode(), re.DOTALL)


_PLAIN: tuple[re.Pattern[bytes] | None, ...] = (None, _escapes(1, ""), _escapes(1, "''"), _escapes(0, "''"))
_WAYS: tuple[tuple[re.Pattern[bytes] | None, ...], ...] = (
    _PLAIN,
    *((_escapes(level, ""), _escapes(level, "''")) for level in range(1, _MAX_LEVEL + 1)),
)
"""By how many times the quote is escaped, the ways in which the content may be: SQL doubles single quotes, or escapes
them, and some dumps leave double quotes as they are."""


def strings_around(data: bytes, offsets: Sequence[int]) -> tuple[list[String], list[int]]:
    """Return the serialized strings that contain any of these offsets, and where strings with a wrong length begin."""
    strings: list[String] = []
    broken: list[int] = []
    if not offsets:
        return strings, broken
    work = _MAX_PASSES * len(data)
    for opener in _openers(data, offsets[-1]):
        start, closer = opener.content, opener.closer
        place = bisect_left(offsets, start)
        if place == len(offsets):
            break
        offset = offsets[place]
        near = min(offset, start + _NEAR)
        closed_at = data.find(closer, start, near)
        is_closed = closed_at >= 0 or near < offset
        work -= (closed_at if closed_at >= 0 else near) - start
        if is_closed and offset >= start + opener.length * (opener.backslashes + 2):
            continue
        work -= opener.length
        string = _fitting(data, opener) if work > 0 else None
        if string is not None and string.contains(offset):
            strings.append(string)
        elif string is None and opener.is_string and not is_closed:
            broken.append(opener.start)
        if work <= 0:
            break
    return strings, broken


def _openers(data: bytes, end: int) -> Iterator[_Opener]:
    """Yield what may be the start of a serialized string or object, up to this offset, in order."""
    return merge(
        *(
            (_Opener.of(match) for match in pattern.finditer(data, 0, end) if not _is_word(data, match.start()))
            for pattern in (_STRING, _OBJECT)
        ),
        key=lambda opener: opener.start,
    )


def _is_word(data: bytes, start: int) -> bool:
    return start > 0 and (data[start - 1 : start].isalnum() or data[start - 1 : start] == b"_")


def _fitting(data: bytes, opener: _Opener) -> String | None:
    """Return the string that begins here, if its length holds in one of the ways to escape it."""
    level = (opener.backslashes + 1).bit_length() - 1
    if opener.backslashes + 1 != 2**level or opener.content + opener.length > len(data):
        return None
    for escapes in _WAYS[level]:
        end = _end(data, opener.content, opener.length, escapes)
        if data.startswith(opener.closer, end):
            return String(opener.span, (opener.content, end), escapes)
    return None


def _end(data: bytes, start: int, length: int, escapes: re.Pattern[bytes] | None) -> int:
    """Return where so many bytes of a string end in the file."""
    if escapes is None:
        return start + length
    position, left = start, length
    for match in escapes.finditer(data, start):
        plain = match.start() - position
        if plain >= left:
            break
        position, left = match.end(), left - plain - 1
    return position + left


def _count(piece: bytes, escapes: re.Pattern[bytes] | None) -> int:
    """Return how many bytes of a string a piece of the file is."""
    return len(piece) - sum(len(match[0]) - 1 for match in escapes.finditer(piece)) if escapes else len(piece)


def with_lengths(data: bytes, edits: Iterable[Edit], strings: Sequence[String]) -> list[Edit]:
    """Return edits, and those of the lengths of these strings around them."""
    result = sorted(edits)
    for string in reversed(strings):  # inner strings first: their lengths are part of the outer ones
        first, last = (bisect_left(result, (offset,)) for offset in string.content)
        change = sum(
            _count(edit.new, string.escapes) - _count(data[edit.start : edit.end], string.escapes)
            for edit in result[first:last]
        )
        old = data[slice(*string.length)]
        new = b"%d" % (int(old) + change)
        if new != old:
            insort(result, Edit(*string.length, new))
    return result
