"""Where requests for Imgur's hosts go: to a server that intercepts them, nowhere under a guard, else to Imgur."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from ...relay.imgur_hosts import is_imgur

Address = tuple[str, int]
"""Host and port of a server."""
Refuse = Callable[[str], socket.gaierror]
"""Records an attempt to reach Imgur, and returns the error that its program gets."""


class Routes:
    """The active interceptions and guards of this process; of each, the one that was entered last counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: tuple[tuple[object, Address], ...] = ()
        self._guards: tuple[tuple[object, Refuse], ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether a guard is active."""
        return bool(self._guards)

    def address(self, host: str, request: str) -> Address | None:
        """Return the address of the server for a request to this host; None if the request goes its own way.

        Args:
            host: the host's name.
            request: method and URL, for the error.

        Raises:
            socket.gaierror: a guard refuses the request.
        """
        if not is_imgur(host):
            return None
        if servers := self._servers:
            return servers[-1][1]
        self._refuse(request)
        return None

    def look_up(self, host: str) -> None:
        """Check that a host's name may be looked up.

        Raises:
            socket.gaierror: it is Imgur's, and a guard refuses that.
        """
        if is_imgur(host):
            self._refuse(host)

    def is_server(self, host: str, port: int) -> bool:
        """Return whether this is the address of an active server."""
        return any(address == (host, port) for _, address in self._servers)

    @contextmanager
    def to_server(self, address: Address) -> Generator[None]:
        """Within the block, send requests to the server at this address."""
        with self._added("_servers", address):
            yield

    @contextmanager
    def refused(self, refuse: Refuse) -> Generator[None]:
        """Within the block, refuse requests that no server intercepts."""
        with self._added("_guards", refuse):
            yield

    def _refuse(self, attempt: str) -> None:
        if guards := self._guards:
            raise guards[-1][1](attempt)

    @contextmanager
    def _added(self, name: str, value: Any) -> Generator[None]:
        """Add a value to a tuple, which other threads may read, and remove it after the block."""
        entry = (object(), value)
        with self._lock:
            setattr(self, name, (*getattr(self, name), entry))
        try:
            yield
        finally:
            with self._lock:
                setattr(self, name, tuple(each for each in getattr(self, name) if each is not entry))


ROUTES = Routes()
