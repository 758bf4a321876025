"""Whether rows and files of a data folder agree, and what is done where they do not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from pyimgur.server.db.dialects.sqlite import backup
from pyimgur.server.db.dialects.sqlite.engine import SQLiteEngine
from pyimgur.server.db.query import Query, Transaction, list_parameter
from pyimgur.server.db.schema import image
from pyimgur.server.services import images, posts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

AT_ONCE = 1_000
"""Rows that are looked at together."""

AFTER = Query(
    select(image.c.id, image.c.size, image.c.sha256)
    .where(image.c.id > bindparam("last"))
    .order_by(image.c.id)
    .limit(bindparam("limit"))
)
_LISTED = list_parameter("ids")
POSTED = Query(select(image.c.id).where(image.c.id.in_(select(_LISTED.c.value)), image.c.in_gallery == text("1")))
FORGET = Query(delete(image).where(image.c.id.in_(select(_LISTED.c.value))))


class StoredImage(NamedTuple):
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


async def check(library: ServerContext, *, deep: bool = False) -> Findings:
    """Hold rows and files against each other, both ways; `deep` reads every picture and compares its digest.

    What a running server is just writing may show: check again, or stop the server.
    """
    return await asyncio.to_thread(_check, library, deep)


async def repair(library: ServerContext, found: Findings) -> Path:
    """Forget pictures whose files are not there, put aside files that no row speaks of; no server may run meanwhile.

    Pictures whose files have changed stay: somebody has to look at them. Gives the folder of what was put aside.
    """
    await library.db.write(delete_rows(found.missing))
    for id in found.missing:
        await library.blobs.remove(id)  # what was made of it
    return await asyncio.to_thread(library.blobs.quarantine, found.unknown)


def pages(db: SQLiteEngine) -> Iterator[list[StoredImage]]:
    """All pictures' rows, some at a time."""
    last = ""
    while rows := db.scan_blocking(AFTER.all(last=last, limit=AT_ONCE)):
        yield [StoredImage(*row) for row in rows]
        last = rows[-1].id


def delete_rows(ids: list[str]) -> Transaction[None]:
    """Delete the rows of these pictures, and take them out of the gallery: a part of a transaction."""
    for row in (yield POSTED.all(ids=json.dumps(ids))):
        yield from posts.remove_post(row.id)
    yield FORGET.run(ids=json.dumps(ids))


def _check(library: ServerContext, deep: bool) -> Findings:
    found = Findings(database=backup.integrity_errors(library.db.path))
    if found.database:
        return found
    for pictures in pages(library.db):
        found.pictures += len(pictures)
        for picture in pictures:
            _compare(library.blobs.path(picture.id), picture, found, deep)
    for files in library.blobs.list_files():
        known = set(images.existing_ids(library.db, sorted({file.name.partition(".")[0] for file in files})))
        found.unknown += [file for file in files if file.name.partition(".")[0] not in known]
    return found


def _compare(file: Path, picture: StoredImage, found: Findings, deep: bool) -> None:
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
