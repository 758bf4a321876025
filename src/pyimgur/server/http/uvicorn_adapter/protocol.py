"""uvicorn's HTTP/1.1 protocol with strict parsing, and with limits to how long and how large a request's head may be.

Connections are counted, and who reads too slowly is cut off, in `connections`.

uvicorn waits for ever for the rest of a head, and for the rest of a body that nobody reads any more; a handful of
clients that send a byte now and then, or nothing at all, would hold every connection. It also keeps a head of any
length in memory. A body that is read has its own deadline (`http.request_body`).

What is no request gets an error in Imgur's shape, and the connection ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios
from contextlib import suppress
from http import HTTPStatus
from socket import AF_UNIX, IPPROTO_TCP
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyimgur.server.http.responses import JSON, encode
from pyimgur.server.http.uvicorn_adapter.parser import LONGEST_TARGET, RequestParser
from pyimgur.server.http.uvicorn_adapter.write_coalescing import CoalescingTransport

if TYPE_CHECKING:
    from pyimgur.server.http.uvicorn_adapter.connections import ConnectionTable
    from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits

MOST_UNSENT = 1 << 18
"""Bytes that the kernel holds of a response besides those on their way to the client."""
TCP_NOTSENT_LOWAT = {"linux": 25, "darwin": 0x201}.get(sys.platform)
"""Python 3.11 has no name for it."""


class HTTPProtocol(HttpToolsProtocol):
    """One connection. It is closed where no request begins within the limits."""

    def __init__(self, *, limits: ConnectionLimits, table: ConnectionTable, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._request_parser = RequestParser(self)
        self.parser = cast("httptools.HttpRequestParser", self._request_parser)
        self.url = b""
        self._limits = limits
        self._table = table
        self._useless = 0
        """Bytes since the last that brought a head to its end, or a piece of a body."""
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False
        self._inside = False
        self._heard = 0.0
        """When the last segment came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request, if there is a place for this connection."""
        self._coalescing = CoalescingTransport(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", self._coalescing))
        self._bound_unsent()
        self._abort_in(self._limits.head_seconds)
        if not self._table.open(self, self.client[0] if self.client else None):
            self._send_error(HTTPStatus.SERVICE_UNAVAILABLE)

    def on_headers_complete(self) -> None:
        """Start the request; its body follows."""
        self._useless = 0
        super().on_headers_complete()
        self._begun = self._inside = True
        self._stop_timer()
        self._table.set_busy(self)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; what stands behind the last one, as a head does, is counted again."""
        self._useless = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._useless = 0
        super().on_message_complete()
        self._inside = False

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        super().on_response_complete()
        if self.cycle.response_complete:  # else another one was waiting
            self._table.set_idle(self)

    def data_received(self, data: bytes) -> None:
        """Parse a segment; if no request is under way then, wait for the next one, or for the end of a body."""
        self._heard = self.loop.time()
        self._useless += len(data)
        super().data_received(data)
        if self._useless > self._limits.head_bytes and not self.transport.is_closing():
            self._send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._begun and self.cycle.response_complete:
            self._abort_in(self._limits.unread_body_seconds if self._inside else self._limits.head_seconds)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; uvicorn calls this once, and nothing is parsed afterwards."""
        self._send_error(self._request_parser.refusal or HTTPStatus.BAD_REQUEST)

    def eof_received(self) -> None:
        """Write what waits: the transport closes by itself after this."""
        self._coalescing.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place, the timer and the parser."""
        self._table.close(self)
        self._stop_timer()
        super().connection_lost(exc)
        self._request_parser.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def delivered(self) -> int | None:
        """Return how many bytes have reached the client; None if none are waiting here."""
        unsent = self._coalescing.get_write_buffer_size()
        return self._coalescing.written - unsent - self._unacknowledged() if unsent else None

    def heard(self) -> float | None:
        """Return when the client last sent something; None if it owes nothing, or is kept from sending."""
        return self._heard if self._inside and not self.flow.read_paused else None

    def _bound_unsent(self) -> None:
        """Let the kernel take little more than it can send: a client that reads nothing would cost 4 MB of memory."""
        socket = self._coalescing.get_extra_info("socket")
        if TCP_NOTSENT_LOWAT and socket is not None and socket.family != AF_UNIX:
            with suppress(OSError):
                socket.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, MOST_UNSENT)

    def _unacknowledged(self) -> int:
        """Return how many bytes the kernel holds: its buffers are large, and a slow reader empties them slowly."""
        socket = self._coalescing.get_extra_info("socket")
        try:
            return int.from_bytes(fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except OSError:  # a system that does not count them, or a socket that is closed just now
            return 0

    def _send_error(self, status: HTTPStatus) -> None:
        if self._owes_response():
            self.transport.abort()  # this error would be taken for the response to an earlier request, or a part of it
            return
        if len(self.url) > LONGEST_TARGET:
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
        """Return whether a request is unanswered, except the one whose body is at fault, of which nothing was sent."""
        if not self._begun or self.cycle.response_complete:
            return False
        return bool(self.pipeline) or self.cycle.response_started or not self._inside

    def _abort_in(self, seconds: float) -> None:
        """Unless something comes before, or the time runs already."""
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
