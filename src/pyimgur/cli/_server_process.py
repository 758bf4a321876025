"""Run a server in this process until a signal stops it.

stdout gets one line, with the URL, when the server accepts requests. Everything else that this process, its libraries
and its workers print goes to stderr. SIGINT, SIGTERM or SIGHUP stops the server: it accepts no new requests, those in
progress have ten seconds, then the database is closed.
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
    """Serve until a signal comes. Errors that keep the app from starting are raised unchanged."""
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
    """Yield a function that prints a line on stdout; all other output to stdout goes to stderr within the block."""
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield lambda line: _write(stdout, f"{line}\n".encode(errors="surrogateescape"))
    finally:
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.close(stdout)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
