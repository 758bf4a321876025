"""The fast exchange of the sync client: HTTP/1.1 over connections of its own, read with httptools."""

from __future__ import annotations

import socket
import ssl
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from .._core.effects import HTTPRequest, Reply
from .deadline import Deadline
from .fast_pool import Pool
from .http1 import Framing, Origin, Response
from .httpx_exchange import HttpxExchange
from .network_errors import ExchangeError
from .request_body import RequestBody
from .routes import Routes
from .tls import tls

P = ParamSpec("P")
T = TypeVar("T")
READ_SIZE = 256 * 1024


def _translated(operation: Callable[P, T]) -> Callable[P, T]:
    """Decorate an operation on a socket, so that it raises `ExchangeError` for errors of the network."""

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return operation(*args, **kwargs)
        except OSError as error:
            timed_out = isinstance(error, TimeoutError)
            raise ExchangeError(str(error) or type(error).__name__, timed_out=timed_out) from error

    return call


class Connection:
    """A connection to a server; each operation is limited by the timeout and by the deadline of the request."""

    def __init__(self, timeout: float) -> None:
        self.connected = self.reusable = False
        self._timeout = timeout
        self._deadline: Deadline
        self._socket: socket.socket

    def exchange(self, origin: Origin, head: bytes, response: Response) -> None:
        """Send a request and read its response.

        Raises:
            ExchangeError: the response is not complete.
        """
        self.reusable, self._deadline = False, response.deadline
        if not self.connected:
            self._connect(origin)
            self.connected = True
        whole = self._send_request(head, response)
        while not response.complete:
            response.feed(self._receive())
        self.reusable = whole and response.reusable

    def is_usable(self) -> bool:
        return self._receive_now() is None

    def cut(self) -> None:
        """Shut the connection down for a thread that blocks on it, which would not notice that it is closed."""
        with suppress(OSError, AttributeError):  # it is closed already, or not open yet
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # below TLS, whose state belongs to that thread

    def close(self) -> None:
        with suppress(AttributeError):  # it was never open
            self._socket.close()

    @_translated
    def _connect(self, origin: Origin) -> None:
        addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        for number, (family, kind, protocol, _, address) in enumerate(addresses, 1):
            self.close()
            try:
                self._socket = socket.socket(family, kind, protocol)
                self._limit()
                self._socket.connect(address)
                break
            except OSError:
                if number == len(addresses):
                    raise
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if origin.scheme == "https":
            self._socket = secure = tls().wrap_socket(
                self._socket, server_hostname=origin.host, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
            self._limit()
            secure.do_handshake()

    def _send_request(self, head: bytes, response: Response) -> bool:
        """Send a request, but stop when a response comes before its end; return whether all of it was sent."""
        framing = Framing(head, response.request.body)
        for chunk in RequestBody(response.request.body, self._deadline):
            if not self._offer(framing.frame(chunk), response, last=framing.complete):
                return False
        self._send(framing.end())
        return True

    def _offer(self, data: bytes, response: Response, *, last: bool) -> bool:
        """Send a part of a request; return whether the server wants the rest, as far as it has said.

        Nothing is received after the last part, unless it cannot be sent: the server may have answered and closed.
        """
        problem: ExchangeError | None = None
        try:
            self._send(data)
        except ExchangeError as error:
            problem = error
        if (problem or not last) and (received := self._receive_now()):
            response.feed(received)
        if problem and not response.begun:
            raise problem
        return not response.begun

    @_translated
    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._limit()
            rest = rest[self._socket.send(rest) :]

    @_translated
    def _receive(self) -> bytes:
        """Wait for bytes and return them; none at the end."""
        self._limit()
        return self._socket.recv(READ_SIZE)

    def _receive_now(self) -> bytes | None:
        """Return the bytes that have arrived, without waiting: none at the end, None if there are none yet."""
        try:
            self._socket.settimeout(0)
            return self._socket.recv(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:
            return b""

    def _limit(self) -> None:
        """Limit the next operation to the time left."""
        left = min(self._timeout, self._deadline.left)
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._socket.settimeout(left)


class FastExchange:
    """Sends requests, blocking the calling thread; threads can share it."""

    def __init__(self, timeout: float) -> None:
        self._others = HttpxExchange(None, timeout)
        self._routes = Routes()
        self._pool = Pool(partial(Connection, timeout))
        weakref.finalize(self, self._pool.close)  # most programs never close a client

    def reset_after_fork(self) -> None:
        self._others.reset_after_fork()
        self._pool.reset_after_fork()

    def close(self) -> None:
        self._others.close()
        self._routes.clear()
        self._pool.close()

    def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        if (plain := self._routes.direct(request)) is None:
            return self._others.send(request, deadline)
        origin, head = plain
        response = Response(request, deadline)
        with self._pool.lease(origin, response) as connection:
            connection.exchange(origin, head, response)
        return response.reply
