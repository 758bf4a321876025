"""One server process from its first byte on stdout to a clean end.

stdout carries one line, the address, when the server can answer; whatever else in this process (or a library, or a
worker) prints goes to stderr. The end comes with SIGINT, SIGTERM or SIGHUP: no new calls, those under way have
ten seconds, then the library is closed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from starlette.applications import Starlette

from ..server.http.uvicorn_adapter import Server
from ..server.http.uvicorn_adapter.limits import raise_descriptor_limit
from ._signals import EXIT_SIGNALS


def run(app: Starlette, server: Server, listener: socket.socket) -> None:
    """Serve until told to stop. Whatever keeps the app from starting comes out as it is."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    for number in EXIT_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, server.stop)
    raise_descriptor_limit()
    with asyncio.Runner(loop_factory=server.loop_factory) as runner:
        runner.run(_serve(app, server, listener))


async def _serve(app: Starlette, server: Server, listener: socket.socket) -> None:
    async with app.router.lifespan_context(app):
        await server.serve(listener)


@contextmanager
def reserve_stdout() -> Generator[Callable[[str], None]]:
    """A function that prints a line on stdout, while everybody else's stdout is stderr."""
    sys.stdout.flush()
    voice = os.dup(1)
    os.dup2(2, 1)
    try:
        yield lambda line: _write(voice, f"{line}\n".encode(errors="surrogateescape"))
    finally:
        sys.stdout.flush()
        os.dup2(voice, 1)
        os.close(voice)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
