"""A relay that runs for as long as a block, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from .certificate_authority import CertificateAuthority
from .forward import Upstream
from .imgur_hosts import OtherHosts
from .program_settings import program_settings
from .proxy import USER, Proxy, new_password
from .proxy_environment import ca_bundle, environment
from .request_head import LONGEST_HEAD

MOST_CONNECTIONS = 400
"""Connections at once."""
MOST_TURNED_AWAY = 100
"""Connections over that limit which are told so; any more are closed at once."""
FILES_ASIDE = 56 + MOST_TURNED_AWAY
"""Open files that the rest of the process may need."""
_PATIENCE = 30.0


@contextmanager
def relay(
    address: str,
    *,
    others: OtherHosts = "pass",
    locked: bool = True,
    imgur_links: bool = False,
    listener: socket.socket | None = None,
) -> Generator[dict[str, str]]:
    """The environment in which programs reach the server at that address under Imgur's names.

    Args:
        address: the server's, such as `http://127.0.0.1:4648`.
        others: what becomes of requests to other hosts: let through, or refused.
        locked: whether a program has to say a word to be let in, which is part of the proxy's address; some cannot.
        imgur_links: whether the server is asked for links to Imgur's hosts, for programs that know no others.
        listener: a socket that is bound to loopback; if there is none, a free port is taken.
    """
    if not (locked or others == "refuse"):
        raise ValueError("a relay that lets anybody in has to refuse other hosts")
    target, authority = Upstream.of(address, imgur_links=imgur_links), CertificateAuthority()
    with tempfile.TemporaryDirectory(prefix="pyimgur-relay-") as folder:
        usual, bundle = Path(folder) / "usual.pem", Path(folder) / "authorities.pem"
        usual.write_bytes(ca_bundle(os.environ))
        bundle.write_bytes(usual.read_bytes() + b"\n" + authority.pem)
        proxy = Proxy(
            target,
            authority.context(),
            others,
            new_password() if locked else None,
            outgoing_tls=cache(partial(ssl.create_default_context, cafile=usual)),
        )
        running = RelayThread(proxy, listener or socket.create_server(("127.0.0.1", 0)))
        try:
            user = f"{USER}:{proxy.word}@" if proxy.word else ""
            named = f"http://{user}127.0.0.1:{running.port}"
            variables = environment(named, bundle, os.environ, server=target.host, plain=others == "refuse")
            yield {**variables, **program_settings(Path(folder), variables, os.environ)}
        finally:
            running.stop()


def max_connections() -> int:
    """Return how many connections there may be at once: each takes two of the files that the process may have open."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_CONNECTIONS if files < 0 else min(MOST_CONNECTIONS, max(8, (files - FILES_ASIDE) // 2))


class RelayThread:
    """The proxy's loop in a thread; made, it listens."""

    def __init__(self, proxy: Proxy, listener: socket.socket) -> None:
        self._proxy = proxy
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        self._most = max_connections()
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._work, name="pyimgur relay", daemon=True)
        self._thread.start()
        self._started.result(_PATIENCE)
        self.port: int = listener.getsockname()[1]

    def stop(self) -> None:
        """Close it and every connection."""
        loop, enough = self._started.result()
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
        server = await asyncio.start_server(self._accept, sock=self._listener, limit=LONGEST_HEAD)
        self._started.set_result((asyncio.get_running_loop(), enough))
        await enough.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self._most + MOST_TURNED_AWAY:
            writer.close()
            return
        serve = self._proxy.serve if len(self._tasks) < self._most else self._proxy.turn_away
        task = asyncio.create_task(serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
