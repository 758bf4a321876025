"""A server context on a folder of its own, real but for one thing: any file passes for a small picture, no worker.

And files that note the order of what is done to them.
"""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sqlalchemy import insert

from database_support import database_of
from pyimgur.server.blobs import BlobStore, DurableFiles
from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.rows import table_row
from pyimgur.server.db.schema import account
from pyimgur.server.lifespan import open_context
from pyimgur.server.media import MediaInfo, MediaWorkers, UnsupportedMediaError
from pyimgur.server.services import uploads
from pyimgur.server.services.context import ServerContext
from pyimgur.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pyimgur.server.media import MediaWorkers
    from pyimgur.server.services.images import Image

PICTURE = MediaInfo("image/png", "png", 40, 30, animated=False, frames=1, has_sound=False, duration=None)
ANN, BOB = 1, 2

_ADD = Query(insert(account))


@dataclass
class Quick:
    """Takes everything for a picture that does not say it is none."""

    look_like: MediaInfo = PICTURE

    async def probe(self, path: Path, *, owner: str) -> MediaInfo:
        if path.read_bytes().startswith(b"no picture"):
            raise UnsupportedMediaError("the file is not a picture or video of a known sort")
        return self.look_like


class Watched(DurableFiles):
    """Real files that note each operation, and fail where a test wants it."""

    def __init__(self, folder: Path, fails: str = "", number: int = errno.ENOSPC) -> None:
        super().__init__()
        self.folder = folder
        self.seen: list[str] = []
        self.fails = fails
        self.number = number
        self.watchers: list[Callable[[str], None]] = []

    def note(self, operation: str, *paths: Path) -> None:
        names = ["incoming" if path.parent.name == "incoming" else str(path.relative_to(self.folder)) for path in paths]
        line = " ".join([operation, *names])
        self.seen.append(line)
        for watcher in self.watchers:
            watcher(line)
        if line == self.fails:
            raise OSError(self.number, os.strerror(self.number))

    def create(self, path: Path) -> BinaryIO:
        self.note("create", path)
        return super().create(path)

    def write(self, file: BinaryIO, data: bytes | bytearray) -> None:
        self.note(f"write {len(data)}")
        super().write(file, data)

    def sync(self, path: Path) -> None:
        self.note("sync", path)
        super().sync(path)

    def link(self, source: Path, target: Path) -> None:
        self.note("place", source, target)
        super().link(source, target)


class Clock:
    """A second passes whenever somebody looks."""

    now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def using(
    folder: Path,
    work: Callable[[ServerContext], Awaitable[None]],
    *,
    files: DurableFiles | None = None,
    blobs: BlobStore | None = None,
    media: Any = None,
    sweep: bool = False,
    **settings: Any,
) -> None:
    """Open a server context in which ann and bob have accounts, work on it, close it."""

    async def opened() -> None:
        made = Settings(
            **{
                "data": folder,
                "database": database_of(folder),
                "durable": False,
                "clock": Clock(),
                "strip": "none",
                **settings,
            }
        )
        async with open_context(made, blobs=blobs, files=files, sweep=sweep) as context:
            if await context.db.read(PEOPLE.one()) is None:
                await context.db.write(_people())
            await work(replace(context, media=cast("MediaWorkers", media or Quick())) if media is not REAL else context)

    asyncio.run(asyncio.wait_for(opened(), 30))


PEOPLE = Query(account.select().limit(1), table_row(account))
REAL = object()
"""For `media`: the real one."""


@transaction
def _people() -> Steps[None]:
    for name in ("ann", "bob"):
        yield _ADD.run(name=name, name_key=name, password="", created=0)


async def upload(context: ServerContext, data: bytes = b"data", **said: Any) -> Image:
    """A new picture."""
    async with context.spool_folder.open() as incoming:
        await incoming.write(data)
        return await uploads.add(context, incoming, uploads.Upload(**said))


def blob_path(context: ServerContext, name: str) -> Path:
    """Return the path of a stored file; the store must be a folder."""
    return Path(context.blobs.location(name))


def there(folder: Path) -> list[str]:
    """All files of pictures in a data folder, whole and half."""
    places = (folder / name for name in ("incoming", "blobs", "derived"))
    return sorted(str(path.relative_to(folder)) for place in places for path in place.rglob("*") if path.is_file())
