"""Responses that hold a long list: made in slices, so that no request keeps the event loop or much memory.

A handler returns a `LongList` where a list may have thousands of members. The slices are encoded one by one into a file
without a name in the data folder, with the digest for the ETag, and the file is sent in pieces, as fast as the client
reads. Byte for byte the body is what `envelope` makes of the whole.
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

MOST_BYTES = 1 << 30
"""Of all files that are not sent yet; the next response is refused with 503."""
PIECE = 1 << 16
STEP = 100
"""Members that are encoded at a time: JSON in a millisecond; XML takes ten times as long, so in a thread."""


class LongList(NamedTuple):
    """Data in which the list that `MARK` stands for comes in slices."""

    data: Json
    slices: AsyncIterator[Sequence[Json]]


class SpooledResponse(Response):
    """A response whose body is in a file, which is closed when it has been sent."""

    def __init__(
        self, made: APIResponse, body: IO[bytes], size: int, digest: str, on_close: Callable[[], None]
    ) -> None:
        self.status_code = made.status_code
        self.background = None
        self.body = b""
        self.digest = digest
        """SHA-1 of the body."""
        self.raw_headers = [header for header in made.raw_headers if header[0] != b"content-length"]
        self.raw_headers.append((b"content-length", b"%d" % size))
        self._file = body
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and the file."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while scope["method"] != "HEAD" and (piece := await asyncio.to_thread(self._file.read, PIECE)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.close()

    def close(self) -> None:
        """Drop the file; a second time does nothing."""
        if not self._file.closed:
            self._file.close()
            self._on_close()


class Spool:
    """Makes long responses, one at a time: the slices of several would add up to a wait for everybody else."""

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self.bytes = 0
        """Of all files that are open."""
        self._folder = folder
        self._most = most
        self._turn = asyncio.Lock()

    async def respond(self, made: APIResponse, slices: AsyncIterator[Sequence[Json]]) -> SpooledResponse:
        """Return the response that was `made`, with all members of the list in the place of `MARK`.

        Raises:
            BusyError: too much waits to be read by its clients already.
        """
        async with self._turn:
            if self.bytes > self._most:
                raise BusyError("too many long responses wait to be read")
            file = await asyncio.to_thread(tempfile.TemporaryFile, dir=self._folder)
            try:
                return await self._fill(file, made, slices)
            except BaseException:
                file.close()
                raise

    async def _fill(self, file: IO[bytes], made: APIResponse, slices: AsyncIterator[Sequence[Json]]) -> SpooledResponse:
        digest, size = sha1(usedforsecurity=False), 0
        async for piece in _pieces(made, slices):
            digest.update(piece)
            size += len(piece)
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(file.seek, 0)
        self.bytes += size
        return SpooledResponse(made, file, size, digest.hexdigest(), lambda: self._forget(size))

    def _forget(self, size: int) -> None:
        self.bytes -= size


async def _pieces(made: APIResponse, slices: AsyncIterator[Sequence[Json]]) -> AsyncIterator[bytes]:
    """The body, a slice at a time, in the format of what surrounds the list."""
    before, after = made.body.split(MARK_BYTE)
    kind = made.raw_headers[0]
    start, between, end = (b"", b"", b"") if kind == XML else (b"[", b",", b"]")
    yield before + start
    first = True
    async for items in slices:
        for place in range(0, len(items), STEP):
            part = items[place : place + STEP]
            text = await asyncio.to_thread(xml_items, part) if kind == XML else encode(part)[1:-1]
            yield (b"" if first else between) + (script_safe(text) if kind == SCRIPT else text)
            first = False
    yield end + after
