"""Read fields, and digests of files, from a request body that passes through."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..server.http.body_events import FILE_NAMES, BodyParseError, Part, text_of
from ..server.http.body_parsers import WINDOW, parser_for
from ..server.http.upload_decoder import UploadDecodeError, UploadDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..server.http.body_events import Event
    from ..server.http.body_parsers import BodyParser


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A file in the body of a request, decoded if it was sent as base64.

    Attributes:
        name: the name of its field.
        filename: the name of the file; empty if none was sent.
        size: its size in bytes.
        sha256: its SHA-256 in hexadecimal digits.
    """

    name: str
    filename: str
    size: int
    sha256: str


class BodyRecorder:
    """Collects the fields and files of one body. A body that is malformed is recorded up to there.

    Args:
        content_type: the request's Content-Type.
    """

    def __init__(self, content_type: str) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[RecordedFile] = []
        self._content_type = content_type
        self._window: bytes | None = b""
        self._parser: BodyParser | None = None
        self._part: _Text | _File | None = None

    def feed(self, data: bytes, *, more: bool) -> None:
        """Record the next bytes; `more` says whether others follow."""
        if self._window is None:
            return
        try:
            self._feed(data, more=more)
        except BodyParseError:
            self._window = None

    def _feed(self, data: bytes, *, more: bool) -> None:
        if self._parser is None:
            self._window = data = (self._window or b"") + data
            if (more and len(data) < WINDOW) or not data:
                return
            self._parser, self._window = parser_for(self._content_type, data), b""
        for event in self._parser.feed(data):
            self._handle(event)
        if not more:
            for event in self._parser.end():
                self._handle(event)
            self._window = None

    def _handle(self, event: Event) -> None:
        match event:
            case Part():
                is_file = event.filename is not None or event.name in FILE_NAMES
                self._part = _File(event) if is_file else _Text(event)
            case bytes() if self._part:
                self._part.feed(event)
            case None if self._part:
                self._part.end(self)
                self._part = None
            case _:
                pass


class _Text:
    def __init__(self, part: Part) -> None:
        self._name = part.name
        self._text = bytearray()

    def feed(self, data: bytes) -> None:
        self._text += data

    def end(self, recorder: BodyRecorder) -> None:
        recorder.fields.append((self._name, text_of(bytes(self._text))))


class _File:
    """A file; or a text, if its field has the name of a file, and holds no base64 and no URL."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._decoder = UploadDecoder(text=part.filename is None)
        self._digest = hashlib.sha256()
        self._size = 0
        self._text = bytearray()
        self._is_text = False

    def feed(self, data: bytes) -> None:
        if self._is_text or self._size == 0:
            self._text += data
        if not self._is_text:
            self._decode(lambda: self._decoder.feed(data))

    def end(self, recorder: BodyRecorder) -> None:
        if not self._is_text:
            self._decode(self._decoder.end)
        if self._is_text or self._decoder.empty:
            if self._part.filename is None:
                recorder.fields.append((self._part.name, text_of(bytes(self._text))))
        elif self._decoder.encoding == "url":
            recorder.fields.append((self._part.name, self._decoder.url))
        else:
            name, filename = self._part.name, self._part.filename or ""
            recorder.files.append(RecordedFile(name, filename, self._size, self._digest.hexdigest()))

    def _decode(self, decode: Callable[[], bytes]) -> None:
        try:
            data = decode()
        except UploadDecodeError:
            self._is_text = True
            return
        self._digest.update(data)
        self._size += len(data)
        if self._size:
            self._text.clear()
