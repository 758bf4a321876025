"""Read a request body in any encoding: its `fields`, and at most one file, which is streamed to disk.

The bytes decide how the body (`body_parsers`) and the file (`upload_decoder`) are encoded. Memory does not grow with
the file. A body that is too large is rejected as soon as that is known, one that arrives too slowly at the deadline.
If reading or the work after it fails, the file is deleted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from pyimgur.server.http.body_events import FILE_NAMES, BodyParseError, Event, Part, text_of
from pyimgur.server.http.body_parsers import WINDOW, parser_for
from pyimgur.server.http.errors import OVER_SIZE, APIError, file_error
from pyimgur.server.http.fields import MAX_FIELDS, TOO_MANY, Fields, query_pairs
from pyimgur.server.http.upload_decoder import UploadDecodeError, UploadDecoder, UploadEncoding

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.settings import Limits

TEXT_LENGTH = 1_000_000
"""Maximum size of all fields of a request together."""
TURN_SECONDS = 0.005
"""Time of work on one body after which other requests run."""
MAX_EXPANSION = 1.5
"""The maximum ratio of body size to file size: base64 makes four bytes of three, and some of them become `%2B`."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The content of a request body."""

    fields: Fields
    file: SpooledFile | None = None
    encoding: UploadEncoding | None = None
    """How the file was encoded."""
    filename: str = ""
    url: str = ""
    """The URL of the file, if the request has a URL instead of a file."""


@asynccontextmanager
async def read_body(request: Request, context: ServerContext) -> AsyncGenerator[RequestBody, None]:
    """Read fields and file. A file that the block does not keep is deleted at its end.

    Raises:
        APIError: the body is too large, too slow or malformed.
    """
    limits = context.settings.limits
    async with AsyncExitStack() as stack:
        reader = _Reader(limits, _length(request), lambda: stack.enter_async_context(context.spool_folder.open()))
        await _read(request, reader, limits, max_bytes=int(limits.animation_bytes * MAX_EXPANSION) + TEXT_LENGTH)
        fields = Fields(reader.fields, query_pairs(request))
        decoder = reader.decoder
        yield (
            RequestBody(fields, reader.file, decoder.encoding, reader.filename, decoder.url)
            if decoder
            else RequestBody(fields)
        )


async def read_fields(request: Request, limits: Limits) -> Fields:
    """Read the fields of a body; a file in it is ignored.

    Raises:
        APIError: the body is too large, too slow or malformed.
    """
    reader = _Reader(limits, _length(request), None)
    await _read(request, reader, limits, max_bytes=TEXT_LENGTH)
    return Fields(reader.fields, query_pairs(request))


class _Reader:
    """Handles the parser's events: texts go to `fields`, the first file that is not empty goes to a spooled file."""

    def __init__(self, limits: Limits, length: int, open_spool: Callable[[], Awaitable[SpooledFile]] | None) -> None:
        self.limits = limits
        self.length = length
        self.open_spool = open_spool
        self.fields: list[tuple[str, str]] = []
        self.file: SpooledFile | None = None
        self.decoder: UploadDecoder | None = None
        self.filename = ""
        self._name = ""
        self._text: bytearray | None = None
        self._in_file = False
        self._budget = TEXT_LENGTH
        self._parts = 0

    async def handle(self, event: Event) -> None:
        """Handle one event."""
        match event:
            case Part():
                self._begin(event)
            case bytes():
                await self._add_bytes(event)
            case None:
                await self._end()

    def _begin(self, part: Part) -> None:
        self._parts += 1
        if self._parts > MAX_FIELDS:
            raise APIError(400, TOO_MANY)
        is_file = part.filename is not None or (self.open_spool is not None and part.name in FILE_NAMES)
        self._in_file = is_file and self.open_spool is not None and (self.decoder is None or self.decoder.empty)
        self._text = None if is_file else bytearray()
        self._name = part.name
        if self._in_file:
            self.decoder = UploadDecoder(text=part.filename is None)
            self.filename = part.filename or ""

    async def _add_bytes(self, data: bytes) -> None:
        if self._text is not None:
            self._budget -= len(data)
            if self._budget < 0:
                raise APIError(413, "The fields of the request are too long")
            self._text += data
        elif self._in_file and self.decoder:
            await self._write_to_spool(self.decoder.feed(data))

    async def _end(self) -> None:
        if self._text is not None:
            self.fields.append((self._name, text_of(bytes(self._text))))
        elif self._in_file and self.decoder:
            await self._write_to_spool(self.decoder.end())
        self._text, self._in_file = None, False

    async def _write_to_spool(self, data: bytes) -> None:
        """Store bytes of the file.

        Raises:
            APIError: the file is too large; known at its first byte if the body's length says so.
        """
        if not data or self.open_spool is None or self.decoder is None:
            return
        if self.file is None:
            announced = self.length * 3 // 4 if self.decoder.encoding == "base64" else self.length
            if announced - TEXT_LENGTH > self.limits.animation_bytes:
                raise APIError(413, OVER_SIZE)
            self.file = await self.open_spool()
        if self.file.size + len(data) > self.limits.animation_bytes:
            raise APIError(413, OVER_SIZE)
        await self.file.write(data)


async def _read(request: Request, reader: _Reader, limits: Limits, *, max_bytes: int) -> None:
    """Pass the whole body to the reader, within the deadline and `max_bytes`."""
    if reader.length > max_bytes:
        raise APIError(413, OVER_SIZE)
    try:
        async with asyncio.timeout(limits.body_seconds):
            async with aclosing(_events(request, max_bytes)) as events:
                turn_ends = time.monotonic() + TURN_SECONDS
                async for event in events:
                    await reader.handle(event)
                    if time.monotonic() > turn_ends:
                        await asyncio.sleep(0)
                        turn_ends = time.monotonic() + TURN_SECONDS
    except TimeoutError:
        raise APIError(408, "The request took too long to arrive", headers=[(b"connection", b"close")]) from None
    except BodyParseError as error:
        raise APIError(400, str(error)) from None
    except UploadDecodeError as error:
        raise (APIError(400, str(error)) if error.as_url else file_error(str(error))) from None


async def _events(request: Request, max_bytes: int) -> AsyncGenerator[Event, None]:
    """Yield the body's events. Its first bytes are held until they identify the encoding."""
    content_type = request.headers.get("content-type", "")
    window, received, parser = b"", 0, None
    async for chunk in request.stream():
        received += len(chunk)
        if received > max_bytes:
            raise APIError(413, OVER_SIZE)
        if parser is None:
            window += chunk
            if chunk and len(window) < WINDOW:
                continue
            chunk, parser = window, parser_for(content_type, window)
        if chunk:
            for event in parser.feed(chunk):
                yield event
    if parser:
        for event in parser.end():
            yield event


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0
