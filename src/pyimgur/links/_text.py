"""Text files as bytes: what is binary, what UTF-16 becomes, and where an offset is in lines and columns.

Links consist of ASCII, so files stay bytes, whatever their encoding: nothing is decoded that is written again. Only
UTF-16 and UTF-32, which have zero bytes, are converted to UTF-8 and back.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_HEAD = 8192
"""Bytes in which a zero byte means that a file is binary."""
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", 4),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be", 4),
    (codecs.BOM_UTF16_LE, "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", 2),
)


@dataclass(frozen=True, slots=True)
class Text:
    """The content of a text file; `body` is what links are found in."""

    body: bytes
    mark: bytes = b""
    """The byte order mark."""
    encoding: str = ""
    """The encoding that `body` was converted from, if it was."""
    rest: bytes = b""
    """Incomplete bytes at the end."""

    @classmethod
    def of(cls, data: bytes) -> Text | None:
        """Return the content of a file; None if it is binary."""
        for mark, encoding, size in _WIDE_MARKS:
            if data.startswith(mark) and (text := cls._wide(data, mark, encoding, size)) is not None:
                return text
        if b"\0" in data[:_HEAD]:
            return None
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        return cls(data[len(mark) :], mark)

    @classmethod
    def _wide(cls, data: bytes, mark: bytes, encoding: str, size: int) -> Text | None:
        """Return the text in an encoding of several bytes a character; None if this would not keep every byte."""
        end = len(data) - len(data) % size
        try:
            body = data[len(mark) : end].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        except UnicodeError:
            return None
        text = cls(body, mark, encoding, data[end:])
        return text if text.encode(body) == data else None

    def encode(self, body: bytes) -> bytes:
        """Return the bytes of a file with this body, in the same encoding."""
        if self.encoding:
            body = body.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass")
        return self.mark + body + self.rest


class Position:
    """Line and column of growing offsets, both from 1; a column counts code points, and each byte of no character."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._offset = 0
        self.line = 1
        self.column = 1

    def move(self, offset: int) -> None:
        """Move forward to an offset."""
        lines = self._body.count(b"\n", self._offset, offset)
        start = self._offset
        if lines:
            self.line += lines
            self.column = 1
            start = self._body.rfind(b"\n", self._offset, offset) + 1
        self.column += len(decode(self._body[start:offset]))
        self._offset = offset


def decode(piece: bytes) -> str:
    """Return bytes as text; those of no character become half of a surrogate pair each."""
    try:
        return piece.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return piece.decode("utf-8", "surrogateescape")
