"""Run an ASGI application in a thread of this process, on a free loopback port."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from ..server.http.uvicorn_adapter import Server
from ..server.http.uvicorn_adapter.limits import ConnectionLimits

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

T = TypeVar("T")
_TIMEOUT = 30.0
"""Seconds to wait for the thread: until it has started, has run a function, or has ended."""
_LIMITS = ConnectionLimits(keep_alive_seconds=5.0)
"""Idle connections are closed early, because a Node.js program does not exit as long as one is open."""


class ServerThread:
    """A server in a thread, which runs until `stop`."""

    def __init__(self, listener: socket.socket, app: Starlette, outermost_app: ASGIApp) -> None:
        self._app = app
        self._listener = listener
        self._server = Server(outermost_app, grace=1, limits=_LIMITS)
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._work, name="local imgur", daemon=True)
        self._thread.start()
        self.loop: asyncio.AbstractEventLoop = self._started.result(_TIMEOUT)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run an async function in the server's event loop, and return its result.

        Raises:
            RuntimeError: the server has stopped.
        """
        if not self._thread.is_alive():
            raise RuntimeError(
                "this server has stopped: use it within the block of local_imgur(), or within its fixture's scope"
            )

        async def call() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(_TIMEOUT)

    def requests(self) -> set[asyncio.Task[None]]:
        """Return the requests in progress, including those whose clients have disconnected."""
        return set(self._server.requests)

    def stop(self) -> None:
        """Stop the server, and return when its thread has ended.

        Raises:
            RuntimeError: it did not stop in time.
        """
        self._server.stop()
        self._thread.join(_TIMEOUT)
        if self._thread.is_alive():
            raise RuntimeError(f"the server did not stop within {_TIMEOUT:g} s")

    def _work(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._server.loop_factory) as runner:
                runner.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        async with self._app.router.lifespan_context(self._app):
            self._started.set_result(asyncio.get_running_loop())
            await self._server.serve(self._listener)


def listener() -> tuple[socket.socket, str]:
    """Return a listening socket on a free loopback port, and its URL."""
    listening_socket = socket.create_server(("127.0.0.1", 0))
    return listening_socket, f"http://127.0.0.1:{listening_socket.getsockname()[1]}"
