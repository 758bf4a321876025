"""Accept requests under the names of Imgur's hosts, as those that are intercepted have."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...relay.imgur_hosts import is_imgur
from ...server.http.middleware.trusted_host import hostname
from ...server.http.urls import HEADER

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class ImgurHosts:
    """An ASGI application that changes the host of such requests to the server's, as a relay does.

    Args:
        app: the server's application.
        host: the server's host and port.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._host = host.encode("ascii")
        self._imgur_links = False

    @contextmanager
    def links(self, *, imgur: bool) -> Generator[None]:
        """Set whether responses within the block have links to Imgur's hosts instead of the server's."""
        before, self._imgur_links = self._imgur_links, imgur
        try:
            yield
        finally:
            self._imgur_links = before

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application."""
        if scope["type"] == "http":
            requested = [value for name, value in scope["headers"] if name == b"host"]
            if len(requested) == 1 and is_imgur(hostname(requested[0])):
                scope = {**scope, "headers": [*self._headers(requested[0]), *_without_host(scope["headers"])]}
        await self._app(scope, receive, send)

    def _headers(self, requested: bytes) -> list[tuple[bytes, bytes]]:
        links = [(HEADER.lower().encode(), b"1")] if self._imgur_links else []
        return [(b"host", self._host), (b"x-forwarded-host", requested), *links]


def _without_host(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [header for header in headers if header[0] != b"host"]
