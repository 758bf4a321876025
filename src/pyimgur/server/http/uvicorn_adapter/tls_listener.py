"""Accept TLS connections, with a number and a deadline for handshakes that are not finished.

A loop's own TLS server tells nobody of a connection before its handshake is over, so clients that say nothing would
hold any number of descriptors. Here the oldest handshake of the address with the most of them makes room for a new one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.http.uvicorn_adapter.connections import network_of

if TYPE_CHECKING:
    import socket
    import ssl

SHARE = 4
"""One handshake for so many connections, at most."""
FEWEST = 16
PAUSE = 0.1
"""Seconds until the next try, when the system gives no descriptor."""


class TLSListener:
    """A listening socket; accepts in a task of its own until `close`.

    Args:
        listener: the socket.
        protocol: makes the protocol of a connection, as for `loop.create_server`.
        tls: how to speak TLS.
        seconds: how long a handshake may take.
        connections: how many connections there may be.
    """

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext,
        *,
        seconds: float,
        connections: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._seconds = seconds
        self._most = max(FEWEST, connections // SHARE)
        self._handshakes: dict[asyncio.Task[None], str] = {}
        listener.setblocking(False)
        self._accepting = self._loop.create_task(self._accept())

    def close(self) -> None:
        """Accept no more, and end handshakes."""
        for task in (self._accepting, *self._handshakes):
            task.cancel()

    async def _accept(self) -> None:
        while True:
            try:
                connection, address = await self._loop.sock_accept(self._listener)
            except OSError:  # no descriptor is free, or the client has gone already
                await asyncio.sleep(PAUSE)
                continue
            if len(self._handshakes) >= self._most:
                self._end_one()
            task = self._loop.create_task(self._shake_hands(connection))
            self._handshakes[task] = network_of(str(address[0]))
            task.add_done_callback(partial(self._finish, connection))

    async def _shake_hands(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._tls, ssl_handshake_timeout=self._seconds
            )
        except OSError:  # also what TLS finds wrong, and the deadline
            connection.close()

    def _finish(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._handshakes.pop(task, None)
        if task.cancelled():  # perhaps before it had begun
            connection.close()

    def _end_one(self) -> None:
        """End the oldest handshake of the address with the most of them."""
        ((address, _),) = Counter(self._handshakes.values()).most_common(1)
        oldest = next(task for task, its in self._handshakes.items() if its == address)
        del self._handshakes[oldest]
        oldest.cancel()
