"""What a request body is written in, told by its first bytes; and a streaming reader for each way of writing.

A Content-Type is believed only where the bytes agree: programs send whole pictures as `x-www-form-urlencoded`, or
base64 text with no field name before it. Every grammar gives the same events, whatever the chunks are cut like: a
`Part` begins, some of its bytes, `None` when it is over. Of a file nothing is held but the chunk at hand.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple, Protocol, TypeAlias, cast
from urllib.parse import unquote_to_bytes

import msgspec
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from pyimgur.server.http.multipart_lines import LineEnds, has_bare_lines

FILE_NAMES = frozenset({"image", "video", "file", "media", "upload", "picture", "photo", "source"})
"""Parts that hold the file even if they carry no file name."""
WINDOW = 4096
"""How many bytes `parser_for` wants to see."""
NAME_LENGTH = 256
FORM_PIECE = 1 << 14
"""How many bytes of a form are looked at together: each field copies what is left of them."""
DOCUMENT_LENGTH = 1_000_000
"""How long a JSON document may be, its file not counted."""
DOCUMENT_DEPTH = 32
"""How deep lists and objects may be nested; the API needs three levels."""
DOCUMENT_TOKENS = 60_000
"""How many strings, commas and brackets a JSON document may have: 10,000 fields, each a list of one, have 50,000."""

_BOUNDARY = re.compile(rb"\s*--([^\r\n]{1,200})\r?\nContent-[A-Za-z-]+:", re.IGNORECASE)
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*["}]')
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_BASE64 = re.compile(rb"\s*(?:data:[^,&]{0,200};base64,|[A-Za-z0-9+/%\s]{32})")
_FIELD = re.compile(rb"&*[A-Za-z0-9_.\-]{1,64}(?:(?:\[|%5B)\w*(?:\]|%5D))?(?:[=&]|$)", re.IGNORECASE)
_NAME_END = re.compile(b"[=&]")
_FILE_MEMBER = re.compile(rb'"(%s)"\s*:\s*"' % "|".join(sorted(FILE_NAMES)).encode())
_JSON_STRING = re.compile(rb'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*')
_JSON_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[,\[\]{}]', re.DOTALL)
_NESTING = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_JSON_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Part(NamedTuple):
    """The start of one part: its name, and the file's name if it says that it is a file."""

    name: str
    filename: str | None = None


Event: TypeAlias = Part | bytes | None


class BodyParseError(ValueError):
    """The bytes break the rules of the grammar they began with; the text says how."""


class BodyParser(Protocol):
    """A streaming reader of one body."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events in the next bytes."""
        ...

    def end(self) -> Iterator[Event]:
        """What is left when the body is over."""
        ...


def parser_for(content_type: str, window: bytes) -> BodyParser:
    """The grammar of a body that starts with `window`."""
    if boundary := _boundary(content_type, window):
        return Multipart(boundary, LineEnds(boundary) if has_bare_lines(boundary, window) else None)
    if _OBJECT.match(window):
        return JSONParser()
    if not _BINARY.search(window):
        if _BASE64.match(window):
            return Form(start="image")
        if _FIELD.match(window):
            return Form()
    return RawFileParser()


class RawFileParser:
    """The body is the file itself."""

    def __init__(self) -> None:
        self.begun = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """All of it."""
        if not self.begun:
            self.begun = True
            yield Part("image", "")
        yield chunk

    def end(self) -> Iterator[Event]:
        """The file is over."""
        if self.begun:
            yield None


class Multipart:
    """multipart/form-data, with or without a closing boundary: HTTP itself tells whether the body came whole."""

    def __init__(self, boundary: bytes, lines: LineEnds | None = None) -> None:
        # Names come as UTF-8, or in what the program's system speaks: Latin-1 lets every byte through to `text_of`.
        self.parser = PushMultipartParser(boundary, header_charset="latin-1", max_header_count=32)
        self.open = False
        self.lines = lines
        """Mends the ends of lines, where the body needs that."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Parts as they come."""
        yield from self._parse(self.lines.feed(chunk) if self.lines else chunk)

    def _parse(self, chunk: bytes) -> Iterator[Event]:
        if not chunk:
            return
        try:
            for event in self.parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self.open = True
                    yield Part(text_of(event.name or ""), None if event.filename is None else text_of(event.filename))
                else:
                    self.open = event is not None
                    yield event
        except MultipartError as error:
            raise BodyParseError(f"The multipart body is broken: {error}") from None

    def end(self) -> Iterator[Event]:
        """A part that no boundary closed ends here."""
        if self.lines:
            yield from self._parse(self.lines.end())
        if self.open:
            yield None


class Form:
    """urlencoded fields. `start` names the field that the first bytes belong to, where a body has left the name out.

    In a field that may hold a file a `+` stays one: base64 that nobody encoded is full of them, and has no blanks.
    """

    def __init__(self, start: str | None = None) -> None:
        self.name = start
        self.begun = False
        self.held = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Fields as they come; a name waits for its end, and `%2` for its third letter."""
        for start in range(0, len(chunk), FORM_PIECE):
            data, self.held = self.held + chunk[start : start + FORM_PIECE], b""
            while data:
                if self.name is None:
                    data = self._name(data)
                else:
                    value, separator, data = data.partition(b"&")
                    yield from self._value(value, last=bool(separator))

    def end(self) -> Iterator[Event]:
        """The last field, even if it is a name and nothing else."""
        if self.name is None and self.held:
            self.name, self.held = text_of(unquote_to_bytes(self.held)), b""
        if self.name is not None:
            held, self.held = self.held, b""
            yield from self._value(held, last=True)

    def _name(self, data: bytes) -> bytes:
        found = _NAME_END.search(data)
        end = found.start() if found else len(data)
        if end > NAME_LENGTH:
            raise BodyParseError("A field name in the request is too long")
        if found is None:
            self.held = data
            return b""
        if found[0] == b"=" or end:
            self.name = text_of(unquote_to_bytes(data[:end]))
        return data[end:] if found[0] == b"&" and end else data[end + 1 :]

    def _value(self, value: bytes, *, last: bool) -> Iterator[Event]:
        if not self.begun:
            self.begun = True
            yield Part(self.name or "")
        if not last and (cut := value.rfind(b"%", max(0, len(value) - 2))) >= 0:
            value, self.held = value[:cut], value[cut:]
        if self.name not in FILE_NAMES:
            value = value.replace(b"+", b" ")
        if value:
            yield unquote_to_bytes(value)
        if last:
            self.name, self.begun = None, False
            yield None


class JSONParser:
    """A JSON object. Text under a file's name is given as it streams by; the rest is read when all of it is there."""

    def __init__(self) -> None:
        self.rest = b""
        self.searched: int = 0
        self.inside = False
        self.held = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The file, as far as it has come."""
        data, self.held = self.held + chunk, b""
        while data:
            data = yield from (self._inside(data) if self.inside else self._outside(data))

    def end(self) -> Iterator[Event]:
        """The other members: text, numbers and truths; a list gives a part for each of its members."""
        _check_size(self.rest)
        try:
            members = msgspec.json.decode(self.rest.lstrip(b"\xef\xbb\xbf"), type=dict[str, object])
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            raise BodyParseError("The request is no valid JSON document") from None
        for name, value in members.items():
            for text in _texts(value):
                if text or name not in FILE_NAMES:
                    yield from (Part(name), text.encode(), None)

    def _outside(self, data: bytes) -> Generator[Event, None, bytes]:
        self.rest += data
        found = _FILE_MEMBER.search(self.rest, self.searched)
        end = found.end() if found else len(self.rest)
        if end > DOCUMENT_LENGTH:
            raise BodyParseError("The JSON document in the request is too long")
        self.searched = end if found else max(self.searched, end - NAME_LENGTH)
        if found is None:
            return b""
        self.inside = True
        rest, self.rest = self.rest[end:], self.rest[:end]  # what stays behind is read later as an empty string
        yield Part(text_of(found[1]))
        return rest

    def _inside(self, data: bytes) -> Generator[Event, None, bytes]:
        found = _JSON_STRING.match(data)
        end = found.end() if found else 0
        if end:
            yield _JSON_ESCAPE.sub(_unescaped, data[:end]) if b"\\" in data[:end] else data[:end]
        rest = data[end:]
        if rest.startswith(b'"'):
            self.inside = False
            yield None
            return rest
        if len(rest) >= len(rb"\u0000"):
            raise BodyParseError("The request is no valid JSON document")
        self.held = rest
        return b""


def _check_size(document: bytes) -> None:
    """Refuse a document that would take long to decode, before anything is made of it.

    Most have so few brackets and commas, in strings or not, that counting them is enough.
    """
    if document.count(b"[") + document.count(b"{") <= DOCUMENT_DEPTH and document.count(b",") <= DOCUMENT_TOKENS // 6:
        return
    depth = 0
    for number, token in enumerate(_JSON_TOKEN.finditer(document)):
        depth += _NESTING.get(token[0], 0)
        if depth > DOCUMENT_DEPTH:
            raise BodyParseError(f"The JSON document in the request is nested more than {DOCUMENT_DEPTH} levels deep")
        if number == DOCUMENT_TOKENS:
            raise BodyParseError("The request has too many fields")


def _boundary(content_type: str, window: bytes) -> bytes | None:
    """What parts the body: as the header says, if it is really there, else as the body itself shows."""
    declared = parse_options_header(content_type)[1].get("boundary", "").encode("latin-1", "replace")
    if declared and b"--" + declared in window:
        return declared
    found = _BOUNDARY.match(window)
    return found[1] if found else None


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return _ESCAPED.get(match[2], match[2])


def _texts(value: object) -> Iterator[str]:
    """Texts one by one, from lists of any depth; who has enough of them stops."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case bool() as truth:
                yield "true" if truth else "false"
            case int() | float() as number:
                yield str(number)
            case list() as members:  # pyright: ignore[reportUnknownVariableType] # of anything
                waiting.extend(reversed(cast("list[object]", members)))
            case _:
                pass


def text_of(raw: bytes | str) -> str:
    """Text as it was meant: UTF-8, or else byte by byte; a str holds bytes that were read as Latin-1."""
    octets = raw.encode("latin-1") if isinstance(raw, str) else raw
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
