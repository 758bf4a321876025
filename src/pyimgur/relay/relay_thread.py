"""Run a relay in a thread of its own until a block ends."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
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

try:
    import resource
except ImportError:  # as on Windows
    resource = None  # pyright: ignore[reportAssignmentType]

MAX_CONNECTIONS = 400
"""The maximum number of concurrent connections."""
MAX_REJECTED = 100
"""Connections above that limit which get an error response; any more are closed without one."""
RESERVED_FILES = 56 + MAX_REJECTED
"""Open files that the rest of the process may need."""
_TIMEOUT = 30.0


@contextmanager
def relay(
    address: str,
    *,
    others: OtherHosts = "pass",
    locked: bool = True,
    imgur_links: bool = False,
    listener: socket.socket | None = None,
) -> Generator[dict[str, str]]:
    """Run a relay, and yield the environment with which programs reach the server under Imgur's names.

    Args:
        address: the server's URL, such as `http://127.0.0.1:4648`.
        others: whether connections to other hosts are passed on or refused.
        locked: whether programs must send a password, which is part of the proxy's URL; some programs cannot.
        imgur_links: whether responses have links to Imgur's hosts, for programs that accept no others.
        listener: a socket that is bound to loopback; without one, a free port is used.

    Raises:
        ValueError: the URL is not a server's, or the relay would be open to all programs and all hosts.
    """
    if not (locked or others == "refuse"):
        raise ValueError("a relay without a password has to refuse other hosts")
    upstream, authority = Upstream.of(address, imgur_links=imgur_links), CertificateAuthority()
    with tempfile.TemporaryDirectory(prefix="pyimgur-relay-") as folder:
        trusted, bundle = Path(folder) / "trusted.pem", Path(folder) / "authorities.pem"
        trusted.write_bytes(ca_bundle(os.environ))
        bundle.write_bytes(trusted.read_bytes() + b"\n" + authority.pem)
        proxy = Proxy(
            upstream,
            authority.context(),
            others,
            new_password() if locked else None,
            outgoing_tls=cache(partial(ssl.create_default_context, cafile=trusted)),
        )
        thread = RelayThread(proxy, listener or socket.create_server(("127.0.0.1", 0)))
        try:
            user = f"{USER}:{proxy.password}@" if proxy.password else ""
            proxy_url = f"http://{user}127.0.0.1:{thread.port}"
            variables = environment(proxy_url, bundle, os.environ, server=upstream.host, plain=others == "refuse")
            yield {**variables, **program_settings(Path(folder), variables, os.environ)}
        finally:
            thread.stop()


def max_connections() -> int:
    """Return the maximum number of concurrent connections; each needs two of the process's open files."""
    if resource is None:
        return MAX_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if files < 0 else min(MAX_CONNECTIONS, max(8, (files - RESERVED_FILES) // 2))


class RelayThread:
    """A proxy in a thread, which listens as soon as this object exists."""

    def __init__(self, proxy: Proxy, listener: socket.socket) -> None:
        self._proxy = proxy
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        self._max_connections = max_connections()
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._work, name="pyimgur relay", daemon=True)
        self._thread.start()
        self._started.result(_TIMEOUT)
        self.port: int = listener.getsockname()[1]

    def stop(self) -> None:
        """Close the proxy and all its connections."""
        loop, stop = self._started.result()
        loop.call_soon_threadsafe(stop.set)
        self._thread.join(_TIMEOUT)

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, sock=self._listener, limit=LONGEST_HEAD)
        self._started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self._max_connections + MAX_REJECTED:
            writer.close()
            return
        serve = self._proxy.serve if len(self._tasks) < self._max_connections else self._proxy.reject
        task = asyncio.create_task(serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
