"""One connection's requests, handed on to the server as they came, save `Host`; its answers come back untouched.

Only where a request ends has to be understood, so that the next head is found: a length, chunks, or no body.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = 1 << 16
LONGEST_HEAD = 1 << 16
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_PORTS = {"http": 80, "https": 443}


class Unclear(Exception):
    """A request whose end cannot be told."""


@dataclass(frozen=True, slots=True)
class Target:
    """The server everything goes to."""

    host: str
    port: int
    named: str
    """How it calls itself, as `Host` says it."""
    tls: bool

    @classmethod
    def of(cls, address: str) -> Target:
        """The target at an address such as `http://127.0.0.1:4648`."""
        parts = urlsplit(address)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{address} is no address of a server: http://HOST:PORT is")
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], parts.netloc, parts.scheme == "https")

    async def open(self) -> Streams:
        """A new connection to it."""
        context = ssl.create_default_context() if self.tls else None
        return await asyncio.open_connection(self.host, self.port, ssl=context, limit=LONGEST_HEAD)


@dataclass(frozen=True, slots=True)
class Head:
    """A request's first lines."""

    start: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Name and the whole line."""

    @classmethod
    def parse(cls, raw: bytes) -> Head:
        """Raises `Unclear`."""
        start, *lines = raw.removesuffix(b"\r\n\r\n").split(b"\r\n")
        if any(not line or line[:1].isspace() or b":" not in line for line in lines):
            raise Unclear("a header is no header")
        return cls(start, tuple((line.partition(b":")[0].strip().lower(), line) for line in lines))

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header."""
        return [line.partition(b":")[2].strip() for key, line in self.fields if key == name]

    def aimed(self, host: str) -> bytes:
        """The same for another host, ready to be sent."""
        rest = (line for key, line in self.fields if key != b"host")
        return b"\r\n".join([self.start, b"Host: " + host.encode("ascii"), *rest, b"", b""])


async def forward(streams: Streams, target: Target, first: bytes = b"") -> None:
    """Carry requests to the server and answers back, until either side ends; `first` is a head already read."""
    reader, writer = streams
    async with _opened(target) as (answers, server):
        backwards = asyncio.create_task(copy(answers, writer))
        onwards = asyncio.create_task(_requests(reader, server, target.named, first))
        await _until_over(backwards, onwards)


async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """All bytes from one to the other, and the end."""
    while piece := await source.read(PIECE):
        sink.write(piece)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The lines up to the empty one; nothing if the connection ends before it."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    except asyncio.LimitOverrunError as error:
        raise Unclear("the headers are too long") from error


async def _requests(reader: asyncio.StreamReader, server: asyncio.StreamWriter, host: str, raw: bytes) -> None:
    while raw := raw or await read_head(reader):
        head = Head.parse(raw)
        server.write(head.aimed(host))
        await _body(head, reader, server)
        await server.drain()
        raw = b""


async def _body(head: Head, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    lengths, codings = set(head.values(b"content-length")), head.values(b"transfer-encoding")
    match [value.lower() for value in codings], list(lengths):
        case [], []:
            return
        case [], [length] if _LENGTH.fullmatch(length):
            await _exactly(int(length), reader, sink)
        case [b"chunked"], []:
            await _chunks(reader, sink)
        case _:
            raise Unclear("how long the body is cannot be told")


async def _exactly(size: int, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise Unclear("the body ends early")
        size -= len(piece)
        sink.write(piece)
        await sink.drain()


async def _chunks(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size := await _chunk_size(reader, sink):
        await _exactly(size + len(b"\r\n"), reader, sink)
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        sink.write(line)
    sink.write(line)


async def _chunk_size(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    line = await reader.readline()
    found = _CHUNK.fullmatch(line)
    if found is None:
        raise Unclear("a chunk has no length")
    sink.write(line)
    return int(found[1], 16)


@asynccontextmanager
async def _opened(target: Target) -> AsyncGenerator[Streams]:
    answers, server = await target.open()
    try:
        yield answers, server
    finally:
        server.close()


async def _until_over(backwards: asyncio.Task[None], onwards: asyncio.Task[None]) -> None:
    """Until the server has ended; a client that has nothing more to ask still gets what it asked for."""
    try:
        await asyncio.wait({backwards, onwards}, return_when=asyncio.FIRST_COMPLETED)
        if onwards.done():
            onwards.result()
            await backwards
    finally:
        backwards.cancel()
        onwards.cancel()
        await asyncio.wait({backwards, onwards})
