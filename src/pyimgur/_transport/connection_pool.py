"""Connection pools of httpx2: one TLS context, proxies, and a deadline on every read.

httpx2's timeouts are per read or write, so a server that drips bytes could hold a request for ever. The event loop
ends async requests at their deadline; for sync ones, the network streams below limit each read and write to the time
left until the thread's current deadline.
"""

from __future__ import annotations

import socket
import ssl
import threading
import weakref
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Any

import httpcore2
import httpx2

from ..exceptions import NoAnswerError
from .deadline import Deadline
from .tls import tls

KEEP_ALIVE = 90.0
"""Seconds for which an idle connection is kept."""
LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEEP_ALIVE)

_current = threading.local()


@contextmanager
def deadline_scope(deadline: Deadline) -> Generator[None]:
    """Within this block, limit each read and write of this thread to the time left."""
    outer: Deadline | None = getattr(_current, "deadline", None)
    _current.deadline = deadline
    try:
        yield
    finally:
        _current.deadline = outer


def _time_left(timeout: float | None, expired: type[Exception]) -> float | None:
    """Return the timeout of one operation, cut to the time left; raise `expired` if none is."""
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is None:
        return timeout
    left = deadline.left
    if left <= 0:
        raise expired("the deadline has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes respect the deadline of the thread."""

    def __init__(self, stream: httpcore2.NetworkStream, backend: _Backend) -> None:
        self._stream = stream
        self._backend = backend
        self._socket: socket.socket = stream.get_extra_info("socket")
        backend.opened(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def cut(self) -> None:
        """Shut the connection down for a thread that blocks on it, which would not notice that it is closed."""
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # below TLS, whose state belongs to that thread

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _time_left(timeout, httpcore2.ConnectTimeout)
        plain = socket.fromfd(self._socket.fileno(), self._socket.family, self._socket.type)
        with plain as self._socket:  # the TLS handshake detaches the original socket
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Opens connections and keeps track of them, so that `close` ends them all."""

    def __init__(self) -> None:
        self._sockets = httpcore2.SyncBackend()
        self._open = weakref.WeakSet[_Stream]()
        self._lock = threading.Lock()
        self._closed = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _time_left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._sockets.connect_tcp(host, port, left, local_address, socket_options), self)

    def opened(self, stream: _Stream) -> None:
        """Keep track of a connection; after `close`, cut it at once."""
        with self._lock:
            self._open.add(stream)
            closed = self._closed
        if closed:
            stream.cut()

    def close(self) -> None:
        """Cut all connections, and those that are opened later."""
        with self._lock:
            self._closed = True
            streams = list(self._open)
        for stream in streams:
            stream.cut()


class _Transport(httpx2.HTTPTransport):
    """httpx2's transport over connections that respect the deadline."""

    def __init__(self, proxy: str | None) -> None:
        super().__init__(verify=tls(), limits=LIMITS, proxy=proxy)  # checks the proxy's URL
        self._backend = _Backend()
        self._pool = pool(_POOLS, self._backend, proxy)

    def close(self) -> None:
        self._backend.close()
        super().close()


_POOLS = (httpcore2.ConnectionPool, httpcore2.HTTPProxy, httpcore2.SOCKSProxy)


def pool(classes: tuple[type[Any], type[Any], type[Any]], backend: object, proxy: str | None) -> Any:
    """Return a pool configured as httpx2's own, but over this backend; its class depends on the proxy."""
    direct, through_http, through_socks = classes
    settings: dict[str, Any] = {
        "ssl_context": tls(),
        "max_connections": LIMITS.max_connections,
        "max_keepalive_connections": LIMITS.max_keepalive_connections,
        "keepalive_expiry": LIMITS.keepalive_expiry,
        "network_backend": backend,
    }
    if proxy is None:
        return direct(**settings)
    parsed = httpx2.Proxy(proxy)
    pool_class = through_socks if parsed.url.scheme.startswith("socks") else through_http
    url = httpcore2.URL(
        scheme=parsed.url.raw_scheme, host=parsed.url.raw_host, port=parsed.url.port, target=parsed.url.raw_path
    )
    return pool_class(proxy_url=url, proxy_auth=parsed.raw_auth, **settings)


def transport(proxy: str | None) -> httpx2.BaseTransport:
    """Return a connection pool for sync requests.

    Raises:
        NoAnswerError: the environment sets a proxy that cannot be used.
    """
    with proxy_errors():
        return _Transport(proxy)


@contextmanager
def proxy_errors() -> Generator[None]:
    """Within this block, report an invalid proxy without showing its URL, which may contain a password."""
    try:
        yield
    except ImportError:
        raise NoAnswerError("the environment sets a SOCKS proxy: install the package socksio for it") from None
    except (ValueError, httpx2.InvalidURL):
        how = "write HTTPS_PROXY like http://127.0.0.1:3128, or set NO_PROXY"
        raise NoAnswerError(f"the environment sets a proxy whose URL is invalid: {how}") from None
