"""One server process from its first byte on stdout to a clean end.

stdout carries one line, the address, when the server can answer; whatever else in this process (or a library, or a
worker) prints goes to stderr. The end comes with SIGINT, SIGTERM or SIGHUP: no new calls, those under way have
`GRACE` seconds, then the library is closed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from ..server import serving
from ..server.wire.timeouts import PatientProtocol
from ._stopping import STOPPING

GRACE = 10
KEEP_ALIVE = 75
"""Seconds a connection may idle: longer than clients keep theirs, so that they are the ones who close."""


class Server(serving.Server):
    """The server, which says when it can answer."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets)
        self._ready()


def server(
    app: ASGIApp, ready: Callable[[], None], *, tls: ssl.SSLContext | None = None, proxy: str | None = None
) -> Server:
    """A server for that app; forwarded headers are believed from `proxy` only."""
    # Called rather than handed over: uvicorn would log the traceback of an app that cannot start.
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,  # paths hold delete hashes
        server_header=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        ssl_context_factory=None if tls is None else (lambda _config, _default: tls),
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    return Server(config, ready)


def run(app: Starlette, server: Server, listener: socket.socket) -> None:
    """Serve until told to stop. Whatever keeps the app from starting comes out as it is."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, server.stop)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(app, server, listener))


async def _serve(app: Starlette, server: Server, listener: socket.socket) -> None:
    async with app.router.lifespan_context(app):
        await server.serve(sockets=[listener])


@contextmanager
def only_voice() -> Generator[Callable[[str], None]]:
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
