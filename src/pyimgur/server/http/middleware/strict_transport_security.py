"""Tell browsers to use https only (RFC 6797), where the server's public URL is https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.middleware.trusted_host import hostname

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = (b"strict-transport-security", b"max-age=31536000")
"""A year, for this host alone: the operator may have others below it that speak http."""


class StrictTransportSecurityMiddleware:
    """Adds the header to each response of one host; on localhost it would hit other servers of the same machine."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, with the header where it belongs."""
        if scope["type"] != "http" or not self._is_public(scope["headers"]):
            await self.app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], HEADER]}
            await send(message)

        await self.app(scope, receive, send_secured)

    def _is_public(self, headers: list[tuple[bytes, bytes]]) -> bool:
        return any(name == b"host" and hostname(value) == self.host for name, value in headers)
