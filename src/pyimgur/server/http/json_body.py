"""A streaming parser of JSON bodies: files stream through, the other members are decoded at the end.

Length, nesting, tokens and files of the document are limited, because decoding it takes memory and time. No step takes
more than some 10 ms of CPU time: the reader of the events lets other requests run between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import accumulate
from typing import cast

import msgspec

from pyimgur.server.http.body_events import FILE_NAMES, MAX_NAME_BYTES, BodyParseError, Event, Part, text_of

MAX_DOCUMENT_BYTES = 1_000_000
"""Maximum length of a JSON document without its file."""
MAX_DEPTH = 32
"""Maximum nesting of lists and objects; the API needs three levels."""
MAX_TOKENS = 60_000
"""Maximum number of strings, commas and brackets: 10,000 fields, each a list of one item, have 50,000."""

MAX_FILE_MEMBERS = 10
"""Maximum number of members with a file's name: a request has one file, and what follows each is searched anew."""
PIECE = 1 << 14
"""Bytes of a body that are parsed at a time: unescaping them takes some milliseconds."""

_FILE_MEMBER = re.compile(rb'"(%s)"\s*:\s*"' % "|".join(sorted(FILE_NAMES)).encode())
_JSON_STRING = re.compile(rb'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*')
_NESTING = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_NO_BRACKETS = bytes({*range(256)} - {*_NESTING})
_JSON_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_decoder = msgspec.json.Decoder(dict[str, object], float_hook=str)
"""A number with a fraction or an exponent stays a text: converting one with a large exponent takes 20 microseconds."""


class JSONParser:
    """A JSON object. A string member with a file's name is streamed; the rest is decoded at the end."""

    def __init__(self) -> None:
        self.rest = bytearray()
        self.searched: int = 0
        self.file_members = 0
        self.in_file = False
        self.held = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the bytes of the file."""
        for start in range(0, len(chunk), PIECE):
            data, self.held = self.held + chunk[start : start + PIECE], b""
            while data:
                data = yield from (self._read_file(data) if self.in_file else self._read_document(data))

    def end(self) -> Iterator[Event]:
        """Yield the other members: strings, numbers and booleans. A list yields a part for each item."""
        document = bytes(self.rest)
        _check_size(document)
        try:
            members = _decoder.decode(document.lstrip(b"\xef\xbb\xbf"))
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
        self.file_members += 1
        if self.file_members > MAX_FILE_MEMBERS:
            raise BodyParseError(f"The JSON document in the request has more than {MAX_FILE_MEMBERS} files")
        self.in_file = True
        name, rest = text_of(member[1]), bytes(self.rest[end:])
        del member, self.rest[end:]  # the member becomes an empty string; a match keeps its bytearray from shrinking
        yield Part(name)
        return rest

    def _read_file(self, data: bytes) -> Generator[Event, None, bytes]:
        string = _JSON_STRING.match(data)
        end = string.end() if string else 0
        if end:
            yield _unescape(data[:end])
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

    Most documents have so few brackets and commas, in strings or not, that counting them is enough. Of others the
    strings are cut out, with methods of bytes, which take a tenth of the time of a regular expression.
    """
    if document.count(b"[") + document.count(b"{") <= MAX_DEPTH and document.count(b",") <= MAX_TOKENS // 6:
        return
    outside, strings = _without_strings(document)
    brackets = outside.translate(None, _NO_BRACKETS)
    if max(accumulate(map(_NESTING.__getitem__, brackets[:MAX_TOKENS])), default=0) > MAX_DEPTH:
        raise BodyParseError(f"The JSON document in the request is nested more than {MAX_DEPTH} levels deep")
    if strings + len(brackets) + outside.count(b",") > MAX_TOKENS:
        raise BodyParseError("The request has too many fields")


def _without_strings(document: bytes) -> tuple[bytes, int]:
    """Return the document without its strings, and their number."""
    if b"\\" in document:
        document = document.replace(b"\\\\", b"").replace(b'\\"', b"")
    if document.count(b'"') > 2 * MAX_TOKENS:
        raise BodyParseError("The request has too many fields")
    pieces = document.split(b'"')
    return b"".join(pieces[::2]), len(pieces) // 2


def _unescape(text: bytes) -> bytes:
    """Return the value of a piece of a JSON string; most have no escape but that of the slashes in base64."""
    escapes = text.count(b"\\")
    if escapes == text.count(b"\\/"):
        return text.replace(b"\\/", b"/") if escapes else text
    return _JSON_ESCAPE.sub(_unescape_one, text)


def _unescape_one(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return _ESCAPED.get(match[2], match[2])


def _texts(value: object) -> Iterator[str]:
    """Yield the values of a member as texts, from nested lists one by one, so that the reader can stop early."""
    pending = [value]
    while pending:
        match pending.pop():
            case list() as members:  # pyright: ignore[reportUnknownVariableType] # of any type
                pending += cast("list[object]", members)[::-1]
            case str() as text:
                yield text
            case bool() as boolean:
                yield "true" if boolean else "false"
            case int() | float() as number:
                yield str(number)
            case _:
                pass
