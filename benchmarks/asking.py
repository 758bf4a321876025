"""Requests over plain connections that stay open, with as little work about them as Python can do.

What a server costs is read at the server; this only has to be fast enough to keep it busy.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterable, Iterator
from itertools import islice

AT_ONCE = 16
STEP = 256 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def request(path: str, headers: str = "", method: str = "GET") -> bytes:
    """A request's head."""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


class Line:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.close = self._socket.close
        self.send = self._socket.sendall

    def answer(self) -> bytes:
        """The body of the next answer, which must be a good one."""
        held = b""
        while b"\r\n\r\n" not in held:
            held += self._more()
        head, _, body = held.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert b" 200 " in head[:20], head
        assert length is not None, head
        parts, left = [body], int(length[1]) - len(body)
        while left > 0:
            parts.append(self._more())
            left -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        if not (got := self._socket.recv(STEP)):
            raise ConnectionError("the server has closed the connection")
        return got


@contextlib.contextmanager
def lines(address: tuple[str, int], count: int = AT_ONCE) -> Iterator[list[Line]]:
    """So many connections."""
    with contextlib.ExitStack() as exits:
        yield [exits.enter_context(contextlib.closing(Line(address))) for _ in range(count)]


def ask(lines: list[Line], requests: Iterable[bytes]) -> None:
    """Send these, as many at once as there are connections, and read the answers."""
    left = iter(requests)
    while sent := list(islice(left, len(lines))):
        for line, each in zip(lines, sent, strict=False):
            line.send(each)
        for line, _ in zip(lines, sent, strict=False):
            line.answer()
