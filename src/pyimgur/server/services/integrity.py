"""Compare the rows and the files of a data folder, and repair differences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from pyimgur.server.db.engine import Engine
from pyimgur.server.db.queries import integrity as queries
from pyimgur.server.db.queries.integrity import StoredImage
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import PublicId
from pyimgur.server.services import blob_intents, posts
from pyimgur.server.services._lookup import existing_image_ids

if TYPE_CHECKING:
    from pyimgur.server.blobs import Blob
    from pyimgur.server.services.blob_intents import BlobIntent
    from pyimgur.server.services.context import ServerContext

BATCH_SIZE = 1_000
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
    unknown: dict[str, str] = field(default_factory=dict[str, str])
    """Objects that belong to no row: their names, and where they are."""

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
    findings = Findings()
    async for batch in image_batches(context.db):
        findings.pictures += len(batch)
        for image in batch:
            await _compare(context, image, findings, deep)
    async for objects in context.blobs.objects():
        known = await existing_image_ids(context, sorted({stored.image_id for stored in objects}))
        names = [stored.name for stored in objects if stored.image_id not in known]
        findings.unknown |= {name: context.blobs.location(name) for name in names}
    return findings


async def repair(context: ServerContext, found: Findings) -> str:
    """Delete the rows of images whose file is missing, move unknown files away, and return where they are now.

    No server may run meanwhile. Images whose files have changed are kept, because only a person can decide about them.
    """
    intents = await context.db.write(_delete_rows_with_files(found.missing, context.now))
    await blob_intents.finish(context, intents)  # thumbnails and videos may still be there
    return await context.blobs.quarantine(found.unknown)


async def image_batches(db: Engine) -> AsyncIterator[list[StoredImage]]:
    """Yield the rows of all images in batches."""
    last = ""
    while rows := await db.scan(queries.LIST_AFTER.all(last=last, limit=BATCH_SIZE)):
        yield rows
        last = rows[-1].id


@transaction
def delete_rows(ids: list[str]) -> Steps[None]:
    """Delete the rows of these images, and remove them from the gallery."""
    rows: list[PublicId] = yield queries.LIST_IN_GALLERY.all(ids=ids)
    for row in rows:
        yield from posts.remove_post(row.id)
    yield queries.DELETE.run(ids=ids)


@transaction
def _delete_rows_with_files(ids: list[str], now: int) -> Steps[list[BlobIntent]]:
    yield from delete_rows(ids)
    return (yield from blob_intents.begin(ids, now))


async def _compare(context: ServerContext, image: StoredImage, findings: Findings, deep: bool) -> None:
    try:
        blob = await context.blobs.open(image.id)
    except FileNotFoundError:
        findings.missing.append(image.id)
        return
    try:
        if blob.size != image.size or (deep and await _digest(blob) != image.sha256):
            findings.changed.append(image.id)
    finally:
        await blob.close()


async def _digest(blob: Blob) -> str:
    digest = sha256()
    async with aclosing(blob.chunks(0, blob.size)) as chunks:
        async for data in chunks:
            await asyncio.to_thread(digest.update, data)
    return digest.hexdigest()
