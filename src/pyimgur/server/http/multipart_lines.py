r"""Accept multipart bodies whose lines end in a bare line feed, as PHP does, and so Imgur.

Scripts that write a body by hand write `\n`. Only lines of the format itself are changed: what stands between them, the
fields and the file, stays as it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_HEAD = 16_384
"""Bytes before the first blank line of a part; more is passed on as it is, for the parser to refuse."""
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_LAST_LINE_END = re.compile(rb"\r?\n\Z")
_BARE = re.compile(rb"(?<!\r)\n")


def has_bare_lines(boundary: bytes, window: bytes) -> bool:
    """Return whether the head of the first part has a line that ends in a bare line feed."""
    start = window.find(b"--" + boundary)
    blank = _BLANK_LINE.search(window, start) if start >= 0 else None
    return blank is not None and _BARE.search(window, start, blank.end()) is not None


class LineEnds:
    """Gives the chunks of a body with CRLF at the end of each line of the format; one call of `feed` a chunk."""

    def __init__(self, boundary: bytes) -> None:
        line = b"--" + re.escape(boundary)
        self._delimiter = re.compile(rb"(?:^|\r?\n)" + line)
        self._further = re.compile(rb"\r?\n" + line)
        self._line = b"--" + boundary
        self._longest = len(self._line) + len(b"\r\n")
        self._held = b""
        self._next: Callable[[bytes], tuple[bytes, bytes]] = self._content

    def feed(self, chunk: bytes) -> bytes:
        """Return as much as is certain now."""
        data, self._held = self._held + chunk, b""
        done: list[bytes] = []
        while data:
            ready, data = self._next(data)
            done.append(ready)
        return b"".join(done)

    def end(self) -> bytes:
        """Return what waited for more, without the end of a last line that no delimiter follows."""
        return _LAST_LINE_END.sub(b"", self._held)

    def _content(self, data: bytes) -> tuple[bytes, bytes]:
        """Pass on bytes up to the next delimiter; the last few wait, for they may be its beginning."""
        found = self._delimiter.search(data)
        safe = max(0, len(data) - self._longest)
        if found or safe:
            self._delimiter = self._further
        if found is None:
            self._held = data[safe:]
            return data[:safe], b""
        self._next = self._head
        line = self._line if found[0].startswith(b"-") else b"\r\n" + self._line
        return data[: found.start()] + line, data[found.end() :]

    def _head(self, data: bytes) -> tuple[bytes, bytes]:
        """Pass on the rest of a delimiter's line, and the head behind it up to the blank line, or the end of it all."""
        if data.startswith(b"--"):
            self._next = self._content
            return data, b""
        blank = _BLANK_LINE.search(data)
        if blank is None and len(data) < LONGEST_HEAD:
            self._held = data
            return b"", b""
        self._next = self._content
        end = blank.end() if blank else len(data)
        return _LINE_END.sub(b"\r\n", data[:end]), data[end:]
