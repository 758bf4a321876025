"""Exchange a request for its response: the protocol of what does so, and the choice between the two kinds.

The usual exchange sends requests with httpx2. The fast one (`fast_exchange.py`) is used where httptools is installed,
by the extra `[fast]`, unless the environment variable PYIMGUR_EXCHANGE is httpx2, or the program passes a transport.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx2

    from .._core.effects import HTTPRequest, Reply
    from .deadline import Deadline

log = logging.getLogger("pyimgur.calls")

ENVIRONMENT = "PYIMGUR_EXCHANGE"
"""The environment variable that turns the fast exchange off; its value is then `httpx2`."""


class Exchange(Protocol):
    """Sends requests over connections that it keeps; threads can share it."""

    def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        """Send a request and return its response.

        Raises:
            NoAnswerError: no complete response came.
        """
        ...

    def close(self) -> None:
        """Cut the connections, also those that are in use; the next request opens new ones."""

    def reset_after_fork(self) -> None:
        """Drop the connections in a forked process: on its parent's it would get its parent's responses."""


class AsyncExchange(Protocol):
    """The same for one event loop."""

    async def send(self, request: HTTPRequest, deadline: Deadline) -> Reply: ...
    async def close(self) -> None: ...


def exchange(transport: httpx2.BaseTransport | None, timeout: float) -> Exchange:
    """Return the exchange of a sync client.

    Args:
        transport: the httpx2 transport that the program passed.
        timeout: seconds that one read or write may take.
    """
    if transport is None and uses_httptools():
        from .fast_exchange import FastExchange

        return FastExchange(timeout)
    from .httpx_exchange import HttpxExchange

    return HttpxExchange(transport, timeout)


def async_exchange(transport: httpx2.AsyncBaseTransport | None, timeout: float) -> AsyncExchange:
    """Return the exchange of an async client for one event loop; the arguments are those of `exchange`."""
    if transport is None and uses_httptools():
        from .fast_async_exchange import FastAsyncExchange

        return FastAsyncExchange(timeout)
    from .httpx_exchange import AsyncHttpxExchange

    return AsyncHttpxExchange(transport, timeout)


def uses_httptools() -> bool:
    """Return whether clients without a transport of their own use the fast exchange; log which one they use."""
    fast = os.environ.get(ENVIRONMENT) != "httpx2" and _has_httptools()
    log.debug("requests are sent %s", "by the fast exchange, over httptools" if fast else "by httpx2")
    return fast


@cache
def _has_httptools() -> bool:
    return find_spec("httptools") is not None
