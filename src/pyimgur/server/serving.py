"""uvicorn's server, which hears at once that it is to end.

uvicorn looks ten times a second whether it should, and waits a tenth of a second more: much for a test, and a machine
that does nothing is woken ten times a second.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

TICK = 1.0
"""Seconds after which the date of answers is another one."""
MOMENT = 0.005
"""Seconds between two looks at whether all connections have ended."""


class Server(uvicorn.Server):
    """A server that ends when `stop` is called, or a signal comes."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self, *_signal: object) -> None:
        """End as with a signal; safe from another thread, and itself a signal's handler."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._told.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What uvicorn does with SIGINT and SIGTERM; the second SIGINT waits for nobody."""
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new calls, give those under way the time that the configuration names, and end them then."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while (self.server_state.connections or self.server_state.tasks) and not self.force_exit:  # noqa: ASYNC110
                    await asyncio.sleep(MOMENT)
        for task in self.server_state.tasks:
            task.cancel()
