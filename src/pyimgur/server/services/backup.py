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

from pyimgur.server.blobs import DiskBlobs, Files
from pyimgur.server.db.dialects.sqlite import backup
from pyimgur.server.db.dialects.sqlite.engine import FILE, Database
from pyimgur.server.errors import Invalid
from pyimgur.server.services import images
from pyimgur.server.services.integrity import Picture, forget, pages

if TYPE_CHECKING:
    from pyimgur.server.services.context import Library


class Copied(NamedTuple):
    """What came of a copy."""

    pictures: int
    missing: list[str]
    """Ids of pictures whose files are not there; their rows are in the copy."""


async def make(library: Library, target: Path) -> Copied:
    """Copy everything to `target`, a folder that is empty or not there yet.

    Raises:
        Invalid: there is something at the target.
    """
    copy = _empty(target)
    await asyncio.to_thread(backup.copy, library.db.path, target / FILE)
    async with Database(target / FILE, older="leave") as db:
        copied, gone = 0, list[str]()
        for pictures in pages(db):
            lost = await asyncio.to_thread(_copy_files, library.blobs, copy, pictures)
            copied, gone = copied + len(pictures) - len(lost), gone + lost
        missing = images.known(library.db, gone)  # the others were deleted meanwhile
        await db.write(forget(sorted({*gone} - {*missing})))
    await asyncio.to_thread(_sync_folders, target)
    return Copied(copied, missing)


def _empty(target: Path) -> DiskBlobs:
    """The pictures of a new data folder."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Invalid(f"{target} is not empty: name a new folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    return DiskBlobs(target, Files())


def _copy_files(source: DiskBlobs, target: DiskBlobs, pictures: list[Picture]) -> list[str]:
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
        Files().sync(target)


def _sync_folders(target: Path) -> None:
    """Return when the names of all that was copied are on the disk, and its own."""
    for folder in (*(path for path in target.rglob("*") if path.is_dir()), target):
        Files().sync(folder)
    with suppress(PermissionError):  # who may make a folder there may not read all that is there
        Files().sync(target.absolute().parent)
