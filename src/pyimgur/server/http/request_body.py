"""Read a request body in any encoding: its fields, and at most one file, which is streamed to disk.

The bytes decide how the body (`body_parsers`) and the file (`upload_decoder`) are encoded. Memory does not grow with
the file. A body that is too large is rejected as soon as that is known, one that arrives too slowly at the deadline.
If reading or the work after it fails, the file is deleted.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request

from pyimgur.server.http.body_events import FILE_NAMES, BodyParseError, Event, Part, text_of
from pyimgur.server.http.body_parsers import WINDOW, parser_for
from pyimgur.server.http.errors import OVER_SIZE, APIError, file_error
from pyimgur.server.http.upload_decoder import UploadDecodeError, UploadDecoder, UploadEncoding

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.settings import Limits

TEXT_LENGTH = 1_000_000
"""Maximum size of all fields of a request together."""
MAX_FIELDS = 10_000
"""Maximum number of fields in a body or a query; each item of a list such as `ids[]` is a field."""
TOO_MANY = "The request has too many fields"
MAX_ITEMS = 10_000
"""Maximum number of distinct items in a list."""
TURN_SECONDS = 0.005
"""Time of work on one body after which other requests run."""
MAX_EXPANSION = 1.5
"""The maximum ratio of body size to file size: base64 makes four bytes of three, and some of them become `%2B`."""

_INDEX = re.compile(r"\[\w*\]$")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that no database stores as text."""


class Fields:
    """Named texts of the body and, for names that the body lacks, of the query.

    `ids`, `ids[]` and `ids[3]` are the same name.
    """

    def __init__(self, body: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]] = ()) -> None:
        self._values = {**_by_name(query), **_by_name(body)}

    def text(self, name: str) -> str | None:
        """Return the last value of a name; None if there is none."""
        values = self._values.get(name)
        return values[-1] if values else None

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a name as they were sent."""
        return self._values.get(name, ())

    def list(self, name: str) -> list[str] | None:
        """Return the distinct items of a name, whether repeated or separated by commas; None if it was not sent.

        Raises:
            APIError: there are more than `MAX_ITEMS`.
        """
        values = self._values.get(name)
        if values is None:
            return None
        items: dict[str, None] = {}
        rest = " ".join(values).replace(",", " ")
        while rest:
            some = rest.split(None, MAX_ITEMS)  # not all at once: a request may have half a million
            rest = some.pop() if len(some) > MAX_ITEMS else ""
            items.update(dict.fromkeys(some))
            if len(items) > MAX_ITEMS:
                raise APIError(400, f"The request has more than {MAX_ITEMS:,} different values of {name}")
        return list(items)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The content of a request body."""

    fields: Fields
    file: SpooledFile | None = None
    kind: UploadEncoding | None = None
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
        content = reader.content
        yield (
            RequestBody(fields, reader.file, content.kind, reader.filename, content.url)
            if content
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


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return names and values of the query, which some programs do not percent-encode.

    Raises:
        APIError: there are more than `MAX_FIELDS`.
    """
    query: bytes = request.scope["query_string"]
    if query.count(b"&") >= MAX_FIELDS:
        raise APIError(400, TOO_MANY)
    return parse_qsl(text_of(query), keep_blank_values=True) if query else []


class _Reader:
    """Handles the parser's events: texts go to `fields`, the first file that is not empty goes to the store."""

    def __init__(self, limits: Limits, length: int, store: Callable[[], Awaitable[SpooledFile]] | None) -> None:
        self.limits = limits
        self.length = length
        self.store = store
        self.fields: list[tuple[str, str]] = []
        self.file: SpooledFile | None = None
        self.content: UploadDecoder | None = None
        self.filename = ""
        self._name = ""
        self._text: bytearray | None = None
        self._inside = False
        self._budget = TEXT_LENGTH
        self._parts = 0

    async def handle(self, event: Event) -> None:
        """Handle one event."""
        match event:
            case Part():
                self._begin(event)
            case bytes():
                await self._more(event)
            case None:
                await self._end()

    def _begin(self, part: Part) -> None:
        self._parts += 1
        if self._parts > MAX_FIELDS:
            raise APIError(400, TOO_MANY)
        is_file = part.filename is not None or (self.store is not None and part.name in FILE_NAMES)
        self._inside = is_file and self.store is not None and (self.content is None or self.content.empty)
        self._text = None if is_file else bytearray()
        self._name = part.name
        if self._inside:
            self.content = UploadDecoder(text=part.filename is None)
            self.filename = part.filename or ""

    async def _more(self, data: bytes) -> None:
        if self._text is not None:
            self._budget -= len(data)
            if self._budget < 0:
                raise APIError(413, "The fields of the request are too long")
            self._text += data
        elif self._inside and self.content:
            await self._keep(self.content.feed(data))

    async def _end(self) -> None:
        if self._text is not None:
            self.fields.append((self._name, text_of(bytes(self._text))))
        elif self._inside and self.content:
            await self._keep(self.content.end())
        self._text, self._inside = None, False

    async def _keep(self, data: bytes) -> None:
        """Store bytes of the file.

        Raises:
            APIError: the file is too large; known at its first byte if the body's length says so.
        """
        if not data or self.store is None or self.content is None:
            return
        if self.file is None:
            announced = self.length * 3 // 4 if self.content.kind == "base64" else self.length
            if announced - TEXT_LENGTH > self.limits.animation_bytes:
                raise APIError(413, OVER_SIZE)
            self.file = await self.store()
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


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(_INDEX.sub("", name), []).append(_storable(value))
    return values


def _storable(value: str) -> str:
    """Remove characters that no database stores as text. Most text has none, which is a fast check at any length."""
    return value if value.isascii() and "\0" not in value else _UNSTORABLE.sub("", value)
