"""The fast exchange of the sync client: HTTP/1.1 over connections of its own, read with httptools."""

from __future__ import annotations

import socket
import ssl
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress

from .._core.effects import HTTPRequest, Reply
from .deadline import Deadline
from .http1 import Framing, Origin, Response
from .httpx_exchange import HttpxExchange
from .idle_connections import IdleConnections
from .network_errors import ExchangeError, failure
from .request_body import RequestBody
from .routes import Routes
from .tls import tls

READ_SIZE = 256 * 1024


class Connection:
    """A connection to a server; each operation is limited by the timeout and by the deadline of the request."""

    def __init__(self, origin: Origin, deadline: Deadline, timeout: float) -> None:
        self._timeout = timeout
        self._deadline = deadline
        with _translated():
            self._socket = socket.create_connection((origin.host, origin.port), self._time_left())
            try:
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if origin.tls:
                    self._socket.settimeout(self._time_left())
                    self._socket = tls().wrap_socket(self._socket, server_hostname=origin.host)
            except BaseException:
                self._socket.close()
                raise

    def exchange(self, request: HTTPRequest, head: bytes, response: Response, deadline: Deadline) -> bool:
        """Send a request and read its response; return whether the connection can be used again.

        Raises:
            ExchangeError: the response is not complete.
        """
        self._deadline = deadline
        whole = self._send_request(request, head, response)
        while not response.complete:
            response.feed(self._receive())
        return whole and response.reusable

    def is_usable(self) -> bool:
        """Return whether an idle connection can take a request: it is open, and the server sent nothing."""
        try:
            return self._receive_now() is None
        except ExchangeError:
            return False

    def cut(self) -> None:
        """Shut the connection down for a thread that blocks on it, which would not notice that it is closed."""
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # below TLS, whose state belongs to that thread

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _send_request(self, request: HTTPRequest, head: bytes, response: Response) -> bool:
        """Send a request, but stop when a response comes before its end; return whether all of it was sent."""
        if request.body is None:
            self._send(head)
            return True
        framing = Framing(request.body.length)
        for chunk in RequestBody(request.body, self._deadline):
            if not self._offer(head + framing.frame(chunk), None if framing.complete else response):
                return False
            head = b""
        if rest := head + framing.end():
            self._send(rest)
        return True

    def _offer(self, data: bytes, response: Response | None) -> bool:
        """Send a part of a request; return whether the server wants the rest, as far as it has said.

        Without a response to read, which is behind the last part, nothing is received.
        """
        try:
            self._send(data)
        except ExchangeError as error:
            if error.timed_out:
                raise
            return False  # the server closed the connection, perhaps after a response
        if response is None:
            return True
        if (received := self._receive_now()) is not None:
            response.feed(received)
        return not response.begun

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self._time_left())
            self._socket.sendall(data)
        except OSError as error:
            raise _translate(error) from error

    def _receive(self) -> bytes:
        """Wait for bytes and return them; none at the end."""
        try:
            self._socket.settimeout(self._time_left())
            return self._socket.recv(READ_SIZE)
        except OSError as error:
            raise _translate(error) from error

    def _receive_now(self) -> bytes | None:
        """Return the bytes that have arrived, without waiting: none at the end, None if there are none yet."""
        try:
            self._socket.settimeout(0)
            return self._socket.recv(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError as error:
            raise _translate(error) from error

    def _time_left(self) -> float:
        left = min(self._timeout, self._deadline.left)
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


class FastExchange:
    """Sends requests, blocking the calling thread; threads can share it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._others = HttpxExchange(None, timeout)
        self._routes = Routes()
        self._idle = IdleConnections[Connection]()
        self._in_use = weakref.WeakSet[Connection]()
        weakref.finalize(self, self._idle.close)  # most programs never close a client

    def reset_after_fork(self) -> None:
        self._others.reset_after_fork()
        self._idle.reset_after_fork()
        self._in_use = weakref.WeakSet[Connection]()

    def close(self) -> None:
        self._others.close()
        self._routes.clear()
        for connection in list(self._in_use):
            connection.cut()
        self._idle.close()

    def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        if (plain := self._routes.direct(request)) is None:
            return self._others.send(request, deadline)
        origin, head = plain
        connection = self._idle.take(origin) or self._connect(request, origin, deadline)
        self._in_use.add(connection)
        response = Response(request, deadline)
        reusable = False
        try:
            reusable = connection.exchange(request, head, response, deadline)
        except ExchangeError as error:
            raise failure(error, request, origin.netloc, deadline) from error.__cause__ or error
        finally:
            self._in_use.discard(connection)
            if reusable:
                self._idle.put(origin, connection)
            else:
                connection.close()
        return response.reply

    def _connect(self, request: HTTPRequest, origin: Origin, deadline: Deadline) -> Connection:
        try:
            return Connection(origin, deadline, self._timeout)
        except ExchangeError as error:
            raise failure(error, request, origin.netloc, deadline, connected=False) from error.__cause__


@contextmanager
def _translated() -> Generator[None]:
    """Within this block, raise errors of the network as `ExchangeError`."""
    try:
        yield
    except OSError as error:
        raise _translate(error) from error


def _translate(error: OSError) -> ExchangeError:
    return ExchangeError(str(error) or type(error).__name__, timed_out=isinstance(error, TimeoutError))
