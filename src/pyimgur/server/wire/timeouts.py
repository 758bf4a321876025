"""uvicorn's HTTP/1.1, with limits to how long a client may take before its request has begun, and to how long that is.

uvicorn waits for ever for the rest of a head, and for the rest of a body that nobody reads any more; a handful of
clients that send a byte now and then, or nothing at all, would hold every connection. It also keeps a head of any
length in memory. What is read has its own deadline (`bodies`), and what idles between two requests has uvicorn's.

Programs that ask for HTTP/2 or anything else on the same connection (curl, and Java's own client, do by themselves) get
HTTP/1.1, as they must expect; the parser would take the body of their request for the other protocol.

What is no request gets a no in Imgur's shape too, and the connection ends.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyimgur.server.wire.envelope import JSON, encode
from pyimgur.server.wire.joined import Joined

LONGEST_ADDRESS = (1 << 16) - 1
"""What the parser takes, and most programs in front of a server."""
_UPGRADE = b"\r\nupgrade:"


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection on which no request begins within `patience` seconds or `largest` bytes.

    Where a body is still coming that was answered without being read, it has `longest`.
    """

    patience = 30.0
    longest = 600.0
    url = b""
    largest = 1 << 18
    _useless = 0
    """Bytes since the last that brought a head to its end, or a piece of a body."""
    _timer: asyncio.TimerHandle | None = None
    _begun = False
    _inside = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, who may still say nothing."""
        joined = Joined(cast("asyncio.Transport", transport), self.loop)
        super().connection_made(cast("asyncio.Transport", joined))
        self._abort_in(self.patience)

    def on_headers_complete(self) -> None:
        """A request has begun; its body follows."""
        self._useless = 0
        super().on_headers_complete()
        self._begun = self._inside = True
        self._stop_timer()

    def on_body(self, body: bytes) -> None:
        """A piece of the body; what stands behind the last one, as a head does, is counted again."""
        self._useless = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._useless = 0
        super().on_message_complete()
        self._inside = False

    def data_received(self, data: bytes) -> None:
        """Bytes, after which perhaps nobody works on a request: then the next one, or the end, is waited for."""
        self._useless += len(data)
        super().data_received(data if self._inside else _without_upgrade(data))
        if self._useless > self.largest and not self.transport.is_closing():
            self._refuse(self._address_or(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        if self._begun and self.cycle.response_complete:
            self._abort_in(self.longest if self._inside else self.patience)

    def send_400_response(self, msg: str) -> None:
        """No HTTP, or more than one reading of it; or an address that is longer than the parser takes."""
        self._refuse(self._address_or(HTTPStatus.BAD_REQUEST))

    def eof_received(self) -> None:
        """The client says nothing more: the transport closes by itself now, and what waits goes out before that."""
        cast("Joined", self.transport).flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def _address_or(self, otherwise: HTTPStatus) -> HTTPStatus:
        return HTTPStatus.REQUEST_URI_TOO_LONG if len(self.url) > LONGEST_ADDRESS else otherwise

    def _refuse(self, status: HTTPStatus) -> None:
        if self._begun and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()  # a second answer inside of the first would be taken for a part of it
            return
        data = {"error": status.phrase, "request": "", "method": ""}
        body = encode({"data": data, "success": False, "status": status.value})
        head = f"HTTP/1.1 {status.value} {status.phrase}", f"content-length: {len(body)}", "connection: close"
        lines = *(line.encode() for line in head), b": ".join(JSON), b""
        self.transport.write(b"\r\n".join((*lines, body)))
        self.transport.close()

    def _abort_in(self, seconds: float) -> None:
        """Unless something comes before, or the time runs already."""
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _without_upgrade(data: bytes) -> bytes:
    """A head, and what follows it, in which the wish for another protocol has a name that the parser passes over."""
    end = data.find(b"\r\n\r\n")
    place = (data if end < 0 else data[:end]).lower().find(_UPGRADE)
    return data if place < 0 else data[:place] + b"\r\nx-" + data[place + 2 :]
