r"""Accept multipart bodies with lines that end in a bare line feed, as PHP does and therefore Imgur.

Scripts that write a body by hand write `\n`. Only the lines of the multipart format are changed: fields and the file
stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_HEAD_BYTES = 16_384
"""Maximum size of a part's head; a longer one is passed on unchanged, and the parser rejects it."""
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
    """Rewrites a body, chunk by chunk, so that each line of the multipart format ends in CRLF."""

    def __init__(self, boundary: bytes) -> None:
        line = b"--" + re.escape(boundary)
        self._delimiter = re.compile(rb"(?:^|\r?\n)" + line)
        self._further = re.compile(rb"\r?\n" + line)
        self._line = b"--" + boundary
        self._longest = len(self._line) + len(b"\r\n")
        self._held = b""
        self._next: Callable[[bytes], tuple[bytes, bytes]] = self._content

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes that are final after this chunk."""
        data, self._held = self._held + chunk, b""
        done: list[bytes] = []
        while data:
            ready, data = self._next(data)
            done.append(ready)
        return b"".join(done)

    def end(self) -> bytes:
        """Return the held bytes, without a line end that no delimiter follows."""
        return _LAST_LINE_END.sub(b"", self._held)

    def _content(self, data: bytes) -> tuple[bytes, bytes]:
        """Pass on the bytes before the next delimiter. The last few are held, because they may be its beginning."""
        delimiter = self._delimiter.search(data)
        safe = max(0, len(data) - self._longest)
        if delimiter or safe:
            self._delimiter = self._further
        if delimiter is None:
            self._held = data[safe:]
            return data[:safe], b""
        self._next = self._head
        line = self._line if delimiter[0].startswith(b"-") else b"\r\n" + self._line
        return data[: delimiter.start()] + line, data[delimiter.end() :]

    def _head(self, data: bytes) -> tuple[bytes, bytes]:
        """Pass on the rest of the delimiter's line and the head of the part, or the end of the body."""
        if data.startswith(b"--"):
            self._next = self._content
            return data, b""
        blank = _BLANK_LINE.search(data)
        if blank is None and len(data) < MAX_HEAD_BYTES:
            self._held = data
            return b"", b""
        self._next = self._content
        end = blank.end() if blank else len(data)
        return _LINE_END.sub(b"\r\n", data[:end]), data[end:]
