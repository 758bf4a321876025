"""A streaming parser of JSON bodies: files stream through, the other members are decoded at the end.

Nesting, tokens and length of the document are limited, because decoding it takes memory and time.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import cast

import msgspec

from pyimgur.server.http.body_events import FILE_NAMES, MAX_NAME_BYTES, BodyParseError, Event, Part, text_of

MAX_DOCUMENT_BYTES = 1_000_000
"""Maximum length of a JSON document without its file."""
MAX_DEPTH = 32
"""Maximum nesting of lists and objects; the API needs three levels."""
MAX_TOKENS = 60_000
"""Maximum number of strings, commas and brackets: 10,000 fields, each a list of one item, have 50,000."""

_FILE_MEMBER = re.compile(rb'"(%s)"\s*:\s*"' % "|".join(sorted(FILE_NAMES)).encode())
_JSON_STRING = re.compile(rb'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*')
_JSON_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[,\[\]{}]', re.DOTALL)
_NESTING = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_JSON_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class JSONParser:
    """A JSON object. A string member with a file's name is streamed; the rest is decoded at the end."""

    def __init__(self) -> None:
        self.rest = b""
        self.searched: int = 0
        self.in_file = False
        self.held = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the bytes of the file."""
        data, self.held = self.held + chunk, b""
        while data:
            data = yield from (self._read_file(data) if self.in_file else self._read_document(data))

    def end(self) -> Iterator[Event]:
        """Yield the other members: strings, numbers and booleans. A list yields a part for each item."""
        _check_size(self.rest)
        try:
            members = msgspec.json.decode(self.rest.lstrip(b"\xef\xbb\xbf"), type=dict[str, object])
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            raise BodyParseError("The request is not a valid JSON document") from None
        for name, value in members.items():
            for text in _texts(value):
                if text or name not in FILE_NAMES:
                    yield from (Part(name), text.encode(), None)

    def _read_document(self, data: bytes) -> Generator[Event, None, bytes]:
        self.rest += data
        member = _FILE_MEMBER.search(self.rest, self.searched)
        end = member.end() if member else len(self.rest)
        if end > MAX_DOCUMENT_BYTES:
            raise BodyParseError("The JSON document in the request is too long")
        self.searched = end if member else max(self.searched, end - MAX_NAME_BYTES)
        if member is None:
            return b""
        self.in_file = True
        rest, self.rest = self.rest[end:], self.rest[:end]  # the member becomes an empty string
        yield Part(text_of(member[1]))
        return rest

    def _read_file(self, data: bytes) -> Generator[Event, None, bytes]:
        string = _JSON_STRING.match(data)
        end = string.end() if string else 0
        if end:
            yield _JSON_ESCAPE.sub(_unescape, data[:end]) if b"\\" in data[:end] else data[:end]
        rest = data[end:]
        if rest.startswith(b'"'):
            self.in_file = False
            yield None
            return rest
        if len(rest) >= len(rb"\u0000"):
            raise BodyParseError("The request is not a valid JSON document")
        self.held = rest
        return b""


def _check_size(document: bytes) -> None:
    """Reject a document that would take long to decode, before decoding it.

    Most documents have so few brackets and commas, in strings or not, that counting them is enough.
    """
    if document.count(b"[") + document.count(b"{") <= MAX_DEPTH and document.count(b",") <= MAX_TOKENS // 6:
        return
    depth = 0
    for index, token in enumerate(_JSON_TOKEN.finditer(document)):
        depth += _NESTING.get(token[0], 0)
        if depth > MAX_DEPTH:
            raise BodyParseError(f"The JSON document in the request is nested more than {MAX_DEPTH} levels deep")
        if index == MAX_TOKENS:
            raise BodyParseError("The request has too many fields")


def _unescape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return _ESCAPED.get(match[2], match[2])


def _texts(value: object) -> Iterator[str]:
    """Yield the values of a member as texts, from nested lists one by one, so that the reader can stop early."""
    pending = [value]
    while pending:
        match pending.pop():
            case str() as text:
                yield text
            case bool() as boolean:
                yield "true" if boolean else "false"
            case int() | float() as number:
                yield str(number)
            case list() as members:  # pyright: ignore[reportUnknownVariableType] # of any type
                pending.extend(reversed(cast("list[object]", members)))
            case _:
                pass
