"""Small pictures that are asked for again and again, from memory: half the work of one from the disk.

An answer is kept together with the database's version from before its row was read, and is given again for as long as
nobody has committed anything since: what is deleted is gone here at the same moment. Views and bytes are counted as
ever. Whoever has a part or an older copy already is answered by `files`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.errors import ServerError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pyimgur.server.http.file_response import OnSent
    from pyimgur.server.services.context import ServerContext

MAX_BYTES = 32 << 20
"""Bytes that are kept at most."""
ENTRY_OVERHEAD = 4096
"""Bytes that an answer takes beside its body, about."""
CONDITIONS = frozenset({b"range", b"if-range", b"if-none-match", b"if-modified-since"})


class CacheEntry(NamedTuple):
    """An answer as it was given."""

    version: int
    found: Mapping[str, object]
    """What routing has put into the scope, for whoever looks at it afterwards."""
    start: Message
    body: bytes
    told: OnSent | None

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return len(self.body) + ENTRY_OVERHEAD


class ImageCacheMiddleware:
    """The layer itself; it offers what is below to keep an answer, as `scope["state"]["keep"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._library: ServerContext | None = None
        self._kept: dict[str, CacheEntry] = {}
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or go on."""
        version = self._version(scope["app"].state.library) if _is_picture(scope) else None
        kept = None if version is None else self._known(scope, version)
        if kept is None:
            if version is not None:
                scope["state"]["keep"] = partial(self._keep, scope, version)
            await self.app(scope, receive, send)
            return
        scope.update(kept.found)
        await send(kept.start)
        await send({"type": "http.response.body", "body": kept.body})
        if kept.told:
            kept.told(len(kept.body), True)

    def _version(self, library: ServerContext) -> int | None:
        """What the database is at; None where it cannot tell: whoever asks it next fails as well, and says so."""
        if library is not self._library:  # opened anew: versions are counted from the beginning
            self._library, self._kept, self._size = library, {}, 0
        try:
            return library.db.version()
        except (ServerError, sqlite3.Error):
            return None

    def _known(self, scope: Scope, version: int) -> CacheEntry | None:
        """What is kept for a request, if it is so still, and all of it is asked for."""
        kept = self._kept.get(scope["path"])
        if kept is None or kept.version != version or not CONDITIONS.isdisjoint(dict(scope["headers"])):
            return None
        return kept

    def _keep(self, scope: Scope, version: int, start: Message, told: OnSent | None, body: bytes) -> None:
        """Keep an answer; those that were not renewed for longest make room for it."""
        path = scope["path"]
        if old := self._kept.pop(path, None):
            self._size -= old.size
        found = {name: scope[name] for name in ("route", "path_params")}
        self._kept[path] = kept = CacheEntry(version, found, start, body, told)
        self._size += kept.size
        while self._size > MAX_BYTES:
            self._size -= self._kept.pop(next(iter(self._kept))).size


def _is_picture(scope: Scope) -> bool:
    """Whether this may be a picture's address, with nothing that asks for it in another form."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return False
    path: str = scope["path"]
    return "." in path and "/" not in path[1:]
