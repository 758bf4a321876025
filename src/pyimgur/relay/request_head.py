"""A strict parser of HTTP/1 request heads, which refuses everything that two parsers could read differently.

The server behind the relay must find the same requests in the stream as the relay does. So there is one line ending,
one way to give the length of a body, and no white space where some parsers are lenient.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

LONGEST_HEAD = 1 << 16
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) (HTTP/1\.[01])\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_SINGLE_HEADERS = (b"host", b"content-length", b"transfer-encoding", b"proxy-authorization")

Size = int | Literal["chunked"]
"""The size of a body in bytes, or that it comes in chunks."""


class ProxyError(Exception):
    """A request that the relay refuses; the text says why.

    Attributes:
        status: the status of the response.
        headers: additional headers of the response.
    """

    def __init__(self, status: int, text: str, *headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The request line and the headers of a request."""

    method: bytes
    target: bytes
    version: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """The headers: name in lower case, and the whole line."""

    @classmethod
    def parse(cls, lines: list[bytes]) -> RequestHead:
        """Parse the lines of a head, each with its line ending.

        Raises:
            ProxyError: a line is malformed, or a header that must not be repeated is.
        """
        start, fields = _REQUEST_LINE.fullmatch(lines[0]), [_FIELD.fullmatch(line) for line in lines[1:]]
        if start is None:
            raise ProxyError(400, "this is not an HTTP/1.1 request")
        head = cls(start[1], start[2], start[3], tuple((field[1].lower(), field[0]) for field in fields if field))
        if len(head.fields) < len(fields):
            raise ProxyError(400, "a header is malformed")
        if any(len(head.values(name)) > 1 for name in _SINGLE_HEADERS):
            raise ProxyError(400, "a header is repeated that must not be")
        return head

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a header."""
        return [line.partition(b":")[2].strip() for key, line in self.fields if key == name]

    @property
    def size(self) -> Size:
        """The size of the body.

        Raises:
            ProxyError: the headers do not give it, or in more than one way.
        """
        match self.values(b"content-length"), [value.lower() for value in self.values(b"transfer-encoding")]:
            case [], []:
                return 0
            case [length], [] if _LENGTH.fullmatch(length):
                return int(length)
            case [], [b"chunked"] if self.version == b"HTTP/1.1":
                return "chunked"
            case _:
                raise ProxyError(400, "the length of the body is ambiguous")

    def with_target(self, target: bytes) -> RequestHead:
        """Return this head with another request target."""
        return replace(self, target=target)

    def to_bytes(self, replaced: Iterable[tuple[bytes, bytes]], removed: frozenset[bytes]) -> bytes:
        """Return the head as bytes, with some headers replaced or added, which come first, and others removed."""
        new = dict(replaced)
        unchanged = (line for name, line in self.fields if name not in new and name not in removed)
        start = b"%s %s %s\r\n" % (self.method, self.target, self.version)
        return b"".join(
            [start, *(b"%s: %s\r\n" % (name.title(), value) for name, value in new.items()), *unchanged, b"\r\n"]
        )


async def read_head(reader: asyncio.StreamReader) -> RequestHead | None:
    """Read the head of the next request; return None if the connection ends before it.

    Raises:
        ProxyError: it is malformed or too long.
    """
    lines: list[bytes] = []
    size = 0
    while (line := await read_line(reader)) != b"\r\n" or not lines:
        if not line:
            return None
        size += len(line)
        if size > LONGEST_HEAD:
            raise ProxyError(431, "the headers are too long")
        if line != b"\r\n":  # old clients send an empty line after a body, before the next request
            lines.append(line)
    return RequestHead.parse(lines)


async def read_line(reader: asyncio.StreamReader) -> bytes:
    """Read a line with its line ending, or the incomplete line at the end of the connection.

    Raises:
        ProxyError: it is too long.
    """
    try:
        return await reader.readline()
    except ValueError as error:
        raise ProxyError(431, "a line is too long") from error
