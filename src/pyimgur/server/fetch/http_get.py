"""Send one GET request to a host that may be hostile, and read its response with bounded work.

The parser runs on the server's event loop, so every parser step counts: a response must bring enough bytes for its
steps, and other tasks run between them. A body in one-byte chunks or endless interim responses are refused after a
moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

import h11

READ_SIZE = 1 << 16
MAX_HEAD = 1 << 14
"""Bytes of the headers of one response; parsing that many takes some 10 ms."""
MAX_INTERIM = 10
"""Responses of status 1xx before the final one."""
FREE_STEPS = 4096
BYTES_PER_STEP = 256
STEPS_PER_TURN = 64
"""Parser steps, some 10 µs each, before other tasks of the event loop run."""
IDLE_SECONDS = 20.0
HEADERS = [
    (b"User-Agent", b"pyimgur"),
    (b"Accept", b"image/*, video/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


class FetchRefused(Exception):
    """The URL, its host or its response cannot be used; the text is for the log, not for the client."""


class Streams(NamedTuple):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class ParserBudget:
    """Count the parser's steps over all responses of one fetch."""

    steps: int = 0
    bytes: int = 0

    async def step(self, size: int = 0) -> None:
        """Count a step that brought `size` bytes of a body, and let other tasks run now and then.

        Raises:
            FetchRefused: the response takes more steps than its bytes allow.
        """
        self.steps += 1
        self.bytes += size
        if self.steps > FREE_STEPS + self.bytes // BYTES_PER_STEP:
            raise FetchRefused(f"the response comes in too many small pieces: {self.steps} steps, {self.bytes} bytes")
        if self.steps % STEPS_PER_TURN == 0:
            await asyncio.sleep(0)


class Response:
    """Status and headers of a response, and its body as it arrives."""

    def __init__(self, response: h11.Response, exchange: _Exchange) -> None:
        self.status: int = response.status_code
        self.headers = {bytes(name): bytes(value).decode("latin-1") for name, value in response.headers}
        self._exchange = exchange

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            FetchRefused: the connection fails, or the body comes in too small pieces.
        """
        while isinstance(event := await self._exchange.next_event(), h11.Data):
            yield bytes(event.data)


class _Exchange:
    """One request and its response on a connection of their own."""

    def __init__(self, streams: Streams, budget: ParserBudget) -> None:
        self._streams = streams
        self._budget = budget
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)

    async def send(self, target: bytes, host: bytes) -> h11.Response:
        """Send the request, and return the head of the final response."""
        request = h11.Request(method="GET", target=target, headers=[(b"Host", host), *HEADERS])
        self._streams.writer.write((self._parser.send(request) or b"") + (self._parser.send(h11.EndOfMessage()) or b""))
        for _ in range(MAX_INTERIM + 1):
            event = await self.next_event()
            if isinstance(event, h11.Response):
                return event
        raise FetchRefused(f"the host sends more than {MAX_INTERIM} interim responses")

    async def next_event(self) -> h11.Event | type[h11.PAUSED]:
        """Return the parser's next event, after reading more bytes if it needs them."""
        while (event := self._parser.next_event()) is h11.NEED_DATA:
            await self._budget.step()
            self._parser.receive_data(await self._read())
        await self._budget.step(len(event.data) if isinstance(event, h11.Data) else 0)
        return event  # type: ignore[return-value]

    async def _read(self) -> bytes:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                return await self._streams.reader.read(READ_SIZE)
        except OSError as error:  # TimeoutError and SSLError are subclasses
            raise FetchRefused(f"the connection failed: {type(error).__name__}: {error}") from None


@asynccontextmanager
async def get(streams: Streams, target: bytes, host: bytes, budget: ParserBudget) -> AsyncGenerator[Response]:
    """Send a GET request, and close the connection after the block.

    Args:
        streams: a new connection to the host.
        target: path and query.
        host: the value of `Host`.
        budget: the parser steps left for this fetch.

    Raises:
        FetchRefused: the budget is exceeded, or the connection fails or is idle for 20 s.
        h11.RemoteProtocolError: the response is not HTTP, or is cut off.
    """
    exchange = _Exchange(streams, budget)
    try:
        yield Response(await exchange.send(target, host), exchange)
    finally:
        streams.writer.close()
