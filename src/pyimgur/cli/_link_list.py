"""Read lists of links: from standard input or a file, in the encodings and forms in which people keep them.

One or several links or ids a line, in UTF-8 or UTF-16, with or without a byte order mark; `#` begins a comment, and
angle brackets, quotes, Markdown's and BBCode's brackets and a sentence's punctuation around a link are no part of it.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator

from ..urls import is_link, parse_id

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*", re.DOTALL)
_BETWEEN = re.compile(
    r"[\s<>\"`|]+|\]\(|[,;](?=(?:https?:)?//)|=(?=')|\[/?(?:img|url)(?:[ =][\w =]*)?\]|\[url=", re.IGNORECASE
)
_UNSEEN = re.compile("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]")
"""Invisible characters that programs put around a link: joiners, and marks of the writing direction."""
_BEFORE = "([{'*_~\u201c\u2018\u00ab!\u300c\u300e\uff08"
_BEHIND = ".,;:!?'*_~\u201d\u2019\u00bb\u2026\u3002\u3001\uff0c\uff1b\uff01\uff1f\u300d\u300f\uff09"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def read_links(stream: io.BufferedReader) -> Iterator[str]:
    """Yield the links and ids in a stream, each as soon as its line has come."""
    encoding = _encoding(stream.peek(4)[:4])
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = io.TextIOWrapper(stream, encoding, errors)
    try:
        for line in text:
            yield from links_in(line)
    finally:
        text.detach()


def links_in(line: str) -> list[str]:
    """Return the links in a line; of a line without any the ids, or what else stands there."""
    text = _COMMENT.sub("", _UNSEEN.sub("", line)).strip()
    words = [_bare(word) for word in _BETWEEN.split(text)]
    if links := [word for word in words if is_link(word)]:
        return links
    ids = re.split(r"[\s,;]+", text.strip(",; "))
    return ids if all(map(parse_id, ids)) else list(filter(None, [text]))


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if head[:1] == b"\0" else "utf-8"


def _bare(word: str) -> str:
    """Return a word without the punctuation around it, and without closing brackets that it does not open."""
    word = word.lstrip(_BEFORE)
    left, end = Counter(word), len(word)
    while end and ((last := word[end - 1]) in _BEHIND or left[last] > left[_PAIRS.get(last, last)]):
        left[last] -= 1
        end -= 1
    return word[:end]
