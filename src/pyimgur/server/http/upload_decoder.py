"""Decode the file field of an upload: binary, base64, a data URI, or a URL to fetch the file from.

Image data is never valid text, so the first bytes decide. It works on a stream: bytes of the field go in, bytes of the
file come out.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from typing import Literal

UploadEncoding = Literal["file", "base64", "url"]

NOT_MEDIA = "File type invalid (1)"
NOT_CORRECT = "File was not uploaded correctly"

WINDOW = 1024
URL_LENGTH = 2048
MIN_BASE64 = 32
"""Shortest text that is taken for base64: the smallest GIF has 35 characters, and paths look like base64 too."""

_URL = re.compile(rb"\s*https?://", re.IGNORECASE)
_DATA = re.compile(rb"\s*data:([^,]{0,200}),", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\-=\s]*")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_BLANKS = b" \t\r\n\f\v"
_STANDARD = bytes.maketrans(b"-_", b"+/")


class UploadDecodeError(ValueError):
    """The field holds no file; the text is Imgur's. `as_url` is true if it was read as a URL."""

    def __init__(self, text: str, *, as_url: bool = False) -> None:
        super().__init__(text)
        self.as_url = as_url


class UploadDecoder:
    """Decodes one field. `text` is true for a field without a file name, which may be a URL or nonsense."""

    def __init__(self, *, text: bool) -> None:
        self.text = text
        self.encoding: UploadEncoding | None = None
        self.url = ""
        self.empty = True
        self._held = b""
        self._base64 = Base64()

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of the file in the next bytes of the field."""
        self.empty = self.empty and not data
        if self.encoding is None:
            data, self._held = self._held + data, b""
            if len(data) < WINDOW:
                self._held = data
                return b""
            data = self._open(data)
        return self._decode(data)

    def end(self) -> bytes:
        """Return the file's last bytes; `url` is complete after that."""
        data = b""
        if self.encoding is None and not self.empty:
            data = self._decode(self._open(self._held))
        return data + self._base64.end() if self.encoding == "base64" else data

    def _open(self, window: bytes) -> bytes:
        """Determine the encoding and return the content without a data URI's prefix."""
        prefix = _DATA.match(window)
        if prefix:
            if not prefix[1].lower().endswith(b";base64"):
                raise UploadDecodeError(NOT_MEDIA)
            self.encoding = "base64"
            return window[prefix.end() :]
        sample = window[:WINDOW].strip()  # the same sample however the chunks are cut
        if self.text and _URL.match(window):
            self.encoding = "url"
        elif len(sample) >= MIN_BASE64 and _BASE64.fullmatch(sample):
            self.encoding = "base64"
        elif self.text and not _BINARY.search(sample):
            raise UploadDecodeError(f'Invalid URL ("{sample[:200].decode("utf-8", "replace")}")', as_url=True)
        else:
            self.encoding = "file"
        return window

    def _decode(self, data: bytes) -> bytes:
        if self.encoding == "file":
            return data
        if self.encoding == "base64":
            return self._base64.feed(data)
        self.url += data.decode("utf-8", "replace").strip()
        if len(self.url) > URL_LENGTH:
            raise UploadDecodeError(f'Invalid URL ("{self.url[:200]}...")', as_url=True)
        return b""


class Base64:
    """Base64 in either alphabet, with blanks and line ends anywhere, with or without padding."""

    def __init__(self) -> None:
        self._held = b""
        self._is_padded = False

    def feed(self, text: bytes) -> bytes:
        """Decode the complete groups of four characters."""
        text = self._held + text.translate(_STANDARD, _BLANKS)
        whole = len(text) // 4 * 4
        self._held = text[whole:]
        return self._groups(text[:whole])

    def end(self) -> bytes:
        """Decode the last group, if its padding is missing."""
        text, self._held = self._held, b""
        return self._groups(text.rstrip(b"=").ljust(4, b"=") if text else b"")

    def _groups(self, text: bytes) -> bytes:
        if text and self._is_padded:
            raise UploadDecodeError(NOT_CORRECT)
        self._is_padded = self._is_padded or text.endswith(b"=")
        try:
            return a2b_base64(text, strict_mode=True)
        except Error:
            raise UploadDecodeError(NOT_CORRECT) from None
