"""Hooks for httpcore and httpcore2, on which httpx and httpx2 are built.

A request for Imgur's hosts gets the URL of the local server, and stays in the program's own pool: its limits, timeouts
and idle connections work as they do for any other host. The pool's proxy is not used for the local server.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from .replacement import replaced
from .routes import ROUTES

_PROXIES = ("HTTPProxy", "SOCKSProxy", "AsyncHTTPProxy", "AsyncSOCKSProxy")


@contextmanager
def hooks(httpcore: Any) -> Generator[None]:
    """Install the hooks in the package `httpcore` or `httpcore2`."""
    with ExitStack() as exits:
        for pool, handle, connection in (
            (httpcore.ConnectionPool, "handle_request", httpcore.HTTPConnection),
            (httpcore.AsyncConnectionPool, "handle_async_request", httpcore.AsyncHTTPConnection),
        ):
            proxies = (getattr(httpcore, name, None) for name in _PROXIES)
            exits.enter_context(replaced(pool, handle, _rerouted(httpcore, getattr(pool, handle))))
            for owner in (pool, *(proxy for proxy in proxies if proxy and issubclass(proxy, pool))):
                if "create_connection" in vars(owner):
                    direct = _direct(owner.create_connection, connection)
                    exits.enter_context(replaced(owner, "create_connection", direct))
        yield


def _rerouted(httpcore: Any, handle: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method, sync or async as the original is, that handles requests for Imgur's hosts at the server."""

    def handle_request(self: Any, request: Any) -> Any:
        return handle(self, _reroute(httpcore, request))

    return handle_request


def _reroute(httpcore: Any, request: Any) -> Any:
    """Return the request for the local server; the same one if its host is not Imgur's."""
    url, method = request.url, request.method.decode("ascii", "replace")
    scheme, host, target = (part.decode("ascii", "replace") for part in (url.scheme, url.host, url.target))
    try:
        address = ROUTES.address(host, f"{method} {scheme}://{host}{target}")
    except OSError as error:
        raise httpcore.ConnectError(error) from error
    if address is None:
        return request
    local = httpcore.URL(scheme=b"http", host=address[0].encode(), port=address[1], target=url.target)
    extensions = {name: value for name, value in request.extensions.items() if name != "sni_hostname"}
    rerouted = httpcore.Request(request.method, local, content=request.stream, extensions=extensions)
    rerouted.headers = request.headers
    return rerouted


def _direct(create: Callable[..., Any], connection: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that creates connections to the local server without proxy, HTTP/2 and other settings."""

    def create_connection(self: Any, origin: Any) -> Any:
        if not ROUTES.is_server(origin.host.decode("ascii", "replace"), origin.port):
            return create(self, origin)
        return connection(origin, keepalive_expiry=self._keepalive_expiry, network_backend=self._network_backend)

    return create_connection
