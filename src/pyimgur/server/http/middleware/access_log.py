"""The access log: a line for each request, without secrets.

Paths hold delete hashes, client ids and tokens, so a line has the route's template, `/3/image/{id}`, in which only
values no longer than an id are filled in. Without a route nothing of the path is logged. Queries, headers and bodies
are never logged.
"""

from __future__ import annotations

import logging
import re
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("pyimgur.access")
log.setLevel(logging.INFO)

UNKNOWN = "(no such address)"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_HARMLESS = re.compile(r"[\w-]{1,8}", re.ASCII)
"""An id, also with the letter of a thumbnail. Pins have ten characters, delete hashes fifteen, anything else more."""


class AccessLogMiddleware:
    """Logs method, path, status, bytes of the body and milliseconds. It is the outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, then log the request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, sent = perf_counter(), 0, 0

        async def send_counted(message: Message) -> None:
            nonlocal status, sent
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            milliseconds = (perf_counter() - started) * 1000
            log.info("%s %s %d %d %.0f", scope["method"], route_template(scope), status, sent, milliseconds)


def route_template(scope: Scope) -> str:
    """Return the path as it may be logged, once the request was routed."""
    route = scope.get("route")
    if not isinstance(route, Route):
        return UNKNOWN
    parameters = scope.get("path_params", {})

    def fill(match: re.Match[str]) -> str:
        value = str(parameters.get(match[1], ""))
        return value if _HARMLESS.fullmatch(value) else f"{{{match[1]}}}"

    return scope.get("root_path", "") + _PARAMETER.sub(fill, route.path)
