"""Exchange a request for its response: the protocol of what does so for an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx2

    from .._core.effects import HTTPRequest, Reply
    from .deadline import Deadline


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
    from .httpx_exchange import HttpxExchange

    return HttpxExchange(transport, timeout)


def async_exchange(transport: httpx2.AsyncBaseTransport | None, timeout: float) -> AsyncExchange:
    """Return the exchange of an async client for one event loop; the arguments are those of `exchange`."""
    from .httpx_exchange import AsyncHttpxExchange

    return AsyncHttpxExchange(transport, timeout)
