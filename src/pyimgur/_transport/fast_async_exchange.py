"""The fast exchange of the async client, for one event loop: HTTP/1.1 over its own connections, read with httptools."""

from __future__ import annotations

import asyncio
import select
import weakref
from contextlib import suppress
from typing import cast

from .._core.effects import HTTPRequest, Reply
from .deadline import Deadline
from .http1 import Framing, Origin, Response
from .httpx_exchange import AsyncHttpxExchange
from .idle_connections import IdleConnections
from .network_errors import ExchangeError, failure
from .request_body import RequestBody
from .routes import Routes
from .tls import tls


class AsyncConnection(asyncio.Protocol):
    """A connection to a server, as the event loop calls it; one request at a time uses it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._response: Response | None = None
        self._outcome: asyncio.Future[None]
        """Done when the response is complete, or will never be."""
        self._writable: asyncio.Future[None] | None = None
        """What a full connection waits for: until it takes bytes again, or the outcome is known."""
        self._moved = 0.0
        """When bytes arrived last."""
        self._timer: asyncio.TimerHandle

    async def exchange(self, request: HTTPRequest, head: bytes, response: Response, deadline: Deadline) -> bool:
        """Send a request and read its response; return whether the connection can be used again.

        Raises:
            ExchangeError: the response is not complete.
        """
        self._response, self._outcome = response, self._loop.create_future()
        try:
            whole = await self._send_request(request, head, deadline)
            self._moved = self._loop.time()
            await self._wait_for_outcome()
        finally:
            self._response = None
            if self._outcome.done() and not self._outcome.cancelled():
                self._outcome.exception()  # it may not have been awaited
        return whole and response.reusable

    def is_usable(self) -> bool:
        """Return whether an idle connection can take a request: it is open, and the server sent nothing."""
        return not self._transport.is_closing() and not _is_readable(self._transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Cut the connection."""
        with suppress(RuntimeError):  # its event loop is closed
            self._transport.abort()

    async def _send_request(self, request: HTTPRequest, head: bytes, deadline: Deadline) -> bool:
        """Send a request, but stop when a response comes before its end; return whether all of it was sent."""
        if request.body is None:
            self._transport.write(head)
            return True
        framing = Framing(request.body.length)
        async for chunk in RequestBody(request.body, deadline):
            self._transport.write(head + framing.frame(chunk))
            head = b""
            if framing.complete:
                continue
            await self._drain()
            if self._outcome.done():
                return False
        self._transport.write(head + framing.end())
        return True

    async def _drain(self) -> None:
        """Let the event loop send and receive; wait while the connection is full."""
        if self._writable is None:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._writable
        except TimeoutError:
            raise ExchangeError("the server takes no bytes", timed_out=True) from None

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
        self.resume_writing()

    async def _wait_for_outcome(self) -> None:
        """Wait for the rest of the response, as long as bytes come."""
        self._timer = self._loop.call_later(self._timeout, self._check_progress)
        try:
            await self._outcome
        finally:
            self._timer.cancel()

    def _check_progress(self) -> None:
        """Give up if no bytes came for as long as one read may take; else look again when that may be."""
        quiet = self._loop.time() - self._moved
        if quiet >= self._timeout:
            self._settle(ExchangeError("no bytes came", timed_out=True))
        else:
            self._timer = self._loop.call_later(self._timeout - quiet, self._check_progress)


class FastAsyncExchange:
    """Sends requests on the event loop in which it was created."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._others = AsyncHttpxExchange(None, timeout)
        self._routes = Routes()
        self._idle = IdleConnections[AsyncConnection]()
        self._in_use = weakref.WeakSet[AsyncConnection]()

    async def close(self) -> None:
        await self._others.close()
        self._routes.clear()
        for connection in list(self._in_use):
            connection.close()
        self._idle.close()

    async def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        if (plain := self._routes.direct(request)) is None:
            return await self._others.send(request, deadline)
        origin, head = plain
        connection = self._idle.take(origin) or await self._connect(request, origin, deadline)
        self._in_use.add(connection)
        response = Response(request, deadline)
        reusable = False
        try:
            reusable = await connection.exchange(request, head, response, deadline)
        except ExchangeError as error:
            raise failure(error, request, origin.netloc, deadline) from error
        finally:
            self._in_use.discard(connection)
            if reusable:
                self._idle.put(origin, connection)
            else:
                connection.close()
        return response.reply

    async def _connect(self, request: HTTPRequest, origin: Origin, deadline: Deadline) -> AsyncConnection:
        context = tls() if origin.tls else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout):
                _, connection = await loop.create_connection(
                    lambda: AsyncConnection(self._timeout), origin.host, origin.port, ssl=context
                )
        except OSError as error:  # TimeoutError is one
            timed_out = isinstance(error, TimeoutError)
            problem = ExchangeError(str(error) or "connecting took too long", timed_out=timed_out)
            raise failure(problem, request, origin.netloc, deadline, connected=False) from error
        return connection


def _is_readable(descriptor: int) -> bool:
    """Return whether bytes or the end have arrived that the event loop has not noticed yet."""
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
