"""Open and close the context of a server, and lock its data folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pyimgur.server.blobs import BlobStore, DiskBlobStore, DurableFiles, SpoolFolder
from pyimgur.server.db.engine import OldSchemaPolicy
from pyimgur.server.db.open import open_engine
from pyimgur.server.errors import LockedError
from pyimgur.server.fetch import Fetcher
from pyimgur.server.jobs import transcoder
from pyimgur.server.jobs.sweep import remove_unfinished
from pyimgur.server.media import MediaWorkers
from pyimgur.server.services.context import ServerContext
from pyimgur.server.settings import Settings

LOCK = "server.lock"
SPOOL = "incoming"
"""The folder of uploads in progress, in the data folder."""


@asynccontextmanager
async def open_context(
    settings: Settings,
    *,
    sweep: bool = False,
    blobs: BlobStore | None = None,
    files: DurableFiles | None = None,
    older: OldSchemaPolicy = "update",
    read_only: bool = False,
) -> AsyncGenerator[ServerContext]:
    """Open a data folder, creating it if it is missing; yield the context, and close everything afterwards.

    Args:
        settings: the data folder, and how to run.
        sweep: whether this is the server of the folder, which removes the unfinished work of the last one and starts
            background jobs; False for commands beside a server.
        blobs: where image files are stored; by default in the data folder.
        files: for tests that watch the order of writes to the disk.
        older: what to do with a database that an older version created.
        read_only: whether the folder is on a read-only medium: nothing is created, and what writes fails.

    Raises:
        NoSandbox: the settings require a sandbox for media workers, and this system has none.
        DatabaseUnusableError: there are image files and no database, or the database cannot be used.
    """
    if not read_only:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = files or DurableFiles(durable=settings.durable)
    blobs = blobs or DiskBlobStore(settings.data, files, read_only=read_only)
    fresh = not read_only and await _is_empty(blobs)
    async with (
        open_engine(settings, older=older, fresh=fresh, read_only=read_only, exclusive=sweep) as db,
        MediaWorkers(
            settings.limits, workers=settings.workers, sandbox=settings.sandbox, hidden=settings.data
        ) as media,
    ):
        spool_folder = SpoolFolder(settings.data / SPOOL, files, read_only=read_only)
        context = ServerContext(settings, db, blobs, spool_folder, media, Fetcher(settings))
        if not sweep:
            yield context
            return
        await media.prepare()
        await remove_unfinished(context)
        async with transcoder.transcoder(context):
            yield context


async def _is_empty(blobs: BlobStore) -> bool:
    """Return whether the store holds no objects, so that a new database may be created."""
    async for objects in blobs.objects():
        if objects:
            return False
    return True


@contextmanager
def lock_data_folder(data: Path) -> Generator[None]:
    """Keep other servers from using the data folder within this block.

    Raises:
        LockedError: another server uses it.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(data / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(f"another server uses the data folder {data}: stop it, or name another with --data") from None
    try:
        yield
    finally:
        lock.release()
