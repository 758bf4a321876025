"""Forward the requests of one connection to the server with a new `Host`, and copy the responses back unread.

Of a request, only the end of its body is parsed (a length, chunks, or no body), to find the next head. Each connection
of the program has one connection to the server, so responses (to HEAD, 100, 304, chunks, trailers) and timeouts need no
parsing here. Only the piece that is being copied is in memory.

`X-Forwarded-Host` tells the server which of Imgur's hosts the program requested: that of the API, of pages, or of
files. `X-Imgur-Links`, an option of the relay, asks for links to Imgur's hosts in the response.
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

PIECE_SIZE = 1 << 16
"""Bytes that are read and written at a time."""
CONNECT_TIMEOUT = 30.0
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER = re.compile(rb"[^\s:]+:[\t\x20-\x7e\x80-\xff]*\r\n")
_PROXY_HEADERS = frozenset({b"proxy-authorization", b"proxy-connection"})
_CONNECTION_HEADERS = frozenset({b"connection", b"keep-alive"})


class Streams(NamedTuple):
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class Upstream:
    """The server that all requests to Imgur go to."""

    host: str
    port: int
    authority: str
    """Host and port as in its `Host` header."""
    tls: ssl.SSLContext | None
    imgur_links: bool
    """Whether responses should have links to Imgur's hosts instead of the server's own."""

    @classmethod
    def of(cls, address: str, *, imgur_links: bool = False) -> Upstream:
        """Return the server at a URL such as `http://127.0.0.1:4648`.

        Raises:
            ValueError: it is not the URL of a server.
        """
        parts = urlsplit(address)
        parts = parts._replace(netloc=parts.netloc.encode("idna").decode("ascii"))  # headers are ASCII
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or parts.path not in {"", "/"}:
            raise ValueError(f"{address} is not the URL of a server: http://HOST:PORT is")
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.netloc, tls, imgur_links)

    def headers_for(self, host: str) -> dict[bytes, bytes]:
        """Return the headers that replace those of a program that requested this host of Imgur."""
        headers = {b"host": self.authority.encode("ascii"), b"x-forwarded-host": host.encode("ascii")}
        return headers | {b"x-imgur-links": b"1"} if self.imgur_links else headers

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[Streams]:
        """Connect to the server, and close the connection after the block.

        Raises:
            ProxyError: it cannot be reached.
        """
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                streams = await asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=LONGEST_HEAD)
        except OSError as error:  # TimeoutError and SSLError too
            raise ProxyError(
                502, f"{self.authority} cannot be reached: {error.strerror or 'it does not answer'}"
            ) from error
        try:
            yield Streams(*streams)
        finally:
            streams[1].close()


async def forward(
    streams: Streams,
    connection: AbstractAsyncContextManager[Streams],
    headers: Mapping[bytes, bytes],
    head: RequestHead,
    *,
    once: bool = False,
) -> None:
    """Carry requests to a server and responses back, until either side closes its connection.

    Args:
        streams: the program's connection.
        connection: connects to the server; entered only if `head` is acceptable.
        headers: replace the program's headers of the same names in every request.
        head: the head of the first request, already read.
        once: whether the connection carries this request only: the next one may be for another server.
    """
    _check(head)
    async with connection as server:
        responses = asyncio.create_task(copy(server.reader, streams.writer))
        requests = asyncio.create_task(_copy_requests(streams.reader, server.writer, headers, head, once))
        await _until_closed(responses, requests, once=once)


async def copy(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, progress: Callable[[], None] = lambda: None
) -> None:
    """Copy all bytes and the end of the stream; call `progress` after each piece."""
    while piece := await source.read(PIECE_SIZE):
        sink.write(piece)
        await sink.drain()
        progress()
    if sink.can_write_eof():
        sink.write_eof()


async def _copy_requests(
    reader: asyncio.StreamReader,
    server: asyncio.StreamWriter,
    headers: Mapping[bytes, bytes],
    head: RequestHead | None,
    once: bool,
) -> None:
    replaced = {**headers, b"connection": b"close"} if once else headers
    removed = _PROXY_HEADERS | _CONNECTION_HEADERS if once else _PROXY_HEADERS
    while head:
        size = _check(head)
        server.write(head.to_bytes(replaced.items(), removed))
        await _copy_body(size, reader, server)
        await server.drain()
        head = None if once else await read_head(reader)


def _check(head: RequestHead) -> Size:
    """Return the length of the body.

    Raises:
        ProxyError: the request must not reach the server.
    """
    if not head.target.startswith(b"/") and head.target != b"*":
        raise ProxyError(400, "the request target is not a path")
    if head.method == b"CONNECT":  # some servers would read what follows as a tunnel, this relay as a request
        raise ProxyError(400, "CONNECT within a tunnel is not supported")
    return head.size


async def _copy_body(size: Size, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    if size == "chunked":
        await _copy_chunks(reader, sink)
    else:
        await _copy_bytes(size, reader, sink)


async def _copy_bytes(size: int, reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size:
        piece = await reader.read(min(size, PIECE_SIZE))
        if not piece:
            raise ProxyError(400, "the body ends early")
        size -= len(piece)
        sink.write(piece)
        await sink.drain()


async def _copy_chunks(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while size := await _copy_chunk_size(reader, sink):
        await _copy_bytes(size, reader, sink)
        if await reader.readexactly(2) != b"\r\n":
            raise ProxyError(400, "a chunk is longer than its size")
        sink.write(b"\r\n")
    while (line := await read_line(reader)) != b"\r\n":
        if not _TRAILER.fullmatch(line):
            raise ProxyError(400, "a trailer is malformed")
        sink.write(line)
        await sink.drain()
    sink.write(line)


async def _copy_chunk_size(reader: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    line = await read_line(reader)
    size = _CHUNK.fullmatch(line)
    if size is None:
        raise ProxyError(400, "a chunk has no size")
    sink.write(line)
    return int(size[1], 16)


async def _until_closed(responses: asyncio.Task[None], requests: asyncio.Task[None], *, once: bool) -> None:
    """Wait until either side has closed; with `once`, until the response has come.

    Within TLS there is no half-closed connection. Errors in later requests are not reported: the response to an earlier
    request may be on its way.
    """
    try:
        await asyncio.wait({responses, requests}, return_when=asyncio.FIRST_COMPLETED)
        with suppress(ProxyError, asyncio.IncompleteReadError):
            if requests.done():
                requests.result()
                if once:
                    await responses
    finally:
        responses.cancel()
        requests.cancel()
        await asyncio.gather(responses, requests, return_exceptions=True)
