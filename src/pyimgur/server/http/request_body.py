"""One reader for every request body, whatever program wrote it: its fields, and at most one file, streamed to disk.

What the body is written in is told by its bytes (`grammars`), and so is what the file is wrapped in (`content`). Memory
does not grow with the file; a body that is too large is refused as soon as that is known, one that dribbles in after
the deadline; and whenever reading or what follows breaks off, nothing is left behind.
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

from pyimgur.server.http.body_parsers import FILE_NAMES, WINDOW, BodyParseError, Event, Part, parser_for, text_of
from pyimgur.server.http.errors import OVER_SIZE, APIError, file_error
from pyimgur.server.http.upload_decoder import UploadDecodeError, UploadDecoder, UploadEncoding

if TYPE_CHECKING:
    from pyimgur.server.blobs import SpooledFile
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.settings import Limits

TEXT_LENGTH = 1_000_000
"""How many bytes all fields of a request may have together."""
MOST_FIELDS = 10_000
"""How many fields a body or a query may have; a list such as `ids[]` is one for each item."""
TOO_MANY = "The request has too many fields"
MOST_ITEMS = 10_000
"""How many different items a list may have, however they are written."""
TURN_SECONDS = 0.005
"""After so much work on one body other requests get their turn."""
INFLATED = 1.5
"""How much longer than its file a body may be: base64 makes four bytes of three, and some of them become `%2B`."""

_INDEX = re.compile(r"\[\w*\]$")
_UNFIT = re.compile("[\0\ud800-\udfff]")
"""What no database stores as text."""


class Fields:
    """Named texts: those of the body, and those of the query where the body does not name them.

    `ids`, `ids[]` and `ids[3]` are one name.
    """

    def __init__(self, body: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]] = ()) -> None:
        self._values = {**_by_name(query), **_by_name(body)}

    def text(self, name: str) -> str | None:
        """The last value under a name; None if nobody wrote it."""
        values = self._values.get(name)
        return values[-1] if values else None

    def all(self, name: str) -> Sequence[str]:
        """Every value under a name, as it was written."""
        return self._values.get(name, ())

    def list(self, name: str) -> list[str] | None:
        """Return all values once, whether repeated or with commas between them; None if nobody wrote the name.

        Raises:
            APIError: there are more than `MOST_ITEMS`.
        """
        values = self._values.get(name)
        if values is None:
            return None
        items = list(dict.fromkeys(" ".join(values).replace(",", " ").split()))
        if len(items) > MOST_ITEMS:
            raise APIError(400, f"The request names {len(items):,} {name}, and one may name {MOST_ITEMS:,}")
        return items


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What a request brought."""

    fields: Fields
    file: SpooledFile | None = None
    kind: UploadEncoding | None = None
    """What the file was wrapped in."""
    filename: str = ""
    url: str = ""
    """Where the file lies, if the request only says that."""


@asynccontextmanager
async def read_body(request: Request, library: ServerContext) -> AsyncGenerator[RequestBody, None]:
    """The request's fields and its file, complete; a file that nobody keeps inside the block is gone after it."""
    limits = library.settings.limits
    async with AsyncExitStack() as stack:
        reader = _Reader(limits, _length(request), lambda: stack.enter_async_context(library.blobs.incoming()))
        await _read(request, reader, limits, most=int(limits.animation_bytes * INFLATED) + TEXT_LENGTH)
        fields = Fields(reader.fields, query_pairs(request))
        content = reader.content
        yield (
            RequestBody(fields, reader.file, content.kind, reader.filename, content.url)
            if content
            else RequestBody(fields)
        )


async def read_fields(request: Request, limits: Limits) -> Fields:
    """The fields of a request that brings no file; if it does, the file is passed over."""
    reader = _Reader(limits, _length(request), None)
    await _read(request, reader, limits, most=TEXT_LENGTH)
    return Fields(reader.fields, query_pairs(request))


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """Names and values in the query, which some programs do not encode; too many are refused."""
    query: bytes = request.scope["query_string"]
    if query.count(b"&") >= MOST_FIELDS:
        raise APIError(400, TOO_MANY)
    return parse_qsl(text_of(query), keep_blank_values=True) if query else []


class _Reader:
    """Takes a body's events: text into `fields`, the first file that is not empty into the store."""

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
        """One event more."""
        match event:
            case Part():
                self._begin(event)
            case bytes():
                await self._more(event)
            case None:
                await self._end()

    def _begin(self, part: Part) -> None:
        self._parts += 1
        if self._parts > MOST_FIELDS:
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
        """Bytes of the file; too many are refused, at the first one if the length of the body already says so."""
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


async def _read(request: Request, reader: _Reader, limits: Limits, *, most: int) -> None:
    """The whole body into the reader, within the deadline and `most` bytes."""
    if reader.length > most:
        raise APIError(413, OVER_SIZE)
    try:
        async with asyncio.timeout(limits.body_seconds):
            async with aclosing(_events(request, most)) as events:
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


async def _events(request: Request, most: int) -> AsyncGenerator[Event, None]:
    """The body's events; its first bytes are held back until they tell the grammar."""
    content_type = request.headers.get("content-type", "")
    window, received, grammar = b"", 0, None
    async for chunk in request.stream():
        received += len(chunk)
        if received > most:
            raise APIError(413, OVER_SIZE)
        if grammar is None:
            window += chunk
            if chunk and len(window) < WINDOW:
                continue
            chunk, grammar = window, parser_for(content_type, window)
        if chunk:
            for event in grammar.feed(chunk):
                yield event
    if grammar:
        for event in grammar.end():
            yield event


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(_INDEX.sub("", name), []).append(_fit(value))
    return found


def _fit(value: str) -> str:
    """The text without what no database stores; most is plain, which is seen at once, however long it is."""
    return value if value.isascii() and "\0" not in value else _UNFIT.sub("", value)
