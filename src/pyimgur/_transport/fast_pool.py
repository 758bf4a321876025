"""The connections of a fast exchange: idle ones wait for the next request to their server, those in use can be cut."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Generic, Protocol, TypeVar

from .http1 import Origin, Response
from .network_errors import ExchangeError, failure

KEEP_ALIVE = 90.0
"""Seconds for which an idle connection is kept."""
MAX_IDLE = 20
"""Idle connections to one server that are kept."""


class Connection(Protocol):
    """The operations of a connection that a pool uses."""

    connected: bool
    """Whether it was opened; nothing was sent before."""
    reusable: bool
    """Whether the last exchange left it so that another request can be sent."""

    def is_usable(self) -> bool:
        """Return whether an idle connection can take a request: it is open, and the server sent nothing."""
        ...

    def cut(self) -> None:
        """End it for whoever waits for it in another thread or task."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)


class Pool(Generic[C]):
    """Keeps connections by server; threads can share it, as each operation on its containers is atomic."""

    def __init__(self, create: Callable[[], C]) -> None:
        self._create = create
        self.reset_after_fork()

    def reset_after_fork(self) -> None:
        """Forget the connections without closing them: they are the parent's."""
        self._idle: dict[Origin, deque[tuple[C, float]]] = {}
        self._in_use = set[C]()

    @contextmanager
    def lease(self, origin: Origin, response: Response) -> Generator[C]:
        """Within this block, use a connection to this server; it may have to be opened.

        Raises:
            NoAnswerError: the block raised an `ExchangeError`.
        """
        kept = self._idle.setdefault(origin, deque())
        connection = _usable(kept) or self._create()
        self._in_use.add(connection)
        try:
            yield connection
        except ExchangeError as error:
            problem = failure(error, response.request, origin.netloc, response.deadline, connected=connection.connected)
            raise problem from error.__cause__ or error
        finally:
            self._in_use.discard(connection)
            if connection.reusable:
                kept.append((connection, time.monotonic()))
                _close(kept, MAX_IDLE)
            else:
                connection.close()

    def close(self) -> None:
        """Close the idle connections, and cut those in use."""
        for connection in list(self._in_use):
            connection.cut()
        for kept in list(self._idle.values()):
            _close(kept, 0)


def _usable(kept: deque[tuple[C, float]]) -> C | None:
    """Return the connection that was used last, or None if none is usable."""
    with suppress(IndexError):  # there are no more
        while True:
            connection, since = kept.pop()
            if time.monotonic() - since < KEEP_ALIVE and connection.is_usable():
                return connection
            connection.close()
    return None


def _close(kept: deque[tuple[C, float]], limit: int) -> None:
    """Close the oldest connections beyond the limit."""
    with suppress(IndexError):  # another thread was faster
        while len(kept) > limit:
            kept.popleft()[0].close()
