"""Copy a data folder as it is at one moment, while a server uses it.

A backup is a data folder itself: a server can be started on it. The database is copied first, as it is at one moment,
then the image files of its rows, which never change. An image that is deleted in between has no row in the copy either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.blobs import DiskBlobStore, DurableFiles, translate_disk_full
from pyimgur.server.errors import CopyIncompleteError, StorageFullError, ValidationError
from pyimgur.server.services._lookup import existing_image_ids
from pyimgur.server.services.integrity import delete_rows, image_batches

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


class BackupResult(NamedTuple):
    """The result of a backup."""

    pictures: int
    """Images that were copied."""
    missing: list[str]
    """Ids of images whose files are missing; their rows are in the copy."""


async def create_backup(context: ServerContext, target: Path) -> BackupResult:
    """Copy everything to `target`, a folder that is empty or does not exist.

    Raises:
        ValidationError: the target is a file, a folder that is not empty, or in the data folder; nothing was copied.
        CopyIncompleteError: the disk of the target is full.
    """
    with _name_full_disk(target):
        return await _copy_all(context, target)


async def _copy_all(context: ServerContext, target: Path) -> BackupResult:
    copy = _create_target(target, context.settings.data)
    async with await context.db.backup(target) as db:
        copied, not_found = 0, list[str]()
        async for batch in image_batches(db):
            not_found_in_batch = [image.id for image in batch if not await _copy(context, copy, image.id)]
            copied += len(batch) - len(not_found_in_batch)
            not_found += not_found_in_batch
        missing = await existing_image_ids(context, not_found)  # the others were deleted meanwhile
        await db.write(delete_rows(sorted({*not_found} - missing)))
    await asyncio.to_thread(_sync_folders, target)
    return BackupResult(copied, sorted(missing))


@contextmanager
def _name_full_disk(target: Path) -> Generator[None]:
    """Say which disk is full, because there are two, and the system's own error may name neither."""
    try:
        with translate_disk_full():
            yield
    except StorageFullError as error:
        raise CopyIncompleteError(
            f"the disk of {target} is full, and the copy is not complete: free some space, delete {target}, "
            "and run the command again"
        ) from error


def _create_target(target: Path, data: Path) -> DiskBlobStore:
    """Create the folder, which may not be in the data folder, and return its blob store."""
    if target.resolve().is_relative_to(data.resolve()):
        raise ValidationError(f"{target} is in the data folder itself: name a folder outside of it")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValidationError(f"{target} is not empty: name a new folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    return DiskBlobStore(target, DurableFiles())


async def _copy(context: ServerContext, target: DiskBlobStore, id: str) -> bool:
    """Copy the file of an image, as a hard link where possible; return False if it is missing."""
    file = target.path(id)
    file.parent.mkdir(exist_ok=True)
    try:
        await context.blobs.export(id, file)
    except FileNotFoundError:
        return False
    return True


def _sync_folders(target: Path) -> None:
    """Flush the folder, all folders in it, and its parent to the disk, so that the names of all copies are durable."""
    for folder in (*(path for path in target.rglob("*") if path.is_dir()), target):
        DurableFiles().sync(folder)
    with suppress(PermissionError):  # permission to create a folder does not include reading its parent
        DurableFiles().sync(target.absolute().parent)
