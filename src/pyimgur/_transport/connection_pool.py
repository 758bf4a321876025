"""How connections are made: one TLS context, the environment's proxies, and a deadline on every read.

httpx2's timeouts are per read or write, so a server that drips bytes could hold a call for ever.
Async calls are ended by the event loop; for sync calls the network streams below give each read
and write no more than what is left until the thread's current deadline.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import weakref
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Any, Protocol
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from ..exceptions import NoAnswerError
from ..sites import LOOPBACK

KEEP_ALIVE = 90.0
"""Seconds an idle connection is kept."""
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEEP_ALIVE)

_current = threading.local()


class Deadline(Protocol):
    """Something that knows how many seconds are left."""

    @property
    def left(self) -> float: ...


@contextmanager
def deadline_scope(deadline: Deadline) -> Generator[None]:
    """Within this block, no read or write of this thread takes longer than is left."""
    outer: Deadline | None = getattr(_current, "deadline", None)
    _current.deadline = deadline
    try:
        yield
    finally:
        _current.deadline = outer


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    """The timeout of one operation, cut to what is left until the deadline."""
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is None:
        return timeout
    left = deadline.left
    if left <= 0:
        raise expired("the deadline has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, backend: _Backend) -> None:
        self._stream = stream
        self._backend = backend
        self._socket: socket.socket = stream.get_extra_info("socket")
        backend.opened(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def cut(self) -> None:
        """End it for a thread that reads or writes it, which would not notice that it is closed."""
        with suppress(OSError):  # it is over already
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # beneath TLS, which belongs to that thread

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        plain = socket.fromfd(self._socket.fileno(), self._socket.family, self._socket.type)
        with plain as self._socket:  # TLS takes the other one away as it begins to shake hands
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Opens connections, and knows them all, so that none outlives it."""

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
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._sockets.connect_tcp(host, port, left, local_address, socket_options), self)

    def opened(self, stream: _Stream) -> None:
        """Know this connection; one that comes too late is cut at once."""
        with self._lock:
            self._open.add(stream)
            closed = self._closed
        if closed:
            stream.cut()

    def close(self) -> None:
        """Cut all connections, also those still to come."""
        with self._lock:
            self._closed = True
            streams = list(self._open)
        for stream in streams:
            stream.cut()


class _Transport(httpx2.HTTPTransport):
    """httpx2's transport over connections that keep the deadline, through a proxy or not."""

    def __init__(self, proxy: str | None) -> None:
        super().__init__(verify=tls(), limits=_LIMITS, proxy=proxy)  # which says what is wrong with the proxy
        self._backend = _Backend()
        self._pool = _pool(self._backend, proxy)

    def close(self) -> None:
        self._backend.close()
        super().close()


def _pool(backend: _Backend, proxy: str | None) -> httpcore2.ConnectionPool:
    """A pool as httpx2 makes it, but over these connections."""
    settings: dict[str, Any] = {
        "ssl_context": tls(),
        "max_connections": _LIMITS.max_connections,
        "max_keepalive_connections": _LIMITS.max_keepalive_connections,
        "keepalive_expiry": _LIMITS.keepalive_expiry,
        "network_backend": backend,
    }
    if proxy is None:
        return httpcore2.ConnectionPool(**settings)
    there = httpx2.Proxy(proxy)
    kind = httpcore2.SOCKSProxy if there.url.scheme.startswith("socks") else httpcore2.HTTPProxy
    address = httpcore2.URL(
        scheme=there.url.raw_scheme, host=there.url.raw_host, port=there.url.port, target=there.url.raw_path
    )
    return kind(proxy_url=address, proxy_auth=there.raw_auth, **settings)


@functools.cache
def tls() -> ssl.SSLContext:
    """One TLS context for all clients: making one costs as much as fifty calls."""
    return httpx2.create_ssl_context()


def proxy_for(url: httpx2.URL) -> str | None:
    """The proxy that the environment names for this address; this machine is always reached directly."""
    if url.host in LOOPBACK or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    return f"http://{found}" if found and "://" not in found else found


def transport(proxy: str | None) -> httpx2.BaseTransport:
    """A pool of connections, for sync calls.

    Raises:
        NoAnswerError: the environment names a proxy that is none.
    """
    with _proxy_errors():
        return _Transport(proxy)


def async_transport(proxy: str | None) -> httpx2.AsyncBaseTransport:
    """A pool of connections, for async calls.

    Raises:
        NoAnswerError: the environment names a proxy that is none.
    """
    with _proxy_errors():
        return httpx2.AsyncHTTPTransport(verify=tls(), limits=_LIMITS, proxy=proxy)


@contextmanager
def _proxy_errors() -> Generator[None]:
    """Says what is wrong with a proxy without showing its address, which may hold a password."""
    try:
        yield
    except ImportError:
        raise NoAnswerError("a proxy of the environment speaks SOCKS: install the package socksio for it") from None
    except (ValueError, httpx2.InvalidURL):
        how = "write HTTPS_PROXY like http://127.0.0.1:3128, or set NO_PROXY"
        raise NoAnswerError(f"the environment sets a proxy whose URL is invalid: {how}") from None
