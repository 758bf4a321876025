"""Send one GET to a host that may be hostile, and read its answer with bounded work.

The parser runs on the server's event loop, so every step of it counts: an answer must bring bytes for them, and the
loop gets its turn between a few. A body in one-byte chunks, or interim answers without end, are refused after a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

import h11

PIECE = 1 << 16
MAX_HEAD = 1 << 14
"""Bytes of one answer's headers; parsing that many takes some 10 ms."""
MAX_INTERIM = 10
"""Answers of status 1xx before the one that counts."""
FREE_STEPS = 4096
BYTES_PER_STEP = 256
STEPS_PER_TURN = 64
"""Steps of the parser, some 10 µs each, before the event loop gets its turn."""
IDLE_SECONDS = 20.0
HEADERS = [
    (b"User-Agent", b"pyimgur"),
    (b"Accept", b"image/*, video/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


class Refused(Exception):
    """What stands at the URL, or where it is, is not to be fetched."""


class Streams(NamedTuple):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class Effort:
    """Counts the parser's steps over all the answers of one fetch."""

    steps: int = 0
    bytes: int = 0

    async def step(self, size: int = 0) -> None:
        """Count a step that brought `size` bytes of a body, and let others run now and then.

        Raises:
            Refused: the answer takes more steps than its bytes are worth.
        """
        self.steps += 1
        self.bytes += size
        if self.steps > FREE_STEPS + self.bytes // BYTES_PER_STEP:
            raise Refused(f"it answers in too many small pieces: {self.steps} steps for {self.bytes} bytes")
        if self.steps % STEPS_PER_TURN == 0:
            await asyncio.sleep(0)


class Answer:
    """The head of an answer, and its body while it comes."""

    def __init__(self, response: h11.Response, exchange: _Exchange) -> None:
        self.status: int = response.status_code
        self.headers = {bytes(name): bytes(value).decode("latin-1") for name, value in response.headers}
        self._exchange = exchange

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; raises `Refused`."""
        while isinstance(event := await self._exchange.next_event(), h11.Data):
            yield bytes(event.data)


class _Exchange:
    """One request and its answer on a connection of their own."""

    def __init__(self, streams: Streams, effort: Effort) -> None:
        self._streams = streams
        self._effort = effort
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)

    async def ask(self, target: bytes, host: bytes) -> h11.Response:
        """Send the request, and read the head of the answer."""
        request = h11.Request(method="GET", target=target, headers=[(b"Host", host), *HEADERS])
        self._streams.writer.write((self._parser.send(request) or b"") + (self._parser.send(h11.EndOfMessage()) or b""))
        for _ in range(MAX_INTERIM + 1):
            event = await self.next_event()
            if isinstance(event, h11.Response):
                return event
        raise Refused(f"it sends more than {MAX_INTERIM} interim answers")

    async def next_event(self) -> h11.Event | type[h11.PAUSED]:
        """Return what the parser finds next, from bytes it has or from new ones."""
        while (event := self._parser.next_event()) is h11.NEED_DATA:
            await self._effort.step()
            self._parser.receive_data(await self._read())
        await self._effort.step(len(event.data) if isinstance(event, h11.Data) else 0)
        return event  # type: ignore[return-value]

    async def _read(self) -> bytes:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                return await self._streams.reader.read(PIECE)
        except OSError as error:  # TimeoutError and SSLError are some
            raise Refused(f"the connection fails: {type(error).__name__}: {error}") from None


@asynccontextmanager
async def get(streams: Streams, target: bytes, host: bytes, effort: Effort) -> AsyncGenerator[Answer]:
    """Ask for `target`, and close the connection after the block.

    Args:
        streams: a new connection to the host.
        target: path and query.
        host: the value of `Host`.
        effort: what the answer may cost.

    Raises:
        Refused: the answer costs more than that, or the connection fails or says nothing for 20 s.
        h11.RemoteProtocolError: it is no HTTP, or breaks off.
    """
    exchange = _Exchange(streams, effort)
    try:
        yield Answer(await exchange.ask(target, host), exchange)
    finally:
        streams.writer.close()
