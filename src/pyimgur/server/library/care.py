"""Looking after a data folder: a copy of it at one moment, and whether its rows and its files agree.

A backup is a data folder itself: a server can be started on it. It is made while others read and
write: the database is copied as it stands at one moment, then the pictures its rows speak of, which
never change. A picture deleted in between has no row in the copy either.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from pyimgur.server.blobs import DiskBlobs, Files
from pyimgur.server.db import copies
from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import image
from pyimgur.server.db.sqlite import FILE, Database
from pyimgur.server.library import images, posts
from pyimgur.server.library.errors import Invalid

if TYPE_CHECKING:
    from pyimgur.server.library import Library

AT_ONCE = 1_000
"""Rows that are looked at together."""

AFTER = Query(
    select(image.c.id, image.c.size, image.c.sha256)
    .where(image.c.id > bindparam("last"))
    .order_by(image.c.id)
    .limit(bindparam("limit"))
)
_LISTED = func.json_each(bindparam("ids")).table_valued("value")
POSTED = Query(select(image.c.id).where(image.c.id.in_(select(_LISTED.c.value)), image.c.in_gallery == text("1")))
FORGET = Query(delete(image).where(image.c.id.in_(select(_LISTED.c.value))))


class Picture(NamedTuple):
    """What a row says of its file."""

    id: str
    size: int
    sha256: str


@dataclass(slots=True)
class Findings:
    """Where rows and files do not agree."""

    pictures: int = 0
    database: list[str] = field(default_factory=list[str])
    """What is wrong with the database itself."""
    missing: list[str] = field(default_factory=list[str])
    """Ids whose file is not there."""
    changed: list[str] = field(default_factory=list[str])
    """Ids whose file is not what came in."""
    unknown: list[Path] = field(default_factory=list[Path])
    """Files that no row speaks of."""

    @property
    def good(self) -> bool:
        """Whether everything agrees."""
        return not (self.database or self.missing or self.changed or self.unknown)


class Copied(NamedTuple):
    """What came of a copy."""

    pictures: int
    missing: list[str]
    """Ids of pictures whose files are not there; their rows are in the copy."""


async def backup(library: Library, target: Path) -> Copied:
    """Copy everything to `target`, a folder that is empty or not there yet.

    Raises:
        Invalid: there is something at the target.
    """
    copy = _empty(target)
    await asyncio.to_thread(copies.copy, library.db.path, target / FILE)
    async with Database(target / FILE, older="leave") as db:
        copied, gone = 0, list[str]()
        for pictures in _pages(db):
            lost = await asyncio.to_thread(_copy_files, library.blobs, copy, pictures)
            copied, gone = copied + len(pictures) - len(lost), gone + lost
        missing = images.known(library.db, gone)  # the others were deleted meanwhile
        await db.write(_forget(sorted({*gone} - {*missing})))
    await asyncio.to_thread(_sync_folders, target)
    return Copied(copied, missing)


def _empty(target: Path) -> DiskBlobs:
    """The pictures of a new data folder."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Invalid(f"{target} is not empty: name a new folder")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    return DiskBlobs(target, Files())


def _pages(db: Database) -> Iterator[list[Picture]]:
    """All pictures' rows, some at a time."""
    last = ""
    while rows := db.scan_here(AFTER.all(last=last, limit=AT_ONCE)):
        yield [Picture(*row) for row in rows]
        last = rows[-1].id


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


def _forget(ids: list[str]) -> Work[None]:
    for row in (yield POSTED.all(ids=json.dumps(ids))):
        yield from posts.leave(row.id)
    yield FORGET.run(ids=json.dumps(ids))


async def check(library: Library, *, deep: bool = False) -> Findings:
    """Hold rows and files against each other, both ways; `deep` reads every picture and compares its digest.

    What a running server is just writing may show: check again, or stop the server.
    """
    return await asyncio.to_thread(_check, library, deep)


def _check(library: Library, deep: bool) -> Findings:
    found = Findings(database=copies.faults(library.db.path))
    if found.database:
        return found
    for pictures in _pages(library.db):
        found.pictures += len(pictures)
        for picture in pictures:
            _compare(library.blobs.path(picture.id), picture, found, deep)
    for files in library.blobs.kept():
        known = set(images.known(library.db, sorted({file.name.partition(".")[0] for file in files})))
        found.unknown += [file for file in files if file.name.partition(".")[0] not in known]
    return found


def _compare(file: Path, picture: Picture, found: Findings, deep: bool) -> None:
    try:
        same = file.stat().st_size == picture.size and (not deep or _digest(file) == picture.sha256)
    except FileNotFoundError:
        found.missing.append(picture.id)
        return
    if not same:
        found.changed.append(picture.id)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


async def repair(library: Library, found: Findings) -> Path:
    """Forget pictures whose files are not there, put aside files that no row speaks of; no server may run meanwhile.

    Pictures whose files have changed stay: somebody has to look at them. Gives the folder of what was put aside.
    """
    await library.db.write(_forget(found.missing))
    for id in found.missing:
        await library.blobs.remove(id)  # what was made of it
    return await asyncio.to_thread(library.blobs.put_aside, found.unknown)
