"""Send a response's head and the data after it in one write.

uvicorn writes them separately; each write becomes a packet of its own and wakes the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

SMALL = 4096
"""Size of a write that is held for the next one, until the event loop's next iteration at most."""
LARGE = 65536
"""Size of data that is not copied to join it with a head."""


class CoalescingTransport:
    """An `asyncio.Transport`, as far as uvicorn uses it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.get_extra_info = transport.get_extra_info
        self.is_closing = transport.is_closing
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.written = 0
        """Total bytes."""
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write `data` after the held bytes, or hold it."""
        self.written += len(data)
        held, self._held = self._held, b""
        if held:
            self._transport.writelines((held, data) if len(data) > LARGE else (held + data,))
        elif 0 < len(data) <= SMALL:
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Flush and close."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Write the held bytes."""
        if self._held and not self._transport.is_closing():
            self._transport.write(self._held)
        self._held = b""
