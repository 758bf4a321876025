"""Serve an application on uvicorn until it is stopped.

uvicorn polls ten times a second whether it should stop, and then waits a tenth of a second more. That is long for a
test, and wakes an idle machine ten times a second. This server stops at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

import uvicorn

from pyimgur.server.http.uvicorn_adapter.connections import ConnectionTable
from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits
from pyimgur.server.http.uvicorn_adapter.protocol import HTTPProtocol
from pyimgur.server.http.uvicorn_adapter.tls_listener import TLSListener

if TYPE_CHECKING:
    import socket
    import ssl
    from types import FrameType

    from starlette.types import ASGIApp, Receive

TICK = 1.0
"""Seconds between two updates of the Date header."""
POLL_INTERVAL = 0.005
"""Seconds between two checks whether all connections are closed."""


class Server:
    """One application on one listening socket.

    Args:
        app: the application; the caller runs its lifespan.
        on_ready: called when connections are accepted.
        tls: the context for https.
        trusted_proxy: the address, or network, whose forwarded headers are trusted.
        grace: seconds for running requests after `stop`.
        limits: deadlines of connections.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        on_ready: Callable[[], None] = lambda: None,
        tls: ssl.SSLContext | None = None,
        trusted_proxy: str | None = None,
        grace: int = 10,
        limits: ConnectionLimits | None = None,
    ) -> None:
        limits = limits or ConnectionLimits()
        config = uvicorn.Config(
            app,
            http=HTTPProtocol,
            lifespan="off",  # uvicorn would log the traceback of an app that cannot start
            ws="none",
            log_config=None,
            access_log=False,  # paths hold delete hashes
            server_header=False,
            proxy_headers=trusted_proxy is not None,
            forwarded_allow_ips=trusted_proxy,
            ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
            timeout_keep_alive=cast("int", limits.keep_alive_seconds),
            timeout_graceful_shutdown=grace,
        )
        self._uvicorn = _Server(config, on_ready, limits, trusted_proxy)
        self.loop_factory = config.get_loop_factory()
        """Creates the event loop to serve in."""

    async def serve(self, listener: socket.socket) -> None:
        """Serve until `stop` is called, or SIGINT or SIGTERM arrives. A second SIGINT does not wait for requests."""
        await self._uvicorn.serve([listener])

    def stop(self, *_signal: object) -> None:
        """Stop as a signal does. It may be called from other threads and as a signal handler."""
        self._uvicorn.stop()

    @property
    def requests(self) -> set[asyncio.Task[None]]:
        """The running requests, including those whose clients have disconnected."""
        return self._uvicorn.server_state.tasks

    @staticmethod
    def abort_connection(receive: Receive) -> None:
        """Close the connection of a request, given the `receive` that the application was called with."""
        receive.__self__.transport.abort()  # type: ignore[attr-defined] # a method of uvicorn's RequestResponseCycle

    @staticmethod
    def close_connection(receive: Receive) -> None:
        """Close the connection of a request after what was sent so far, given its `receive`."""
        receive.__self__.transport.close()  # type: ignore[attr-defined] # a method of uvicorn's RequestResponseCycle


class _Closable(Protocol):
    def close(self) -> None: ...


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], limits: ConnectionLimits, trusted_proxy: str | None
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._limits = limits
        self._trusted_proxy = trusted_proxy
        self._listeners: list[_Closable] = []
        self._stop_event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._stop_event.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, unlike uvicorn with a deadline for TLS and a limit of connections."""
        loop = asyncio.get_running_loop()
        self._table = ConnectionTable(self._limits, loop.time, self._trusted_proxy)

        def protocol() -> HTTPProtocol:
            return HTTPProtocol(
                limits=self._limits,
                table=self._table,
                config=self.config,
                server_state=self.server_state,
                app_state={},
                _loop=loop,
            )

        self._listeners = [await self._listen(listener, protocol) for listener in sockets or ()]
        self.started = True
        self._on_ready()

    async def _listen(self, listener: socket.socket, protocol: Callable[[], HTTPProtocol]) -> _Closable:
        tls, limits = self.config.ssl, self._limits
        if tls is None:
            return await asyncio.get_running_loop().create_server(protocol, sock=listener, backlog=self.config.backlog)
        listener.listen(self.config.backlog)
        return TLSListener(
            listener, protocol, tls, seconds=limits.handshake_seconds, connections=self._table.max_connections
        )

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            self._table.close_slow_readers()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_event.wait(), TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, wait up to the grace period for requests that are not stalled, then cancel the rest."""
        for listener in (*self._listeners, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while (self.server_state.connections or self.server_state.tasks) and not self.force_exit:
                    self._table.close_stalled()
                    await asyncio.sleep(POLL_INTERVAL)
        for task in self.server_state.tasks:
            task.cancel()
