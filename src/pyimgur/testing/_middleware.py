"""The base class of the middleware of the test kit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ..server.services.context import ServerContext


class KitMiddleware:
    """ASGI middleware that tests configure from other threads, while it handles requests.

    Args:
        app: the application behind it.
        context: returns the server's context, in which the sender of a request is looked up.
    """

    def __init__(self, app: ASGIApp, context: Callable[[], ServerContext]) -> None:
        self._app = app
        self._context = context
        self._lock = threading.Lock()
