"""A relay that runs for as long as a block, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from .authority import Authority
from .environment import authorities, environment
from .forward import LONGEST_HEAD, Target
from .hosts import Others
from .proxy import Proxy

_PATIENCE = 30.0


@contextmanager
def relay(address: str, *, others: Others = "pass") -> Generator[dict[str, str]]:
    """The environment in which programs reach the server at that address under Imgur's names.

    Args:
        address: the server's, such as `http://127.0.0.1:4648`.
        others: what becomes of requests to other hosts: let through, or refused.
    """
    authority = Authority()
    with tempfile.TemporaryDirectory(prefix="pyimgur-relay-") as folder:
        bundle = Path(folder) / "authorities.pem"
        bundle.write_bytes(authorities(os.environ) + b"\n" + authority.pem)
        running = _Running(Proxy(Target.of(address), authority.context(), others))
        try:
            yield environment(f"http://127.0.0.1:{running.port}", bundle)
        finally:
            running.stop()


class _Running:
    """The proxy's loop in a thread; made, it listens."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._tasks: set[asyncio.Task[None]] = set()
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
        self._thread = threading.Thread(target=self._work, name="pyimgur relay", daemon=True)
        self._thread.start()
        self.port = self._started.result(_PATIENCE)[2]

    def stop(self) -> None:
        loop, enough, _ = self._started.result()
        loop.call_soon_threadsafe(enough.set)
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        enough = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=LONGEST_HEAD)
        self._started.set_result((asyncio.get_running_loop(), enough, server.sockets[0].getsockname()[1]))
        await enough.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._proxy.serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
