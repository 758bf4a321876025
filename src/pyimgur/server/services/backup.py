"""A copy of a data folder at one moment, while others read and write.

A backup is a data folder itself: a server can be started on it. The database is copied as it stands at one moment,
then the pictures its rows speak of, which never change. A picture deleted in between has no row in the copy either.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.blobs import DiskBlobStore, DurableFiles
from pyimgur.server.db.dialects.sqlite import backup
from pyimgur.server.db.dialects.sqlite.engine import FILE, SQLiteEngine
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import images
from pyimgur.server.services.integrity import StoredImage, delete_rows, pages

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext


class BackupResult(NamedTuple):
    """What came of a copy."""

    pictures: int
    missing: list[str]
    """Ids of pictures whose files are not there; their rows are in the copy."""


async def create_backup(library: ServerContext, target: Path) -> BackupResult:
    """Copy everything to `target`, a folder that is empty or not there yet.

    Raises:
        ValidationError: there is something at the target.
    """
    copy = _empty(target)
    await asyncio.to_thread(backup.backup, library.db.path, target / FILE)
    async with SQLiteEngine(target / FILE, older="leave") as db:
        copied, gone = 0, list[str]()
        for pictures in pages(db):
            lost = await asyncio.to_thread(_copy_files, library.blobs, copy, pictures)
            copied, gone = copied + len(pictures) - len(lost), gone + lost
        missing = images.existing_ids(library.db, gone)  # the others were deleted meanwhile
        await db.write(delete_rows(sorted({*gone} - {*missing})))
    await asyncio.to_thread(_sync_folders, target)
    return BackupResult(copied, missing)


def _empty(target: Path) -> DiskBlobStore:
    """The pictures of a new data folder."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValidationError(f"{target} is not empty: name a new folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    return DiskBlobStore(target, DurableFiles())


def _copy_files(source: DiskBlobStore, target: DiskBlobStore, pictures: list[StoredImage]) -> list[str]:
    """Copy these pictures' files, as second names where both are on one disk; gives the ids of those that are gone."""
    gone: list[str] = []
    for picture in pictures:
        there = target.path(picture.id)
        there.parent.mkdir(exist_ok=True)
        try:
            _copy(source.path(picture.id), there)
        except FileNotFoundError:
            gone.append(picture.id)
    return gone


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)
        DurableFiles().sync(target)


def _sync_folders(target: Path) -> None:
    """Return when the names of all that was copied are on the disk, and its own."""
    for folder in (*(path for path in target.rglob("*") if path.is_dir()), target):
        DurableFiles().sync(folder)
    with suppress(PermissionError):  # who may make a folder there may not read all that is there
        DurableFiles().sync(target.absolute().parent)
