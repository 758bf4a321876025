"""uvicorn's HTTP/1.1, with a limit to how long a client may take before its request has begun.

uvicorn waits for ever for the rest of a head, and for the rest of a body that nobody reads any more; a handful of
clients that send a byte now and then, or nothing at all, would hold every connection. What is read has its own
deadline (`bodies`), and what idles between two requests has uvicorn's.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection on which no request begins within `patience` seconds.

    Where a body is still coming that was answered without being read, it has `longest`.
    """

    patience = 30.0
    longest = 600.0
    _end: asyncio.TimerHandle | None = None
    _begun = False
    _inside = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there, who may still say nothing."""
        super().connection_made(transport)
        self._wait(self.patience)

    def on_headers_complete(self) -> None:
        """A request has begun; its body follows."""
        super().on_headers_complete()
        self._begun = self._inside = True
        self._go_on()

    def on_message_complete(self) -> None:
        """The request is whole."""
        super().on_message_complete()
        self._inside = False

    def data_received(self, data: bytes) -> None:
        """Bytes, after which perhaps nobody works on a request: then the next one, or the end, is waited for."""
        super().data_received(data)
        if self._begun and self.cycle.response_complete:
            self._wait(self.longest if self._inside else self.patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._go_on()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        if self._end is None:
            self._end = self.loop.call_later(seconds, self.transport.abort)

    def _go_on(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
