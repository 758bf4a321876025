"""Turn exceptions into error responses."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from pyimgur.server.http.errors import EXPECTED
from pyimgur.server.http.middleware import access_log

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class ErrorMiddleware:
    """The layer that answers for what is raised below; of what nobody expected, the client is told no detail."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on; if that breaks off before anything was answered, answer."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            if not isinstance(error, EXPECTED):
                log.exception("%s %s failed", scope["method"], access_log.route_template(scope))
            response = await self.refuse(Request(scope, receive), error)
            await response(scope, receive, send)
