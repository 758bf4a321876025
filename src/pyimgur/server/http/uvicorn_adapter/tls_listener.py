"""Accept TLS connections, with a limit and a deadline for unfinished handshakes.

asyncio's own TLS server reports a connection only after its handshake, so silent clients could hold any number of
descriptors. Here a new handshake replaces the oldest one of the address with the most handshakes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.services.networks import widest_network_of

if TYPE_CHECKING:
    import socket
    import ssl

CONNECTIONS_PER_HANDSHAKE = 4
"""The maximum number of handshakes is that of connections divided by this."""
MIN_HANDSHAKES = 16
RETRY_INTERVAL = 0.1
"""Seconds until the next attempt when no descriptor is free."""


class TLSListener:
    """A listening socket that accepts connections in its own task until `close`.

    Args:
        listener: the socket.
        protocol: creates the protocol of a connection, as for `loop.create_server`.
        tls: the TLS context.
        seconds: deadline of a handshake.
        connections: maximum number of connections.
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
        self._max_handshakes = max(MIN_HANDSHAKES, connections // CONNECTIONS_PER_HANDSHAKE)
        self._handshakes: dict[asyncio.Task[None], str] = {}
        listener.setblocking(False)
        self._accepting = self._loop.create_task(self._accept())

    def close(self) -> None:
        """Stop accepting, and cancel handshakes."""
        for task in (self._accepting, *self._handshakes):
            task.cancel()

    async def _accept(self) -> None:
        while True:
            try:
                connection, address = await self._loop.sock_accept(self._listener)
            except OSError:  # no descriptor is free, or the client has disconnected
                await asyncio.sleep(RETRY_INTERVAL)
                continue
            if len(self._handshakes) >= self._max_handshakes:
                self._cancel_oldest()
            task = self._loop.create_task(self._shake_hands(connection))
            self._handshakes[task] = widest_network_of(str(address[0]))
            task.add_done_callback(partial(self._finish, connection))

    async def _shake_hands(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._tls, ssl_handshake_timeout=self._seconds
            )
        except OSError:  # includes TLS errors and the deadline
            connection.close()

    def _finish(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._handshakes.pop(task, None)
        if task.cancelled():  # maybe before it started
            connection.close()

    def _cancel_oldest(self) -> None:
        """Cancel the oldest handshake of the address with the most handshakes."""
        ((address, _),) = Counter(self._handshakes.values()).most_common(1)
        oldest = next(task for task, network in self._handshakes.items() if network == address)
        del self._handshakes[oldest]
        oldest.cancel()
