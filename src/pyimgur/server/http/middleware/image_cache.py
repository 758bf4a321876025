"""An in-memory cache of responses with small images, which takes half the work of reading them from disk.

A response is stored with the version that the database had before its row was read, and is valid until anybody commits
a change: a deleted image disappears from the cache at the same moment. Views and bytes are counted as usual. Range and
conditional requests go to `file_response`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.errors import ServerError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pyimgur.server.http.file_response import OnSent
    from pyimgur.server.services.context import ServerContext

MAX_BYTES = 32 << 20
"""Maximum size of the cache."""
ENTRY_OVERHEAD = 4096
"""Approximate size of a response besides its body."""
CONDITIONS = frozenset({b"range", b"if-range", b"if-none-match", b"if-modified-since"})


class CacheEntry(NamedTuple):
    """A stored response."""

    version: object
    routing: Mapping[str, object]
    """What routing adds to the scope, for the middleware outside."""
    start: Message
    body: bytes
    on_sent: OnSent | None

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return len(self.body) + ENTRY_OVERHEAD


class ImageCacheMiddleware:
    """Serves stored responses. `scope["state"]["keep"]` is the callback that stores a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._context: ServerContext | None = None
        self._entries: dict[str, CacheEntry] = {}
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stored response, or call the application."""
        version = await self._version(scope["app"].state.context) if _may_be_image(scope) else None
        entry = None if version is None else self._find(scope, version)
        if entry is None:
            if version is not None:
                scope["state"]["keep"] = partial(self._store, scope, version)
            await self.app(scope, receive, send)
            return
        scope.update(entry.routing)
        await send(entry.start)
        await send({"type": "http.response.body", "body": entry.body})
        if entry.on_sent:
            entry.on_sent(len(entry.body), True)

    async def _version(self, context: ServerContext) -> object:
        """Return the database's change token; None if it has none, or cannot be read: then the application says so."""
        if context is not self._context:  # reopened: its versions start again
            self._context, self._entries, self._size = context, {}, 0
        try:
            return await context.db.change_token()
        except ServerError:
            return None

    def _find(self, scope: Scope, version: object) -> CacheEntry | None:
        """Return the valid response for a request; None if there is none, or the request is conditional."""
        entry = self._entries.get(scope["path"])
        if entry is None or entry.version != version or not CONDITIONS.isdisjoint(dict(scope["headers"])):
            return None
        return entry

    def _store(self, scope: Scope, version: object, start: Message, on_sent: OnSent | None, body: bytes) -> None:
        """Store a response, and drop the oldest ones until it fits."""
        path = scope["path"]
        if old := self._entries.pop(path, None):
            self._size -= old.size
        routing = {name: scope[name] for name in ("route", "path_params")}
        self._entries[path] = entry = CacheEntry(version, routing, start, body, on_sent)
        self._size += entry.size
        while self._size > MAX_BYTES:
            self._size -= self._entries.pop(next(iter(self._entries))).size


def _may_be_image(scope: Scope) -> bool:
    """Return whether the path may be that of an image, without a query that asks for another form of it."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return False
    path: str = scope["path"]
    return "." in path and "/" not in path[1:]
