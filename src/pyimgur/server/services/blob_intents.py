"""Record in the database that objects of an image are being stored or removed, so that a crash leaves nothing behind.

An intent says: the image may have no row, and its objects may be half stored or half removed. It is committed before
the first object is stored; the transaction that inserts the image's row deletes it. A deletion commits it together with
deleting the row, and removes the objects afterwards. A rendition has one while it is stored, because its image may be
deleted meanwhile. `finish` ends intents: it removes the objects of images that have no row, then the intents. The next
start finishes what a crash left, so no object stays without a row, and no row without its object.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from secrets import token_hex
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import blob_intents as queries
from pyimgur.server.db.queries.blob_intents import BlobIntent as BlobIntent
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ServerError
from pyimgur.server.services._lookup import existing_image_ids

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

_log = logging.getLogger(__name__)

BATCH_SIZE = 1_000
"""Intents that are finished together."""


@transaction
def reserve(image_id: str, now: int) -> Steps[BlobIntent | None]:
    """Record the intent to store the file of a new image; return None if its id is in use."""
    reserved = yield queries.RESERVE.run(id=image_id, created=now)
    return BlobIntent(image_id, image_id) if reserved else None


@transaction
def begin(image_ids: Sequence[str], now: int) -> Steps[list[BlobIntent]]:
    """Record an intent for each of these images, which may have other intents already."""
    suffix = f".{token_hex(4)}"
    yield queries.INSERT.run(ids=image_ids, suffix=suffix, created=now)
    return [BlobIntent(image_id + suffix, image_id) for image_id in image_ids]


@transaction
def forget(intents: Sequence[BlobIntent]) -> Steps[None]:
    """Delete the intents: what they were for has been done."""
    yield queries.DELETE.run(ids=[intent.id for intent in intents])


async def finish(context: ServerContext, intents: Sequence[BlobIntent]) -> None:
    """Remove the objects of those images that have no row, then delete the intents.

    This raises no error of the store or the database: what comes before, such as deleting an image's row, is committed,
    and nobody reaches an object without a row. Intents that could not be finished stay, the log says so, and the next
    start tries again.
    """
    try:
        failures = await _remove_without_row(context, intents)
        await context.db.write(forget([intent for intent in intents if intent.image_id not in failures]))
    except ServerError as error:
        _log.warning("%d intents stay until the next start: %s", len(intents), error)
    else:
        for error in list(failures.values())[:1]:
            _log.warning("files of %d deleted images stay until the next start: %s", len(failures), error)


async def _remove_without_row(context: ServerContext, intents: Sequence[BlobIntent]) -> dict[str, OSError]:
    """Remove the objects of images that have no row; return the errors by image id."""
    image_ids = dict.fromkeys(intent.image_id for intent in intents)
    existing = await existing_image_ids(context, [*image_ids])
    failures: dict[str, OSError] = {}
    for image_id in image_ids:
        try:
            if image_id not in existing:
                await context.blobs.remove(image_id)
        except OSError as error:
            failures[image_id] = error
    return failures


async def finish_all(context: ServerContext) -> None:
    """Finish all intents."""
    last = ""
    while rows := await context.db.scan(queries.LIST_AFTER.all(last=last, limit=BATCH_SIZE)):
        await finish(context, rows)
        last = rows[-1].id
