"""An application served from a thread of this process, on a free loopback port."""

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
_PATIENCE = 30.0
_LIMITS = ConnectionLimits(keep_alive_seconds=5.0)
"""Node.js ends a program only when the server has closed the connections that it keeps."""
_GRACE = 1.0
"""Seconds that a call gets to end by itself."""
_POLL_INTERVAL = 0.005
_LOOKS = 4
"""So often nothing may be under way: from a connection that the kernel holds to a call, the loop goes round thrice."""


class ServerThread:
    """A server that runs until `stop`."""

    def __init__(self, listener: socket.socket, app: Starlette, outside: ASGIApp) -> None:
        self._app = app
        self._listener = listener
        self._server = Server(outside, grace=1, limits=_LIMITS)
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._work, name="local imgur", daemon=True)
        self._thread.start()
        self.loop: asyncio.AbstractEventLoop = self._started.result(_PATIENCE)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """What an async function gives, run in the server's own loop."""

        async def call() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(_PATIENCE)

    async def wait_idle(self) -> None:
        """Returns when those calls are over that were under way, whose callers may have gone; what goes on is ended.

        For `run`.
        """
        calls = self._server.requests
        try:
            async with asyncio.timeout(_GRACE):
                await _over(calls)
        except TimeoutError:
            going_on = list(calls)
            for call in going_on:
                call.cancel()
            await asyncio.wait(going_on)

    def stop(self) -> None:
        """End calls and threads; returns when all is closed.

        Raises:
            RuntimeError: something keeps it from ending.
        """
        self._server.stop()
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError(f"the server did not stop within {_PATIENCE:g} s")

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


async def _over(calls: set[asyncio.Task[None]]) -> None:
    seen = 0
    while seen < _LOOKS:
        seen = 0 if calls else seen + 1
        await asyncio.sleep(_POLL_INTERVAL if calls else 0)


def listener() -> tuple[socket.socket, str]:
    """A listening socket on a free loopback port, and its address."""
    bound = socket.create_server(("127.0.0.1", 0))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"
