"""Hooks for `http.client`, on which urllib.request is built.

A request decides where its connection leads: one that leads elsewhere is closed, and opens again by itself. Classes
that connect in their own way, such as urllib3's, are left to the hooks of their library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from .replacement import replaced
from .routes import ROUTES, Address


@contextmanager
def hooks(client: Any) -> Generator[None]:
    """Install the hooks in the module `http.client`."""
    http, https, connections = client.HTTPConnection, client.HTTPSConnection, _Connections(client)
    with ExitStack() as exits:
        exits.callback(connections.close_all)
        exits.enter_context(replaced(http, "putrequest", _new_putrequest(http.putrequest, connections)))
        exits.enter_context(replaced(http, "connect", _new_connect(http.connect, connections)))
        exits.enter_context(replaced(https, "connect", _new_connect(https.connect, connections)))
        yield


def _new_putrequest(original: Callable[..., None], connections: _Connections) -> Callable[..., None]:
    def putrequest(self: Any, method: str, url: str, *args: Any, **options: Any) -> None:
        if not connections.are_of(self):
            return original(self, method, url, *args, **options)
        absolute = url if "://" in url.partition("?")[0] else connections.url(self) + url
        address = ROUTES.address(urlsplit(absolute).hostname or "", f"{method} {absolute}")
        original(self, method, url, *args, **options)
        return connections.lead(self, address)

    return putrequest


def _new_connect(original: Callable[..., None], connections: _Connections) -> Callable[..., None]:
    def connect(self: Any) -> None:
        if not (connections.are_of(self) and connections.open(self)):
            original(self)

    return connect


class _Connections:
    """Where connections lead, and where they have to."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._servers: WeakKeyDictionary[Any, Address | None] = WeakKeyDictionary()
        """The server of the last request, None for its own host."""
        self._open: WeakKeyDictionary[Any, Address] = WeakKeyDictionary()
        """The server that each open connection leads to, if it does."""

    def are_of(self, connection: Any) -> bool:
        """Return whether the connection's class connects as `http.client` does."""
        return connection.__class__.connect in (
            self._client.HTTPConnection.connect,
            self._client.HTTPSConnection.connect,
        )

    def url(self, connection: Any) -> str:
        """Return scheme and host that requests on a connection are for."""
        scheme = "https" if isinstance(connection, self._client.HTTPSConnection) else "http"
        host = connection._tunnel_host or connection.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}"

    def lead(self, connection: Any, server: Address | None) -> None:
        """Close a connection that leads elsewhere than to this server."""
        self._servers[connection] = server
        if connection.sock and self._open.get(connection) != server:
            _disconnect(connection)

    def open(self, connection: Any) -> bool:
        """Connect to the server, if the connection has to lead there."""
        if connection in self._servers:
            server = self._servers[connection]
        else:
            url = self.url(connection)
            server = ROUTES.address(urlsplit(url).hostname or "", f"CONNECT {url}")
        if server is None:
            self._open.pop(connection, None)
            return False
        connection.sock = connection._create_connection(server, connection.timeout)
        self._open[connection] = server
        return True

    def close_all(self) -> None:
        """Close the connections that lead to a server."""
        for connection in list(self._open):
            if connection.sock:
                _disconnect(connection)


def _disconnect(connection: Any) -> None:
    """Close the socket; a response that is being read keeps it open until its end."""
    sock, connection.sock = connection.sock, None
    sock.close()
