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
    """Sends the response for an exception.

    The client learns no details of an unexpected one; the log has its traceback.
    """

    def __init__(self, app: ASGIApp, to_response: Callable[[Request, Exception], Awaitable[Response]]) -> None:
        self.app = app
        self.to_response = to_response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and send an error response if it fails before its response has started."""
        started = False

        def send_watched(message: Message) -> Awaitable[None]:
            nonlocal started
            started = True
            return send(message)

        try:
            await self.app(scope, receive, send_watched)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            if not isinstance(error, EXPECTED):
                log.exception("%s %s failed", scope["method"], access_log.route_template(scope))
            response = await self.to_response(Request(scope, receive), error)
            await response(scope, receive, send)
