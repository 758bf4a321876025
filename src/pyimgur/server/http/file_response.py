"""A stored file as an answer: one open, one stat, whole or in part, never twice to who has it.

Up to 1 MB is read where we stand, which costs less than any hop to a thread; larger files are read in a thread, a
megabyte at a time, so that a slow disk holds up nobody else. What a visitor uploaded is served as inert data: as a
picture or video or as unnamed bytes, no guessing, no script, no plug-in.
"""

from __future__ import annotations

import os
import re
from asyncio import to_thread
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from starlette.responses import Response

from pyimgur.server.http.etags import matches
from pyimgur.server.http.responses import NOSNIFF
from pyimgur.server.media import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from pyimgur.server.http.responses import Header

STEP = 1 << 20
PIECE = 1 << 18
"""Bytes of a larger file that are read at a time: as much as a client that reads nothing holds in memory."""
INERT: tuple[Header, ...] = (
    NOSNIFF,
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-methods", b"GET, OPTIONS"),
)
FOREVER = b"public, max-age=31536000"

OnSent: TypeAlias = Callable[[int, bool], None]
"""Called as bytes go out, with how many, and whether they are the first of an answer that holds all of it."""
Keep: TypeAlias = "Callable[[Message, OnSent | None, bytes], None]"
Part = tuple[int, int]
_RANGE = re.compile(rb"bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*", re.IGNORECASE)


class StoredFileResponse(Response):
    """The file at `path`, opened at once: one that is gone raises FileNotFoundError here and not in the middle.

    Args:
        told: see `image_cache.OnSent`.
    """

    def __init__(
        self,
        path: Path | str,
        content_type: str,
        etag: str,
        *,
        cache: bytes = FOREVER,
        headers: Sequence[Header] = (),
        on_sent: OnSent | None = None,
    ) -> None:
        self.file = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - a Path would cost as much as the opening
        about = os.fstat(self.file.fileno())
        self.size = about.st_size
        self.modified = int(about.st_mtime)
        self.etag = b'"%s"' % etag.encode("ascii")
        self.background = None
        self.on_sent = on_sent
        known = content_type if content_type in TYPES else "application/octet-stream"
        self.common: list[Header] = [
            (b"content-type", known.encode("ascii")),
            (b"etag", self.etag),
            (b"last-modified", _date(self.modified)),
            (b"cache-control", cache),
            (b"accept-ranges", b"bytes"),
            *INERT,
            *headers,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with all of it, a part of it, or the news that there is none."""
        with self.file:
            status, part, headers = self.choose(scope["method"], dict(scope["headers"]))
            start, end = part
            if status in (200, 206):
                headers = [*headers, (b"content-length", b"%d" % (end - start))]
            message: Message = {"type": "http.response.start", "status": status, "headers": headers}
            await send(message)
            if scope["method"] == "HEAD":
                start = end
            keep: Keep | None = scope["state"].get("keep") if status == 200 else None
            await self.deliver(start, end, send, partial(keep, message, self.on_sent) if keep else None)

    def choose(self, method: str, asked: dict[bytes, bytes]) -> tuple[int, Part, Sequence[Header]]:
        """Status, the bytes to send, and headers, by what the client has and wants (RFC 9110, section 13.2.2)."""
        if is_not_modified(asked, self.etag, self.modified):
            return 304, (0, 0), [header for header in self.common if header[0] != b"content-type"]
        wanted = asked.get(b"range") if method == "GET" and self.same(asked.get(b"if-range")) else None
        part = parse_range(wanted, self.size)
        if part is None:
            return 200, (0, self.size), self.common
        if part == "unsatisfiable":
            none = (b"content-range", b"bytes */%d" % self.size)
            return 416, (0, 0), [none, (b"content-length", b"0"), *self.common]
        held = (b"content-range", b"bytes %d-%d/%d" % (part[0], part[1] - 1, self.size))
        return 206, part, [held, *self.common]

    def same(self, condition: bytes | None) -> bool:
        """Whether a part fits to what the client already has."""
        return condition is None or condition in (self.etag, _date(self.modified))

    async def deliver(self, start: int, end: int, send: Send, keep: Callable[[bytes], None] | None) -> None:
        """The bytes from `start` to `end`; `keep` is told of a small file's if they are all of it."""
        number = self.file.fileno()
        small, first = end - start <= STEP, (start, end) == (0, self.size)
        while True:
            length = min(STEP if small else PIECE, end - start)
            data = os.pread(number, length, start) if small else await to_thread(os.pread, number, length, start)
            start += len(data)
            await send({"type": "http.response.body", "body": data, "more_body": start < end})
            if keep and small and first and start >= end:
                keep(data)
            if data and self.on_sent:
                self.on_sent(len(data), first)
                first = False
            if start >= end:
                return
            if not data:
                raise EOFError(f"the stored file ended {end - start} bytes too early")


@lru_cache
def _date(seconds: int) -> bytes:
    """Unix seconds as HTTP has them."""
    return formatdate(seconds, usegmt=True).encode("ascii")


def is_not_modified(asked: dict[bytes, bytes], etag: bytes, modified: int) -> bool:
    """Whether the client already has this: by tag, or by date where it sent no tag."""
    if tags := asked.get(b"if-none-match"):
        return matches(tags, etag)
    if since := asked.get(b"if-modified-since"):
        try:
            return modified <= parsedate_to_datetime(since.decode("latin-1")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return False
    return False


def parse_range(wanted: bytes | None, size: int) -> Part | Literal["unsatisfiable"] | None:
    """The one range that is asked for; None means all: no range, several, or one that is no range at all."""
    found = _RANGE.fullmatch(wanted) if wanted and len(wanted) < 100 else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size) if length else "unsatisfiable"
    first, last = int(found[1]), int(found[2] or size)
    if found[2] and last < first:
        return None
    return (first, min(last + 1, size)) if first < size else "unsatisfiable"
