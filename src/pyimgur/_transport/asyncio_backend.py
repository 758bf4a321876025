"""Connections for httpcore2 on asyncio alone: what has arrived is read at once, not one TLS record after the other.

httpcore2's own connections read at most 16 KiB at a time, through the cancel scopes of anyio: most of what a large
response costs.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import httpcore2
import httpx2

from .connection_pool import LIMITS, pool, proxy_errors
from .tls import tls

HAPPY_EYEBALLS_DELAY = 0.25
"""Seconds after which the next address of a host is tried as well."""
MAX_BUFFERED = 256 * 1024
"""Bytes that wait to be read before the connection is paused."""


@contextmanager
def _errors_as(error: type[Exception], timeout: type[Exception]) -> Generator[None]:
    """Within this block, raise errors of the network as httpcore2's."""
    try:
        yield
    except TimeoutError as cause:
        raise timeout(str(cause)) from cause
    except OSError as cause:  # also of TLS
        raise error(str(cause)) from cause


class _Protocol(asyncio.Protocol):
    """Buffers the bytes that have arrived on a connection, and knows whether more may be sent."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.ended = False
        """Whether nothing arrives any more."""
        self.error: Exception | None = None
        self._paused = False
        self._writable: asyncio.Future[None] | None = None
        self._readable: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) > MAX_BUFFERED and self.transport is not None and not self._paused:
            self.transport.pause_reading()
            self._paused = True
        _wake(self._readable)

    def eof_received(self) -> None:
        self.ended = True
        _wake(self._readable)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended, self.error = True, exc or self.error
        _wake(self._readable)
        _wake(self._writable)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        _wake(self._writable)
        self._writable = None

    @property
    def has_received(self) -> bool:
        """Whether anything can be read, if only the end."""
        return self.ended or bool(self.received) or self.transport is None or self.transport.is_closing()

    async def read(self, max_bytes: int) -> bytes:
        """Return what has arrived; wait if that is nothing, and return b"" at the end.

        Raises:
            OSError: the connection broke off.
        """
        if not self.received and not self.ended:
            self._readable = asyncio.get_running_loop().create_future()
            await self._readable
        if not self.received and self.error is not None:
            raise self.error
        data = bytes(memoryview(self.received)[:max_bytes])
        del self.received[:max_bytes]
        if self._paused and self.transport is not None and len(self.received) <= MAX_BUFFERED:
            self._paused = False
            self.transport.resume_reading()
        return data

    async def drain(self) -> None:
        """Wait until more may be sent.

        Raises:
            OSError: the connection broke off.
        """
        if self._writable is not None:
            await self._writable
        if self.error is not None or self.transport is None or self.transport.is_closing():
            raise self.error or ConnectionResetError("the connection was closed")


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _is_readable(connection: socket.socket) -> bool:
    """Return whether something has arrived that the loop, which may have been busy, has not seen yet."""
    if not hasattr(select, "poll"):
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection to a server."""

    def __init__(self, transport: asyncio.Transport, protocol: _Protocol) -> None:
        self._transport = transport
        self._protocol = protocol

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _errors_as(httpcore2.ReadError, httpcore2.ReadTimeout):
            async with asyncio.timeout(timeout):
                return await self._protocol.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        with _errors_as(httpcore2.WriteError, httpcore2.WriteTimeout):
            self._transport.write(buffer)
            async with asyncio.timeout(timeout):
                await self._protocol.drain()

    async def aclose(self) -> None:
        self._transport.abort()  # `close` would wait for a peer that does not read
        await asyncio.sleep(0)  # the loop closes the socket before it goes on

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            with _errors_as(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                async with asyncio.timeout(timeout):
                    transport = await loop.start_tls(
                        self._transport, self._protocol, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            await self.aclose()
            raise
        assert transport is not None
        self._protocol.transport = transport
        return _Stream(transport, self._protocol)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of an idle connection: nothing may have arrived, not even its end
            return self._protocol.has_received or _is_readable(self._transport.get_extra_info("socket"))
        return self._transport.get_extra_info(_NAMES.get(info, info))


_NAMES = {"client_addr": "sockname", "server_addr": "peername"}


class AsyncioBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections on the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        local = None if local_address is None else (local_address, 0)
        with _errors_as(httpcore2.ConnectError, httpcore2.ConnectTimeout):
            async with asyncio.timeout(timeout):
                transport, protocol = await loop.create_connection(
                    _Protocol, host, port, local_addr=local, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY
                )
        for option in socket_options or ():
            transport.get_extra_info("socket").setsockopt(*option)
        return _Stream(transport, protocol)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


_POOLS = (httpcore2.AsyncConnectionPool, httpcore2.AsyncHTTPProxy, httpcore2.AsyncSOCKSProxy)


class _AsyncTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport over connections of asyncio's own loops; any other loop has httpx2's own."""

    def __init__(self, proxy: str | None) -> None:
        super().__init__(verify=tls(), limits=LIMITS, proxy=proxy)
        if isinstance(asyncio.get_running_loop(), asyncio.BaseEventLoop):
            self._pool = pool(_POOLS, AsyncioBackend(), proxy)


def async_transport(proxy: str | None) -> httpx2.AsyncBaseTransport:
    """Return a connection pool for async requests.

    Raises:
        NoAnswerError: the environment sets a proxy that cannot be used.
    """
    with proxy_errors():
        return _AsyncTransport(proxy)
