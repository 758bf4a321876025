"""Hooks for urllib3, on which requests is built.

Each pool for one of Imgur's hosts has twins, pools with the same settings whose connections lead to the local server.
The program's pool keeps the connections that it has, and never gets one of a twin's.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit
from weakref import WeakKeyDictionary

from ...relay.imgur_hosts import PORTS
from .replacement import replaced
from .routes import ROUTES, Address

Twins = WeakKeyDictionary[Any, dict[tuple[str, Address], Any]]
"""The twins of each pool, by the host that is requested and the server."""


@contextmanager
def hooks(connectionpool: Any) -> Generator[None]:
    """Install the hooks in the module `urllib3.connectionpool`."""
    pool_class = connectionpool.HTTPConnectionPool
    twins: Twins = WeakKeyDictionary()
    with replaced(pool_class, "urlopen", _rerouted(connectionpool, pool_class.urlopen, twins)):
        yield
    twins.clear()  # closes their idle connections


def _rerouted(connectionpool: Any, urlopen: Callable[..., Any], twins: Twins) -> Callable[..., Any]:
    twin_class = _twin_class(connectionpool, urlopen)
    lock = threading.Lock()

    def twin(pool: Any, url: SplitResult, address: Address) -> Any:
        with lock:
            known, key = twins.setdefault(pool, {}), (url.netloc, address)
            if key not in known:
                known[key] = twin_class(pool, url, address)
            return known[key]

    def reroute(self: Any, method: str, url: str, *args: Any, **options: Any) -> Any:
        parts = _requested(self, url)
        try:
            address = ROUTES.address(parts.hostname or "", f"{method} {parts.geturl()}")
        except socket.gaierror as error:
            return twin_class(self, parts, error).urlopen(method, url, *args, **options)
        if address is None or self.pool is None:  # a closed pool
            return urlopen(self, method, url, *args, **options)
        return twin(self, parts, address).urlopen(method, url, *args, **options)

    return reroute


def _requested(pool: Any, url: str) -> SplitResult:
    """Return the URL of a request: a pool for a proxy gets it whole, any other pool without scheme and host."""
    parts = urlsplit(url if "://" in url.partition("?")[0] else f"//pool/{url.removeprefix('/')}")
    if pool.proxy and parts.scheme:
        return parts
    host = f"[{pool.host}]" if ":" in pool.host else pool.host
    is_default_port = pool.port in (None, PORTS.get(pool.scheme))
    return parts._replace(scheme=pool.scheme, netloc=host if is_default_port else f"{host}:{pool.port}")


def _twin_class(connectionpool: Any, urlopen: Callable[..., Any]) -> Any:
    pool_class: Any = connectionpool.HTTPConnectionPool
    connection_class: Any = pool_class.ConnectionCls

    class InterceptedConnection(connection_class):
        """A connection for a host of Imgur that leads to the local server, or fails."""

        def __init__(self, *, server: Address | OSError, **options: Any) -> None:
            connection_class.__init__(self, **options)
            self._server = server

        def _new_conn(self) -> Any:
            if isinstance(self._server, OSError):
                raise connectionpool.NewConnectionError(self, str(self._server)) from self._server
            host, port = self._server
            return connection_class(host=host, port=port, timeout=self.timeout)._new_conn()

    class InterceptedPool(pool_class):
        """A pool for a host of Imgur, with the settings of another one, whose connections lead to the local server."""

        ConnectionCls = InterceptedConnection

        def __init__(self, pool: Any, url: SplitResult, server: Address | OSError) -> None:
            pool_class.__init__(
                self,
                url.hostname,
                url.port or PORTS[url.scheme],
                timeout=pool.timeout,
                maxsize=pool.pool.maxsize if pool.pool else 1,
                block=pool.block,
                headers=pool.headers,
                retries=pool.retries,
                server=server,
            )
            self.scheme = url.scheme

        def urlopen(self, *args: Any, **options: Any) -> Any:
            return urlopen(self, *args, **options)

    return InterceptedPool
