"""A request's head, read strictly: what two readers could understand in two ways is refused.

Whoever answers behind the relay must find the same requests in the stream as the relay does. So there is one way to
end a line, one way to say how long a body is, and no white space where some are lenient.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

LONGEST_HEAD = 1 << 16
_START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) (HTTP/1\.[01])\r\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_ONCE = (b"host", b"content-length", b"transfer-encoding", b"proxy-authorization")

Size = int | Literal["chunked"]
"""Of a body: its bytes, or that it says so itself."""


class ProxyError(Exception):
    """The relay does not do that; the text says why."""

    def __init__(self, status: int, text: str, *more: str) -> None:
        super().__init__(text)
        self.status = status
        self.more = more
        """Headers that belong to the answer."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What comes before a request's body."""

    method: bytes
    aim: bytes
    version: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Name in lower case, and the whole line."""

    @classmethod
    def parse(cls, lines: list[bytes]) -> RequestHead:
        """The head of these lines, each with its end; raises `ProxyError`."""
        start, fields = _START.fullmatch(lines[0]), [_FIELD.fullmatch(line) for line in lines[1:]]
        if start is None:
            raise ProxyError(400, "this is no request of HTTP/1.1")
        head = cls(start[1], start[2], start[3], tuple((field[1].lower(), field[0]) for field in fields if field))
        if len(head.fields) < len(fields):
            raise ProxyError(400, "a header is no header")
        if any(len(head.values(name)) > 1 for name in _ONCE):
            raise ProxyError(400, "a header that there is once came twice")
        return head

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header."""
        return [line.partition(b":")[2].strip() for key, line in self.fields if key == name]

    @property
    def size(self) -> Size:
        """How long the body is; raises `ProxyError`."""
        match self.values(b"content-length"), [value.lower() for value in self.values(b"transfer-encoding")]:
            case [], []:
                return 0
            case [length], [] if _LENGTH.fullmatch(length):
                return int(length)
            case [], [b"chunked"] if self.version == b"HTTP/1.1":
                return "chunked"
            case _:
                raise ProxyError(400, "how long the body is cannot be told")

    def with_target(self, aim: bytes) -> RequestHead:
        """The same for another target."""
        return replace(self, aim=aim)

    def to_bytes(self, instead: Iterable[tuple[bytes, bytes]], without: frozenset[bytes]) -> bytes:
        """The head as bytes: with these headers first, and neither others of their names nor those `without`."""
        new = dict(instead)
        kept = (line for name, line in self.fields if name not in new and name not in without)
        start = b"%s %s %s\r\n" % (self.method, self.aim, self.version)
        return b"".join(
            [start, *(b"%s: %s\r\n" % (name.title(), value) for name, value in new.items()), *kept, b"\r\n"]
        )


async def read_head(reader: asyncio.StreamReader) -> RequestHead | None:
    """The next request's head; None if the connection ends before it. Raises `ProxyError`."""
    lines: list[bytes] = []
    size = 0
    while (line := await read_line(reader)) != b"\r\n" or not lines:
        if not line:
            return None
        size += len(line)
        if size > LONGEST_HEAD:
            raise ProxyError(431, "the headers are too long")
        if line != b"\r\n":  # empty lines may come before a request: old clients end a body with one too many
            lines.append(line)
    return RequestHead.parse(lines)


async def read_line(reader: asyncio.StreamReader) -> bytes:
    """A line with its end; what the connection ended with, if it ends within one. Raises `ProxyError`."""
    try:
        return await reader.readline()
    except ValueError as error:
        raise ProxyError(431, "a line is too long") from error
