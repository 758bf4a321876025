"""Streaming parsers of request bodies: multipart, urlencoded form, JSON and raw file.

The first bytes decide which parser reads a body; the Content-Type counts only if the bytes agree. Programs send whole
images as `x-www-form-urlencoded`, or base64 text without a field name. Every parser yields the same events, however the
body is split into chunks (`body_events`), and holds no more of a file than the current chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import unquote_to_bytes

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from pyimgur.server.http.body_events import FILE_NAMES, MAX_NAME_BYTES, BodyParseError, Event, Part, text_of
from pyimgur.server.http.json_body import JSONParser
from pyimgur.server.http.multipart_lines import LineEnds, has_bare_lines

WINDOW = 4096
"""Bytes of a body that `parser_for` needs."""
PIECE = 1 << 14
"""Bytes that are parsed at a time of a form, or of a body with bare line feeds: each field copies what is left of them.
"""

_BOUNDARY = re.compile(rb"\s*--([^\r\n]{1,200})\r?\nContent-[A-Za-z-]+:", re.IGNORECASE)
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*["}]')
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_BASE64 = re.compile(rb"\s*(?:data:[^,&]{0,200};base64,|[A-Za-z0-9+/%\s]{32})")
_FIELD = re.compile(rb"&*[A-Za-z0-9_.\-]{1,64}(?:(?:\[|%5B)\w*(?:\]|%5D))?(?:[=&]|$)", re.IGNORECASE)
_NAME_END = re.compile(b"[=&]")


class BodyParser(Protocol):
    """A streaming parser of one body."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events in the next bytes."""
        ...

    def end(self) -> Iterator[Event]:
        """Yield the remaining events at the end of the body."""
        ...


def parser_for(content_type: str, window: bytes) -> BodyParser:
    """Return the parser for a body that starts with `window`."""
    if boundary := _boundary(content_type, window):
        return MultipartParser(boundary, LineEnds(boundary) if has_bare_lines(boundary, window) else None)
    if _OBJECT.match(window):
        return JSONParser()
    if not _BINARY.search(window):
        if _BASE64.match(window):
            return FormParser(start="image")
        if _FIELD.match(window):
            return FormParser()
    return RawFileParser()


class RawFileParser:
    """The whole body is the file."""

    def __init__(self) -> None:
        self.begun = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the bytes of the file."""
        if not self.begun:
            self.begun = True
            yield Part("image", "")
        yield chunk

    def end(self) -> Iterator[Event]:
        """End the file."""
        if self.begun:
            yield None


class MultipartParser:
    """multipart/form-data, with or without a closing boundary: HTTP itself tells whether the body is complete."""

    def __init__(self, boundary: bytes, lines: LineEnds | None = None) -> None:
        # Names are UTF-8, or in the encoding of the program's system. Latin-1 keeps every byte for `text_of`.
        self.parser = PushMultipartParser(boundary, header_charset="latin-1", max_header_count=32)
        self.in_part = False
        self.lines = lines
        """Repairs line ends, if the body needs that."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the parts in the next bytes."""
        if self.lines is None:
            yield from self._parse(chunk)
            return
        for start in range(0, len(chunk), PIECE):
            yield from self._parse(self.lines.feed(chunk[start : start + PIECE]))

    def _parse(self, chunk: bytes) -> Iterator[Event]:
        if not chunk:
            return
        try:
            for event in self.parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self.in_part = True
                    yield Part(text_of(event.name or ""), None if event.filename is None else text_of(event.filename))
                else:
                    self.in_part = event is not None
                    yield event
        except MultipartError as error:
            raise BodyParseError(f"The multipart body is malformed: {error}") from None

    def end(self) -> Iterator[Event]:
        """End a part without a closing boundary."""
        if self.lines:
            yield from self._parse(self.lines.end())
        if self.in_part:
            yield None


class FormParser:
    """A urlencoded form. `start` names the field of the first bytes, for a body that lacks a field name.

    A `+` in a field that may hold a file is not decoded: base64 that is not percent-encoded has many of them, and no
    blanks.
    """

    def __init__(self, start: str | None = None) -> None:
        self.name = start
        self.begun = False
        self.held = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the fields in the next bytes. Incomplete names and escapes such as `%2` are held."""
        for start in range(0, len(chunk), PIECE):
            data, self.held = self.held + chunk[start : start + PIECE], b""
            while data:
                if self.name is None:
                    data = self._read_name(data.lstrip(b"&"))  # each of a thousand "&" would copy the rest
                else:
                    value, separator, data = data.partition(b"&")
                    yield from self._read_value(value, last=bool(separator))

    def end(self) -> Iterator[Event]:
        """Yield the last field, even if it is a name without a value."""
        if self.name is None and self.held:
            self.name, self.held = text_of(unquote_to_bytes(self.held)), b""
        if self.name is not None:
            held, self.held = self.held, b""
            yield from self._read_value(held, last=True)

    def _read_name(self, data: bytes) -> bytes:
        delimiter = _NAME_END.search(data)
        end = delimiter.start() if delimiter else len(data)
        if end > MAX_NAME_BYTES:
            raise BodyParseError("A field name in the request is too long")
        if delimiter is None:
            self.held = data
            return b""
        if delimiter[0] == b"=" or end:
            self.name = text_of(unquote_to_bytes(data[:end]))
        return data[end:] if delimiter[0] == b"&" and end else data[end + 1 :]

    def _read_value(self, value: bytes, *, last: bool) -> Iterator[Event]:
        if not self.begun:
            self.begun = True
            yield Part(self.name or "")
        if not last and (partial := value.rfind(b"%", max(0, len(value) - 2))) >= 0:
            value, self.held = value[:partial], value[partial:]
        if self.name not in FILE_NAMES:
            value = value.replace(b"+", b" ")
        if value:
            yield unquote_to_bytes(value)
        if last:
            self.name, self.begun = None, False
            yield None


def _boundary(content_type: str, window: bytes) -> bytes | None:
    """Return the multipart boundary: the declared one if the body has it, or the one that the body starts with."""
    declared = parse_options_header(content_type)[1].get("boundary", "").encode("latin-1", "replace")
    if declared and b"--" + declared in window:
        return declared
    first_line = _BOUNDARY.match(window)
    return first_line[1] if first_line else None
