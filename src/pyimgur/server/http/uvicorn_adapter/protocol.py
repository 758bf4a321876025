"""uvicorn's HTTP/1.1 protocol with strict parsing, header timeouts and a size limit for heads.

uvicorn waits without limit for the rest of a head, and for the rest of a body that is no longer read: a few clients
that send a byte now and then, or nothing, would hold every connection. It also buffers a head of any length. The body
of a request has its own deadline (`http.request_body`). `connections` counts connections and closes slow readers.

Invalid requests get an error in Imgur's format, and the connection is closed.
"""

from __future__ import annotations

import asyncio
import socket as sockets
import sys
from contextlib import suppress
from http import HTTPStatus
from socket import IPPROTO_TCP
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyimgur.server.http.responses import JSON, encode
from pyimgur.server.http.uvicorn_adapter.parser import MAX_TARGET_BYTES, RequestParser
from pyimgur.server.http.uvicorn_adapter.write_coalescing import CoalescingTransport

if TYPE_CHECKING:
    from pyimgur.server.http.uvicorn_adapter.connections import ConnectionTable
    from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits

try:
    import fcntl
    import termios
except ImportError:  # as on Windows
    fcntl = termios = None  # pyright: ignore[reportAssignmentType]

MAX_UNSENT = 1 << 18
"""Bytes of a response in the kernel's buffer, besides those in flight."""
TCP_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}.get(sys.platform)
"""The socket module of Python 3.11 lacks it."""


class HTTPProtocol(HttpToolsProtocol):
    """A connection. It is closed if no request begins within the limits."""

    def __init__(self, *, limits: ConnectionLimits, table: ConnectionTable, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._request_parser = RequestParser(self)
        self.parser = cast("httptools.HttpRequestParser", self._request_parser)
        self.url = b""
        self._limits = limits
        self._table = table
        self._head_size = 0
        """Bytes received since the end of the last head or the last piece of a body."""
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False
        self._inside = False
        self._last_received = 0.0
        """When bytes were last received."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request, if the connection is accepted."""
        self._coalescing = CoalescingTransport(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", self._coalescing))
        self._bound_unsent()
        self._abort_in(self._limits.head_seconds)
        if not self._table.add(self, self.client[0] if self.client else None):
            self._send_error(HTTPStatus.SERVICE_UNAVAILABLE)

    def on_headers_complete(self) -> None:
        """Start the request. Its body follows."""
        self._head_size = 0
        super().on_headers_complete()
        self._begun = self._inside = True
        self._stop_timer()
        self._table.set_busy(self)

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of the body."""
        self._head_size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._head_size = 0
        super().on_message_complete()
        self._inside = False

    def on_response_complete(self) -> None:
        """Start the next request of the pipeline, or wait for one."""
        super().on_response_complete()
        if self.cycle.response_complete:  # otherwise the next request of the pipeline has started
            self._table.set_idle(self)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes. Between requests, start the timer for the next one or for the rest of the body."""
        self._last_received = self.loop.time()
        self._head_size += len(data)
        super().data_received(data)
        if self._head_size > self._limits.head_bytes and not self.transport.is_closing():
            self._send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._begun and self.cycle.response_complete:
            self._abort_in(self._limits.unread_body_seconds if self._inside else self._limits.head_seconds)

    def send_400_response(self, msg: str) -> None:
        """Reject an invalid request. uvicorn calls this once, and nothing is parsed afterwards."""
        self._send_error(self._request_parser.rejection or HTTPStatus.BAD_REQUEST)

    def eof_received(self) -> None:
        """Flush, because the transport closes by itself after this."""
        self._coalescing.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place, the timer and the parser."""
        self._table.discard(self)
        self._stop_timer()
        super().connection_lost(exc)
        self._request_parser.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def delivered(self) -> int | None:
        """Return how many bytes have reached the client; None if nothing is waiting to be sent."""
        unsent = self._coalescing.get_write_buffer_size()
        return self._coalescing.written - unsent - self._unacknowledged() if unsent else None

    def last_heard(self) -> float | None:
        """Return when the client last sent something; None if no body is expected, or reading is paused."""
        return self._last_received if self._inside and not self.flow.read_paused else None

    def _bound_unsent(self) -> None:
        """Limit the kernel's send buffer: otherwise a client that reads nothing costs 4 MB of memory."""
        socket = self._coalescing.get_extra_info("socket")
        if TCP_NOTSENT_LOWAT and socket is not None and socket.family != getattr(sockets, "AF_UNIX", None):
            with suppress(OSError):
                socket.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, MAX_UNSENT)

    def _unacknowledged(self) -> int:
        """Return how many bytes the kernel still holds. Its buffers are large, and slow readers empty them slowly."""
        if fcntl is None or termios is None:
            return 0
        socket = self._coalescing.get_extra_info("socket")
        try:
            return int.from_bytes(fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except OSError:  # the system does not count them, or the socket was just closed
            return 0

    def _send_error(self, status: HTTPStatus) -> None:
        if self._owes_response():
            self.transport.abort()
            return
        if len(self.url) > MAX_TARGET_BYTES:
            status = HTTPStatus.REQUEST_URI_TOO_LONG
        data = {"error": status.phrase, "request": "", "method": ""}
        body = encode({"data": data, "success": False, "status": status.value})
        head: tuple[str, ...] = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"content-length: {len(body)}",
            "connection: close",
        )
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            head = *head, "retry-after: 1"
        lines = *(line.encode() for line in head), b": ".join(JSON), b""
        self.transport.write(b"\r\n".join((*lines, body)))
        self.transport.close()

    def _owes_response(self) -> bool:
        """Return whether sending an error now could be read as the response to an earlier request, or as a part of it.

        The request with the invalid body itself may be answered, if its response has not started.
        """
        if not self._begun or self.cycle.response_complete:
            return False
        return bool(self.pipeline) or self.cycle.response_started or not self._inside

    def _abort_in(self, seconds: float) -> None:
        """Start the timer that closes the connection, unless it is running."""
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
