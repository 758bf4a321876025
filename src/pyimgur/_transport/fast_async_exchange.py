"""The fast exchange of the async client, for one event loop: HTTP/1.1 over its own connections, read with httptools."""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from typing import cast

from .._core.effects import HTTPRequest, Reply
from .deadline import Deadline
from .fast_pool import Pool
from .http1 import Framing, Origin, Response
from .httpx_exchange import AsyncHttpxExchange
from .network_errors import ExchangeError
from .request_body import RequestBody
from .routes import Routes
from .tls import tls


class AsyncConnection(asyncio.Protocol):
    """A connection to a server, as the event loop calls it; one request at a time uses it."""

    def __init__(self, timeout: float) -> None:
        self.connected = self.reusable = False
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._response: Response | None = None
        self._outcome: asyncio.Future[None]
        """Done when the response is complete, or will never be."""
        self._writable: asyncio.Future[None] | None = None
        """Pending while the connection is full: done when it takes bytes again, or when the outcome is known."""
        self._moved = 0.0
        """When bytes moved last."""
        self._timer: asyncio.TimerHandle

    async def exchange(self, origin: Origin, head: bytes, response: Response) -> None:
        """Send a request and read its response.

        Raises:
            ExchangeError: the response is not complete.
        """
        self.reusable = False
        if not self.connected:
            await self._connect(origin)
        if self._transport.is_closing():  # the outcome would never come
            raise ExchangeError("the server closed the connection, or sent bytes before the request")
        self._response, self._outcome = response, self._loop.create_future()
        try:
            whole = await self._send_request(head, response)
            await self._wait_for(self._outcome)
        finally:
            self._response = None
        self.reusable = whole and response.reusable

    def is_usable(self) -> bool:
        return not self._transport.is_closing() and not _is_readable(self._transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        with suppress(RuntimeError, AttributeError):  # its event loop is closed, or it was never open
            self._transport.abort()

    cut = close

    async def _connect(self, origin: Origin) -> None:
        context = tls() if origin.scheme == "https" else None
        try:
            async with asyncio.timeout(self._timeout):
                await self._loop.create_connection(lambda: self, origin.host, origin.port, ssl=context)
        except OSError as error:  # TimeoutError is one
            timed_out = isinstance(error, TimeoutError)
            raise ExchangeError(str(error) or "connecting took too long", timed_out=timed_out) from error
        self.connected = True

    async def _send_request(self, head: bytes, response: Response) -> bool:
        """Send a request, but stop when a response comes before its end; return whether all of it was sent."""
        framing = Framing(head, response.request.body)
        if response.request.body is not None:
            async for chunk in RequestBody(response.request.body, response.deadline):
                self._transport.write(framing.frame(chunk))
                if not framing.complete:
                    await self._drain()
                    if self._outcome.done():
                        return False
        self._transport.write(framing.end())
        return True

    async def _drain(self) -> None:
        """Let the event loop send and receive; wait while the connection is full."""
        if self._writable is not None:
            await self._wait_for(self._writable)
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first one may end before what has arrived is read

    async def _wait_for(self, future: asyncio.Future[None]) -> None:
        """Wait as long as bytes move; after that, the outcome is an error, and nothing is waited for."""
        self._moved = self._loop.time()
        self._timer = self._loop.call_later(self._timeout, self._check_progress)
        try:
            await future
        finally:
            self._timer.cancel()

    def _check_progress(self) -> None:
        """Give up if no bytes moved for as long as one step may take; else look again when that may be."""
        quiet = self._loop.time() - self._moved
        if quiet >= self._timeout:
            self._settle(ExchangeError("no bytes moved", timed_out=True))
        else:
            self._timer = self._loop.call_later(self._timeout - quiet, self._check_progress)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        response, self._moved = self._response, self._loop.time()
        if response is None:
            self._transport.abort()  # a response to nothing
            return
        try:
            response.feed(data)
        except BaseException as error:  # also of a sink, for the caller
            self._settle(error)
        else:
            if response.complete:
                self._settle(None)

    def eof_received(self) -> None:
        secure: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        with suppress(ssl.SSLError):  # TLS did not say that it is the end; connection_lost follows
            if secure is None or not secure.read(1):
                self.data_received(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._response is not None:
            self._settle(ExchangeError(str(exc or "the connection was closed")))

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _settle(self, error: BaseException | None) -> None:
        """Make the outcome known, unless it is already."""
        if not self._outcome.done():
            if error is None:
                self._outcome.set_result(None)
            else:
                self._outcome.set_exception(error)
                self._outcome.exception()  # it is no mistake if nobody waits for it
        self.resume_writing()


class FastAsyncExchange:
    """Sends requests on the event loop in which it was created."""

    def __init__(self, timeout: float) -> None:
        self._others = AsyncHttpxExchange(None, timeout)
        self._routes = Routes()
        self._pool = Pool(partial(AsyncConnection, timeout))
        self._guard = _close_with_loop(self._pool)
        with suppress(StopIteration):  # runs it up to its yield, so that the event loop knows it
            anext(self._guard).send(None)

    async def close(self) -> None:
        await self._others.close()
        self._routes.clear()
        self._pool.close()

    async def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        if (plain := self._routes.direct(request)) is None:
            return await self._others.send(request, deadline)
        origin, head = plain
        response = Response(request, deadline)
        with self._pool.lease(origin, response) as connection:
            await connection.exchange(origin, head, response)
        return response.reply


async def _close_with_loop(pool: Pool[AsyncConnection]) -> AsyncGenerator[None]:
    """Close the connections when the event loop ends, which closes its async generators."""
    try:
        yield
    finally:
        pool.close()
        await asyncio.sleep(0)  # closes the sockets


def _is_readable(descriptor: int) -> bool:
    """Return whether bytes or the end have arrived that the event loop has not noticed yet."""
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
