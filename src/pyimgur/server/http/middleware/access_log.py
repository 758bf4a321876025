"""The access log: a line for each request, and no secret in any.

Addresses hold delete hashes, client ids and tokens, so a line holds the address as its route has it,
`/3/image/{id}`, with what is no longer than an id filled in; where no route answers, nothing of the address is told.
Queries, headers and bodies are not told at all.
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
_NAME = re.compile(r"\{(\w+)(?::\w+)?\}")
_HARMLESS = re.compile(r"[\w-]{1,8}", re.ASCII)
"""An id, also with the letter of a thumbnail. Pins have ten characters, delete hashes fifteen, anything else more."""


class AccessLogMiddleware:
    """The layer itself, outside of all others: method, address, status, bytes of the body, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, then tell."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status, sent = perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            milliseconds = (perf_counter() - begun) * 1000
            log.info("%s %s %d %d %.0f", scope["method"], route_template(scope), status, sent, milliseconds)


def route_template(scope: Scope) -> str:
    """What may be told of a request's path, once it was routed."""
    route = scope.get("route")
    if not isinstance(route, Route):
        return UNKNOWN
    given = scope.get("path_params", {})

    def filled(found: re.Match[str]) -> str:
        value = str(given.get(found[1], ""))
        return value if _HARMLESS.fullmatch(value) else f"{{{found[1]}}}"

    return scope.get("root_path", "") + _NAME.sub(filled, route.path)
