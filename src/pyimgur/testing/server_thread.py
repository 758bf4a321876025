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
_GRACE = 1.0
"""Seconds that requests have to end by themselves."""
_POLL_INTERVAL = 0.005
_IDLE_CHECKS = 4
"""How many times in a row there must be no request: a new connection takes three turns of the loop to become one."""


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
        """Run an async function in the server's event loop, and return its result."""

        async def call() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(_TIMEOUT)

    async def wait_idle(self) -> None:
        """Wait until no request is in progress; cancel those that take longer than a second.

        Call it with `run`. Requests of clients that have disconnected count too.
        """
        requests = self._server.requests
        try:
            async with asyncio.timeout(_GRACE):
                await _wait_until_none(requests)
        except TimeoutError:
            remaining = list(requests)
            for request in remaining:
                request.cancel()
            await asyncio.wait(remaining)

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


async def _wait_until_none(requests: set[asyncio.Task[None]]) -> None:
    idle_checks = 0
    while idle_checks < _IDLE_CHECKS:
        idle_checks = 0 if requests else idle_checks + 1
        await asyncio.sleep(_POLL_INTERVAL if requests else 0)


def listener() -> tuple[socket.socket, str]:
    """Return a listening socket on a free loopback port, and its URL."""
    listening_socket = socket.create_server(("127.0.0.1", 0))
    return listening_socket, f"http://127.0.0.1:{listening_socket.getsockname()[1]}"
