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
from pyimgur.server.db.query import Transaction
from pyimgur.server.errors import ServerError
from pyimgur.server.services._lookup import existing_image_ids

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

_log = logging.getLogger(__name__)

BATCH_SIZE = 1_000
"""Intents that are finished together."""


def reserve(image_id: str, now: int) -> Transaction[BlobIntent | None]:
    """Record the intent to store the file of a new image; return None if its id is in use."""
    reserved = yield queries.RESERVE.run(id=image_id, created=now)
    return BlobIntent(image_id, image_id) if reserved else None


def begin(image_ids: Sequence[str], now: int) -> Transaction[list[BlobIntent]]:
    """Record an intent for each of these images, which may have other intents already."""
    suffix = f".{token_hex(4)}"
    yield queries.INSERT.run(ids=image_ids, suffix=suffix, created=now)
    return [BlobIntent(image_id + suffix, image_id) for image_id in image_ids]


def forget(intents: Sequence[BlobIntent]) -> Transaction[None]:
    """Delete the intents: what they were for has been done."""
    yield queries.DELETE.run(ids=[intent.id for intent in intents])


async def finish(context: ServerContext, intents: Sequence[BlobIntent]) -> None:
    """Remove the objects of those images that have no row, then delete the intents.

    Raises:
        OSError: an object could not be removed. All others are removed; the intents stay, and the next start tries
            again.
    """
    image_ids = dict.fromkeys(intent.image_id for intent in intents)
    existing = await existing_image_ids(context, [*image_ids])
    failure: OSError | None = None
    for image_id in image_ids:
        try:
            if image_id not in existing:
                await context.blobs.remove(image_id)
        except OSError as error:
            failure = error
    if failure is not None:
        raise failure
    try:
        await context.db.write(forget(intents))
    except ServerError as error:  # nothing is wrong with the objects, and the next start finishes the intents again
        _log.warning("%d intents stay until the next start: %s", len(intents), error)


async def finish_all(context: ServerContext) -> None:
    """Finish all intents; errors as in `finish`."""
    last = ""
    while rows := await context.db.scan(queries.LIST_AFTER.all(last=last, limit=BATCH_SIZE)):
        await finish(context, rows)
        last = rows[-1].id
