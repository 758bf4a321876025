"""Responses with long lists: generated in slices, so that no request blocks the event loop or takes much memory.

A handler returns a `LongList` if a list may have thousands of items. The slices are encoded one by one into an unnamed
file in the data folder, together with the digest for the ETag, and the file is sent in pieces as fast as the client
reads. The body is byte for byte what `envelope` makes of the whole list.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response

from pyimgur.server.errors import BusyError
from pyimgur.server.http.responses import MARK_BYTE, SCRIPT, XML, APIResponse, Json, encode, script_safe, xml_items

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from starlette.types import Receive, Scope, Send

MAX_BYTES = 1 << 30
"""Bytes of all files that are not sent yet; above it the next response is 503."""
PIECE = 1 << 16
BATCH = 100
"""Items that are encoded at a time. JSON takes a millisecond; XML takes ten times as long, so it runs in a thread."""


class LongList(NamedTuple):
    """Data in which `LIST_PLACEHOLDER` is the place of a list that comes in slices."""

    data: Json
    slices: AsyncIterator[Sequence[Json]]


class SpooledResponse(Response):
    """A response whose body is a file, which is closed after it was sent."""

    def __init__(
        self, response: APIResponse, body: IO[bytes], size: int, digest: str, on_close: Callable[[], None]
    ) -> None:
        self.status_code = response.status_code
        self.background = None
        self.body = b""
        self.digest = digest
        """SHA-1 of the body."""
        self.raw_headers = [header for header in response.raw_headers if header[0] != b"content-length"]
        self.raw_headers.append((b"content-length", b"%d" % size))
        self._file = body
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and file."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while scope["method"] != "HEAD" and (piece := await asyncio.to_thread(self._file.read, PIECE)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if not self._file.closed:
            self._file.close()
            self._on_close()


class Spool:
    """Generates long responses one at a time: several at once would delay all other requests."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.bytes = 0
        """Size of all open files."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._turn = asyncio.Lock()

    async def respond(self, response: APIResponse, slices: AsyncIterator[Sequence[Json]]) -> SpooledResponse:
        """Return `response` with all items of the list in the place of `LIST_PLACEHOLDER`.

        Raises:
            BusyError: too many bytes wait for their clients already.
        """
        async with self._turn:
            if self.bytes > self._max_bytes:
                raise BusyError("too many long responses wait to be read")
            file = await asyncio.to_thread(tempfile.TemporaryFile, dir=self._folder)
            try:
                return await self._fill(file, response, slices)
            except BaseException:
                file.close()
                raise

    async def _fill(
        self, file: IO[bytes], response: APIResponse, slices: AsyncIterator[Sequence[Json]]
    ) -> SpooledResponse:
        digest, size = sha1(usedforsecurity=False), 0
        async for piece in _pieces(response, slices):
            digest.update(piece)
            size += len(piece)
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(file.seek, 0)
        self.bytes += size
        return SpooledResponse(response, file, size, digest.hexdigest(), lambda: self._release(size))

    def _release(self, size: int) -> None:
        self.bytes -= size


async def _pieces(response: APIResponse, slices: AsyncIterator[Sequence[Json]]) -> AsyncIterator[bytes]:
    """Yield the body slice by slice, in the format of `response`."""
    before, after = response.body.split(MARK_BYTE)
    kind = response.raw_headers[0]
    opening, separator, closing = (b"", b"", b"") if kind == XML else (b"[", b",", b"]")
    yield before + opening
    first = True
    async for items in slices:
        for start in range(0, len(items), BATCH):
            part = items[start : start + BATCH]
            text = await asyncio.to_thread(xml_items, part) if kind == XML else encode(part)[1:-1]
            yield (b"" if first else separator) + (script_safe(text) if kind == SCRIPT else text)
            first = False
    yield closing + after
