"""Connections that wait for the next request to their server, for the fast exchanges."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from typing import Generic, Protocol, TypeVar

from .http1 import Origin

KEEP_ALIVE = 90.0
"""Seconds for which an idle connection is kept."""
MAX_IDLE = 20
"""Idle connections to one server that are kept."""


class Idle(Protocol):
    """What a connection can do while no request uses it."""

    def is_usable(self) -> bool:
        """Return whether it can take a request: it is open, and the server sent nothing."""
        ...

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Idle)


class IdleConnections(Generic[C]):
    """Keeps connections by server; threads can share it."""

    def __init__(self) -> None:
        self.reset_after_fork()

    def reset_after_fork(self) -> None:
        """Forget the connections without closing them: they are the parent's."""
        self._kept = defaultdict[Origin, deque[tuple[C, float]]](deque)
        self._lock = threading.Lock()

    def take(self, origin: Origin) -> C | None:
        """Return a connection to this server, the one used last, or None if none is usable."""
        while kept := self._pop(origin):
            connection, since = kept
            if time.monotonic() - since < KEEP_ALIVE and connection.is_usable():
                return connection
            connection.close()
        return None

    def put(self, origin: Origin, connection: C) -> None:
        """Keep a connection for the next request, in place of the oldest if there are too many."""
        with self._lock:
            kept = self._kept[origin]
            kept.append((connection, time.monotonic()))
            surplus = kept.popleft()[0] if len(kept) > MAX_IDLE else None
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            connections = [connection for kept in self._kept.values() for connection, _ in kept]
            self._kept.clear()
        for connection in connections:
            connection.close()

    def _pop(self, origin: Origin) -> tuple[C, float] | None:
        with self._lock:
            kept = self._kept.get(origin)
            return kept.pop() if kept else None
