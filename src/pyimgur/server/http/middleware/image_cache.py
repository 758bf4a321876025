"""A cache of responses with images: what their rows say, their open files, and in memory the bytes of small ones.

A response is stored with the version that the database had before its row was read. As soon as anybody has committed a
change, nothing that is stored is sent any more: a deleted image disappears from the cache at the same moment. Views and
bytes are counted as usual. Range and conditional requests go to `file_response`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from pyimgur.server.errors import ServerError
from pyimgur.server.http.uvicorn_adapter.limits import spare_descriptors

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pyimgur.server.blobs import Blob
    from pyimgur.server.http.file_response import OnSent
    from pyimgur.server.services.context import ServerContext

MAX_BYTES = 32 << 20
"""Maximum size of the bytes in memory."""
MAX_OPEN = 1_024
"""Maximum number of open files; fewer if connections may need the descriptors."""
ENTRY_OVERHEAD = 4096
"""Approximate size of a response besides its body."""
CONDITIONS = frozenset({b"range", b"if-range", b"if-none-match", b"if-modified-since"})


class CacheEntry:
    """A stored response: its body is in memory, or its file is open, or both."""

    __slots__ = ("blob", "body", "on_sent", "reading", "routing", "size", "start")

    def __init__(self, routing: Mapping[str, object], start: Message, on_sent: OnSent | None, size: int) -> None:
        self.routing = routing
        """What routing adds to the scope, for the middleware outside."""
        self.start = start
        self.on_sent = on_sent
        self.size = size
        self.body: bytes | None = None
        self.blob: Blob | None = None
        self.reading = 0
        """How many requests read the file now."""

    async def read(self) -> bytes | None:
        """Return the bytes of the file; None if it is damaged."""
        blob = self.blob
        if blob is None:
            return None
        self.reading += 1
        try:
            body = b"".join([data async for data in blob.chunks(0, self.size)])
        finally:
            self.reading -= 1
            if self.blob is None and not self.reading:  # it left the cache meanwhile
                await blob.close()
        return body if len(body) == self.size else None

    async def close(self) -> None:
        """Close the file, as soon as no request reads it."""
        blob, self.blob = self.blob, None
        if blob and not self.reading:
            await blob.close()


class ImageCache:
    """The responses of one context, all of one version of its database; the oldest ones are dropped first."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._max_open = min(MAX_OPEN, spare_descriptors())
        self._version: object = None
        self._entries: dict[str, CacheEntry] = {}
        self._in_memory: dict[str, CacheEntry] = {}
        self._open: dict[str, CacheEntry] = {}
        self._bytes = 0

    async def drop_outdated(self) -> object:
        """Drop everything if anybody has committed a change since; return the database's change token.

        It is None if the database has none, or cannot be read: then the application says so.
        """
        try:
            version = await self._context.db.change_token()
        except ServerError:
            version = None
        if version != self._version:
            self._version = version
            await self.clear()
        return version

    async def clear(self) -> None:
        """Drop everything, and close all files."""
        entries, self._bytes = [*self._open.values()], 0
        for stored in (self._entries, self._in_memory, self._open):
            stored.clear()
        for entry in entries:
            await entry.close()

    async def find(self, path: str) -> tuple[CacheEntry, bytes] | None:
        """Return the stored response for a path, and its body."""
        entry = self._entries.get(path)
        body = entry and (entry.body or await entry.read())
        if entry is None or body is None:
            return None
        if entry.body is None and self._entries.get(path) is entry:
            self._keep_in_memory(path, entry, body)
            await self._make_room()
        return entry, body

    async def store(self, path: str, version: object, entry: CacheEntry, name: str, body: bytes) -> None:
        """Store the response with the object `name`, if nothing was committed since this version."""
        blob = await self._reopen(name) if self._max_open else None
        if version != self._version or path in self._entries:
            if blob:
                await blob.close()
            return
        self._entries[path] = entry
        self._keep_in_memory(path, entry, body)
        if blob:
            entry.blob = blob
            self._open[path] = entry
        await self._make_room()

    async def _reopen(self, name: str) -> Blob | None:
        try:
            return await self._context.blobs.open(name)
        except OSError:  # it is not in the store, or there are no descriptors left: memory is enough
            return None

    def _keep_in_memory(self, path: str, entry: CacheEntry, body: bytes) -> None:
        entry.body = body
        self._in_memory[path] = entry
        self._bytes += entry.size + ENTRY_OVERHEAD

    async def _make_room(self) -> None:
        while self._bytes > MAX_BYTES:
            path, entry = next(iter(self._in_memory.items()))
            del self._in_memory[path]
            entry.body = None
            self._bytes -= entry.size + ENTRY_OVERHEAD
            self._drop_empty(path, entry)
        while len(self._open) > self._max_open:
            path, entry = next(iter(self._open.items()))
            del self._open[path]
            await entry.close()
            self._drop_empty(path, entry)

    def _drop_empty(self, path: str, entry: CacheEntry) -> None:
        if entry.body is None and entry.blob is None and self._entries.get(path) is entry:
            del self._entries[path]


class ImageCacheMiddleware:
    """Sends stored responses. `scope["state"]["keep"]` is the callback that stores a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stored response, or call the application."""
        if not _may_be_image(scope):
            await self.app(scope, receive, send)
            return
        cache: ImageCache = scope["app"].state["image_cache"]
        version = await cache.drop_outdated()
        found = None
        if version is not None:
            if CONDITIONS.isdisjoint(dict(scope["headers"])):
                found = await cache.find(scope["path"])
            scope["state"]["keep"] = partial(_keep, cache, scope, version)
        if found is None:
            await self.app(scope, receive, send)
            return
        entry, body = found
        scope.update(entry.routing)
        await send(entry.start)
        await send({"type": "http.response.body", "body": body})
        if entry.on_sent:
            entry.on_sent(len(body), True)


async def _keep(
    cache: ImageCache, scope: Scope, version: object, start: Message, on_sent: OnSent | None, name: str, body: bytes
) -> None:
    routing = {name: scope[name] for name in ("route", "path_params")}
    await cache.store(scope["path"], version, CacheEntry(routing, start, on_sent, len(body)), name, body)


def _may_be_image(scope: Scope) -> bool:
    """Return whether the path may be that of an image, without a query that asks for another form of it."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return False
    path: str = scope["path"]
    return "." in path and "/" not in path[1:]
