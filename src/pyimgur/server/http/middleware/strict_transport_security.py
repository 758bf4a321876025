"""Send `Strict-Transport-Security` (RFC 6797) if the server's public URL is https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.middleware.trusted_host import hostname

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = (b"strict-transport-security", b"max-age=31536000")
"""A year, without subdomains: the operator may have some that use http."""


class StrictTransportSecurityMiddleware:
    """Adds the header to responses of the public host. On localhost it would affect other servers of the machine."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and add the header to its response."""
        if scope["type"] != "http" or not self._is_public(scope["headers"]):
            await self.app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], HEADER]}
            await send(message)

        await self.app(scope, receive, send_with_header)

    def _is_public(self, headers: list[tuple[bytes, bytes]]) -> bool:
        return any(name == b"host" and hostname(value) == self.host for name, value in headers)
