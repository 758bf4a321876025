"""Open and close everything a server needs, and lock its data folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from pyimgur.server.blobs import DiskBlobs, Files
from pyimgur.server.db.dialects.sqlite.engine import FILE, Database
from pyimgur.server.db.migrate import LOST, Older
from pyimgur.server.errors import Held, Unusable
from pyimgur.server.fetch import Fetcher
from pyimgur.server.jobs import transcoder
from pyimgur.server.media import Media
from pyimgur.server.services import images
from pyimgur.server.services.context import Library
from pyimgur.server.settings import Settings

LOCK = "server.lock"


@asynccontextmanager
async def open_library(
    settings: Settings, *, sweep: bool = False, files: Files | None = None, older: Older = "update"
) -> AsyncGenerator[Library]:
    """The library of a data folder, which is made if it is not there.

    Args:
        settings: which folder, and how.
        sweep: this is the folder's server: remove what was under way when the last one ended.
        files: for tests that watch the order of what reaches the disk.
        older: what becomes of a database that an older program made.

    Raises:
        NoSandbox: the settings require one for media workers, and there is none to be had.
        Unusable: there are pictures and no database, or one that cannot be used.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = files or Files(durable=settings.durable)
    blobs = DiskBlobs(settings.data, files)
    fresh = _is_fresh(settings.data / FILE, blobs)
    async with (
        Database(settings.data / FILE, durable=settings.durable, older=older, fresh=fresh) as db,
        Media(settings.limits, workers=settings.workers, sandbox=settings.sandbox, hidden=settings.data) as media,
    ):
        library = Library(settings, db, blobs, media, Fetcher(settings))
        if not sweep:
            yield library
            return
        await media.prepare()
        await blobs.sweep(partial(images.known, db))
        async with transcoder.going_on(library):
            yield library


def _is_fresh(file: Path, blobs: DiskBlobs) -> bool:
    """Whether a database may begin here; where there are pictures, theirs was lost and may be found again."""
    fresh = not any(map(any, blobs.kept()))
    if not fresh and not (file.exists() and file.stat().st_size):
        raise Unusable(LOST.format(path=file))
    return fresh


@contextmanager
def hold(data: Path) -> Generator[None]:
    """Within this block, no other server uses the data folder.

    Raises:
        Held: another one does.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(data / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Held(f"another server uses the data folder {data}: stop it, or name another with --data") from None
    try:
        yield
    finally:
        lock.release()
