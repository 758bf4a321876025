"""One connection's requests, handed on to the server as they came, save `Host`; its answers come back untouched.

Only where a request ends has to be understood, so that the next head is found: a length, chunks, or no body. A
connection of the program is a connection to the server, so what an answer is (to HEAD, a 100, a 304, in chunks, with
trailers) and how long a pause may be is between those two. Nothing is kept but the piece that is under way.

`X-Forwarded-Host` says under which of Imgur's names the program asked: that of the API, of pages, or of pictures; and
`X-Imgur-Links`, if the relay was told so, that the links of the answer shall name Imgur's hosts.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from .imgur_hosts import PORTS
from .request_head import LONGEST_HEAD, ProxyError, RequestHead, Size, read_head, read_line

PIECE = 1 << 16
CONNECT_SECONDS = 30.0
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER = re.compile(rb"[^\s:]+:[\t\x20-\x7e\x80-\xff]*\r\n")
_OURS = frozenset({b"proxy-authorization", b"proxy-connection"})
_CONNECTION = frozenset({b"connection", b"keep-alive"})


class Streams(NamedTuple):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class Upstream:
    """The server everything goes to."""

    host: str
    port: int
    named: str
    """How it calls itself, as `Host` says it."""
    tls: ssl.SSLContext | None
    imgur_links: bool
    """Whether it is asked for links to Imgur's hosts instead of its own."""

    @classmethod
    def of(cls, address: str, *, imgur_links: bool = False) -> Upstream:
        """The target at an address such as `http://127.0.0.1:4648`."""
        parts = urlsplit(address)
        parts = parts._replace(netloc=parts.netloc.encode("idna").decode("ascii"))  # headers hold no other letters
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or parts.path not in {"", "/"}:
            raise ValueError(f"{address} is not the URL of a server: http://HOST:PORT is")
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.netloc, tls, imgur_links)

    def headers_for(self, meant: str) -> dict[bytes, bytes]:
        """The headers that take the place of the program's, which asked for that host."""
        told = {b"host": self.named.encode("ascii"), b"x-forwarded-host": meant.encode("ascii")}
        return told | {b"x-imgur-links": b"1"} if self.imgur_links else told

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Streams]:
        """A connection to it; raises `Refused` if there is none to be had."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                streams = await asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=LONGEST_HEAD)
        except OSError as error:  # TimeoutError and SSLError are some
            raise ProxyError(
                502, f"{self.named} cannot be reached: {error.strerror or 'it does not answer'}"
            ) from error
        try:
            yield Streams(*streams)
        finally:
            streams[1].close()


async def forward(
    streams: Streams,
    opened: AbstractAsyncContextManager[Streams],
    headers: Mapping[bytes, bytes],
    head: RequestHead,
    *,
    once: bool = False,
) -> None:
    """Carry requests to a server and answers back, until either side ends.

    Args:
        streams: the program's connection.
        opened: opens the connection to the server; entered only if `head` is acceptable.
        headers: replace the program's headers of the same names in every request.
        head: the head of the first request, already read.
        once: whether the connection carries this request only: the next one may be for another server.
    """
    _check(head)
    async with opened as server:
        backwards = asyncio.create_task(copy(server.reader, streams.writer))
        onwards = asyncio.create_task(_requests(streams.reader, server.writer, headers, head, once))
        await _until_closed(backwards, onwards, once=once)


async def copy(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, progress: Callable[[], None] = lambda: None
) -> None:
    """Copy all bytes and the end from one to the other; calls `progress` after each piece."""
    while piece := await source.read(PIECE):
        sink.write(piece)
        await sink.drain()
        progress()
    if sink.can_write_eof():
        sink.write_eof()


async def _requests(
    reader: asyncio.StreamReader,
    server: asyncio.StreamWriter,
    headers: Mapping[bytes, bytes],
    head: RequestHead | None,
    once: bool,
) -> None:
    instead = {**headers, b"connection": b"close"} if once else headers
    without = _OURS | _CONNECTION if once else _OURS
    while head:
        size = _check(head)
        server.write(head.to_bytes(instead.items(), without))
        await _body(size, reader, server)
        await server.drain()
        head = None if once else await read_head(reader)


def _check(head: RequestHead) -> Size:
    """How long the body is; raises `Refused` for what the server shall not hear of."""
    if not head.aim.startswith(b"/") and head.aim != b"*":
        raise ProxyError(400, "what is asked for is no path")
    if head.method == b"CONNECT":  # what follows it is no request to some servers, and one to us
        raise ProxyError(400, "there is no tunnel within a tunnel")
    return head.size


async def _body(size: Size, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    if size == "chunked":
        await _chunks(reader, sink)
    else:
        await _exactly(size, reader, sink)


async def _exactly(size: int, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise ProxyError(400, "the body ends early")
        size -= len(piece)
        sink.write(piece)
        await sink.drain()


async def _chunks(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size := await _chunk_size(reader, sink):
        await _exactly(size, reader, sink)
        if await reader.readexactly(2) != b"\r\n":
            raise ProxyError(400, "a chunk is longer than it says")
        sink.write(b"\r\n")
    while (line := await read_line(reader)) != b"\r\n":
        if not _TRAILER.fullmatch(line):
            raise ProxyError(400, "a trailer is no trailer")
        sink.write(line)
        await sink.drain()
    sink.write(line)


async def _chunk_size(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    line = await read_line(reader)
    found = _CHUNK.fullmatch(line)
    if found is None:
        raise ProxyError(400, "a chunk has no length")
    sink.write(line)
    return int(found[1], 16)


async def _until_closed(backwards: asyncio.Task[None], onwards: asyncio.Task[None], *, once: bool) -> None:
    """Until either side has ended; whose one request was said still gets the answer (within TLS an end is both ways).

    What is wrong with a later request cannot be told: an answer to an earlier one may be under way.
    """
    try:
        await asyncio.wait({backwards, onwards}, return_when=asyncio.FIRST_COMPLETED)
        with suppress(ProxyError, asyncio.IncompleteReadError):
            if onwards.done():
                onwards.result()
                if once:
                    await backwards
    finally:
        backwards.cancel()
        onwards.cancel()
        await asyncio.gather(backwards, onwards, return_exceptions=True)
