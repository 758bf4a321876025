"""Compare the rows and the files of a data folder, and repair differences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from pyimgur.server.db.engine import Engine
from pyimgur.server.db.queries import integrity as queries
from pyimgur.server.db.queries.integrity import StoredImage
from pyimgur.server.db.query import Transaction
from pyimgur.server.db.rows import PublicId
from pyimgur.server.services import images, posts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

AT_ONCE = 1_000
"""Rows that are read together."""


@dataclass(slots=True)
class Findings:
    """Differences between rows and files."""

    pictures: int = 0
    """Images that were checked."""
    database: list[str] = field(default_factory=list[str])
    """Errors in the database file itself; if there are any, nothing else was checked."""
    missing: list[str] = field(default_factory=list[str])
    """Ids of images whose file is missing."""
    changed: list[str] = field(default_factory=list[str])
    """Ids of images whose file is not the one that was stored."""
    unknown: list[Path] = field(default_factory=list[Path])
    """Files that belong to no row."""

    @property
    def good(self) -> bool:
        """Whether there are no differences."""
        return not (self.database or self.missing or self.changed or self.unknown)


async def check(context: ServerContext, *, deep: bool = False) -> Findings:
    """Compare rows with files, in both directions; with `deep`, read every file and compare its digest too.

    While a server is running, files that it is just writing may be reported: check again, or stop the server.
    """
    if errors := await context.db.integrity_errors():
        return Findings(database=errors)
    return await asyncio.to_thread(_check, context, deep)


async def repair(context: ServerContext, found: Findings) -> Path:
    """Delete the rows of images whose file is missing, move unknown files away, and return the folder they are in now.

    No server may run meanwhile. Images whose files have changed are kept, because only a person can decide about them.
    """
    await context.db.write(delete_rows(found.missing))
    for id in found.missing:
        await context.blobs.remove(id)  # thumbnails and videos may still be there
    return await asyncio.to_thread(context.blobs.quarantine, found.unknown)


def image_batches(db: Engine) -> Iterator[list[StoredImage]]:
    """Yield the rows of all images in batches; blocks."""
    last = ""
    while rows := db.scan_blocking(queries.LIST_AFTER.all(last=last, limit=AT_ONCE)):
        yield rows
        last = rows[-1].id


def delete_rows(ids: list[str]) -> Transaction[None]:
    """Delete the rows of these images, and remove them from the gallery."""
    rows: list[PublicId] = yield queries.LIST_IN_GALLERY.all(ids=json.dumps(ids))
    for row in rows:
        yield from posts.remove_post(row.id)
    yield queries.DELETE.run(ids=json.dumps(ids))


def _check(context: ServerContext, deep: bool) -> Findings:
    findings = Findings()
    for batch in image_batches(context.db):
        findings.pictures += len(batch)
        for image in batch:
            _compare(context.blobs.path(image.id), image, findings, deep)
    for files in context.blobs.list_files():
        known = set(images.existing_ids(context.db, sorted({_image_id(file) for file in files})))
        findings.unknown += [file for file in files if _image_id(file) not in known]
    return findings


def _image_id(file: Path) -> str:
    return file.name.partition(".")[0]


def _compare(file: Path, image: StoredImage, findings: Findings, deep: bool) -> None:
    try:
        same = file.stat().st_size == image.size and (not deep or _digest(file) == image.sha256)
    except FileNotFoundError:
        findings.missing.append(image.id)
        return
    if not same:
        findings.changed.append(image.id)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
