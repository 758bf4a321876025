"""Responses that send a stored file: range requests, ETags and conditional requests.

Uploaded content is served as inert data: as image, video or octet stream, without sniffing, scripts or plug-ins.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from starlette.responses import Response

from pyimgur.server.http.etags import matches
from pyimgur.server.http.responses import NOSNIFF
from pyimgur.server.media import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message, Receive, Scope, Send

    from pyimgur.server.blobs import Blob
    from pyimgur.server.http.responses import Header

INERT: tuple[Header, ...] = (
    NOSNIFF,
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-methods", b"GET, OPTIONS"),
)
FOREVER = b"public, max-age=31536000"

OnSent: TypeAlias = Callable[[int, bool], None]
"""Called after bytes were sent: with their number, and whether they are the first ones of a whole file."""
Keep: TypeAlias = "Callable[[Message, OnSent | None, str, bytes], Awaitable[None]]"
"""Stores a response: its head, what to call after it, the name of the blob, and the body."""
Part = tuple[int, int]
_RANGE = re.compile(rb"bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*", re.IGNORECASE)


class StoredFileResponse(Response):
    """A response that sends an open blob, and closes it.

    Args:
        on_sent: see `OnSent`.
    """

    def __init__(
        self,
        blob: Blob,
        content_type: str,
        etag: str,
        *,
        cache: bytes = FOREVER,
        headers: Sequence[Header] = (),
        on_sent: OnSent | None = None,
    ) -> None:
        self.blob = blob
        self.etag = b'"%s"' % etag.encode("ascii")
        self.background = None
        self.on_sent = on_sent
        media_type = content_type if content_type in TYPES else "application/octet-stream"
        self.common: list[Header] = [
            (b"content-type", media_type.encode("ascii")),
            (b"etag", self.etag),
            (b"last-modified", _date(self.blob.modified)),
            (b"cache-control", cache),
            (b"accept-ranges", b"bytes"),
            *INERT,
            *headers,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the whole file, a range of it, or 304."""
        try:
            status, part, headers = self.choose(scope["method"], dict(scope["headers"]))
            start, end = part
            if status in (200, 206):
                headers = [*headers, (b"content-length", b"%d" % (end - start))]
            message: Message = {"type": "http.response.start", "status": status, "headers": headers}
            await send(message)
            if scope["method"] == "HEAD":
                start = end
            keep: Keep | None = scope["state"].get("keep") if status == 200 else None
            await self.deliver(start, end, send, partial(keep, message, self.on_sent, self.blob.name) if keep else None)
        finally:
            await self.blob.close()

    def choose(self, method: str, request_headers: dict[bytes, bytes]) -> tuple[int, Part, Sequence[Header]]:
        """Return status, byte range and headers for the request's conditions (RFC 9110, section 13.2.2)."""
        if is_not_modified(request_headers, self.etag, self.blob.modified):
            return 304, (0, 0), [header for header in self.common if header[0] != b"content-type"]
        range_header = (
            request_headers.get(b"range")
            if method == "GET" and self.allows_range(request_headers.get(b"if-range"))
            else None
        )
        part = parse_range(range_header, self.blob.size)
        if part is None:
            return 200, (0, self.blob.size), self.common
        if part == "unsatisfiable":
            content_range = (b"content-range", b"bytes */%d" % self.blob.size)
            return 416, (0, 0), [content_range, (b"content-length", b"0"), *self.common]
        content_range = (b"content-range", b"bytes %d-%d/%d" % (part[0], part[1] - 1, self.blob.size))
        return 206, part, [content_range, *self.common]

    def allows_range(self, condition: bytes | None) -> bool:
        """Return whether If-Range allows a partial response."""
        return condition is None or condition in (self.etag, _date(self.blob.modified))

    async def deliver(self, start: int, end: int, send: Send, keep: Callable[[bytes], Awaitable[None]] | None) -> None:
        """Send the bytes from `start` to `end`. The content of a file that is read in one piece goes to `keep`."""
        whole = (start, end) == (0, self.blob.size)
        if start >= end:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        async with aclosing(self.blob.chunks(start, end)) as chunks:
            async for data in chunks:
                is_first = whole and not start
                start += len(data)
                await send({"type": "http.response.body", "body": data, "more_body": start < end})
                if keep and is_first and start >= end:
                    await keep(data)
                if self.on_sent:
                    self.on_sent(len(data), is_first)
        if start < end:
            raise EOFError(f"the stored file ended {end - start} bytes too early")


@lru_cache
def _date(seconds: int) -> bytes:
    """Format Unix seconds as an HTTP date."""
    return formatdate(seconds, usegmt=True).encode("ascii")


def is_not_modified(request_headers: dict[bytes, bytes], etag: bytes, modified: int) -> bool:
    """Return whether the client's copy is current: by ETag, or by date if it sent no ETag."""
    if tags := request_headers.get(b"if-none-match"):
        return matches(tags, etag)
    if since := request_headers.get(b"if-modified-since"):
        try:
            return modified <= parsedate_to_datetime(since.decode("latin-1")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return False
    return False


def parse_range(range_header: bytes | None, size: int) -> Part | Literal["unsatisfiable"] | None:
    """Parse a Range header. None means the whole file: there is no range, several of them, or an invalid one."""
    match = _RANGE.fullmatch(range_header) if range_header and len(range_header) < 100 else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size) if length else "unsatisfiable"
    first, last = int(match[1]), int(match[2] or size)
    if match[2] and last < first:
        return None
    return (first, min(last + 1, size)) if first < size else "unsatisfiable"
